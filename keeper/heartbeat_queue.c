/* heartbeat_queue: see heartbeat_queue.h. */
#include "keeper/heartbeat_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/mem.h"

enum { WAITING_MAX = 32 }; /* of one engine */

struct item {
    struct heartbeat_report report;
    struct item *next;
};

struct heartbeat_queue {
    pthread_mutex_t lock;
    int fd; /* readable while there is an item */
    struct item *first, *last;
    int64_t numbers;
};

struct heartbeat_queue *heartbeat_queue_new(void) {
    struct heartbeat_queue *queue = mem_alloc(sizeof *queue);
    pthread_mutex_init(&queue->lock, NULL);
    queue->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return queue;
}

void heartbeat_queue_free(struct heartbeat_queue *queue) {
    for (struct item *item = queue->first, *next; item; item = next) {
        next = item->next;
        free(item);
    }
    pthread_mutex_destroy(&queue->lock);
    close(queue->fd);
    free(queue);
}

int heartbeat_queue_fd(const struct heartbeat_queue *queue) {
    return queue->fd;
}

/* The engine's last item that waits; *ret_count gets how many do. */
static struct item *last_of(const struct heartbeat_queue *queue, const char *engine_id,
                            int *ret_count) {
    struct item *found = NULL;
    *ret_count = 0;
    for (struct item *item = queue->first; item; item = item->next)
        if (strcmp(item->report.engine_id, engine_id) == 0) {
            found = item;
            ++*ret_count;
        }
    return found;
}

static struct item *append(struct heartbeat_queue *queue) {
    struct item *item = mem_alloc(sizeof *item);
    if (queue->last)
        queue->last->next = item;
    else
        queue->first = item;
    queue->last = item;
    return item;
}

void heartbeat_queue_put(struct heartbeat_queue *queue, const struct heartbeat_report *report) {
    int count;
    pthread_mutex_lock(&queue->lock);
    struct item *item = last_of(queue, report->engine_id, &count);
    if (!item || (item->report.verdict.state != report->verdict.state && count < WAITING_MAX))
        item = append(queue);
    item->report = *report;
    item->report.number = ++queue->numbers;
    eventfd_write(queue->fd, 1);
    pthread_mutex_unlock(&queue->lock);
}

bool heartbeat_queue_next(struct heartbeat_queue *queue, struct heartbeat_report *ret_report) {
    pthread_mutex_lock(&queue->lock);
    bool found = queue->first != NULL;
    if (found)
        *ret_report = queue->first->report;
    pthread_mutex_unlock(&queue->lock);
    return found;
}

bool heartbeat_queue_has(struct heartbeat_queue *queue, const char *engine_id) {
    int count;
    pthread_mutex_lock(&queue->lock);
    last_of(queue, engine_id, &count);
    pthread_mutex_unlock(&queue->lock);
    return count > 0;
}

void heartbeat_queue_done(struct heartbeat_queue *queue, int64_t number) {
    eventfd_t value;
    pthread_mutex_lock(&queue->lock);
    struct item *item = queue->first;
    if (item && item->report.number == number) {
        queue->first = item->next;
        if (!queue->first)
            queue->last = NULL;
        free(item);
    }
    if (!queue->first)
        eventfd_read(queue->fd, &value);
    pthread_mutex_unlock(&queue->lock);
}
