/* failover: what the leader does for containers whose engine is lost: neither its host nor its
 * Docker answers. Each goes elsewhere as its policy says (`reschedule`), unless so many engines are
 * lost at once that nothing is moved until some are back or an administrator says so. Drains
 * (drain.h) keep to the same. */
#pragma once

#include "core/control/pool.h"
#include "core/store/db.h"

/* How it stands with the pool, and what follows. Pure. */
struct losses {
    int64_t lost;    /* engines, of late; those that were lost alone before do not count */
    int64_t suspect; /* engines that may be lost in a moment */
    int64_t pool;    /* engines that there were before */
    bool frozen;
};
enum losses_mean {
    LOSSES_MOVE,   /* go on */
    LOSSES_WAIT,   /* it may be a freeze: wait until that is clear */
    LOSSES_FREEZE, /* begin one */
    LOSSES_FROZEN, /* it lasts */
    LOSSES_THAW    /* end it, go on */
};
enum losses_mean losses_mean(const struct losses *losses);

struct failover;

/* `wake_fd`: of the executor, written to when there is work; -1 = none. */
struct failover *failover_new(const struct pool *pool, struct db *db, int wake_fd);
void failover_free(struct failover *failover);

/* One pass, at most every half second. `lost`: the engines that this keeper itself has found to be
 * lost, as PostgreSQL's text of an array; NULL = not everything that is known has been written
 * down, so nothing is moved. A bounded number of containers is moved in each pass. */
void failover_poll(struct failover *failover, const char *lost);
