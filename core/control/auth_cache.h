/* auth_cache: whom a process has identified lately, so that a read of the database need not ask
 * again. An entry is only as good as the database's `auth_version` that it was read with: whatever
 * takes rights away (a token's end, a change of an account or a role) raises that number in the
 * same transaction, and each use of an entry compares it with the number read together with the
 * answer. Safe in any thread. */
#pragma once

#include "core/control/auth.h"

struct auth_cache;

struct auth_cache *auth_cache_new(void);
void auth_cache_free(struct auth_cache *cache);

/* Who `credentials` were, and *ret_version that must still be in force; false when that is not
 * known, or the token has expired since. *ret_identity is the caller's. */
bool auth_cache_find(struct auth_cache *cache, const struct credentials *credentials,
                     struct identity *ret_identity, int64_t *ret_version);

/* Keep what auth_identify found in `rows` (of the statement token_find). */
void auth_cache_keep(struct auth_cache *cache, const struct credentials *credentials,
                     const struct identity *identity, const struct db_result *rows);
