/* executor: claims rows and has them converged, until told to stop; one thread in each worker
 * process and in the keeper. */
#pragma once

#include <stdatomic.h>

#include "core/control/pool.h"
#include "core/store/db.h"

struct executor_options {
    const struct pool *pool;
    const char *conninfo;
    /* Of this bearer of claims, unique among living processes: what an earlier bearer of the same
     * name left is free at once, because it is dead. */
    const char *name;
    int wake_fd; /* eventfd: there may be work, or a finished operation; read here */
    /* An operation is finished: every process with waiting requests should look. May be NULL. */
    void (*operation_finished)(void *context);
    /* When `woken` and at least every half second, with the executor's own connection; returns how
     * many milliseconds may pass until the next time. May be NULL. */
    int64_t (*tick)(void *context, struct db *db, bool woken);
    void *context;
    atomic_bool *stop; /* set: claim no more, finish what is under way (10 s at most), return */
};

void executor_run(const struct executor_options *options);
