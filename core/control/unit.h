/* unit: containers that links join are one unit of placement: they are on one engine, and whatever
 * places one anew places all of them, together, in one transaction. */
#pragma once

#include "core/control/place.h"

struct unit_member {
    const char *id, *name;
    const char *engine_id; /* NULL = of an engine that is forgotten */
    const char *docker_id; /* NULL = no copy is known */
    json_t *spec;
    bool running; /* meant to: only then it needs room */
    bool started; /* it has run at least once */
};

struct unit {
    struct unit_member
        *members;           /* those that others are linked to come first: start in this order */
    size_t count;           /* 1 for a container without links; 0 = there is no such container */
    struct db_result *rows; /* what the members borrow from */
};

/* The rows that move with the row `id`, itself among them. A pure reading: whoever goes by it takes
 * the placement lock first (new links are made under it), and locks the rows. */
bool unit_load(struct db *db, const char *id, struct unit *unit, struct error *err);
void unit_release(struct unit *unit);

/* Choose the one engine for the whole unit, and host ports for each member: place->items[i] is of
 * unit->members[i], its engine_id the same in all. Takes the placement lock. `tried`: array of
 * engines to leave out, or NULL: the engine that the unit leaves belongs there. Nothing is written;
 * the rows' new engine, generation and ports are the caller's, all in this transaction. Errors:
 * NO_CAPACITY; then place_reasons() tells why. Also right for a unit of one. */
bool unit_place(struct db *db, const struct pool *pool, const struct unit *unit, json_t *tried,
                struct place *place, struct error *err);
