/* observe: what an engine's full list says, brought into the rows. */
#pragma once

#include "core/control/pool.h"
#include "core/net/docker.h"
#include "core/store/db.h"

/* What is to be done on the engine after its list has been taken in; arrays of Docker ids. */
struct observation {
    json_t *obsolete;   /* copies that a row proves obsolete: remove */
    json_t *unknown;    /* foreign containers whose limits are not known: inspect */
    json_t *restarting; /* the pool's that Docker is about to restart: inspect */
    json_t *doubtful;   /* listed as running though berth has stopped them: inspect */
};

/* Who was away since the last look: what exited meanwhile may have been killed rather than ended.
 */
enum gap {
    GAP_NONE,
    GAP_KEEPER,
    GAP_ENGINE,
    GAP_OPEN /* not known yet: what exited is left as it is */
};

/* `list`: Docker's /containers/json?all=1 of `engine_id`, begun age_s seconds ago. Changes of state
 * that nobody asked berth for leave an event. */
bool observe_engine(struct db *db, const struct pool *pool, const char *engine_id, json_t *list,
                    double age_s, enum gap gap, struct observation *ret, struct error *err);
void observation_release(struct observation *observation);

/* What only an inspection tells of a container of the pool: how often Docker has restarted it,
 * with which exit code it ended before that, whether it ran out of memory. */
bool observe_inspection(struct db *db, const char *engine_id, json_t *inspection,
                        struct error *err);

/* Whether one that was doubtful runs, from its inspection, begun age_s seconds ago: then somebody
 * has started it, which is told. */
bool observe_started(struct db *db, const char *engine_id, json_t *inspection, double age_s,
                     struct error *err);

/* What counts of a foreign container, from its inspection: its limits, which are load, and whether
 * it has powers that only an administrator may use. */
bool observe_limits(struct db *db, const char *engine_id, json_t *inspection, struct error *err);
