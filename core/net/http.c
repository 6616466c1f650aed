/* http: see http.h. */
#include "core/net/http.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/net/http_transfer.h"

enum { IDLE_CONNECTIONS_MAX = 256, SPARE_HANDLES_MAX = 64 };

struct http_client {
    CURLM *multi;
    struct transfer *first, *last; /* every open call, oldest first */
    size_t open_calls, open_sinks, cancelled;
    size_t ended; /* calls that have ended, ever */
    size_t spares;
    CURL *spare[SPARE_HANDLES_MAX]; /* reset handles, cheaper than new ones */
};

int64_t monotonic_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void http_setup(void) {
    struct sigaction old;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
    if (sigaction(SIGPIPE, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

struct http_client *http_client_new(void) {
    struct http_client *client = mem_alloc(sizeof *client);
    client->multi = curl_multi_init();
    if (!client->multi)
        abort();
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS_MAX);
    curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return client;
}

static CURL *take_handle(struct http_client *client) {
    CURL *easy = client->spares ? client->spare[--client->spares] : curl_easy_init();
    if (!easy)
        abort();
    return easy;
}

static void give_handle(struct http_client *client, CURL *easy) {
    if (client->spares == SPARE_HANDLES_MAX) {
        curl_easy_cleanup(easy);
        return;
    }
    curl_easy_reset(easy);
    client->spare[client->spares++] = easy;
}

static struct transfer *transfer_new(struct http_client *client, http_done *done, void *context) {
    struct transfer *transfer = mem_alloc(sizeof *transfer);
    transfer->client = client;
    transfer->done = done;
    transfer->context = context;
    transfer->prev = client->last;
    if (client->last)
        client->last->next = transfer;
    else
        client->first = transfer;
    client->last = transfer;
    client->open_calls++;
    return transfer;
}

static void transfer_unlink(struct transfer *transfer) {
    struct http_client *client = transfer->client;
    if (transfer->prev)
        transfer->prev->next = transfer->next;
    else
        client->first = transfer->next;
    if (transfer->next)
        transfer->next->prev = transfer->prev;
    else
        client->last = transfer->prev;
    client->open_calls--;
    client->open_sinks -= transfer->sink != NULL;
    client->cancelled -= transfer->cancelled;
    client->ended++;
}

struct transfer *http_start(struct http_client *client, const struct http_request *request,
                            http_done *done, void *context) {
    struct transfer *transfer = transfer_new(client, done, context);
    transfer->easy = take_handle(client);
    transfer_setup(transfer, request);
    client->open_sinks += transfer->sink != NULL;
    return transfer;
}

void http_pause(struct transfer *call) {
    if (call->paused)
        return;
    call->paused = true;
    curl_easy_pause(call->easy, CURLPAUSE_RECV);
}

void http_resume(struct transfer *call) {
    if (!call->paused)
        return;
    call->paused = false;
    curl_easy_pause(call->easy, CURLPAUSE_CONT); /* its failure shows in the transfer's result */
}

bool http_is_paused(const struct transfer *call) {
    return call->paused;
}

void http_cancel(struct transfer *call) {
    call->client->cancelled += !call->cancelled;
    call->cancelled = true;
}

void http_start_failed(struct http_client *client, const struct error *failure, http_done *done,
                       void *context) {
    transfer_new(client, done, context)->failure = *failure;
}

/* Copy a header of the answer, unless it is missing or too long. */
static void read_header(struct transfer *transfer, const char *name, char *text, size_t size) {
    struct curl_header *header;
    if (curl_easy_header(transfer->easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK &&
        strlen(header->value) < size)
        snprintf(text, size, "%s", header->value);
}

/* Keep what the answer said: the handle goes to the next call. */
static void read_response(struct transfer *transfer) {
    struct http_response *response = &transfer->response;
    const char *type = NULL;
    curl_off_t time_us = 0, retry_after_s = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &response->status);
    curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &time_us);
    curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &type);
    response->time_ms = (double)time_us / 1000;
    response->retry_after_s = (long)retry_after_s;
    if (type)
        snprintf(response->content_type, sizeof response->content_type, "%s", type);
    if (response->status == 201 || response->status == 202)
        read_header(transfer, "Location", response->location, sizeof response->location);
    read_header(transfer, "X-Next-Cursor", response->next_cursor, sizeof response->next_cursor);
}

/* End a call and tell its owner, who may begin or wait for others in the meantime. */
static void finish(struct transfer *transfer) {
    struct http_client *client = transfer->client;
    transfer_unlink(transfer);
    if (transfer->easy) {
        if (transfer->running)
            curl_multi_remove_handle(client->multi, transfer->easy);
        give_handle(client, transfer->easy);
    }
    curl_slist_free_all(transfer->headers);
    transfer->done(transfer->context, &transfer->response,
                   transfer->failure.kind ? &transfer->failure : NULL);
    http_response_release(&transfer->response);
    free(transfer->peer);
    free(transfer);
}

