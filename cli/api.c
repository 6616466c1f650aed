/* api: see api.h. */
#include "cli/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/session.h"
#include "core/base/clock.h"
#include "core/base/crypto.h"

enum {
    CONNECT_TIMEOUT_MS = 10000,
    CONNECT_BRIEFLY_MS = 3000, /* while there is another address to try */
    CALL_TIMEOUT_MS = 70000,   /* the server answers, or says 202, within 50 s */
    PATIENCE_MS = 30000,
    READ_PATIENCE_MS = 5000,
    PAUSE_FIRST_MS = 200,
    PAUSE_MAX_MS = 3000,
    BODY_MAX = 256 << 20,
    KEY_BYTES = 16,
};

struct api {
    struct session session;
    struct http_client *client;
    json_t *problem;
    int64_t limit_ms; /* point in time (clock_ms), 0 = none */
    bool timed_out;
};

/* One request on its way: what stays the same over all its tries. */
struct attempt {
    const struct api_request *request;
    char *url;
    char key_header[64];
    char *token_header;
    const char *headers[8];
    int64_t deadline_ms;
    int pause_ms;
    size_t addresses; /* that were tried since the last pause */
    bool renewed;     /* the token, once */
    bool warned;
};

bool api_open(struct api **ret_api, const char *context, struct error *err) {
    struct api *api = mem_alloc(sizeof *api);
    if (!session_load(&api->session, context, err)) {
        api_close(api);
        return false;
    }
    http_setup();
    api->client = http_client_new();
    *ret_api = api;
    return true;
}

bool api_open_again(const struct api *api, const char *context, struct api **ret_api,
                    struct error *err) {
    if (!api_open(ret_api, context, err))
        return false;
    (*ret_api)->limit_ms = api->limit_ms;
    return true;
}

void api_close(struct api *api) {
    if (!api)
        return;
    if (api->client)
        http_client_free(api->client);
    session_release(&api->session);
    json_put(&api->problem);
    free(api);
}

struct session *api_session(struct api *api) {
    return &api->session;
}

void api_limit(struct api *api, int64_t seconds) {
    api->limit_ms = seconds > 0 ? clock_ms() + seconds * 1000 : 0;
}

bool api_timed_out(const struct api *api) {
    return api && api->timed_out;
}

json_t *api_problem(const struct api *api) {
    return api ? api->problem : NULL;
}

char *api_path(const char *before, const char *segment, const char *after) {
    struct strbuf path = {0};
    strbuf_puts(&path, before);
    strbuf_url(&path, segment);
    strbuf_puts(&path, after);
    return strbuf_steal(&path);
}

/* Statuses of which several kinds exist, or whose code may be nginx's own. */
static enum error_kind kind_of_status(long status) {
    for (int kind = ERROR_NONE + 1; kind <= ERROR_TIMEOUT; kind++)
        if (error_info((enum error_kind)kind)->status == status)
            return (enum error_kind)kind;
    return status >= 400 && status < 500 ? ERROR_BAD_REQUEST : ERROR_INTERNAL;
}

void api_error_of_problem(json_t *problem, long status, struct error *err) {
    const char *code = json_get_text(problem, "code", "");
    const char *detail = json_get_text(problem, "detail", json_get_text(problem, "title", NULL));
    enum error_kind kind = error_kind_of_code(code);
    if (kind == ERROR_INTERNAL)
        kind = kind_of_status(status);
    if (detail)
        error_set(err, kind, "%s", detail);
    else
        error_set(err, kind, "The server answered with status %ld and no explanation.", status);
    if (kind == ERROR_INTERNAL && json_get_text(problem, "request_id", NULL))
        error_set(err, kind, "%s (request %s)", detail ? detail : "Internal error",
                  json_get_text(problem, "request_id", ""));
    if (err)
        snprintf(err->field, sizeof err->field, "%s", json_get_text(problem, "field", ""));
}

static void attempt_release(struct attempt *attempt) {
    free(attempt->url);
    free(attempt->token_header);
}

static void set_headers(struct attempt *attempt, const struct session *session) {
    const struct api_request *request = attempt->request;
    size_t n = 0;
    free(STEAL(attempt->token_header));
    if (session->token && !request->anonymous)
        attempt->headers[n++] = attempt->token_header =
            mem_format("Authorization: Bearer %s", session->token);
    if (request->body)
        attempt->headers[n++] = "Content-Type: application/json";
    if (request->keyed)
        attempt->headers[n++] = attempt->key_header;
    if (request->async)
        attempt->headers[n++] = "Prefer: respond-async";
    else if (request->async_soon)
        attempt->headers[n++] = "Prefer: respond-async, wait=2";
    attempt->headers[n++] = "User-Agent: berth/" PACKAGE_VERSION;
    attempt->headers[n] = NULL;
}

