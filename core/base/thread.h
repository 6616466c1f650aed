/* thread: threads with a small stack and every signal blocked. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

/* false when the system has no room for one more. */
bool thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);