/* A transfer that has not begun yet, oldest first. */
static struct transfer *find_waiting(const struct http_client *client) {
    struct transfer *transfer = client->first;
    while (transfer && transfer->running)
        transfer = transfer->next;
    return transfer;
}

/* Begin what was started since the last time: http_start() may be called where curl must not be. */
static void begin_waiting(struct http_client *client) {
    struct transfer *transfer;
    while ((transfer = find_waiting(client))) {
        if (transfer->failure.kind) {
            finish(transfer);
            continue;
        }
        if (curl_multi_add_handle(client->multi, transfer->easy) != CURLM_OK)
            abort();
        transfer->running = true;
    }
}

static void drive(struct http_client *client) {
    int running = 0, left = 0;
    CURLMsg *message;
    /* One transfer's failure is told below: this one is of all of them, and none would ever end. */
    if (curl_multi_perform(client->multi, &running) != CURLM_OK)
        abort();
    while ((message = curl_multi_info_read(client->multi, &left))) {
        struct transfer *transfer = NULL;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        read_response(transfer);
        if (result == CURLE_OK && transfer->response.status == 0)
            result = CURLE_RECV_ERROR; /* what was answered is not known */
        if (result != CURLE_OK)
            transfer_explain(transfer, result);
        finish(transfer);
    }
}

/* Nobody wants the rest. */
static void give_up(struct transfer *transfer) {
    transfer->stop = STOP_SINK;
    read_response(transfer);
    transfer_explain(transfer, CURLE_ABORTED_BY_CALLBACK);
    finish(transfer);
}

static void end_cancelled(struct http_client *client) {
    while (client->cancelled) {
        struct transfer *transfer = client->first;
        while (!transfer->cancelled)
            transfer = transfer->next;
        give_up(transfer);
    }
}

/* Let the sinks of silent transfers give up. */
static void tick(struct http_client *client) {
    int64_t now_ms = client->open_sinks ? monotonic_ms() : 0;
    struct transfer *transfer = client->open_sinks ? client->first : NULL;
    while (transfer) {
        struct transfer *next = transfer->next;
        if (transfer->sink && transfer->running && now_ms - transfer->sink_ms >= HTTP_TICK_MS) {
            transfer->sink_ms = now_ms;
            if (!transfer->sink(transfer->sink_context, "", 0)) {
                give_up(transfer);
                next = client->first; /* the owner may have changed the list */
            }
        }
        transfer = next;
    }
}

void http_client_poll(struct http_client *client, int wake_fd, int timeout_ms) {
    struct curl_waitfd wake = {.fd = wake_fd, .events = CURL_WAIT_POLLIN};
    size_t ended = client->ended;
    begin_waiting(client);
    end_cancelled(client);
    drive(client);
    if (client->ended == ended) {
        if (client->open_sinks && timeout_ms > HTTP_TICK_MS)
            timeout_ms = HTTP_TICK_MS;
        curl_multi_poll(client->multi, &wake, wake_fd >= 0, timeout_ms > 0 ? timeout_ms : 0, NULL);
        drive(client);
    }
    tick(client);
}

size_t http_client_open_calls(const struct http_client *client) {
    return client->open_calls;
}

void http_client_rest(struct http_client *client) {
    while (client->spares)
        curl_easy_cleanup(client->spare[--client->spares]);
}

void http_client_free(struct http_client *client) {
    if (!client)
        return;
    while (client->first) {
        struct transfer *transfer = client->first;
        if (!transfer->failure.kind) {
            transfer->response.maybe_done = transfer_sent(transfer);
            error_set(&transfer->failure, ERROR_UNAVAILABLE, "the call to %s was given up",
                      transfer->peer);
        }
        finish(transfer);
    }
    http_client_rest(client);
    curl_multi_cleanup(client->multi);
    free(client);
}

struct waited_call {
    struct http_response *response;
    struct error *err;
    bool done, ok;
};

static void on_waited(void *context, const struct http_response *response,
                      const struct error *failure) {
    struct waited_call *waited = context;
    *waited->response = *response;
    waited->response->body = (struct strbuf){.max = response->body.max};
    if (response->body.len)
        strbuf_add(&waited->response->body, response->body.data, response->body.len);
    waited->ok = failure == NULL;
    if (failure && waited->err)
        *waited->err = *failure;
    waited->done = true;
}

bool http_call(struct http_client *client, const struct http_request *request,
               struct http_response *response, struct error *err) {
    struct waited_call waited = {.response = response, .err = err};
    *response = (struct http_response){0};
    http_start(client, request, on_waited, &waited);
    while (!waited.done)
        http_client_poll(client, -1, 60000);
    return waited.ok;
}

void http_response_release(struct http_response *response) {
    strbuf_release(&response->body);
}
