/* streams: see streams.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/net/http.h"
#include "fcgi/chain.h"
#include "fcgi/fcgx.h"
#include "fcgi/streams_private.h"
#include "fcgi/worker.h"

/* PACE_*: many streams are served in rounds, so that their small pieces are gathered. ROOM_BYTES:
 * below this a client that was full has room again. LOOK_GAP_MS: between two looks, however much
 * happens. REST_MS: from the last stream's end until others have freed what they held meanwhile. */
enum {
    LOOK_THREADS = 2,
    EVENTS = 64,
    IDLE_MS = 60000,
    ROUND_MS = 1000,
    SILENCE_MS = 15000,
    LOOK_GAP_MS = 100,
    ROOM_BYTES = 16 << 10,
    PACE_FROM = 20,
    PACE_PER_MS = 5,
    PACE_MAX_MS = 100,
    REST_MS = 10000,
    RETRY_S = 5
};

void streams_wake(struct streams *streams) {
    uint64_t one = 1;
    if (write(streams->wake_fd, &one, sizeof one) < 0)
        return; /* its counter is full: it is readable anyhow */
}

static struct stream_account **find_account(struct streams *streams, const char *id) {
    struct stream_account **at = &streams->accounts;
    while (*at && strcmp((*at)->id, id) != 0)
        at = &(*at)->next;
    return at;
}

static const char *account_of(const struct request *request) {
    return request->identity.account_id ? request->identity.account_id : "";
}

static bool refuse(struct error *err, const char *words) {
    error_set(err, ERROR_UNAVAILABLE, "%s", words);
    err->retry_after_s = RETRY_S;
    return false;
}

/* Called with the lock held. */
static bool admit(struct streams *streams, const char *account_id, struct error *err) {
    const struct config *config = streams->worker->config;
    struct stream_account **at = find_account(streams, account_id);
    if (atomic_load(&streams->draining))
        return refuse(err, "This worker is being replaced; try again.");
    if (streams->open >= config->stream_followers)
        return refuse(err, "Too many streams (logs, live events) are open; try again later.");
    if (*at && (*at)->count >= config->stream_followers_account)
        return refuse(err, "This account has too many streams (logs, live events) open.");
    if (!*at) {
        size_t len = strlen(account_id) + 1;
        *at = mem_alloc(sizeof **at + len);
        memcpy((*at)->id, account_id, len);
    }
    (*at)->count++;
    streams->open++;
    return true;
}

bool streams_admit(struct streams *streams, const struct request *request, struct error *err) {
    pthread_mutex_lock(&streams->lock);
    bool ok = admit(streams, account_of(request), err);
    pthread_mutex_unlock(&streams->lock);
    return ok;
}

void streams_dismiss(struct streams *streams, const struct request *request) {
    pthread_mutex_lock(&streams->lock);
    struct stream_account **at = find_account(streams, account_of(request)), *account = *at;
    if (account && --account->count == 0) {
        *at = account->next;
        free(account);
    }
    streams->open--;
    pthread_mutex_unlock(&streams->lock);
}

void streams_add(struct streams *streams, struct stream *stream) {
    pthread_mutex_lock(&streams->lock);
    stream->next = streams->inbox;
    streams->inbox = stream;
    pthread_mutex_unlock(&streams->lock);
    streams_wake(streams);
}

void streams_drain(struct streams *streams) {
    atomic_store(&streams->draining, true);
    streams_wake(streams);
}

void streams_look_now(struct streams *streams) {
    atomic_store(&streams->look_now, true);
    streams_wake(streams);
}

static void watch(struct streams *streams, struct stream *stream, int operation) {
    struct epoll_event event = {.events = EPOLLRDHUP | (stream->blocked ? EPOLLOUT : 0),
                                .data.ptr = stream};
    if (epoll_ctl(streams->epoll_fd, operation, stream->fd, &event) != 0)
        stream_end(stream, STREAM_LEFT); /* the user's limit of watches */
}

static void begin(struct streams *streams, struct stream *stream) {
    stream->next = streams->first;
    streams->first = stream;
    streams->count++;
    stream->request->db = NULL;
    watch(streams, stream, EPOLL_CTL_ADD);
    if (stream->kind->start)
        stream->kind->start(stream, stream->context);
    else
        stream_begin(stream);
}

