/* stream_queue: see stream_queue.h. */
#include "keeper/stream_queue.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/mem.h"

struct item {
    enum stream_news news;
    bool rings;
    int64_t received_ms;
    struct item *next;
    char text[];
};

/* What waits of one engine; there is none without items. */
struct channel {
    char *engine_id;
    struct item *first, *last;
    size_t count;
    struct channel *next;
};

struct stream_queue {
    pthread_mutex_t lock;
    int fd;
    struct channel *first, *last;
    size_t total;
};

struct stream_queue *stream_queue_new(void) {
    struct stream_queue *queue = mem_alloc(sizeof *queue);
    pthread_mutex_init(&queue->lock, NULL);
    queue->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return queue;
}

static void drop_first(struct stream_queue *queue, struct channel *channel) {
    struct item *item = channel->first;
    channel->first = item->next;
    channel->count--;
    queue->total--;
    free(item);
}

/* Take the first channel off; behind the others again if it has items. */
static void turn(struct stream_queue *queue) {
    struct channel *channel = queue->first;
    queue->first = channel->next;
    if (!queue->first)
        queue->last = NULL;
    channel->next = NULL;
    if (!channel->first) {
        free(channel->engine_id);
        free(channel);
        return;
    }
    if (queue->last)
        queue->last->next = channel;
    else
        queue->first = channel;
    queue->last = channel;
}

void stream_queue_free(struct stream_queue *queue) {
    while (queue->first) {
        while (queue->first->first)
            drop_first(queue, queue->first);
        turn(queue);
    }
    pthread_mutex_destroy(&queue->lock);
    close(queue->fd);
    free(queue);
}

int stream_queue_fd(const struct stream_queue *queue) {
    return queue->fd;
}

static struct channel *find(const struct stream_queue *queue, const char *engine_id) {
    struct channel *channel = queue->first;
    while (channel && strcmp(channel->engine_id, engine_id) != 0)
        channel = channel->next;
    return channel;
}

static struct channel *find_or_add(struct stream_queue *queue, const char *engine_id) {
    struct channel *channel = find(queue, engine_id);
    if (channel)
        return channel;
    channel = mem_alloc(sizeof *channel);
    channel->engine_id = mem_strdup(engine_id);
    if (queue->last)
        queue->last->next = channel;
    else
        queue->first = channel;
    queue->last = channel;
    return channel;
}

static bool has_room(const struct stream_queue *queue, const char *engine_id, size_t share) {
    const struct channel *channel = find(queue, engine_id);
    return queue->total < STREAM_TOTAL_MAX / share &&
           (!channel || channel->count < STREAM_WAITING_MAX / share);
}

bool stream_queue_put(struct stream_queue *queue, const char *engine_id,
                      const struct stream_item *item) {
    size_t size = strlen(item->text) + 1;
    pthread_mutex_lock(&queue->lock);
    bool room = item->news != STREAM_EVENT || has_room(queue, engine_id, 1);
    if (room) {
        struct channel *channel = find_or_add(queue, engine_id);
        struct item *copy = mem_alloc(sizeof *copy + size);
        copy->news = item->news;
        copy->rings = item->rings;
        copy->received_ms = item->received_ms;
        memcpy(copy->text, item->text, size);
        if (channel->first)
            channel->last->next = copy;
        else
            channel->first = copy;
        channel->last = copy;
        channel->count++;
        queue->total++;
        eventfd_write(queue->fd, 1);
    }
    pthread_mutex_unlock(&queue->lock);
    return room;
}

bool stream_queue_is_roomy(struct stream_queue *queue, const char *engine_id) {
    pthread_mutex_lock(&queue->lock);
    bool roomy = has_room(queue, engine_id, 2);
    pthread_mutex_unlock(&queue->lock);
    return roomy;
}

size_t stream_queue_depth(struct stream_queue *queue) {
    pthread_mutex_lock(&queue->lock);
    size_t total = queue->total;
    pthread_mutex_unlock(&queue->lock);
    return total;
}

static void collect(const struct channel *channel, struct stream_batch *batch) {
    const struct item *item = channel->first;
    snprintf(batch->engine_id, sizeof batch->engine_id, "%s", channel->engine_id);
    batch->news = item->news;
    batch->received_ms = item->received_ms;
    batch->count = 1;
    if (item->news != STREAM_EVENT) {
        snprintf(batch->reason, sizeof batch->reason, "%s", item->text);
        return;
    }
    batch->count = 0;
    strbuf_putc(&batch->events, '[');
    while (item && item->news == STREAM_EVENT && batch->count < STREAM_BATCH_MAX) {
        if (batch->count++)
            strbuf_putc(&batch->events, ',');
        strbuf_puts(&batch->events, item->text);
        batch->rings |= item->rings;
        item = item->next;
    }
    strbuf_putc(&batch->events, ']');
}

bool stream_queue_peek(struct stream_queue *queue, struct stream_batch *ret_batch) {
    *ret_batch = (struct stream_batch){0};
    pthread_mutex_lock(&queue->lock);
    bool found = queue->first != NULL;
    if (found)
        collect(queue->first, ret_batch);
    pthread_mutex_unlock(&queue->lock);
    return found;
}

/* Items are only added meanwhile, behind those of the batch. */
void stream_queue_done(struct stream_queue *queue, const struct stream_batch *batch) {
    eventfd_t value;
    pthread_mutex_lock(&queue->lock);
    for (size_t i = 0; i < batch->count; i++)
        drop_first(queue, queue->first);
    turn(queue);
    if (!queue->first)
        eventfd_read(queue->fd, &value);
    pthread_mutex_unlock(&queue->lock);
}

void stream_batch_release(struct stream_batch *batch) {
    strbuf_release(&batch->events);
}
