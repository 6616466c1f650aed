/* http_setup: the options of a transfer, and what its callbacks do. */
#include "core/net/http_transfer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "core/base/mem.h"

/* A peer that is cut off silently is noticed after about this long, even on an idle stream. */
enum { KEEPALIVE_IDLE_S = 10, KEEPALIVE_INTERVAL_S = 4, KEEPALIVE_PROBES = 3, UNACKED_MS = 22000 };

bool transfer_sent(const struct transfer *transfer) {
    long bytes = 0;
    /* curl counts over all connections that it tries for one transfer. Where it does not tell,
     * there may have been some. */
    return transfer->easy &&
           (curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &bytes) != CURLE_OK ||
            bytes > 0);
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context) {
    struct transfer *transfer = context;
    long status = 0;
    transfer->header_bytes += size * count;
    if (size * count == 2 && memcmp(bytes, "\r\n", 2) == 0 && transfer->begun) {
        if (curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
            return 0;
        if (status >= 200 && status < 300)
            transfer->begun(transfer->sink_context);
    }
    if (transfer->header_bytes <= HTTP_HEADERS_MAX)
        return size * count;
    transfer->stop = STOP_HEADERS;
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
    struct transfer *transfer = context;
    long status = 0;
    if (curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
        return CURL_WRITEFUNC_ERROR;
    if (transfer->sink && status >= 200 && status < 300) {
        transfer->sink_ms = monotonic_ms();
        if (size * count == 0 || transfer->sink(transfer->sink_context, bytes, size * count))
            return size * count;
        transfer->stop = STOP_SINK;
        return CURL_WRITEFUNC_ERROR;
    }
    strbuf_add(&transfer->response.body, bytes, size * count);
    if (!transfer->response.body.full)
        return size * count;
    transfer->stop = STOP_TOO_LARGE;
    return CURL_WRITEFUNC_ERROR;
}

static size_t on_source(char *bytes, size_t size, size_t count, void *context) {
    struct transfer *transfer = context;
    size_t len = transfer->source(transfer->source_context, bytes, size * count);
    if (len == HTTP_SOURCE_WAIT) {
        transfer->paused = true;
        return CURL_READFUNC_PAUSE;
    }
    if (len != HTTP_SOURCE_FAIL)
        return len;
    transfer->stop = STOP_SOURCE;
    return CURL_READFUNC_ABORT;
}

/* curl sends a request again by itself when a kept connection breaks before the first byte of the
 * answer: right for reading, but what was asked for may have been done already. */
static bool is_resend(struct transfer *transfer) {
    if (transfer->safe || !transfer_sent(transfer))
        return false;
    transfer->stop = STOP_RESEND;
    return true;
}

/* A connection is ready: another kept one, or the new one of on_open(). */
static int on_ready(void *context, char *peer_ip, char *local_ip, int peer_port, int local_port) {
    (void)peer_ip, (void)local_ip, (void)peer_port, (void)local_port;
    return is_resend(context) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *addr) {
    struct transfer *transfer = context;
    (void)purpose;
    if (is_resend(transfer))
        return CURL_SOCKET_BAD;
    if (transfer->rules && addr->family != AF_UNIX &&
        address_refused(transfer->rules, &addr->addr, transfer->encrypted, transfer->objection,
                        sizeof transfer->objection))
        return CURL_SOCKET_BAD;
    int fd = socket(addr->family, addr->socktype | SOCK_CLOEXEC, addr->protocol);
    if (fd < 0)
        transfer->open_errno = errno;
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int on_socket(void *context, curl_socket_t fd, curlsocktype purpose) {
    int probes = KEEPALIVE_PROBES;
    unsigned unacked_ms = UNACKED_MS;
    (void)context, (void)purpose;
    /* Both fail on a unix socket, which needs neither. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_ms, sizeof unacked_ms);
    return CURL_SOCKOPT_OK;
}

static bool has_control(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

static void add_header(struct transfer *transfer, const char *header) {
    struct curl_slist *list = curl_slist_append(transfer->headers, header);
    if (!list)
        abort();
    transfer->headers = list;
}

static bool make_headers(struct transfer *transfer, const char *const *headers) {
    bool typed = false;
    for (; headers && *headers; headers++) {
        if (has_control(*headers))
            return error_set(&transfer->failure, ERROR_BAD_REQUEST,
                             "A header has a control character in it.");
        typed |= strncasecmp(*headers, "Content-Type:", 13) == 0;
        add_header(transfer, *headers);
    }
    add_header(transfer, "Expect:");
    if (transfer->source)
        add_header(transfer, "Transfer-Encoding: chunked");
    if (!typed) /* else curl would call every body a form */
        add_header(transfer, "Content-Type:");
    return true;
}

/* Check the URL and keep "HOST:PORT" of it. */
static bool parse_url(struct transfer *transfer, const struct http_request *request) {
    char *scheme = NULL, *host = NULL, *port = NULL;
    CURLU *url = curl_url();
    CURLUcode rc = url ? CURLUE_OK : CURLUE_OUT_OF_MEMORY;
    rc = rc ? rc : curl_url_set(url, CURLUPART_URL, request->url, CURLU_DISALLOW_USER);
    rc = rc ? rc : curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
    rc = rc ? rc : curl_url_get(url, CURLUPART_HOST, &host, 0);
    rc = rc ? rc : curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    if (rc == CURLUE_OUT_OF_MEMORY)
        abort();
    bool ok = rc == CURLUE_OK && (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    if (ok)
        transfer->encrypted = strcmp(scheme, "https") == 0;
    if (ok)
        transfer->peer = request->unix_socket ? mem_strdup(request->unix_socket)
                                              : mem_format("%s:%s", host, port);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(url);
    return ok || error_set(&transfer->failure, ERROR_BAD_REQUEST, "Not a valid http or https URL.");
}

static struct curl_blob blob(const char *text) {
    return (struct curl_blob){(void *)(uintptr_t)text, strlen(text), CURL_BLOB_COPY};
}

#define SET(option, value) (rc = rc ? rc : curl_easy_setopt(easy, option, value))

static CURLcode set_method(CURL *easy, struct transfer *transfer,
                           const struct http_request *request) {
    CURLcode rc = CURLE_OK;
    const char *method = request->method;
    bool sends = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
                 strcmp(method, "PATCH") == 0 || request->body;
    if (strcmp(method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
    } else if (request->source) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_READFUNCTION, on_source);
        SET(CURLOPT_READDATA, transfer);
    } else if (sends) { /* with Content-Length: 0 when there is no body */
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(request->body ? request->body_len : 0));
        SET(CURLOPT_COPYPOSTFIELDS, request->body ? request->body : "");
        SET(CURLOPT_CUSTOMREQUEST, method);
    } else {
        SET(CURLOPT_HTTPGET, 1L);
        SET(CURLOPT_CUSTOMREQUEST, method);
    }
    return rc;
}

static CURLcode set_tls(CURL *easy, const struct http_request *request) {
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (request->ca_pem || request->ca_file) {
        /* or the system's authorities would vouch for the server as well */
        SET(CURLOPT_CAPATH, (char *)NULL);
        SET(CURLOPT_CAINFO, request->ca_pem ? (char *)NULL : request->ca_file);
    }
    if (request->ca_pem) {
        struct curl_blob pem = blob(request->ca_pem);
        SET(CURLOPT_CAINFO_BLOB, &pem);
    }
    if (request->cert_pem) {
        struct curl_blob pem = blob(request->cert_pem);
        SET(CURLOPT_SSLCERT_BLOB, &pem);
    }
    if (request->key_pem) {
        struct curl_blob pem = blob(request->key_pem);
        SET(CURLOPT_SSLKEY_BLOB, &pem);
    }
    return rc;
}

static CURLcode set_connection(CURL *easy, const struct http_request *request) {
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* else what times out waits for its name server nevertheless */
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_UNIX_SOCKET_PATH, request->unix_socket);
    SET(CURLOPT_CONNECTTIMEOUT_MS, request->connect_timeout_ms);
    SET(CURLOPT_TIMEOUT_MS, request->timeout_ms);
    SET(CURLOPT_FRESH_CONNECT, (long)request->fresh);
    SET(CURLOPT_FORBID_REUSE, (long)request->fresh);
    SET(CURLOPT_TCP_NODELAY, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
    SET(CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S);
    SET(CURLOPT_SOCKOPTFUNCTION, on_socket);
    return rc;
}

static CURLcode set_transfer(CURL *easy, struct transfer *transfer,
                             const struct http_request *request) {
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_USERAGENT, "berth/" PACKAGE_VERSION);
    SET(CURLOPT_HTTPHEADER, transfer->headers);
    SET(CURLOPT_PRIVATE, transfer);
    SET(CURLOPT_ERRORBUFFER, transfer->curl_error);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, transfer);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, transfer);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
    SET(CURLOPT_OPENSOCKETDATA, transfer);
    SET(CURLOPT_PREREQFUNCTION, on_ready);
    SET(CURLOPT_PREREQDATA, transfer);
    return rc;
}

bool transfer_setup(struct transfer *transfer, const struct http_request *request) {
    CURL *easy = transfer->easy;
    transfer->safe = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    transfer->connect_timeout_ms = request->connect_timeout_ms;
    transfer->timeout_ms = request->timeout_ms;
    transfer->rules = request->rules;
    transfer->sink = request->sink;
    transfer->sink_context = request->sink_context;
    transfer->begun = request->begun;
    transfer->source = request->source;
    transfer->source_context = request->source_context;
    transfer->sink_ms = monotonic_ms();
    transfer->response.body.max = request->response_max ? request->response_max : HTTP_RESPONSE_MAX;
    if (!parse_url(transfer, request) || !make_headers(transfer, request->headers))
        return false;
    CURLcode rc = set_connection(easy, request);
    rc = rc ? rc : set_tls(easy, request);
    rc = rc ? rc : set_method(easy, transfer, request);
    rc = rc ? rc : set_transfer(easy, transfer, request);
    if (rc == CURLE_OUT_OF_MEMORY)
        abort();
    return rc == CURLE_OK || error_set(&transfer->failure, ERROR_INTERNAL, "libcurl refuses: %s.",
                                       curl_easy_strerror(rc));
}