static void take_inbox(struct streams *streams) {
    pthread_mutex_lock(&streams->lock);
    struct stream *stream = STEAL(streams->inbox);
    pthread_mutex_unlock(&streams->lock);
    while (stream) {
        struct stream *next = stream->next;
        begin(streams, stream);
        stream = next;
    }
}

static void take_events(struct streams *streams) {
    struct epoll_event events[EVENTS];
    uint64_t counter;
    int count = epoll_wait(streams->epoll_fd, events, EVENTS, 0);
    for (int i = 0; i < count; i++) {
        struct stream *stream = events[i].data.ptr;
        if (!stream) {
            if (read(streams->wake_fd, &counter, sizeof counter) < 0)
                continue;
        } else if (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
            stream->request->response.failed = true;
            epoll_ctl(streams->epoll_fd, EPOLL_CTL_DEL, stream->fd, NULL);
            stream_end(stream, STREAM_LEFT);
        } else {
            stream->blocked = false;
            watch(streams, stream, EPOLL_CTL_MOD);
        }
    }
}

static void run_look(struct lookup *lookup, struct db *db) {
    struct stream *stream = (struct stream *)((char *)lookup - offsetof(struct stream, lookup));
    stream->look_result = stream->kind->look(stream->context, db, &stream->looked);
}

static void look_done(struct lookup *lookup) {
    struct stream *stream = (struct stream *)((char *)lookup - offsetof(struct stream, lookup));
    int64_t now_ms = clock_ms();
    stream->looking = false;
    stream->look_ms =
        stream->look_result == STREAM_LOOK_AGAIN ? now_ms : now_ms + stream->kind->look_ms;
    if (stream->looked.len)
        stream_write(stream, stream->looked.data, stream->looked.len);
    strbuf_release(&stream->looked);
    if (stream->look_result == STREAM_IS_DONE)
        stream_end(stream, STREAM_DONE);
}

static void look(struct stream *stream, int64_t now_ms) {
    bool again = stream->look_result == STREAM_LOOK_AGAIN;
    if (!stream->kind->look || stream->looking || stream_is_full(stream) ||
        now_ms < stream->look_ms || (!again && now_ms - stream->look_last_ms < LOOK_GAP_MS))
        return;
    stream->looking = true;
    stream->look_last_ms = now_ms;
    stream->lookup = (struct lookup){.run = run_look, .done = look_done};
    lookups_submit(stream->streams->lookups, &stream->lookup);
}

/* The last mark, and the end of the answer where it may look like one. */
static void say_farewell(struct stream *stream) {
    CLEANUP(strbuf_release) struct strbuf mark = {0};
    stream->said = true;
    if (stream->why == STREAM_LEFT || stream->refused)
        return;
    bool clear = stream->kind->farewell && stream->begun &&
                 stream->kind->farewell(stream->context, stream->why, &mark);
    if (mark.len)
        outbox_put(&stream->outbox, mark.data, mark.len);
    if (clear || stream->why == STREAM_DONE)
        outbox_end(&stream->outbox);
}

static void flush(struct stream *stream) {
    if (stream->blocked || outbox_waiting(&stream->outbox) == 0)
        return;
    if (!outbox_send(&stream->outbox, stream->fd)) {
        stream->request->response.failed = true;
        outbox_release(&stream->outbox);
        stream_end(stream, STREAM_LEFT);
    } else if (outbox_waiting(&stream->outbox)) {
        stream->blocked = true;
        watch(stream->streams, stream, EPOLL_CTL_MOD);
    }
}

/* What there is to do for one stream. */
static void serve(struct stream *stream, int64_t now_ms) {
    const struct stream_kind *kind = stream->kind;
    if (!stream->over && !kind->finite && atomic_load(&stream->streams->draining))
        stream_end(stream, STREAM_DRAIN);
    if (!stream->over) {
        look(stream, now_ms);
        if (kind->silence && stream->begun && now_ms - stream->wrote_ms >= SILENCE_MS)
            stream_write(stream, kind->silence, strlen(kind->silence));
    }
    if (stream->over && !stream->said && !stream->looking)
        say_farewell(stream);
    stream->was_full |= stream_is_full(stream);
    flush(stream);
    if (stream->was_full && outbox_waiting(&stream->outbox) < ROOM_BYTES && !stream->over) {
        stream->was_full = false;
        if (kind->room)
            kind->room(stream, stream->context);
    }
}

