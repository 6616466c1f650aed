/* times: points in time as people write them, and back. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* "90" (seconds since 1970), "30s", "10m", "2h", "7d" (that long before `now`), or RFC 3339 as in
 * "2026-01-31T12:00:00Z" (fraction and zone as you like; without one UTC): seconds since 1970. */
bool time_parse(const char *text, time_t now, int64_t *ret_seconds);
