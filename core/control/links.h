/* links: what a link demands: the other container is one of the pool, is meant to run, and is on
 * the same engine; links never lead back to where they began. */
#pragma once

#include "core/base/json.h"
#include "core/store/db.h"

/* Where links bind a new container to. */
struct links_bond {
    char *engine_id; /* NULL = it is free */
    char *why;       /* for people: "it is linked to db, which is on engine e1" */
};
void links_bond_release(struct links_bond *bond);

/* May there be containers of the normal specification `spec` with the `names` (array of texts)?
 * Inside the caller's transaction; takes the placement lock where links are concerned, and what
 * they go to stays until its end. Errors: CONFLICT, field links.NAME: no such container, not the
 * pool's, not meant to run, on another engine than the rest, a cycle. */
bool links_allow(struct db *db, json_t *spec, json_t *names, struct links_bond *ret_bond,
                 struct error *err);

/* Are all those that a container of `spec` is linked to there, as Docker demands of one that is to
 * be started? With `run`: they must run by now; else it is enough that they are meant to.
 * *ret_ready false, without an error: they are on their way. Errors: CONFLICT as above. */
bool links_ready(struct db *db, json_t *spec, bool run, bool *ret_ready, struct error *err);
