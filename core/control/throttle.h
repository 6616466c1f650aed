/* throttle: who fails to log in has to wait. Failures are counted in the database by address and
 * user name, and by address alone; never by name alone, or anyone could lock the administrator out.
 * Of an IPv6 address the first 64 bits count, for the rest is the client's to choose. */
#pragma once

#include <stdbool.h>

#include "core/base/error.h"
#include "core/store/db.h"

/* `address` is about to try a password of `username`; one of the three below has to follow. The
 * attempt counts as a failure from now on, so that guesses sent at the same time do not slip
 * through together. ERROR_THROTTLED, with retry_after_s: it has to wait, and nothing follows. */
bool throttle_begin(struct db *db, const char *address, const char *username, struct error *err);

bool throttle_failed(struct db *db, const char *address, const char *username, struct error *err);
/* It succeeded: the pair's failures were its own mistakes. */
bool throttle_passed(struct db *db, const char *address, const char *username, struct error *err);
/* It could not be decided: it does not count. */
bool throttle_cancel(struct db *db, const char *address, const char *username, struct error *err);

/* Forget all failures of `username`. */
bool throttle_forgive(struct db *db, const char *username, struct error *err);
