/* intent: what clients want of containers, written down in one transaction: rows, reservations,
 * host ports, the operation and its event. From the commit on nothing can be lost; executors do the
 * rest. */
#pragma once

#include "core/control/pool.h"
#include "core/store/db.h"
#include "core/store/foreign.h"

enum { INTENT_COUNT_MAX = 1000, OPERATION_ID_BYTES = 16 };

/* Who asks, and for which request; all borrowed. */
struct intent_client {
    struct db *db;
    const struct pool *pool;
    const char *account_id;
    const char *username;
    const char *role; /* what it may do: see policy_allows_spec; NULL = no option */
    const char *grants;
    const char *request_id;
    const char *idempotency_key; /* NULL = none */
    const char *request_text;    /* method, path and body: what a repeated key must match */
};

struct intent_result {
    char operation_id[2 * OPERATION_ID_BYTES + 1];
    bool replayed;   /* the key was known: this is the operation of the first request */
    bool nothing;    /* there was nothing to do; no operation was made */
    json_t *reasons; /* on NO_CAPACITY: [{"id","reason"}]; the caller's */
};

/* A container as the database knows it. */
struct container {
    char id[65];
    char group_hash[65];
    char *engine_id;
    char *pull;
    json_t *spec;               /* environment masked */
    unsigned char *environment; /* sealed, NULL = empty */
    size_t environment_len;
    bool removed; /* a tombstone */
};

/* The container whose id or Docker id begins with `prefix`, or whose name it is. Errors: NOT_FOUND,
 * AMBIGUOUS. With `tombstones` a removed one is found where no living one is. */
bool container_find(struct db *db, const char *prefix, bool tombstones, struct container *container,
                    struct error *err);
void container_release(struct container *container);

/* Run `count` (1..INTENT_COUNT_MAX) containers of the normal specification `spec`.
 * pull: "missing", "always" or "never". Errors: FORBIDDEN (an option that the role lacks),
 * NO_CAPACITY (nothing placed), CONFLICT (name in use), KEY_REUSED, UNAVAILABLE. */
bool intent_run(const struct intent_client *client, json_t *spec, size_t count, const char *pull,
                struct intent_result *result, struct error *err);

/* Bring the group of the container `prefix` to `count` (0..INTENT_COUNT_MAX) running members.
 * Errors: as those of intent_run, NOT_FOUND, AMBIGUOUS. */
bool intent_scale(const struct intent_client *client, const char *prefix, size_t count,
                  struct intent_result *result, struct error *err);

enum intent_change { INTENT_START, INTENT_STOP, INTENT_RESTART, INTENT_DESTROY };

/* One container. Errors: NOT_FOUND, AMBIGUOUS, NO_CAPACITY (start without room), FORBIDDEN (start
 * and restart of what has an option that the role lacks). */
bool intent_change(const struct intent_client *client, const char *prefix,
                   enum intent_change change, struct intent_result *result, struct error *err);

/* What has failed of an operation that is over, once more, as an operation of its own: containers
 * that could not be run are run anew, with the same specification; of the old ones the items say
 * which operation it is, and are superseded, so that nothing is tried again twice. Errors:
 * NOT_FOUND; CONFLICT (it goes on; nothing has failed; it was no run, start, stop, restart or
 * destroy); as those of intent_run and intent_change. */
bool intent_retry(const struct intent_client *client, const char *operation_id,
                  struct intent_result *result, struct error *err);

/* What a cancel came to. */
struct intent_cancelled {
    bool ended;        /* there was nothing left to cancel: the operation had ended */
    char state[16];    /* of the operation: running, done, failed, cancelled */
    size_t undone;     /* items that are cancelled, or will be once it is undone on their engine */
    size_t left_alone; /* items that go on; their notes say why */
};

/* Cancel what an operation still has to do. Items that have ended stay as they are. Of the others,
 *   a container that the operation makes (run, scale up) is removed, however far it is: at once
 *   when nobody has begun, else by an executor as soon as the call under way has returned (a pull
 *   ends when it sees that the row's intent_seq has risen);
 *   a stop, restart, destroy or scale down that no engine has been asked for is withdrawn: wanted
 *   is again what was wanted before, provided that the engine still has room for the reservation;
 *   a start is taken back even while it is under way: the container is stopped again;
 *   what is left goes on, because half a stop cannot be taken back.
 * The operation ends when each of its items has. Nothing is lost to an executor at work: each
 * undoing raises intent_seq under the row's lock, so that what an earlier claim brings is no end of
 * the item, and the row is due once more. Writes the event cancel-operation. Errors: NOT_FOUND. */
bool intent_cancel(const struct intent_client *client, const char *operation_id,
                   struct intent_cancelled *cancelled, struct error *err);

/* The same of a container that is not the pool's, inside the caller's transaction. NOT_FOUND,
 * AMBIGUOUS, CONFLICT (destroy). */
bool intent_foreign(const struct intent_client *client, const char *prefix,
                    enum intent_change change, struct intent_result *result, struct error *err);
/* CONFLICT: that is for the pool's own only. */
bool foreign_unmanaged(const struct foreign *foreign, struct error *err);

/* Where would they go? Nothing is written. *ret_plan is the caller's: {"dry_run": true,
 * "containers":
 * [{"engine","score","ports"}], and what explain_step() tells of the first}. Errors as of
 * intent_run. */
bool intent_plan(const struct intent_client *client, json_t *spec, size_t count, json_t **ret_plan,
                 struct intent_result *result, struct error *err);

/* Shared by the above: the operation's row, or the one that its key names already (`replayed`). */
bool intent_operation(const struct intent_client *client, const char *type, const char *group_hash,
                      size_t items, struct intent_result *result, struct error *err);
/* Has the client's key begun an operation already? Then it is the `result`, `replayed`. Errors:
 * KEY_REUSED. */
bool intent_known(const struct intent_client *client, struct intent_result *result,
                  struct error *err);
/* The operation of a run, its members (as intent_insert) and its event, inside the caller's
 * transaction. */
bool intent_run_within(const struct intent_client *client, json_t *spec, const char *group_hash,
                       size_t count, bool numbered, const char *pull, struct intent_result *result,
                       struct error *err);
/* intent_change inside the caller's transaction; which change an operation's type is. */
bool intent_change_within(const struct intent_client *client, const char *prefix,
                          enum intent_change change, struct intent_result *result,
                          struct error *err);
bool intent_change_of(const char *type, enum intent_change *ret_change);
/* The specification with its environment in clear, so that new members get theirs. */
bool intent_whole_spec(const struct intent_client *client, const struct container *container,
                       json_t **ret_spec, struct error *err);
/* Identical are containers whose whole specification is equal, the values of the environment
 * included: hence a keyed hash, which does not let anyone guess them. */
void intent_group_hash(const struct pool *pool, json_t *spec, char hex[2 * SHA256_BYTES + 1]);
/* The row of one new container as containers_insert.sql and adopt_insert.sql read it. `masked`:
 * spec_masked() of it; `created`: NULL = now. */
json_t *intent_row(const struct pool *pool, json_t *spec, json_t *masked, const char *engine_id,
                   json_t *ports, const char *id, const char *name, const char *created);
bool intent_event(const struct intent_client *client, const char *type, const char *container_id,
                  const char *message, struct error *err);
/* Place and insert `count` members; the transaction and the operation exist already. `numbered`: a
 * container_name gets a number behind it. */
bool intent_insert(const struct intent_client *client, json_t *spec, const char *group_hash,
                   size_t count, bool numbered, const char *pull, struct intent_result *result,
                   struct error *err);
