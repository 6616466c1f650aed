/* foreign: containers on the pool's engines that are not the pool's, and the work that is to be
 * done on them. */
#pragma once

#include "core/store/db.h"

/* One of them as the database knows it. */
struct foreign {
    char *docker_id, *engine_id, *name;
    bool inspected; /* the following is known */
    json_t *spec;   /* normal, without environment; NULL = no specification can say what it is */
    char *power;    /* a setting besides that means power over the engine; "" = none */
};

/* The one whose Docker id begins with `prefix`, or whose name it is. NOT_FOUND, AMBIGUOUS. */
bool foreign_find(struct db *db, const char *prefix, struct foreign *ret_foreign,
                  struct error *err);
void foreign_release(struct foreign *foreign);

/* Claimed work: one operation on one of them, once. */
struct foreign_work {
    char *operation_id, *docker_id, *engine_id, *action;
    char *started_before; /* a restart that may have been asked for: StartedAt before; else NULL */
    char *last_error;     /* of the attempt before; NULL = none */
    int64_t epoch, attempts;
};
void foreign_work_release(struct foreign_work *work);

/* Claim at most `most` for claim_s seconds under `name`. *ret_work is the caller's
 * (foreign_work_release each, free). work_renew() and work_release() are for these claims, too. */
bool foreign_claim(struct db *db, const char *name, int claim_s, size_t most,
                   struct foreign_work **ret_work, size_t *ret_count, struct error *err);

/* A restart is about to be asked for, of a container that was started at `started_at` (as Docker
 * says it): on the disk before this returns. *ret_ours: false = it must not be asked for, for the
 * work is not ours or not wanted any more, or it was asked for before. */
bool foreign_sending(struct db *db, const struct foreign_work *work, const char *started_at,
                     bool *ret_ours, struct error *err);

/* What came of it: done with the container in `state`; failed with `failure` (state NULL); or with
 * retry_s >= 0 still to be done. *ret_finished: its operation is finished with it. */
bool foreign_settle(struct db *db, const struct foreign_work *work, const char *state,
                    const struct error *failure, double retry_s, bool *ret_finished,
                    struct error *err);