static bool is_patient(const struct api_request *request) {
    return request->keyed || request->patient;
}

static void attempt_init(struct attempt *attempt, const struct api_request *request) {
    char key[2 * KEY_BYTES + 1];
    *attempt = (struct attempt){.request = request, .pause_ms = PAUSE_FIRST_MS};
    crypto_random_hex(key, KEY_BYTES);
    snprintf(attempt->key_header, sizeof attempt->key_header, "Idempotency-Key: %s", key);
    attempt->deadline_ms = clock_ms() + (is_patient(request) ? PATIENCE_MS : READ_PATIENCE_MS);
}

/* How long a try may take, by the server's habits and by --timeout; 0 = for ever. */
static long try_timeout_ms(const struct api *api, const struct api_request *request) {
    long usual_ms = request->sink ? 0 : CALL_TIMEOUT_MS + (long)(request->wait_s * 1000);
    if (!api->limit_ms)
        return usual_ms;
    int64_t left_ms = api->limit_ms - clock_ms();
    if (left_ms < 1)
        left_ms = 1;
    return usual_ms && usual_ms < left_ms ? usual_ms : (long)left_ms;
}

/* Is the time of --timeout over? Then that is the error, whatever came of the last try. */
static bool is_over(struct api *api, struct error *err) {
    if (!api->limit_ms || clock_ms() < api->limit_ms)
        return false;
    api->timed_out = true;
    error_set(err, ERROR_TIMEOUT, "The time of --timeout is over.");
    return true;
}

static bool send_once(struct api *api, struct attempt *attempt, struct http_response *response,
                      struct error *err) {
    const struct api_request *request = attempt->request;
    const char *body = request->body ? json_print(request->body) : NULL;
    bool others = ++attempt->addresses < api->session.url_count;
    set_headers(attempt, &api->session);
    free(attempt->url);
    attempt->url = mem_format("%s%s", api->session.url, request->path);
    struct http_request call = {
        .method = request->method,
        .url = attempt->url,
        .headers = attempt->headers,
        .body = body,
        .body_len = body ? strlen(body) : 0,
        .connect_timeout_ms = others ? CONNECT_BRIEFLY_MS : CONNECT_TIMEOUT_MS,
        .timeout_ms = try_timeout_ms(api, request),
        .response_max = BODY_MAX,
        .sink = request->sink,
        .sink_context = request->sink_context,
        .ca_file = api->session.cacert,
    };
    return http_call(api->client, &call, response, err);
}

/* What an engine did is the server's last word; that the worker is away passes. */
static bool is_passing(const struct api *api, const struct http_response *response,
                       const struct error *err) {
    if (response->status == 0)
        return err->kind == ERROR_UNREACHABLE || err->kind == ERROR_TIMEOUT ||
               (err->kind == ERROR_ENGINE && response->maybe_done);
    return response->status >= 502 && response->status <= 504 &&
           strncmp(json_get_text(api->problem, "code", ""), "engine_", 7) != 0;
}

/* Another controller may answer where this one does not: what was certainly not carried out may go
 * there, and what may be repeated. */
static bool try_elsewhere(struct api *api, struct attempt *attempt,
                          const struct http_response *response, const struct error *err) {
    const struct api_request *request = attempt->request;
    bool harmless = is_patient(request) || strcmp(request->method, "GET") == 0;
    bool untouched = response->status == 0 && !response->maybe_done;
    return attempt->addresses < api->session.url_count && is_passing(api, response, err) &&
           !(request->sink && response->status == 0 && response->maybe_done) &&
           (harmless || untouched) && session_next_url(&api->session);
}

