/* ready: see ready.h. */
#include "fcgi/ready.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "fcgi/request.h"

struct ready_queue {
    pthread_mutex_t lock;
    struct request *first, *last;
    int fd; /* a semaphore: its count is the number of requests */
};

struct ready_queue *ready_new(void) {
    struct ready_queue *queue = mem_alloc(sizeof *queue);
    pthread_mutex_init(&queue->lock, NULL);
    queue->fd = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
    if (queue->fd < 0)
        abort(); /* a process without descriptors at its start */
    return queue;
}

void ready_free(struct ready_queue *queue) {
    if (!queue)
        return;
    close(queue->fd);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

int ready_fd(const struct ready_queue *queue) {
    return queue->fd;
}

void ready_push(struct ready_queue *queue, struct request *request) {
    uint64_t one = 1;
    request->next = NULL;
    pthread_mutex_lock(&queue->lock);
    if (queue->last)
        queue->last->next = request;
    else
        queue->first = request;
    queue->last = request;
    pthread_mutex_unlock(&queue->lock);
    if (write(queue->fd, &one, sizeof one) < 0)
        abort(); /* cannot be: the count would have to reach 2^64 */
}

struct request *ready_pop(struct ready_queue *queue) {
    uint64_t one;
    if (read(queue->fd, &one, sizeof one) < 0)
        return NULL;
    pthread_mutex_lock(&queue->lock);
    struct request *request = queue->first;
    if (request) {
        queue->first = request->next;
        if (!queue->first)
            queue->last = NULL;
        request->next = NULL;
    }
    pthread_mutex_unlock(&queue->lock);
    return request;
}
