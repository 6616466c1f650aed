/* http: an HTTP/1.1 and TLS client; the only user of libcurl. One client belongs to one thread, and
 * is made after fork. No redirects, no proxy, no cookies; the server's certificate is always
 * verified. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/address.h"
#include "core/base/error.h"
#include "core/base/strbuf.h"

enum {
    HTTP_RESPONSE_MAX = 1 << 20, /* bytes, where a request says nothing else */
    HTTP_HEADERS_MAX = 64 << 10, /* bytes of an answer's headers, all together */
    HTTP_CURSOR_MAX = 64,
    HTTP_TICK_MS = 1000
};

struct http_client; /* one curl multi handle: connections are kept alive and shared by its calls */

/* Called for each piece of the body of a 2xx answer instead of collecting it (other answers are
 * collected all the same). While nothing comes it is called about once a second with len 0, from
 * the beginning of the call on, so that it can notice that nobody wants the rest. false ends the
 * call with ERROR_UNAVAILABLE. It may begin calls, but not wait for any. */
typedef bool http_sink(void *context, const char *bytes, size_t len);

/* Gives the body of a request piece by piece: writes at most `size` bytes (> 0) and returns how
 * many; 0 = that was all. HTTP_SOURCE_WAIT: there is none for now, http_resume asks again.
 * HTTP_SOURCE_FAIL ends the call with ERROR_UNAVAILABLE. It may begin calls and resume others. */
typedef size_t http_source(void *context, char *bytes, size_t size);
#define HTTP_SOURCE_WAIT ((size_t)-1)
#define HTTP_SOURCE_FAIL ((size_t)-2)

struct http_request {
    const char *method;         /* "GET" ... */
    const char *url;            /* whole URL; with `unix_socket` its host is only a name */
    const char *unix_socket;    /* path, or NULL for TCP */
    const char *const *headers; /* "Name: value", ends with NULL; NULL for none */
    const void *body;           /* copied; NULL for none */
    size_t body_len;
    http_source *source; /* instead of `body`: chunked, of any length; only with POST */
    void *source_context;
    bool fresh;              /* over a connection of its own, which is closed afterwards */
    long connect_timeout_ms; /* > 0; the TLS handshake included */
    long timeout_ms;         /* of the whole call, connecting included; 0 = none */
    size_t response_max;     /* bytes of body collected at most, more is ERROR_ENGINE; 0 =
                                HTTP_RESPONSE_MAX */
    http_sink *sink;         /* NULL = collect the body */
    void *sink_context;
    /* With a sink: called with sink_context when the headers of a 2xx answer have come; or NULL. */
    void (*begun)(void *sink_context);
    const char *ca_file;            /* PEM file that vouches for the server; NULL = the system's */
    const char *ca_pem;             /* the same as text; wins over ca_file */
    const char *cert_pem, *key_pem; /* client certificate; NULL = none */
    /* What may be connected to; asked for each new connection, so that a name cannot change its
     * mind. NULL = anything. Needed until the call has ended. */
    const struct address_rules *rules;
};

struct http_response {
    long status;        /* 0 when there is no response */
    struct strbuf body; /* empty with a sink and status 2xx */
    char content_type[128];
    char location[256];                /* of a 201 or 202; "" without one */
    char next_cursor[HTTP_CURSOR_MAX]; /* X-Next-Cursor, of berth's own lists; "" without one */
    long retry_after_s;                /* 0 without one */
    double time_ms;                    /* of the whole call */
    bool maybe_done;                   /* failed after (a part of) the request was sent */
};

/* Do the rules allow a connection to every address that `host` (a name or a literal, without
 * brackets) has now? BAD_FIELD, naming `field`, otherwise. Waits for the name's resolution. */
bool http_host_check(const struct address_rules *rules, const char *host, bool encrypted,
                     const char *field, struct error *err);

/* `failure` is NULL when a whole response came, whatever its status. Else its kind is one of
 * UNREACHABLE (no connection: refused, no route, unknown name, too slow, not allowed; certainly not
 * carried out), TIMEOUT (too slow to answer; maybe_done), ENGINE (TLS refused, broken off, too
 * large, or not HTTP; maybe_done unless it was TLS), UNAVAILABLE (the sink said false, the client
 * was freed, or this process is out of descriptors), BAD_REQUEST (not an http or https URL, or a
 * header with control characters). Messages name HOST:PORT (or the socket), never path or query.
 * Both are borrowed for the call. It may begin calls and wait for others. */
typedef void http_done(void *context, const struct http_response *response,
                       const struct error *failure);

struct http_client *http_client_new(void);
/* Open calls end with ERROR_UNAVAILABLE; their `done` must not begin new ones. */
void http_client_free(struct http_client *client);
/* Frees what is kept for calls to come; for the end of a crowd. */
void http_client_rest(struct http_client *client);

/* Begin a call; `done` is called from http_client_poll(), exactly once, never from here. Nothing of
 * `request` is needed afterwards. A request that may change something is sent at most once. What is
 * returned names the call until `done`. */
struct transfer;
struct transfer *http_start(struct http_client *client, const struct http_request *request,
                            http_done *done, void *context);

/* Begin a call that has failed already: `done` gets `failure` (copied) in the same way. */
void http_start_failed(struct http_client *client, const struct error *failure, http_done *done,
                       void *context);

/* Take no more of the answer for now: from within the sink, which may get as much as the current
 * read (16 KiB) all the same and goes on being asked once a second; and go on, also with a source
 * that waits; not from within. The sink may be called from http_resume. */
void http_pause(struct transfer *call);
void http_resume(struct transfer *call);
bool http_is_paused(const struct transfer *call);

/* Nobody wants the answer any more: the call ends in the next http_client_poll() with
 * ERROR_UNAVAILABLE, before any of its other callbacks. Not from within its own callbacks. */
void http_cancel(struct transfer *call);

/* Drive the calls; wait up to timeout_ms (>= 0) for something to happen on them or on `wake_fd` (>=
 * 0: an eventfd or so that is polled but not read). Returns earlier when a call has ended. */
void http_client_poll(struct http_client *client, int wake_fd, int timeout_ms);
size_t http_client_open_calls(const struct http_client *client);

/* One call, waited for; the client's other calls go on meanwhile. Errors as above. `response` is
 * initialised here, also on failure, and the caller's to release. */
bool http_call(struct http_client *client, const struct http_request *request,
               struct http_response *response, struct error *err);
void http_response_release(struct http_response *response);

/* Once per process, before any thread. Ignores SIGPIPE unless the program has a handler of its own.
 */
void http_setup(void);
