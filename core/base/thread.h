/* thread: threads with a small stack and every signal blocked. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

/* false when the system has no room for one more. */
bool thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

/* One that the program is nothing without: waits a few seconds for room, then ends the process with
 * status 1, for whoever looks after it to start it again. Both are logged. */
void thread_need(pthread_t *thread, void *(*run)(void *arg), void *arg);
