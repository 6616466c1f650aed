/* stream_queue: what the streams of the engines tell, until it is written down: in order for each
 * engine, bounded however long nobody can write, and given back in batches. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/strbuf.h"

enum {
    STREAM_WAITING_MAX = 1024, /* events of one engine */
    STREAM_TOTAL_MAX = 8192,   /* of all */
    STREAM_BATCH_MAX = 128
};

/* What an item is: an event, or what became of the stream. */
enum stream_news {
    STREAM_EVENT,
    STREAM_LIVE,      /* it runs; there is none before that it could go on from */
    STREAM_CONTINUED, /* it runs, and nothing is missing since it last did */
    STREAM_GAP,       /* it runs, but dockerd does not remember all that happened since */
    STREAM_LOST,      /* events are dropped here, until STREAM_LIVE */
    STREAM_BROKEN     /* it does not run */
};

/* The last event that was received: where a stream goes on. */
struct stream_position {
    int64_t time_ns; /* 0 = there is none */
    char action[64], actor[256];
};

struct stream_item {
    enum stream_news news;
    const char *text; /* event: JSON object as stream_record.sql reads it; else why, for people */
    bool rings;       /* the event may have changed what the engine's list says */
    int64_t received_ms; /* clock_ms() */
};

struct stream_queue;

struct stream_queue *stream_queue_new(void);
void stream_queue_free(struct stream_queue *queue);
/* Readable while there is an item. */
int stream_queue_fd(const struct stream_queue *queue);

/* Copied. False: an event for which there is no room. Anything else always has some: streams begin
 * anew only while stream_queue_is_roomy(), half of which is left then. */
bool stream_queue_put(struct stream_queue *queue, const char *engine_id,
                      const struct stream_item *item);
bool stream_queue_is_roomy(struct stream_queue *queue, const char *engine_id);
size_t stream_queue_depth(struct stream_queue *queue);

/* The oldest items of one engine: events, at most STREAM_BATCH_MAX, or one other. */
struct stream_batch {
    char engine_id[256];
    enum stream_news news;
    struct strbuf events; /* JSON array */
    size_t count;         /* of the events */
    bool rings;           /* one of them does */
    int64_t received_ms;  /* the oldest was */
    char reason[512];     /* of what is no event */
};
/* False: there is none; the engines take turns. It stays until it is done with. *ret_batch is the
 * caller's to release in both cases. */
bool stream_queue_peek(struct stream_queue *queue, struct stream_batch *ret_batch);
void stream_queue_done(struct stream_queue *queue, const struct stream_batch *batch);
void stream_batch_release(struct stream_batch *batch);
