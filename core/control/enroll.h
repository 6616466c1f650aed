/* enroll: how an engine comes into the pool and leaves it, whoever asks for it: a client, or a
 * host that has registered. */
#pragma once

#include "core/control/pool.h"
#include "core/net/docker.h"
#include "core/net/registration.h"
#include "core/store/engines.h"

/* The document of an engine that answered with `facts`; with all of these empty, of one that has
 * not (`reason`), which is pending. The caller's. */
json_t *enroll_document(const struct engine_access *access, const struct docker_facts *facts,
                        const char *reason);

/* Is what has registered as `id` there: do the pool's rules allow its address, does Docker answer
 * there, and with the identity that was registered (any, if none was)? Waits, twice timeout_ms at
 * most. BAD_FIELD: the address; UNREACHABLE, TIMEOUT, ENGINE: no answer; CONFLICT: another
 * engine's. */
bool enroll_verify(const struct pool *pool, struct http_client *client, const char *id,
                   const struct registration *registration, long timeout_ms,
                   struct docker_facts *ret_facts, struct error *err);

/* In a transaction: take it in as `id`, up at once. What it offers less of than it has stays so.
 * *ret_row (may be NULL): the `document`. CONFLICT: id, address or identity is in the pool. */
bool enroll_insert(struct db *db, const char *id, const struct registration *registration,
                   const struct docker_facts *facts, struct db_result **ret_row, struct error *err);

/* In a transaction: take engine `id` out, with what the rows know of its containers. CONFLICT:
 * there are some, and `force` is not set; NOT_FOUND. */
bool enroll_remove(struct db *db, const char *id, bool force, struct error *err);
