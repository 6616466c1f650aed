/* api: the proxy of the server: base URL, token, repetition, errors; everything that knows HTTP. */
#pragma once

#include "core/base/json.h"
#include "core/net/http.h"

struct api;
struct session;

struct api_request {
    const char *method;
    const char *path; /* from the root of the server, query included: "/api/containers?count=2" */
    json_t *body;     /* borrowed; NULL = none */
    bool keyed;       /* send an Idempotency-Key of its own, and hence repeat it for up to 30 s */
    bool patient;     /* harmless to repeat: do so for up to 30 s */
    bool async;       /* ask for 202 at once (Prefer: respond-async, RFC 7240) */
    bool async_soon;  /* the same if it is not over within two seconds */
    bool anonymous;   /* no token: the login itself */
    double wait_s;    /* how long the server may think about it, besides the usual time */
    http_sink *sink;  /* of a 2xx body, instead of `doc`; there is no limit of time then */
    void *sink_context;
};

struct api_reply {
    long status;                       /* of HTTP */
    json_t *doc;                       /* the body, NULL when there is none */
    char location[256];                /* path on the server, "" = none */
    char next_cursor[HTTP_CURSOR_MAX]; /* where a list goes on, "" = it does not */
    bool repeated;                     /* an earlier try may have been carried out */
};

/* Finds out where the server is and who asks (session_load); nothing is sent yet. */
bool api_open(struct api **ret_api, const char *context, struct error *err);
/* The same server, context and limit of time once more, for another thread. */
bool api_open_again(const struct api *api, const char *context, struct api **ret_api,
                    struct error *err);
void api_close(struct api *api);

/* Give up after so many seconds from now, all calls together; 0 = never. */
void api_limit(struct api *api, int64_t seconds);
/* Was that the reason for the last error? `api` may be NULL. */
bool api_timed_out(const struct api *api);

/* One call, repeated where that is harmless: after a lost connection and 502, 503, 504 that are not
 * an engine's; by the server's other addresses first, if it has some, which are also tried for any
 * request that was certainly not carried out; with a new token after 401 when there is a password.
 * Statuses from 400 on are errors, made of the problem document; its other members are in
 * api_problem(). `reply` is to be released after success only. */
bool api_call(struct api *api, const struct api_request *request, struct api_reply *reply,
              struct error *err);
void api_reply_release(struct api_reply *reply);

/* Turn a problem document into an error; `status` counts where its code is unknown. */
void api_error_of_problem(json_t *problem, long status, struct error *err);

/* The problem document of the last error; borrowed, NULL = none. */
json_t *api_problem(const struct api *api);

/* POST /auth/login, and keep the token (session_keep). */
bool api_login(struct api *api, const char *password, struct error *err);
struct session *api_session(struct api *api);

/* Make "/api/containers/ID/start" of "/api/containers/", "ID" and "/start"; the caller frees. */
char *api_path(const char *before, const char *segment, const char *after);
