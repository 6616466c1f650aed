/* registrar: what becomes of one host that registers; the rows of it. */
#pragma once

#include "core/control/pool.h"
#include "core/net/registration.h"
#include "core/store/db.h"

struct registrar {
    const struct pool *pool;
    struct db *db;
    struct http_client *client;
};

/* What was decided. */
enum verdict {
    VERDICT_SETTLED, /* an engine of the pool, or one that stays out: nothing more to do */
    VERDICT_WAITING, /* pending or quarantined: to be judged again later */
    VERDICT_STRAY,   /* the pool's own word about an engine that it has no more */
    VERDICT_LEFT,    /* the host wanted to leave, and is gone */
    VERDICT_FAILED   /* the database is away: to be judged again soon */
};

/* Judge what stands behind the key of `id`, and write it down with its event. */
enum verdict registrar_judge(struct registrar *registrar, const char *id, const char *value);

/* Nothing of a registration speaks against `id` any more: a host that waited waits no more, and an
 * engine whose registration had gone is registered again. False: not written. */
bool registrar_forget(struct registrar *registrar, const char *id);

/* The key of an engine has gone. It stays an engine and is asked on, since absence is not death;
 * but where somebody has deleted the key (`deleted`), and not many at once, nothing new is placed
 * there until it is back. False: not written. */
bool registrar_miss(struct registrar *registrar, const char *id, bool deleted);
