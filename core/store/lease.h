/* lease: which of several keepers leads. Its bearer renews it; when it does not, another one takes
 * it, with a higher epoch. Time is the database's. What a leader changes it changes over a
 * connection that is fenced with its epoch. */
#pragma once

#include "core/store/db.h"

struct lease {
    int64_t epoch;
    char holder[160];
    int64_t left_ms; /* until it is to be had; 0 = it is */
};

/* Say that the keeper `name` is there, and look who leads. */
bool lease_look(struct db *db, const char *name, struct lease *ret_lease, struct error *err);

/* Take it for ttl_ms if it is to be had, with an event. *ret_epoch is 0 when another one was
 * faster. */
bool lease_take(struct db *db, const char *name, int ttl_ms, int64_t *ret_epoch, struct error *err);

/* Prolong it. *ret_kept: `epoch` is still its epoch. */
bool lease_renew(struct db *db, const char *name, int64_t epoch, int ttl_ms, bool *ret_kept,
                 struct error *err);

/* `name` goes: another one may take the lease at once, if `epoch` is its epoch. */
bool lease_leave(struct db *db, const char *name, int64_t epoch, struct error *err);

/* From now on whatever `db` runs fails once another keeper has taken the lease (db_fence). 0: not
 * any more. */
void lease_fence(struct db *db, int64_t epoch);