/* Is there to be another try? Then wait for its time. */
static bool pause_before_retry(struct api *api, struct attempt *attempt,
                               const struct http_response *response, const struct error *err) {
    const struct api_request *request = attempt->request;
    bool reads = strcmp(request->method, "GET") == 0;
    if (try_elsewhere(api, attempt, response, err))
        return true;
    if (!is_passing(api, response, err) || request->sink)
        return false;
    /* Whoever only reads had better be told at once that nobody is there. */
    if (!is_patient(request) && (!reads || response->status == 0))
        return false;
    int64_t pause_ms = attempt->pause_ms, asked_ms = (int64_t)response->retry_after_s * 1000;
    if (asked_ms > pause_ms)
        pause_ms = asked_ms;
    int64_t then_ms = clock_ms() + pause_ms;
    if (then_ms > attempt->deadline_ms || (api->limit_ms && then_ms > api->limit_ms))
        return false;
    if (pause_ms >= 1000 && !attempt->warned && isatty(STDERR_FILENO)) {
        fputs("berth: the server is not available, trying again ...\n", stderr);
        attempt->warned = true;
    }
    struct timespec pause = {.tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
    attempt->addresses = 0;
    session_next_url(&api->session);
    attempt->pause_ms = attempt->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : attempt->pause_ms * 2;
    return true;
}

static bool renew_token(struct api *api, struct error *err) {
    CLEANUP(mem_free_text) char *password = NULL;
    bool ok = session_password(&api->session, &password, err) && api_login(api, password, err);
    if (password)
        explicit_bzero(password, strlen(password));
    return ok;
}

/* A 401 is answered by logging in again, once, where the password is at hand. */
static bool may_renew(const struct api *api, struct attempt *attempt, long status) {
    bool may = status == 401 && !attempt->renewed && !attempt->request->anonymous &&
               api->session.origin == TOKEN_CACHED;
    attempt->renewed |= may;
    return may;
}

/* A path of this server only: the token follows it. */
static void set_location(struct api_reply *reply, const char *location, const char *url) {
    size_t len = strlen(url);
    if (strncmp(location, url, len) == 0 && location[len] == '/')
        location += len;
    if (location[0] == '/' && location[1] != '/')
        snprintf(reply->location, sizeof reply->location, "%s", location);
}

static bool read_reply(struct api *api, const struct http_response *response,
                       const struct api_request *request, struct api_reply *reply,
                       struct error *err) {
    const char *text = strbuf_text(&response->body);
    reply->status = response->status;
    set_location(reply, response->location, api->session.url);
    snprintf(reply->next_cursor, sizeof reply->next_cursor, "%s", response->next_cursor);
    if (request->sink || !*text)
        return true;
    return json_parse_trusted(text, &reply->doc) ||
           error_set(err, ERROR_INTERNAL,
                     "The server's answer is not JSON: is %s the address of berth?",
                     api->session.url);
}

static void read_problem(struct api *api, const struct http_response *response,
                         const struct api_request *request, struct error *err) {
    json_put(&api->problem);
    if (response->status < 400)
        return;
    if (!json_parse_trusted(strbuf_text(&response->body), &api->problem))
        api->problem = NULL;
    api_error_of_problem(api->problem, response->status, err);
    if (response->status == 401 && !request->anonymous && api->session.origin == TOKEN_STORED)
        error_set(err, ERROR_UNAUTHENTICATED, "The login at %s is not valid any more: berth login.",
                  api->session.url);
}

static bool is_ready(struct api *api, const struct api_request *request, struct error *err) {
    if (!api->session.url)
        return error_set(err, ERROR_UNAUTHENTICATED,
                         "No server is known for the context %s: berth login --context %s URL, or "
                         "set BERTH_URL, which counts only without --context.",
                         api->session.context, api->session.context);
    if (request->anonymous || api->session.token)
        return true;
    if (api->session.origin == TOKEN_CACHED)
        return renew_token(api, err);
    return error_set(err, ERROR_UNAUTHENTICATED,
                     "Not logged in at %s: berth login, or set BERTH_TOKEN, or BERTH_USERNAME "
                     "and BERTH_PASSWORD_FILE.",
                     api->session.url);
}

bool api_call(struct api *api, const struct api_request *request, struct api_reply *reply,
              struct error *err) {
    struct attempt attempt;
    struct error failure = {0};
    bool ok = false, again = true;
    *reply = (struct api_reply){0};
    if (!is_ready(api, request, err))
        return false;
    attempt_init(&attempt, request);
    while (again) {
        struct http_response response = {0};
        ok = send_once(api, &attempt, &response, &failure);
        read_problem(api, &response, request, &failure);
        ok = ok && response.status < 400;
        again = false;
        if (ok)
            ok = read_reply(api, &response, request, reply, &failure);
        else if (may_renew(api, &attempt, response.status))
            again = renew_token(api, &failure);
        else if (!is_over(api, &failure))
            again = pause_before_retry(api, &attempt, &response, &failure);
        reply->repeated |= again && response.status != 401;
        http_response_release(&response);
    }
    attempt_release(&attempt);
    if (!ok && err)
        *err = failure;
    return ok;
}

void api_reply_release(struct api_reply *reply) {
    json_put(&reply->doc);
}

bool api_login(struct api *api, const char *password, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    json_set_text(body, "username", api->session.username);
    json_set_text(body, "password", password);
    struct api_request request = {.method = "POST",
                                  .path = "/auth/login",
                                  .body = body,
                                  .anonymous = true};
    struct api_reply reply;
    if (!api_call(api, &request, &reply, err))
        return false;
    const char *token = json_get_text(reply.doc, "auth_token", NULL);
    bool ok = token && !strpbrk(token, "\r\n");
    if (ok)
        ok = session_keep(&api->session, token, json_get_text(reply.doc, "expires_at", NULL), err);
    else
        error_set(err, ERROR_INTERNAL, "The server sent no token.");
    api_reply_release(&reply);
    return ok;
}
