/* administer_begin: what the files of administer share. */
#pragma once

#include "core/control/administer.h"

/* Begin a transaction in which accounts and roles do not change. ERROR_UNAUTHENTICATED,
 * ERROR_CONFLICT: `who` has lost its token, or its rights have changed, since it was identified. */
bool administer_begin(struct db *db, const struct administrator *who, struct error *err);

/* Commit if `ok`; what was not committed is rolled back. */
bool administer_end(struct db *db, bool ok, struct error *err);

struct account_actor administer_actor(const struct administrator *who);
