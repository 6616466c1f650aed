/* http_transfer: one call inside the http client; private to http*.c. */
#pragma once

#include <curl/curl.h>
#include <stdint.h>

#include "core/net/http.h"

/* Why a callback of ours ended a transfer; curl's own code says only that one did. */
enum transfer_stop { STOP_NONE, STOP_TOO_LARGE, STOP_HEADERS, STOP_SINK, STOP_SOURCE, STOP_RESEND };

struct transfer {
    struct http_client *client;
    struct transfer *prev, *next;
    CURL *easy;   /* NULL: it failed before it began */
    bool running; /* the multi handle has it */
    struct curl_slist *headers;
    char *peer; /* "HOST:PORT" or the socket's path, for messages */
    bool safe;  /* GET or HEAD: may be sent again (RFC 9110, 9.2.1) */
    long connect_timeout_ms, timeout_ms;
    http_sink *sink;
    void *sink_context;
    void (*begun)(void *sink_context);
    http_source *source;
    void *source_context;
    bool paused, cancelled;
    int64_t sink_ms; /* when the sink was last called */
    http_done *done;
    void *context;
    size_t header_bytes;
    enum transfer_stop stop;
    const struct address_rules *rules; /* NULL = none */
    bool encrypted;
    char objection[400]; /* why an address is not connected to */
    int open_errno;      /* why no socket could be had; 0 = none was refused */
    struct http_response response;
    struct error failure;
    char curl_error[CURL_ERROR_SIZE];
};

/* Set every option of transfer->easy, a fresh or reset handle. False: `failure` says what is wrong
 * with the request. */
bool transfer_setup(struct transfer *transfer, const struct http_request *request);

/* Did any byte of the request leave, on this connection or one before it? */
bool transfer_sent(const struct transfer *transfer);

/* Is there something against a connection to `addr`? Its text goes to `words`. */
bool address_refused(const struct address_rules *rules, const struct sockaddr *addr, bool encrypted,
                     char *words, size_t size);

/* Fill `failure` from curl's result (not CURLE_OK). */
void transfer_explain(struct transfer *transfer, CURLcode result);

int64_t monotonic_ms(void);
