/* session: see session.h. */
#include "cli/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/contexts.h"
#include "cli/file.h"
#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/parse.h"

static void replace(char **text, const char *value) {
    char *copy = mem_strdup(value);
    free(*text);
    *text = copy;
}

static bool is_loopback(const char *host) {
    return strncmp(host, "127.", 4) == 0 || strncmp(host, "[::1]", 5) == 0 ||
           (strncmp(host, "localhost", 9) == 0 && (!host[9] || strchr(":/", host[9])));
}

/* The normal form of an address; the caller's. */
static bool normalise(const char *url, char **ret_url, struct error *err) {
    CLEANUP(mem_free_text)
    char *whole = strstr(url, "://") ? mem_strdup(url) : mem_format("https://%s", url);
    size_t len = strlen(whole);
    while (len > 0 && whole[len - 1] == '/')
        whole[--len] = '\0';
    bool plain = strncmp(whole, "http://", 7) == 0;
    const char *host = whole + (plain ? 7 : 8);
    if (!plain && strncmp(whole, "https://", 8) != 0)
        return error_field(err, "url", "The URL must begin with https://.");
    if (len <= (size_t)(host - whole) || strpbrk(host, "?#@ \t\r\n"))
        return error_field(err, "url", "The URL must be as in https://berth.example:8443.");
    if (plain && !is_loopback(host))
        return error_field(err, "url",
                           "The URL must begin with https://: a token would go out in clear.");
    *ret_url = STEAL(whole);
    return true;
}

static void forget_urls(struct session *session) {
    for (size_t i = 0; i < session->url_count; i++)
        free(session->urls[i]);
    session->url_count = 0;
    replace(&session->url, NULL);
}

bool session_set_urls(struct session *session, const char *const *urls, size_t count,
                      struct error *err) {
    struct session fresh = {0};
    bool ok = count <= SESSION_URLS_MAX ||
              error_field(err, "url", "At most %d addresses are possible.", SESSION_URLS_MAX);
    for (size_t i = 0; ok && i < count; i++) {
        ok = normalise(urls[i], &fresh.urls[i], err);
        fresh.url_count += ok;
    }
    if (!ok) {
        forget_urls(&fresh);
        return false;
    }
    forget_urls(session);
    memcpy(session->urls, fresh.urls, sizeof fresh.urls);
    session->url_count = count;
    replace(&session->url, count ? session->urls[0] : NULL);
    return true;
}

bool session_set_url(struct session *session, const char *url, struct error *err) {
    return session_set_urls(session, &url, 1, err);
}

bool session_next_url(struct session *session) {
    size_t i = 0;
    if (session->url_count < 2)
        return false;
    while (i < session->url_count - 1 && strcmp(session->urls[i], session->url) != 0)
        i++;
    replace(&session->url, session->urls[(i + 1) % session->url_count]);
    return true;
}

static bool has_url(json_t *urls, const char *url) {
    for (size_t i = 0; i < json_len(urls); i++)
        if (strcmp(json_object_get_string(json_at(urls, i)), url) == 0)
            return true;
    return false;
}

/* "URL URL", "URL,URL" */
static bool set_urls_of_text(struct session *session, const char *text, struct error *err) {
    CLEANUP(mem_free_text) char *copy = mem_strdup(text);
    const char *urls[SESSION_URLS_MAX + 1];
    char *state = NULL;
    size_t count = 0;
    for (char *word = strtok_r(copy, " ,", &state); word && count <= SESSION_URLS_MAX;
         word = strtok_r(NULL, " ,", &state))
        urls[count++] = word;
    return session_set_urls(session, urls, count, err);
}

static bool set_urls_of_context(struct session *session, json_t *list, struct error *err) {
    const char *urls[SESSION_URLS_MAX + 1];
    size_t count = json_len(list);
    for (size_t i = 0; i < count && i <= SESSION_URLS_MAX; i++)
        urls[i] = json_object_get_string(json_at(list, i));
    return session_set_urls(session, urls, count, err);
}

/* Seconds since the epoch of "2026-01-31T12:00:00..."; 0 when it is nothing of the kind. */
static time_t parse_time(const char *text) {
    struct tm tm = {0};
    const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    return end ? timegm(&tm) : 0;
}

/* A whole day of time zones may lie in between; a refused token is renewed anyway. */
static bool is_expired(json_t *doc) {
    time_t at = parse_time(json_get_text(doc, "expires_at", NULL));
    return at > 0 && at <= time(NULL);
}

static void load_cache(struct session *session) {
    CLEANUP(mem_free_text) char *text = NULL;
    CLEANUP(json_put) json_t *doc = NULL;
    if (!session->cache_path || !file_read_private(session->cache_path, &text, NULL) || !text ||
        !json_parse_trusted(text, &doc) || is_expired(doc))
        return;
    if (strcmp(json_get_text(doc, "url", ""), session->url) == 0 &&
        strcmp(json_get_text(doc, "username", ""), session->username) == 0)
        session->token = mem_strdup(json_get_text(doc, "token", NULL));
}

static void set_cache_path(struct session *session) {
    CLEANUP(mem_free_text) char *key = mem_format("%s\n%s", session->url, session->username);
    unsigned char digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1], name[sizeof hex + 5];
    crypto_sha256(key, strlen(key), digest);
    hex_encode(digest, sizeof digest, hex);
    snprintf(name, sizeof name, "%s.json", hex);
    session->cache_path = home_path("XDG_CACHE_HOME", ".cache", name);
}

