/* request: one HTTP request on its way through the worker. It lives on the heap and moves between
 * threads, one at a time: quick thread, slow thread, or parked without any.
 *
 * A handler is `enum request_result handle_verb_noun(struct request *request)`. It ends with one of
 * the respond_ calls, with request_park, or with stream_open (fcgi/stream.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/strbuf.h"
#include "core/control/auth.h"
#include "core/store/db.h"
#include "fcgi/path.h"
#include "fcgi/query.h"

struct fcgx;
struct route;
struct stream;
struct worker;

enum request_result {
    REQUEST_DONE,  /* an answer was given */
    REQUEST_PARK,  /* it waits for an operation; the route's `resume` gets it back */
    REQUEST_STREAM /* its answer goes on as a stream (stream_open) */
};

enum { REQUEST_KEPT_MAX = 8 };

struct response {
    struct strbuf headers; /* further ones, each ended by CR LF */
    int status;            /* 0 = not yet begun */
    int cache_s;           /* whoever gets the answer may keep it so long; 0 = not at all */
    uint64_t bytes;        /* of the body */
    const char *code;      /* of a problem, for the log */
    char *trouble;         /* what only the log may tell */
    bool failed;           /* the client has left */
};

struct request {
    /* What is asked. */
    char id[33];        /* 32 lower-case hex digits; stands in log lines, events, answers */
    char method[16];    /* "GET" */
    char address[48];   /* of the client; "" = not known */
    struct path path;   /* canonical */
    struct query query; /* only names that the route lists */
    char *body;         /* NUL-terminated; "" without one */
    size_t body_len;
    const struct route *route;
    const char *params[PATH_SEGMENTS_MAX]; /* of the route's pattern, see request_param */
    struct identity identity;              /* empty for a route without authentication */
    struct token token;                    /* that it came with; empty as identity */
    bool by_cookie;                        /* the token came in the console's cookie */

    /* What serves it: never kept over a park, they belong to the thread. */
    struct worker *worker;
    struct db *db;

    bool expired; /* in `resume`: the deadline passed, the operation has not finished */

    /* Private to fcgi/. */
    struct fcgx *fcgx;
    struct response response;
    struct error query_error; /* told only after authorisation */
    struct error document_error;
    struct db_result *document;   /* of a document route */
    int64_t began_us;             /* monotonic */
    struct stream *stream;        /* after REQUEST_STREAM */
    char *kept[REQUEST_KEPT_MAX]; /* texts that parameters of statements point to */
    size_t kept_count;
    char *operation_id;
    int64_t deadline_ms; /* monotonic */
    struct request *next;
};

/* The decoded path segment that stands for `{name}` in the route's pattern; the name must be one of
 * the pattern's. Never NULL or empty. */
const char *request_param(const struct request *request, const char *name);

/* Give `text` to the request, which frees it at its end. */
const char *request_keep(struct request *request, char *text);

/* A header of the request: "Idempotency-Key"; NULL when absent. */
const char *request_header(const struct request *request, const char *name);

/* The program that asks, as it calls itself; "" when that is no text. */
enum { USER_AGENT_BYTES = 256 };
void request_user_agent(const struct request *request, char user_agent[USER_AGENT_BYTES]);

/* The body as a JSON object that `fields` allows (json_check); *ret_doc is the caller's.
 * ERROR_BAD_JSON, ERROR_BAD_FIELD. */
bool request_json(const struct request *request, const struct json_field *fields, json_t **ret_doc,
                  struct error *err);

/* Wait for the operation without a thread: `return request_park(...)` must be the handler's last
 * act. `resume` is called when the operation has finished, or after `wait_ms` with `expired`. */
enum request_result request_park(struct request *request, const char *operation_id,
                                 int64_t wait_ms);
