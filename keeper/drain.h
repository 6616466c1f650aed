/* drain: what the leader does for engines that are drained: their containers leave one after the
 * other. The old copy of each runs on until the new one runs (replacements), whoever leads, and
 * whatever dies meanwhile. */
#pragma once

#include "core/control/pool.h"
#include "core/store/db.h"

/* One pass. `go`: something may be moved; old copies that are not needed any more go in any case.
 * *ret_moved counts on. */
bool drain_pass(struct db *db, const struct pool *pool, bool go, size_t *ret_moved,
                struct error *err);
