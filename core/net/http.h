/* http: an HTTP/1.1 and TLS client; the only user of libcurl. One client belongs to one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

struct http_client; /* one curl multi handle: connections are kept alive and shared by its calls */

/* Called for each piece of a response body instead of collecting it; false ends the call. */
typedef bool http_sink(void *context, const char *bytes, size_t len);

struct http_request {
    const char *method;         /* "GET" ... */
    const char *url;            /* whole URL; with `unix_socket` its host is only a name */
    const char *unix_socket;    /* path, or NULL for TCP */
    const char *const *headers; /* "Name: value", ends with NULL; NULL for none */
    const void *body;           /* copied; NULL for none */
    size_t body_len;
    long connect_timeout_ms;    /* > 0 */
    long timeout_ms;            /* of the whole call, connecting included; 0 = none */
    size_t response_max;        /* bytes of body collected at most; more is ERROR_ENGINE */
    http_sink *sink;            /* NULL = collect the body */
    void *sink_context;
    const char *ca_file;        /* PEM file that vouches for the server; NULL = the system's */
    const char *ca_pem;         /* the same as text; wins over ca_file */
    const char *cert_pem, *key_pem; /* client certificate; NULL = none */
};

struct http_response {
    long status;         /* 0 when there is no response */
    struct strbuf body;  /* empty with a sink */
    char content_type[128];
    char location[256];  /* of a 201 or 202; "" without one */
    long retry_after_s;  /* 0 without one */
    double time_ms;      /* of the whole call */
    bool maybe_done;     /* failed after the request may have reached the server */
};

/* `failure` is NULL when a whole response came, whatever its status. Both are borrowed for the call. */
typedef void http_done(void *context, const struct http_response *response,
                       const struct error *failure);

struct http_client *http_client_new(void);
void http_client_free(struct http_client *client); /* open calls end with ERROR_UNAVAILABLE */

/* Begin a call; `done` is called from http_client_poll(), exactly once, never from here. */
void http_start(struct http_client *client, const struct http_request *request, http_done *done,
                void *context);

/* Drive the calls; wait up to timeout_ms for something to happen on them, on `wake_fd` (>= 0: an
 * eventfd or so that is polled but not read) or by http_client_wake(). */
void http_client_poll(struct http_client *client, int wake_fd, int timeout_ms);
size_t http_client_open_calls(const struct http_client *client);

/* One call, waited for. Errors: ERROR_UNREACHABLE (certainly not carried out), ERROR_TIMEOUT,
 * ERROR_ENGINE (broken off, too large, TLS refused). `response` is the caller's to release. */
bool http_call(struct http_client *client, const struct http_request *request,
               struct http_response *response, struct error *err);
void http_response_release(struct http_response *response);

/* Once per process, before any thread. */
void http_setup(void);
