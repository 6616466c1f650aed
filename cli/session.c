/* session: see session.h. */
#include "cli/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/file.h"
#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/parse.h"

static const char *environment(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* "$XDG/berth/NAME" or "~/FALLBACK/berth/NAME"; NULL without a home. */
static char *home_path(const char *xdg, const char *fallback, const char *name) {
    const char *base = environment(xdg), *home = environment("HOME");
    if (base && *base == '/')
        return mem_format("%s/berth/%s", base, name);
    return home ? mem_format("%s/%s/berth/%s", home, fallback, name) : NULL;
}

static void replace(char **text, const char *value) {
    char *copy = mem_strdup(value);
    free(*text);
    *text = copy;
}

static bool is_loopback(const char *host) {
    return strncmp(host, "127.", 4) == 0 || strncmp(host, "[::1]", 5) == 0 ||
           (strncmp(host, "localhost", 9) == 0 && (!host[9] || strchr(":/", host[9])));
}

bool session_set_url(struct session *session, const char *url, struct error *err) {
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
    if (plain && (!is_loopback(host) || strstr(host, "@")))
        return error_field(err, "url",
                           "The URL must begin with https://: a token would go out in clear.");
    free(session->url);
    session->url = STEAL(whole);
    return true;
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

/* What `berth login` stored; its token counts only for its own URL. */
static bool load_config(struct session *session, struct error *err) {
    CLEANUP(mem_free_text) char *text = NULL;
    CLEANUP(json_put) json_t *doc = NULL;
    if (!session->config_path)
        return true;
    if (!file_read_private(session->config_path, &text, err))
        return false;
    if (!text)
        return true;
    const char *url = json_parse_trusted(text, &doc) ? json_get_text(doc, "url", NULL) : NULL;
    if (!url)
        return error_set(err, ERROR_INTERNAL, "%s is damaged: log in again.", session->config_path);
    if (!session->url)
        replace(&session->url, url);
    if (strcmp(session->url, url) != 0)
        return true;
    if (!session->cacert)
        replace(&session->cacert, json_get_text(doc, "cacert", NULL));
    if (session->origin == TOKEN_NONE) {
        replace(&session->username, json_get_text(doc, "username", NULL));
        replace(&session->token, json_get_text(doc, "token", NULL));
        session->origin = session->token ? TOKEN_STORED : TOKEN_NONE;
    }
    return true;
}

bool session_load(struct session *session, struct error *err) {
    const char *url = environment("BERTH_URL"), *config = environment("BERTH_CONFIG");
    const char *token = environment("BERTH_TOKEN"), *password = environment("BERTH_PASSWORD_FILE");
    *session = (struct session){0};
    session->cacert = mem_strdup(environment("BERTH_CACERT"));
    session->username = mem_strdup(environment("BERTH_USERNAME"));
    session->config_path =
        config ? mem_strdup(config) : home_path("XDG_CONFIG_HOME", ".config", "config.json");
    if (url && !session_set_url(session, url, err))
        return false;
    if (token) {
        session->token = mem_strdup(token);
        session->origin = TOKEN_GIVEN;
    } else if (session->username && password) {
        session->password_file = mem_strdup(password);
        session->origin = TOKEN_CACHED;
    }
    /* With everything in the environment a stored login, good or bad, does not matter. */
    if (!(session->url && session->origin != TOKEN_NONE) && !load_config(session, err))
        return false;
    if (session->origin == TOKEN_CACHED && session->url) {
        set_cache_path(session);
        load_cache(session);
    }
    return true;
}

void session_release(struct session *session) {
    free(session->url);
    free(session->cacert);
    free(session->username);
    free(session->password_file);
    free(session->token);
    free(session->config_path);
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

bool session_keep(struct session *session, const char *token, const char *expires_at,
                  struct error *err) {
    CLEANUP(json_put) json_t *doc = json_object_new_object();
    bool cached = session->origin == TOKEN_CACHED;
    const char *path = cached ? session->cache_path : session->config_path;
    replace(&session->token, token);
    json_set_text(doc, "url", session->url);
    json_set_text(doc, "username", session->username);
    json_set_text(doc, "token", token);
    if (expires_at)
        json_set_text(doc, "expires_at", expires_at);
    if (!cached && session->cacert)
        json_set_text(doc, "cacert", session->cacert);
    if (cached)
        return !path || file_write_private(path, json_print(doc), NULL) || true;
    return path ? file_write_private(path, json_print(doc), err)
                : error_set(err, ERROR_INTERNAL,
                            "There is no place for the token: set HOME or BERTH_CONFIG.");
}

void session_forget(struct session *session) {
    const char *path = session->origin == TOKEN_CACHED   ? session->cache_path
                       : session->origin == TOKEN_STORED ? session->config_path
                                                         : NULL;
    if (path)
        unlink(path);
    free(STEAL(session->token));
}
