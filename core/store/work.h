/* work: rows of containers that something has to be done for, claimed by one executor at a time. */
#pragma once

#include "core/store/db.h"
#include "core/store/engines.h"

/* A claimed row, copied out of the database. */
struct work_row {
    char *id, *name, *docker_id; /* docker_id NULL = not known to exist */
    struct engine_access access; /* to its engine, not yet opened; the next three borrow from it */
    const char *engine_id, *engine_addr, *api_version;
    char *desired, *state, *operation_id, *pull;
    json_t *spec;               /* environment masked */
    json_t *ports;              /* bound ports; 0 where not yet chosen */
    unsigned char *environment; /* sealed, or NULL */
    size_t environment_len;
    int64_t intent_seq, restart_seq, restart_done, epoch, generation, attempts, exit_code;
    bool started;
    bool adopted; /* docker_id is a copy without berth's labels */
};

void work_row_release(struct work_row *row);

/* Claim due rows, as many as the engines' caps allow (engine_cap; 0 = twice the cores of each) and
 * `most` at once, for claim_s seconds, under `name`. *ret_rows is the caller's (work_row_release
 * each, free). */
bool work_claim(struct db *db, const char *name, int claim_s, int64_t engine_cap, size_t most,
                struct work_row **ret_rows, size_t *ret_count, struct error *err);

/* Prolong those claims held under `name` that are among `ids` (text of an array: ids of containers
 * and of operations); or give up all (the bearer is dead). */
bool work_renew(struct db *db, const char *name, int claim_s, const char *ids, struct error *err);
bool work_release(struct db *db, const char *name, struct error *err);

/* What came of a row. */
struct work_outcome {
    const char *state;     /* of the state column */
    const char *docker_id; /* NULL = none */
    int64_t exit_code;     /* -1 = none */
    const char *error;     /* for people; NULL = none */
    const char
        *desired;     /* the intent changes to this, unless a client changed it; NULL = it stays */
    double retry_s;   /* seconds until the next attempt; < 0 = no further attempt */
    const char *item; /* of the operation's item: "done", "failed"; NULL = still pending */
    enum error_kind kind; /* of the item's error */
    bool untouched; /* the engine has certainly not been asked: the intent can still be withdrawn */
};

/* Write it down and end the claim. *ret_finished: the operation is finished with it. Nothing is
 * written when a later claimant has the row. */
bool work_settle(struct db *db, const struct work_row *row, const struct work_outcome *outcome,
                 bool *ret_finished, struct error *err);

/* Tell how far the image is that `rows` wait for: `progress` is JSON, NULL = it is over. ret_wanted
 * (may be NULL) gets for each whether it still wants the image: whoever cancelled the operation, or
 * claimed the row since, does not. */
bool work_progress(struct db *db, const struct work_row *const *rows, size_t count,
                   const char *progress, bool *ret_wanted, struct error *err);
