/* ready: the queue of requests that wait for a thread, behind an eventfd. */
#pragma once

#include <stdbool.h>

struct ready_queue;
struct request;

struct ready_queue *ready_new(void);
void ready_free(struct ready_queue *queue);

/* Readable while there are requests. */
int ready_fd(const struct ready_queue *queue);

void ready_push(struct ready_queue *queue, struct request *request);
/* The oldest, or NULL: another thread was faster. */
struct request *ready_pop(struct ready_queue *queue);
