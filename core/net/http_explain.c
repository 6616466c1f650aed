/* http_explain: what a failed transfer means: kind of error and words for people. */
#include "core/net/http_transfer.h"

#include <errno.h>
#include <string.h>

/* curl's own words where it has some, else those of its code. */
static const char *words(const struct transfer *transfer, CURLcode result) {
    return transfer->curl_error[0] ? transfer->curl_error : curl_easy_strerror(result);
}

static bool is_tls(CURLcode result) {
    switch (result) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_USE_SSL_FAILED:
        return true;
    default:
        return false;
    }
}

/* With TLS 1.3 a server tells that it dislikes the client's certificate only when the request has
 * left; it has not read any of that (RFC 8446, 4.4.2.4 and 6.2). The words are OpenSSL's. */
static const char *certificate_alert(const struct transfer *transfer, CURLcode result) {
    const char *alert = strstr(transfer->curl_error, "alert ");
    if (result != CURLE_RECV_ERROR || transfer->response.status || !alert)
        return NULL;
    return strstr(alert, "certificate") || strstr(alert, "unknown ca") ||
                   strstr(alert, "decrypt error")
               ? alert
               : NULL;
}

static void explain_stop(struct transfer *transfer) {
    struct error *err = &transfer->failure;
    switch (transfer->stop) {
    case STOP_TOO_LARGE:
        error_set(err, ERROR_ENGINE, "%s answers with more than %zu bytes", transfer->peer,
                  transfer->response.body.max);
        break;
    case STOP_HEADERS:
        error_set(err, ERROR_ENGINE, "%s answers with more than %d bytes of headers",
                  transfer->peer, HTTP_HEADERS_MAX);
        break;
    case STOP_SINK:
        error_set(err, ERROR_UNAVAILABLE, "the answer of %s was not wanted any more",
                  transfer->peer);
        break;
    case STOP_SOURCE:
        error_set(err, ERROR_UNAVAILABLE, "what was sent to %s was broken off", transfer->peer);
        break;
    case STOP_RESEND:
    case STOP_NONE:
        error_set(err, ERROR_ENGINE, "%s broke off the connection without an answer",
                  transfer->peer);
        break;
    }
}

static void explain_unconnected(struct transfer *transfer, CURLcode result) {
    struct error *err = &transfer->failure;
    long number = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &number);
    const char *reason = number ? strerrordesc_np((int)number) : NULL;
    if (transfer->open_errno == EMFILE || transfer->open_errno == ENFILE ||
        transfer->open_errno == ENOBUFS || transfer->open_errno == ENOMEM)
        /* our own shortage says nothing about the peer */
        error_set(err, ERROR_UNAVAILABLE, "cannot open a connection to %s: %s", transfer->peer,
                  strerrordesc_np(transfer->open_errno));
    else if (transfer->objection[0])
        error_set(err, ERROR_UNREACHABLE, "no connection to %s: %s", transfer->peer,
                  transfer->objection);
    else if (result == CURLE_COULDNT_RESOLVE_HOST)
        error_set(err, ERROR_UNREACHABLE, "cannot connect to %s: unknown host name",
                  transfer->peer);
    else
        error_set(err, ERROR_UNREACHABLE, "cannot connect to %s: %s", transfer->peer,
                  reason ? reason : words(transfer, result));
}

static void explain_timeout(struct transfer *transfer) {
    /* else it was connecting again, see is_resend() */
    bool whole = transfer->timeout_ms && transfer->response.time_ms >= (double)transfer->timeout_ms;
    if (whole && transfer_sent(transfer))
        error_set(&transfer->failure, ERROR_TIMEOUT, "%s did not answer within %g s",
                  transfer->peer, (double)transfer->timeout_ms / 1000);
    else
        error_set(&transfer->failure, ERROR_UNREACHABLE,
                  "cannot connect to %s: no answer within %g s", transfer->peer,
                  (double)(whole ? transfer->timeout_ms : transfer->connect_timeout_ms) / 1000);
}

void transfer_explain(struct transfer *transfer, CURLcode result) {
    struct error *err = &transfer->failure;
    const char *alert = certificate_alert(transfer, result);
    transfer->response.maybe_done = transfer_sent(transfer) && !alert;
    if (transfer->stop != STOP_NONE)
        explain_stop(transfer);
    else if (result == CURLE_OPERATION_TIMEDOUT)
        explain_timeout(transfer);
    else if (result == CURLE_COULDNT_CONNECT || result == CURLE_COULDNT_RESOLVE_HOST)
        explain_unconnected(transfer, result);
    else if (alert)
        error_set(err, ERROR_ENGINE, "%s refuses the client certificate: %.*s", transfer->peer,
                  (int)strcspn(alert, ","), alert);
    else if (is_tls(result))
        error_set(err, ERROR_ENGINE, "TLS with %s failed: %s", transfer->peer,
                  words(transfer, result));
    else if (result == CURLE_UNSUPPORTED_PROTOCOL || result == CURLE_WEIRD_SERVER_REPLY)
        error_set(err, ERROR_ENGINE, "%s does not answer in HTTP", transfer->peer);
    else /* whose reason a reset may have overtaken, see certificate_alert() */
        error_set(err, ERROR_ENGINE, "%s broke off the connection: %s%s", transfer->peer,
                  words(transfer, result),
                  transfer->encrypted && !transfer->response.status
                      ? " (perhaps for want of a client certificate that it accepts)"
                      : "");
}
