/* error: what went wrong, for people and for programs; one list of kinds gives HTTP status, CLI
 * exit code and problem title. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* X(symbol, code, http_status, exit_code, title). `code` is the stable machine-readable word of a
 * problem document (RFC 7807). Exit codes of the CLI: 1 internal, 2 usage or bad input, 3 not
 * allowed, 4 not found, 5 conflict or no room, 6 something is unreachable, 7 done only in part. */
#define ERROR_KINDS(X)                                                                             \
    X(BAD_REQUEST, "bad_request", 400, 2, "Bad request")                                           \
    X(BAD_PATH, "bad_path", 400, 2, "Path is not in canonical form")                               \
    X(BAD_JSON, "bad_json", 400, 2, "Body is not acceptable JSON")                                 \
    X(BAD_FIELD, "bad_field", 400, 2, "A field is not acceptable")                                 \
    X(UNAUTHENTICATED, "unauthenticated", 401, 3, "Log in first")                                  \
    X(FORBIDDEN, "forbidden", 403, 3, "Not allowed")                                               \
    X(CSRF, "csrf", 403, 3, "Not a request of the console")                                        \
    X(NOT_FOUND, "not_found", 404, 4, "Not found")                                                 \
    X(METHOD, "method_not_allowed", 405, 2, "Method not allowed")                                  \
    X(CONFLICT, "conflict", 409, 5, "Conflict with what is there")                                 \
    X(AMBIGUOUS, "ambiguous", 409, 5, "More than one matches")                                     \
    X(NOT_EXPRESSIBLE, "not_expressible", 409, 5, "A specification cannot say this")               \
    X(NO_CAPACITY, "no_capacity", 409, 5, "No engine has room")                                    \
    X(TOO_LARGE, "too_large", 413, 2, "Body too large")                                            \
    X(KEY_REUSED, "idempotency_key_reused", 422, 5, "Idempotency key used for another request")    \
    X(IMAGE, "image_unavailable", 422, 5, "Image cannot be had")                                   \
    X(REFUSED, "engine_refused", 422, 5, "The engine refuses the specification")                   \
    X(THROTTLED, "throttled", 429, 3, "Too many attempts")                                         \
    X(INTERNAL, "internal", 500, 1, "Internal error")                                              \
    X(ENGINE, "engine_error", 502, 6, "The engine failed")                                         \
    X(UNREACHABLE, "engine_unreachable", 502, 6, "The engine cannot be reached")                   \
    X(UNAVAILABLE, "unavailable", 503, 6, "Temporarily unavailable")                               \
    X(TIMEOUT, "engine_timeout", 504, 6, "The engine is too slow")

enum error_kind {
    ERROR_NONE = 0,
#define ERROR_ENUM(symbol, code, status, exit_code, title) ERROR_##symbol,
    ERROR_KINDS(ERROR_ENUM)
#undef ERROR_ENUM
};

/* The caller's; raising one never allocates. Zero-initialise it: `struct error err = {0};`. */
struct error {
    enum error_kind kind;
    int retry_after_s;  /* > 0: sent as Retry-After */
    char field[96];     /* the field at fault, "" where there is none */
    char message[1024]; /* one or two sentences for a person: what happened, what to do */
};

struct error_info {
    const char *code;
    int status;    /* HTTP status, 400..599 */
    int exit_code; /* exit status of the CLI, 1..7 */
    const char *title;
};

/* The row of `kind`; an unknown kind gives INTERNAL's. Never NULL. */
const struct error_info *error_info(enum error_kind kind);

/* The kind with that `code`, or ERROR_INTERNAL. */
enum error_kind error_kind_of_code(const char *code);

/* Set `err` (may be NULL) and return false, so that `return error_set(...)` reads well. Whatever is
 * quoted, the message is UTF-8: it goes to the database, too. */
bool error_set(struct error *err, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, naming the `field` at fault; kind BAD_FIELD. */
bool error_field(struct error *err, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put context in front of the message ("context: message") and return false. */
bool error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
