/* docker_call: see docker_call.h. */
#include "core/net/docker_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/metrics.h"
#include "core/base/parse.h"

enum { CONNECT_TIMEOUT_MS = 3000, DOCKER_ID_LEN = 64, WORDS_MAX = 800 };

struct docker_call {
    char *engine_id;
    const struct docker_operation *operation; /* NULL: it failed before it began */
    docker_done *done;
    void *context;
};

bool docker_id_is(const char *text) {
    return strlen(text) == DOCKER_ID_LEN && hex_is(text);
}

void docker_words(char *words, size_t size, const char *text) {
    size_t len = strlen(text);
    while (len && (unsigned char)text[len - 1] <= ' ')
        len--;
    if (len >= size)
        len = size - 1;
    while (len && ((unsigned char)text[len] & 0xc0) == 0x80) /* no part of a character */
        len--;
    for (size_t i = 0; i < len; i++)
        words[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? ' ' : text[i];
    words[len] = '\0';
    utf8_clean(words);
}

/* Docker's {"message": "..."}; "" when the answer has none, and so is not Docker's. */
static void read_message(const struct strbuf *body, char *message, size_t size) {
    CLEANUP(json_put) json_t *doc = NULL;
    message[0] = '\0';
    if (body->len && json_parse_trusted(strbuf_text(body), &doc))
        docker_words(message, size, json_get_text(doc, "message", ""));
}

static bool contains(const char *text, const char *part) {
    return strstr(text, part) != NULL;
}

/* 20.10 says "Bind for 0.0.0.0:80 failed: port is already allocated" when the port is one of its
 * own, and
 * "... listen tcp4 0.0.0.0:80: bind: address already in use" when another program has it. */
static bool is_port_conflict(const char *message) {
    return contains(message, "port is already allocated") ||
           contains(message, "address already in use");
}

static enum error_kind kind_of(const struct docker_operation *operation, long status,
                               const char *message) {
    if (operation->refused)
        return operation->refused;
    if (status == 404) /* create: of a container that is linked, not of the image */
        return operation->not_found == ERROR_IMAGE && contains(message, "No such container")
                   ? ERROR_REFUSED
                   : operation->not_found;
    if (status == 409)
        return ERROR_CONFLICT;
    return status >= 400 && status < 500 ? ERROR_REFUSED : ERROR_ENGINE;
}

/* A 500 tells of a failure that the engine has cleaned up, unless it gave up waiting for a part of
 * itself. */
static bool is_unknown(long status, const char *message) {
    return status >= 500 && (contains(message, "deadline exceeded") ||
                             contains(message, "timed out") || contains(message, "timeout"));
}

/* Not Docker speaks, but something at or in front of its address: its 404 proves nothing. */
static void judge_stranger(const struct docker_operation *operation,
                           const struct http_response *response, struct docker_result *result) {
    char words[160] = "";
    result->maybe_done = operation->changes && response->status >= 500;
    if (!response->content_type[0] || strncmp(response->content_type, "text/plain", 10) == 0)
        docker_words(words, sizeof words, strbuf_text(&response->body));
    error_set(&result->err, ERROR_ENGINE, "%s was answered with HTTP status %ld%s%s, not by Docker",
              operation->name, response->status, words[0] ? ": " : "", words);
}

static void judge_refusal(const struct docker_operation *operation,
                          const struct http_response *response, struct docker_result *result) {
    char message[WORDS_MAX];
    if (response->status == 304 && operation->accepts_unchanged) {
        result->ok = true;
        return;
    }
    read_message(&response->body, message, sizeof message);
    if (!message[0]) {
        judge_stranger(operation, response, result);
        return;
    }
    result->ok = operation->accepts && operation->accepts(response->status, message);
    if (result->ok)
        return;
    result->port_conflict = operation->takes_ports && is_port_conflict(message);
    result->maybe_done = operation->changes && is_unknown(response->status, message);
    error_set(&result->err,
              result->port_conflict ? ERROR_CONFLICT
                                    : kind_of(operation, response->status, message),
              "%s", message);
}

/* Is a 2xx what Docker answers? Its JSON goes to result->doc. */
static bool is_dockers(enum docker_answer answer, const struct http_response *response,
                       struct docker_result *result) {
    const struct strbuf *body = &response->body;
    const char *text = strbuf_text(body);
    if (answer == ANSWER_STREAM)
        return true;
    if (answer == ANSWER_NONE)
        return response->status == 204;
    if (answer == ANSWER_OK)
        return strncmp(text, "OK", 2) == 0 && text[2 + strspn(text + 2, "\r\n")] == '\0';
    if (body->len == 0 || strlen(text) != body->len)
        return false;
    json_parse_trusted(text, &result->doc);
    if (answer == ANSWER_ID)
        return docker_id_is(json_get_text(result->doc, "Id", ""));
    return json_object_is_type(result->doc,
                               answer == ANSWER_ARRAY ? json_type_array : json_type_object);
}

static void judge_answer(const struct docker_operation *operation,
                         const struct http_response *response, struct docker_result *result) {
    result->ok = is_dockers(operation->answer, response, result);
    if (result->ok)
        return;
    json_put(&result->doc);
    result->maybe_done = operation->changes;
    error_set(&result->err, ERROR_ENGINE, "%s was answered with HTTP status %ld, not by Docker",
              operation->name, response->status);
}

static void count(const struct docker_operation *operation, const struct docker_result *result) {

    enum metrics_outcome outcome = METRICS_REFUSED;
    if (!operation)
        return; /* never sent */
    if (result->ok)
        outcome = METRICS_OK;
    else if (result->status == 0 || result->err.kind == ERROR_ENGINE)
        outcome = METRICS_FAILED;
    metrics_engine_call(operation->name, outcome, (int64_t)(result->time_ms * 1000.0));
}

static void on_done(void *context, const struct http_response *response,
                    const struct error *failure) {
    struct docker_call *call = context;
    const struct docker_operation *operation = call->operation;
    struct docker_result result = {.status = response->status, .time_ms = response->time_ms};
    if (failure) {
        result.err = *failure;
        result.maybe_done = operation && operation->changes && response->maybe_done;
    } else if (response->status >= 200 && response->status < 300) {
        judge_answer(operation, response, &result);
    } else {
        judge_refusal(operation, response, &result);
    }
    count(operation, &result);
    if (!result.ok)
        error_wrap(&result.err, "engine %s", call->engine_id);
    call->done(call->context, &result);
    json_put(&result.doc);
    free(call->engine_id);
    free(call);
}

static struct docker_call *call_new(const struct docker_engine *engine,
                                    const struct docker_operation *operation, docker_done *done,
                                    void *context) {
    struct docker_call *call = mem_alloc(sizeof *call);
    *call = (struct docker_call){mem_strdup(engine->id), operation, done, context};
    return call;
}

void docker_begin_failed(struct http_client *client, const struct docker_engine *engine,
                         const struct error *failure, docker_done *done, void *context) {
    http_start_failed(client, failure, on_done, call_new(engine, NULL, done, context));
}

static void make_url(struct strbuf *url, const struct docker_addr *addr,
                     const struct docker_engine *engine, const struct docker_params *params) {
    strbuf_addf(url, "%s://%s", docker_is_encrypted(engine) ? "https" : "http", addr->authority);
    if (!params->unversioned && engine->api_version && engine->api_version[0])
        strbuf_addf(url, "/v%s", engine->api_version);
    strbuf_puts(url, params->path);
}

struct transfer *docker_begin(struct http_client *client, const struct docker_engine *engine,
                              const struct docker_operation *operation,
                              const struct docker_params *params, docker_done *done,
                              void *context) {
    struct docker_addr addr;
    struct error err = {0};
    const char *headers[3] = {NULL};
    size_t n = 0;
    if (!docker_addr_parse(engine->addr, &addr, &err) ||
        (addr.path[0] && !docker_socket_allowed(engine, addr.path, &err))) {
        docker_begin_failed(client, engine, &err, done, context);
        return NULL;
    }
    CLEANUP(strbuf_release) struct strbuf url = {0};
    make_url(&url, &addr, engine, params);
    if (params->body)
        headers[n++] = "Content-Type: application/json";
    if (params->header)
        headers[n++] = params->header;
    struct http_request request = {
        .method = operation->method,
        .url = strbuf_text(&url),
        .unix_socket = addr.path[0] ? addr.path : NULL,
        .headers = headers,
        .body = params->body,
        .body_len = params->body ? strlen(params->body) : 0,
        .source = params->source,
        .source_context = params->source_context,
        .fresh = operation->fresh,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .timeout_ms = params->timeout_ms ? params->timeout_ms : operation->timeout_ms,
        .response_max = operation->response_max,
        .sink = params->sink,
        .sink_context = params->sink_context,
        .begun = params->begun,
        .ca_pem = engine->ca_pem,
        .cert_pem = engine->cert_pem,
        .key_pem = engine->key_pem,
        .rules = engine->rules,
    };
    return http_start(client, &request, on_done, call_new(engine, operation, done, context));
}

struct waited_result {
    struct docker_result *result;
    bool done;
};

static void on_waited(void *context, struct docker_result *result) {
    struct waited_result *waited = context;
    *waited->result = *result;
    result->doc = NULL;
    waited->done = true;
}

void docker_wait(struct http_client *client, const struct docker_engine *engine,
                 const struct docker_operation *operation, const struct docker_params *params,
                 struct docker_result *result) {
    struct waited_result waited = {.result = result};
    docker_begin(client, engine, operation, params, on_waited, &waited);
    while (!waited.done)
        http_client_poll(client, -1, 60000);
}
