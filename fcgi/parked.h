/* parked: requests that wait for an operation without holding a thread; one list a process. Every
 * call is safe in any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fcgi/ready.h"

struct parked;
struct request;

/* Released requests go to `ready`. */
struct parked *parked_new(struct ready_queue *ready);
void parked_free(struct parked *parked); /* must be empty */

/* Give up `request` until its operation is released or `deadline_ms` (clock_ms) has come. */
void parked_add(struct parked *parked, struct request *request, const char *operation_id,
                int64_t deadline_ms);

/* The ids of all operations that are waited for, each once; *ret_ids (NULL-terminated, one
 * allocation) is the caller's to free. Returns their number. */
size_t parked_ids(struct parked *parked, char ***ret_ids);

/* The operation has finished: everyone who waits for it goes on. */
void parked_release(struct parked *parked, const char *operation_id);

/* Those whose deadline is not after `now_ms` go on, with `expired` set. Returns the next deadline
 * (INT64_MAX = nobody waits). */
int64_t parked_expire(struct parked *parked, int64_t now_ms);
