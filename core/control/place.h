/* place: placement against the database: the lock, the engines' load, free host ports. Each
 * function runs inside the caller's transaction. */
#pragma once

#include "core/control/placement.h"
#include "core/control/pool.h"
#include "core/store/db.h"

/* One container to be placed. */
struct place_item {
    const char *engine_id; /* out: of `struct place`, valid until place_release */
    json_t *ports;         /* out: the bound ports; place_release frees */
};

struct place {
    /* in, for place_containers: the one engine that is asked for, and why, for people; NULL = any
     */
    const char *only_engine, *only_why;
    struct place_item *items;
    size_t count;
    struct placement_engine *engines;
    size_t engine_count;
    struct db_result *rows; /* what the engines borrow from */
    json_t *record;         /* why, see explain.h; after success */
};

/* Take the placement lock and choose engines and host ports for `count` containers of `spec`.
 * `tried`: Postgres array text of engines to leave out, or NULL. `self`: a container whose own
 * share does not count (it moves), or NULL. Errors: NO_CAPACITY; then engines[i].why_not tells why.
 */
bool place_containers(struct db *db, const struct pool *pool, json_t *spec, size_t count,
                      json_t *tried, const char *self, struct place *place, struct error *err);

/* Does `engine_id` still have room for one container of `spec` (start of a stopped one)? Takes the
 * lock. */
bool place_fits(struct db *db, const struct pool *pool, json_t *spec, const char *engine_id,
                const char *self, struct error *err);

/* Free host ports of one engine for those of `ports` whose port is 0: sets them. Takes the lock. */
bool place_ports(struct db *db, const struct pool *pool, const char *engine_id, json_t *ports,
                 struct error *err);

void place_release(struct place *place);

/* {"id","reason"} of each engine that could take none, for a NO_CAPACITY problem. Caller's. */
json_t *place_reasons(const struct place *place);
