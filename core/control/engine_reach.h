/* engine_reach: the one way from an engine's row to calls on it: whoever calls an engine of the
 * pool does it with what comes from here. */
#pragma once

#include "core/control/pool.h"
#include "core/net/docker.h"
#include "core/store/engines.h"

/* How to call the engine, within the pool's rules about addresses. Borrows from both. */
struct docker_engine engine_reach(const struct engine_access *access, const struct pool *pool);

/* Open the row of engine `id` and everything in it. ERROR_NOT_FOUND; ERROR_INTERNAL: a secret
 * cannot be opened. `access` is the caller's to release, also on failure;
 * *ret_identity (may be NULL) is Docker's identity, "" when it is not known yet. */
bool engine_open(struct db *db, const struct pool *pool, const char *id,
                 struct engine_access *access, char **ret_identity, struct error *err);

/* What is said about an engine that is called at `addr` (in its document, `warning`); NULL = there
 * is nothing to say. */
const char *engine_warning(const struct docker_engine *engine);
