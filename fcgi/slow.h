/* slow: threads for requests that take long: they call engines and wait, or hash passwords. Threads
 * are made when they are needed and leave when they have been idle. */
#pragma once

#include <stdbool.h>

struct request;
struct slow_pool;
struct worker;

/* At most `threads` threads, and `waiting` requests that wait for one; `run` gets each request with
 * request->db set. */
struct slow_pool *slow_new(struct worker *worker, unsigned threads, unsigned waiting,
                           void (*run)(struct request *request));
/* Ends the threads once the queue is empty. */
void slow_free(struct slow_pool *pool);

/* Give up `request`; false (and it stays the caller's) when too many wait already. */
bool slow_submit(struct slow_pool *pool, struct request *request);
