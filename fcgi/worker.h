/* worker: what the threads of one worker process share. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "core/control/pool.h"
#include "fcgi/parked.h"
#include "fcgi/ready.h"

struct acceptor;
struct progress_board;
struct auth_cache;
struct slow_pool;
struct streams;

struct worker {
    /* Constant while the process lives. */
    const struct config *config;
    struct pool pool; /* its id is known to the executor's thread alone */
    int slot;         /* of fcgi/wake.h */
    int wake_fd;      /* readable: new work, an operation has finished, a request was parked, or the
                         process ends. One thread of `background` waits on it, and calls wake_clear */

    struct ready_queue *ready;
    struct parked *parked;
    struct progress_board *progress;
    struct slow_pool *slow;
    struct streams *streams;
    struct auth_cache *auth_cache;
    struct acceptor *acceptor;

    atomic_int in_flight; /* requests begun and not yet answered, parked ones included */
    atomic_int open;      /* connections */
    atomic_bool draining; /* answers end their connection; streams should end */
    atomic_bool stopping; /* threads leave; wake_fd is woken */
};

/* Threads of each process besides those for requests: each runs from the start until it has noticed
 * `stopping`. The one that carries out operations also has to call parked_ids, parked_release and
 * parked_expire. */
struct background {
    const char *name;
    void (*run)(struct worker *worker);
};
extern const struct background background[];
extern const size_t background_count;
