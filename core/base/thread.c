/* thread: see thread.h. */
#include "core/base/thread.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"

enum { STACK_BYTES = 256 << 10, WAIT_MS = 5000, STEP_MS = 100 };

/* 0, or what errno would say. */
static int start(pthread_t *thread, void *(*run)(void *arg), void *arg) {
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int failed = pthread_create(thread, &attributes, run, arg);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

bool thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg) {
    return start(thread, run, arg) == 0;
}

void thread_need(pthread_t *thread, void *(*run)(void *arg), void *arg) {
    int64_t end_ms = clock_ms() + WAIT_MS;
    int failed = start(thread, run, arg);
    if (failed)
        log_line(LOG_WARNING, "waiting for room for a thread: %s", strerror(failed));
    while (failed && clock_ms() < end_ms) {
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
        failed = start(thread, run, arg);
    }
    if (!failed)
        return;
    log_line(LOG_ERROR, "ending: there is no room for a thread: %s", strerror(failed));
    _exit(EXIT_FAILURE);
}
