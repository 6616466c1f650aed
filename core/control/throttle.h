/* throttle: who fails to log in has to wait. Failures are counted in the database by address and
 * user name, and by address alone; never by name alone, or anyone could lock the administrator out.
 * Of an IPv6 address the first 64 bits count, for the rest is the client's to choose. */
#pragma once

#include <stdbool.h>

#include "core/base/error.h"
#include "core/store/db.h"

/* May `address` try to be `username` now? ERROR_THROTTLED, with retry_after_s. */
bool throttle_check(struct db *db, const char *address, const char *username, struct error *err);

/* It did, and failed, or succeeded. */
bool throttle_failed(struct db *db, const char *address, const char *username, struct error *err);
bool throttle_passed(struct db *db, const char *address, const char *username, struct error *err);

/* Forget all failures of `username`. */
bool throttle_forgive(struct db *db, const char *username, struct error *err);
