/* thread: see thread.h. */
#include "core/base/thread.h"

#include <signal.h>

enum { STACK_BYTES = 256 << 10 };

bool thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg) {
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int failed = pthread_create(thread, &attributes, run, arg);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return !failed;
}