/* What `berth login` stored; its certificate and token count only for its own addresses. */
static bool load_context(struct session *session, json_t *doc, struct error *err) {
    json_t *context = contexts_get(doc, session->context), *urls = json_get_array(context, "urls");
    if (!context)
        return true;
    if (!session->url && !set_urls_of_context(session, urls, err))
        return false;
    if (!has_url(urls, session->url))
        return true;
    if (!session->cacert)
        replace(&session->cacert, json_get_text(context, "cacert", NULL));
    if (session->origin == TOKEN_NONE) {
        replace(&session->username, json_get_text(context, "username", NULL));
        replace(&session->token, json_get_text(context, "token", NULL));
        session->origin = session->token ? TOKEN_STORED : TOKEN_NONE;
    }
    return true;
}

static bool load_environment(struct session *session, struct error *err) {
    const char *url = environment("BERTH_URL"), *token = environment("BERTH_TOKEN");
    const char *password = environment("BERTH_PASSWORD_FILE");
    session->cacert = mem_strdup(environment("BERTH_CACERT"));
    session->username = mem_strdup(environment("BERTH_USERNAME"));
    if (token) {
        session->token = mem_strdup(token);
        session->origin = TOKEN_GIVEN;
    } else if (session->username && password) {
        session->password_file = mem_strdup(password);
        session->origin = TOKEN_CACHED;
    }
    return !url || set_urls_of_text(session, url, err);
}

bool session_load(struct session *session, const char *context, struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL;
    const char *name = context ? context : environment("BERTH_CONTEXT");
    *session = (struct session){0};
    if (name && !context_name_check(name, err))
        return false;
    if (!context && !load_environment(session, err))
        return false;
    /* With everything in the environment a stored login, good or bad, does not matter. */
    bool stored = !(session->url && session->origin != TOKEN_NONE);
    if (stored && !contexts_load(&doc, err))
        return false;
    if (!name)
        name = contexts_current(doc);
    session->context = mem_strdup(name ? name : "default");
    if (stored && !load_context(session, doc, err))
        return false;
    if (session->origin == TOKEN_CACHED && session->url) {
        set_cache_path(session);
        load_cache(session);
    }
    return true;
}

void session_release(struct session *session) {
    forget_urls(session);
    free(session->context);
    free(session->cacert);
    free(session->username);
    free(session->password_file);
    if (session->token)
        explicit_bzero(session->token, strlen(session->token));
    free(session->token);
    free(session->cache_path);
    *session = (struct session){0};
}

bool session_password(const struct session *session, char **ret_password, struct error *err) {
    char *text = NULL;
    if (!file_read(session->password_file, &text, err))
        return false;
    if (!text)
        return error_set(err, ERROR_BAD_REQUEST, "There is no file %s (BERTH_PASSWORD_FILE).",
                         session->password_file);
    text[strcspn(text, "\r\n")] = '\0';
    *ret_password = text;
    return true;
}

static bool keep_in_cache(const struct session *session, const char *expires_at) {
    CLEANUP(json_put) json_t *doc = json_object_new_object();
    json_set_text(doc, "url", session->url);
    json_set_text(doc, "username", session->username);
    json_set_text(doc, "token", session->token);
    if (expires_at)
        json_set_text(doc, "expires_at", expires_at);
    return session->cache_path && file_write_private(session->cache_path, json_print(doc), NULL);
}

struct keep {
    const struct session *session;
    const char *expires_at;
};

static bool keep_in_context(json_t *doc, void *data, struct error *err) {
    const struct keep *keep = data;
    const struct session *session = keep->session;
    json_t *context = json_object_new_object(), *urls = json_object_new_array();
    (void)err;
    for (size_t i = 0; i < session->url_count; i++)
        json_object_array_add(urls, json_object_new_string(session->urls[i]));
    json_set(context, "urls", urls);
    json_set_text(context, "username", session->username);
    json_set_text(context, "token", session->token);
    if (keep->expires_at)
        json_set_text(context, "expires_at", keep->expires_at);
    if (session->cacert)
        json_set_text(context, "cacert", session->cacert);
    json_set(json_get(doc, "contexts"), session->context, context);
    json_set_text(doc, "current", session->context);
    return true;
}

bool session_keep(struct session *session, const char *token, const char *expires_at,
                  struct error *err) {
    struct keep keep = {session, expires_at};
    replace(&session->token, token);
    if (session->origin == TOKEN_CACHED)
        return keep_in_cache(session, expires_at) || true;
    return contexts_change(keep_in_context, &keep, err);
}

static bool forget_token(json_t *doc, void *data, struct error *err) {
    const struct session *session = data;
    json_t *context = contexts_get(doc, session->context);
    (void)err;
    if (context) {
        json_object_object_del(context, "token");
        json_object_object_del(context, "expires_at");
    }
    return true;
}

bool session_forget(struct session *session, struct error *err) {
    bool stored = session->origin == TOKEN_STORED;
    if (session->origin == TOKEN_CACHED && session->cache_path)
        unlink(session->cache_path);
    free(STEAL(session->token));
    return !stored || contexts_change(forget_token, session, err);
}
