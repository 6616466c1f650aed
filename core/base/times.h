/* times: points in time as people write them, and back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* "90" (seconds since 1970, up to the end of the year 9999), "30s", "10m", "2h", "7d" (that long
 * before `now`), or RFC 3339 as in "2026-01-31T12:00:00Z" (fraction and zone as you like; without
 * one UTC): seconds since 1970. */
bool time_parse(const char *text, time_t now, int64_t *ret_seconds);

/* The same with the fraction of a second (0 to 999999999, further digits are dropped); seconds
 * since 1970 may have one too, "1700000000.25". `now` is what an age is counted back from. */
bool time_parse_exact(const char *text, struct timespec now, struct timespec *ret_time);

/* "30", "30s", "5m", "2h", "1d", a number alone being seconds; from 1 s on. */
bool duration_parse(const char *text, int64_t *ret_seconds);

/* "3 minutes ago", "in 2 days", "now"; rounded down. */
void time_ago(char *text, size_t size, int64_t at, int64_t now);
