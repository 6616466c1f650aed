/* move: a container, and all that links join with it (unit.h), leave their engine for another one,
 * chosen by the same score as any other. */
#pragma once

#include "core/control/pool.h"
#include "core/store/db.h"

struct move {
    const char *container_id;
    const char *from;   /* the engine that it leaves */
    const char *reason; /* for people */
    bool keep_old;      /* what runs there runs on until the new copy runs */
};

enum move_end {
    MOVE_DONE,
    MOVE_OVER,   /* it is elsewhere, not wanted any more, or being changed: look again */
    MOVE_BLOCKED /* no engine can take it, or it failed for a reason of its own: it is due again
                    later (moves_blocked) */
};

/* In one transaction, under the placement lock: another engine, the next generation, the ports, the
 * event. Executors do the rest; the copy that it leaves behind is proved obsolete by its
 * generation. That it cannot be moved is an event the first time. False: the database is away. */
bool move_container(struct db *db, const struct pool *pool, const struct move *move,
                    enum move_end *ret_end, struct error *err);

/* Inside the caller's transaction: it cannot leave because of `why`; it is due again later, and an
 * event the first time. */
bool move_block(struct db *db, const struct move *move, const char *why, struct error *err);
