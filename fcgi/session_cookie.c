/* session_cookie: see session_cookie.h. */
#include "fcgi/session_cookie.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "fcgi/respond.h"
#include "fcgi/routes.h"

#define ATTRIBUTES "; Path=/; Secure; HttpOnly; SameSite=Strict"

void session_cookie_set(struct request *request, const char *token, int64_t hours) {
    CLEANUP(mem_free_text)
    char *value =
        mem_format(AUTH_COOKIE "=%s" ATTRIBUTES "; Max-Age=%lld", token, (long long)hours * 3600);
    respond_header(request, "Set-Cookie", value);
}

void session_cookie_clear(struct request *request) {
    respond_header(request, "Set-Cookie", AUTH_COOKIE "=" ATTRIBUTES "; Max-Age=0");
}

static bool is_ours(const struct request *request, const char *origin) {
    static const char scheme[] = "https://";
    const char *host = request_header(request, "Host");
    return host && *host && strncasecmp(origin, scheme, strlen(scheme)) == 0 &&
           strcasecmp(origin + strlen(scheme), host) == 0;
}

static bool refuse_origin(struct error *err) {
    return error_set(err, ERROR_CSRF,
                     "The request comes from a page of another server: its Origin is not https:// "
                     "and the name by which this server was called.");
}

bool session_cookie_own_origin(const struct request *request, struct error *err) {
    const char *origin = request_header(request, "Origin");
    return !origin || is_ours(request, origin) || refuse_origin(err);
}

static bool token_fits(const struct request *request) {
    const char *given = request_header(request, "X-CSRF-Token");
    char wanted[CSRF_LEN + 1];
    auth_csrf(&request->token, wanted);
    return given && strlen(given) == CSRF_LEN && crypto_equal(given, wanted, CSRF_LEN);
}

bool session_cookie_check(const struct request *request, struct error *err) {
    bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    const char *origin = request_header(request, "Origin");
    if (reads && request->route->need == AUTH_WRITE)
        return error_set(err, ERROR_CSRF,
                         "A GET changes nothing for a session of the console: use POST.");
    if (reads)
        return true;
    if (!origin || !is_ours(request, origin))
        return refuse_origin(err);
    if (!token_fits(request))
        return error_set(err, ERROR_CSRF,
                         "X-CSRF-Token is missing, or not this session's: GET /auth/session tells "
                         "it.");
    return true;
}
