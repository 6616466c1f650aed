/* streams_private: what a stream is; private to stream*.c. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "fcgi/lookups.h"
#include "fcgi/outbox.h"
#include "fcgi/stream.h"
#include "fcgi/streams.h"

struct stream {
    struct streams *streams;
    struct stream *next; /* in the inbox, then in the list */
    struct request *request;
    const struct stream_kind *kind;
    void *context;
    struct outbox outbox;
    int fd;
    bool begun;    /* the head was sent */
    bool blocked;  /* the socket takes no more for now: epoll tells when it does */
    bool was_full; /* `room` is due some time */
    bool refused;  /* answered with a problem document instead */
    bool over;     /* for the reason `why`; what waits is still sent, until flush_ms */
    bool said;     /* and the last mark with it */
    enum stream_end why;
    int64_t flush_ms;
    int64_t wrote_ms; /* when something was written last */

    struct lookup lookup;
    bool looking;         /* then `looked`, `look_result` and the context are the lookup's */
    int64_t look_ms;      /* when the next one is due */
    int64_t look_last_ms; /* when the last one began */
    struct strbuf looked;
    enum stream_look look_result;
};

/* How many streams an account has. */
struct stream_account {
    struct stream_account *next;
    unsigned count;
    char id[];
};

struct token_check;

struct streams {
    struct worker *worker;
    pthread_t thread;
    int epoll_fd, wake_fd;
    struct lookups *lookups;
    atomic_bool draining, look_now, stopping;

    /* Of the streams' thread alone. */
    struct http_client *http;
    struct stream *first;
    size_t count;
    int64_t check_ms; /* when tokens were looked up last */
    int64_t rest_ms;  /* when free memory is given back; 0 = it has been */
    struct token_check *checking;

    pthread_mutex_t lock; /* of all below */
    struct stream *inbox;
    struct stream_account *accounts;
    unsigned open; /* streams that were admitted and have not ended */
};

void streams_wake(struct streams *streams);

/* Count one more stream of the request's account in. ERROR_UNAVAILABLE beyond the limits. */
bool streams_admit(struct streams *streams, const struct request *request, struct error *err);
void streams_dismiss(struct streams *streams, const struct request *request);

/* streams_check: begin to look the clients' tokens up, if it is time; those that are no longer good
 * end with STREAM_REVOKED. */
void streams_check(struct streams *streams, int64_t now_ms);
