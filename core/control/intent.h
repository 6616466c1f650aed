/* intent: what clients want of containers, written down in one transaction: rows, reservations,
 * host ports, the operation and its event. From the commit on nothing can be lost; executors do the
 * rest. */
#pragma once

#include "core/control/pool.h"
#include "core/store/db.h"

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

/* Shared by the above: the operation's row, or the one that its key names already (`replayed`). */
bool intent_operation(const struct intent_client *client, const char *type, const char *group_hash,
                      size_t items, struct intent_result *result, struct error *err);
bool intent_event(const struct intent_client *client, const char *type, const char *container_id,
                  const char *message, struct error *err);
/* Place and insert `count` members; the transaction and the operation exist already. `numbered`: a
 * container_name gets a number behind it. */
bool intent_insert(const struct intent_client *client, json_t *spec, const char *group_hash,
                   size_t count, bool numbered, const char *pull, struct intent_result *result,
                   struct error *err);
