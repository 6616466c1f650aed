/* chain: see chain.h. */
#include "fcgi/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/control/auth_cache.h"
#include "fcgi/acceptor.h"
#include "fcgi/access_log.h"
#include "fcgi/document.h"
#include "fcgi/fcgx.h"
#include "fcgi/http_metrics.h"
#include "fcgi/respond.h"
#include "fcgi/routes.h"
#include "fcgi/session_cookie.h"
#include "fcgi/slow.h"
#include "fcgi/streams.h"
#include "fcgi/wake.h"
#include "fcgi/worker.h"
#include "sql/statements.h"

enum { BUSY_RETRY_S = 1, READ_STEP = 8192 };

/* nginx's id when it is one, so that both logs agree. */
static bool filter_id(struct request *request, struct error *err) {
    const char *given = fcgx_param(request->fcgx, "REQUEST_ID");
    (void)err;
    if (given && strlen(given) == 32 && hex_is(given))
        memcpy(request->id, given, sizeof request->id);
    else
        crypto_random_hex(request->id, 16);
    return true;
}

static bool filter_path(struct request *request, struct error *err) {
    const char *uri = fcgx_param(request->fcgx, "REQUEST_URI");
    return path_parse(&request->path, uri ? uri : "", uri ? strcspn(uri, "?") : 0, err);
}

static bool filter_route(struct request *request, struct error *err) {
    char allow[64];
    request->route = route_find(request, allow, sizeof allow, err);
    if (!request->route && err->kind == ERROR_METHOD)
        respond_header(request, "Allow", allow);
    return request->route != NULL;
}

/* What is wrong with the query is told only to those who may know the route. */
static bool filter_query(struct request *request, struct error *err) {
    const char *uri = fcgx_param(request->fcgx, "REQUEST_URI");
    (void)err;
    uri += strcspn(uri, "?");
    if (query_parse(&request->query, *uri ? uri + 1 : "", &request->query_error))
        query_check(&request->query, request->route->pattern, request->route->query,
                    &request->query_error);
    return true;
}

static bool look_up(struct request *request, const char *token_id, struct db_result **ret_rows,
                    struct error *err) {
    if (request->query_error.kind == ERROR_NONE && document_asked(request))
        return document_with_token(request, token_id, ret_rows, err);
    return db_run(request->db, &sql_token_find, DB_PARAMS(DB_TEXT(token_id)), ret_rows, err);
}

/* The short way: a caller who is remembered, asking for a document that tells whether that still
 * holds. */
static bool recognise(struct request *request, const struct credentials *credentials) {
    int64_t version = 0, version_now = 0;
    if (!request->route->by_id || request->query_error.kind != ERROR_NONE ||
        !auth_cache_find(request->worker->auth_cache, credentials, &request->identity, &version))
        return false;
    if (document_by_id(request, &version_now) && version_now == version)
        return true;
    db_result_free(&request->document);
    identity_release(&request->identity);
    return false;
}

/* A caller on this machine, without a token where none is needed from here. */
static bool is_local(const struct request *request) {
    return request->route->need == AUTH_LOCAL &&
           !fcgx_param(request->fcgx, "HTTP_X_ACCESS_TOKEN") &&
           !fcgx_param(request->fcgx, "HTTP_AUTHORIZATION") &&
           (strncmp(request->address, "127.", 4) == 0 || strcmp(request->address, "::1") == 0);
}

/* A header goes before the cookie: who sets one is no page of a stranger. */
static bool read_credentials(struct request *request, struct credentials *ret_credentials,
                             struct error *err) {
    const char *access_token = fcgx_param(request->fcgx, "HTTP_X_ACCESS_TOKEN");
    const char *authorization = fcgx_param(request->fcgx, "HTTP_AUTHORIZATION");
    request->by_cookie =
        !access_token && !authorization &&
        auth_parse_cookie(fcgx_param(request->fcgx, "HTTP_COOKIE"), ret_credentials, err);
    if (request->by_cookie)
        return err->kind == ERROR_NONE;
    return auth_parse(access_token, authorization, ret_credentials, err);
}

static bool filter_authenticate(struct request *request, struct error *err) {
    CLEANUP(credentials_release) struct credentials credentials = {0};
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    if (request->route->need == AUTH_NONE || is_local(request))
        return true;
    if (!read_credentials(request, &credentials, err))
        return false;
    request->token = credentials.token;
    if (recognise(request, &credentials))
        return true;
    if (!look_up(request, credentials.token.id, &rows, err) ||
        !auth_identify(&credentials, rows, &request->identity, err))
        return false;
    auth_cache_keep(request->worker->auth_cache, &credentials, &request->identity, rows);
    return true;
}

static bool filter_cookie(struct request *request, struct error *err) {
    return !request->by_cookie || session_cookie_check(request, err);
}

static bool filter_authorise(struct request *request, struct error *err) {
    if (is_local(request) ||
        route_allows(request->route, request->identity.grants, request->path.text))
        return true;
    return error_set(err, ERROR_FORBIDDEN, "The role %s may not %s %s.", request->identity.role,
                     request->route->need == AUTH_WRITE ? "change" : "read", request->path.text);
}

static bool too_large(size_t limit, struct error *err) {
    if (limit == 0)
        return error_set(err, ERROR_TOO_LARGE, "This request takes no body.");
    return error_set(err, ERROR_TOO_LARGE, "The body may have at most %zu bytes.", limit);
}