static bool is_finished(const struct stream *stream, int64_t now_ms) {
    return stream->over && stream->said && !stream->looking &&
           (stream->why == STREAM_LEFT || outbox_waiting(&stream->outbox) == 0 ||
            now_ms >= stream->flush_ms);
}

static void finish(struct streams *streams, struct stream *stream) {
    struct request *request = stream->request;
    streams->count--;
    epoll_ctl(streams->epoll_fd, EPOLL_CTL_DEL, stream->fd, NULL);
    stream->kind->close(stream->context);
    outbox_release(&stream->outbox);
    streams_dismiss(streams, request);
    chain_finish_stream(request, stream->refused);
    free(stream);
}

/* When this stream needs to be looked at again, if nothing happens. */
static int64_t due_ms(const struct stream *stream) {
    int64_t due = INT64_MAX;
    if (stream->over)
        return stream->looking ? due : stream->flush_ms;
    if (stream->kind->look && !stream->looking && !stream_is_full(stream)) {
        due = stream->look_last_ms + LOOK_GAP_MS;
        if (due < stream->look_ms)
            due = stream->look_ms;
    }
    return due;
}

/* Returns when the next round is due at the latest. */
static int64_t serve_all(struct streams *streams) {
    int64_t now_ms = clock_ms(), due = now_ms + (streams->count ? ROUND_MS : IDLE_MS);
    bool look_now = atomic_exchange(&streams->look_now, false);
    for (struct stream **at = &streams->first; *at;) {
        struct stream *stream = *at;
        if (look_now)
            stream->look_ms = 0;
        serve(stream, now_ms);
        if (is_finished(stream, now_ms)) {
            *at = stream->next;
            finish(streams, stream);
            continue;
        }
        if (due_ms(stream) < due)
            due = due_ms(stream);
        at = &stream->next;
    }
    return due;
}

static void pace(size_t count) {
    size_t ms = count / PACE_PER_MS < PACE_MAX_MS ? count / PACE_PER_MS : PACE_MAX_MS;
    if (count >= PACE_FROM)
        nanosleep(&(struct timespec){.tv_nsec = (long)ms * 1000000}, NULL);
}

/* Hundreds that followed leave megabytes of small free pieces: given back when the last has gone,
 * and once more when what was still in use between them then is free, too. */
static void rest(struct streams *streams, bool last_gone) {
    int64_t now_ms = clock_ms();
    if (!last_gone && (streams->rest_ms == 0 || now_ms < streams->rest_ms))
        return;
    http_client_rest(streams->http);
    mem_give_back();
    streams->rest_ms = last_gone ? now_ms + REST_MS : 0;
}

static void *streams_thread(void *arg) {
    struct streams *streams = arg;
    streams->http = http_client_new();
    while (!atomic_load(&streams->stopping)) {
        take_events(streams);
        lookups_finish(streams->lookups);
        take_inbox(streams);
        streams_check(streams, clock_ms());
        size_t before = streams->count;
        int64_t due_at_ms = serve_all(streams);
        rest(streams, before && streams->count == 0);
        if (streams->rest_ms && streams->rest_ms < due_at_ms)
            due_at_ms = streams->rest_ms;
        int64_t wait_ms = due_at_ms - clock_ms();
        http_client_poll(streams->http, streams->epoll_fd, wait_ms > 0 ? (int)wait_ms : 0);
        pace(streams->count);
    }
    http_client_free(streams->http);
    return NULL;
}

struct streams *streams_new(struct worker *worker) {
    struct streams *streams = mem_alloc(sizeof *streams);
    struct epoll_event event = {.events = EPOLLIN};
    streams->worker = worker;
    pthread_mutex_init(&streams->lock, NULL);
    streams->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    streams->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (streams->epoll_fd < 0 || streams->wake_fd < 0 ||
        epoll_ctl(streams->epoll_fd, EPOLL_CTL_ADD, streams->wake_fd, &event) != 0)
        abort(); /* a process without descriptors at its start */
    streams->lookups = lookups_new(worker->config, LOOK_THREADS, streams->wake_fd);
    thread_need(&streams->thread, streams_thread, streams);
    return streams;
}

void streams_free(struct streams *streams) {
    if (!streams)
        return;
    atomic_store(&streams->stopping, true);
    streams_wake(streams);
    pthread_join(streams->thread, NULL);
    lookups_free(streams->lookups);
    free(streams->checking);
    close(streams->epoll_fd);
    close(streams->wake_fd);
    pthread_mutex_destroy(&streams->lock);
    free(streams);
}
