/* restored: is the database older than what was done by it? A file outside of it,
 * restore_mark_file, holds the newest seal of the history and when it was written; a history
 * without that seal is a restored one. What it has not done yet was perhaps done long ago, so
 * nothing of that is done until an administrator ends the freeze. Copies on the engines tell it
 * too: a row gets its generation before any copy does, so one that is newer than its row was made
 * by a row that is lost. */
#pragma once

#include "core/base/json.h"
#include "core/control/pool.h"
#include "core/store/db.h"

/* Compares; begins the freeze "restored", with an event, where the database is older. To be called
 * before anything is done by the rows. False: the database cannot be asked now. */
bool restored_check(struct db *db, const struct pool *pool, struct error *err);

/* The same; then the file gets the newest seal. Called by every keeper once a second, those that
 * stand by too, so that no old file freezes what has been thawed. */
bool restored_mark(struct db *db, const struct pool *pool, struct error *err);

/* The same by what an engine runs: `seen`, its copies of this pool as observe_newer.sql reads them.
 * Within a transaction of the caller's. */
bool restored_compare(struct db *db, const char *engine_id, json_t *seen, struct error *err);
/* The freeze `kind` has been ended in this transaction. If it is this one rows go on with
 * generations that no copy has, and a mark from before proves nothing any more: that of a keeper
 * which was away freezes nothing again. */
bool restored_accept(struct db *db, const char *kind, struct error *err);