/* All of the body, at most `limit` bytes; *ret_body is the caller's. */
static bool read_body(struct request *request, size_t limit, char **ret_body, size_t *ret_len,
                      struct error *err) {
    const char *declared = fcgx_param(request->fcgx, "CONTENT_LENGTH");
    struct strbuf body = STRBUF_MAX(limit + 1);
    char bytes[READ_STEP];
    int64_t expected = -1;
    long count = 0;
    if (declared && *declared && !parse_int(declared, 0, INT64_MAX, &expected))
        return error_set(err, ERROR_BAD_REQUEST, "Content-Length is not a number.");
    if (expected > (int64_t)limit)
        return too_large(limit, err);
    while (!body.full && (count = fcgx_read(request->fcgx, bytes, sizeof bytes)) > 0)
        strbuf_add(&body, bytes, (size_t)count);
    bool ok = body.full || body.len > limit ? too_large(limit, err)
              : count < 0 || (expected >= 0 && body.len != (size_t)expected)
                  ? error_set(err, ERROR_BAD_REQUEST, "The body is not as long as it was declared.")
                  : true;
    if (ok) {
        *ret_len = body.len;
        *ret_body = strbuf_steal(&body);
    }
    strbuf_release(&body);
    return ok;
}

static bool filter_limits(struct request *request, struct error *err) {
    if (request->query_error.kind != ERROR_NONE) {
        *err = request->query_error;
        return false;
    }
    return read_body(request, request->route->body_max, &request->body, &request->body_len, err);
}

static bool (*const filters[])(struct request *request, struct error *err) = {
    filter_id,           filter_path,   filter_route,     filter_query,
    filter_authenticate, filter_cookie, filter_authorise, filter_limits,
};

static void request_free(struct request *request) {
    path_release(&request->path);
    query_release(&request->query);
    identity_release(&request->identity);
    db_result_free(&request->document);
    strbuf_release(&request->response.headers);
    free(request->response.trouble);
    free(request->body);
    free(request->operation_id);
    for (size_t i = 0; i < request->kept_count; i++)
        free(request->kept[i]);
    free(request);
}

/* The answer is given; `fd` as for acceptor_give_back. */
static void leave(struct request *request, int fd) {
    struct worker *worker = request->worker;
    int64_t took_us = clock_us() - request->began_us;
    access_log(request, took_us);
    http_metrics_count(request, took_us);
    request_free(request);
    atomic_fetch_sub(&worker->in_flight, 1);
    acceptor_give_back(worker->acceptor, fd);
}

static void finish(struct request *request) {
    bool keep = !request->response.failed && !atomic_load(&request->worker->draining);
    leave(request, fcgx_finish(request->fcgx, keep));
}

static void settle(struct request *request, enum request_result result) {
    struct worker *worker = request->worker;
    if (result == REQUEST_PARK) {
        int64_t deadline_ms = request->deadline_ms;
        CLEANUP(mem_free_text) char *operation_id = STEAL(request->operation_id);
        parked_add(worker->parked, request, operation_id, deadline_ms);
        /* The operation may have finished before it was parked. */
        wake_slot(worker->slot);
        return;
    }
    if (result == REQUEST_STREAM)
        streams_add(worker->streams, request->stream);
    else
        finish(request);
}

void chain_finish_stream(struct request *request, bool answered) {
    if (answered) {
        finish(request);
        return;
    }
    fcgx_abandon(request->fcgx);
    leave(request, -1);
}

void chain_handle(struct request *request) {
    settle(request,
           request->route->handler ? request->route->handler(request) : document_respond(request));
}

void chain_resume(struct request *request, struct db *db) {
    request->db = db;
    settle(request, request->route->resume(request));
}

static void copy_param(const struct request *request, const char *name, char *to, size_t room) {
    const char *value = fcgx_param(request->fcgx, name);
    snprintf(to, room, "%s", value ? value : "");
}

static struct request *request_new(struct worker *worker, struct db *db, struct fcgx *fcgx) {
    struct request *request = mem_alloc(sizeof *request);
    atomic_fetch_add(&worker->in_flight, 1);
    request->fcgx = fcgx;
    request->worker = worker;
    request->db = db;
    request->began_us = clock_us();
    copy_param(request, "REQUEST_METHOD", request->method, sizeof request->method);
    copy_param(request, "REMOTE_ADDR", request->address, sizeof request->address);
    return request;
}

void chain_begin(struct worker *worker, struct db *db, int fd) {
    struct error err = {0};
    bool ok = true;
    struct fcgx *fcgx = fcgx_begin(fd);
    if (!fcgx) {
        acceptor_give_back(worker->acceptor, -1);
        return;
    }
    struct request *request = request_new(worker, db, fcgx);
    for (size_t i = 0; ok && i < ARRAY_LEN(filters); i++)
        ok = filters[i](request, &err);
    if (ok && request->route->pool != POOL_QUICK) {
        if (slow_submit(worker->slow, request))
            return;
        ok = error_set(&err, ERROR_UNAVAILABLE, "Too many requests of this kind wait already.");
        err.retry_after_s = BUSY_RETRY_S;
    }
    if (ok) {
        chain_handle(request);
        return;
    }
    respond_problem(request, &err);
    finish(request);
}
