/* access_log: one line for each request. */
#pragma once

#include <stdint.h>

struct request;

/* Microseconds of CLOCK_MONOTONIC. */
int64_t access_log_now_us(void);

/* request_id, method, path without the query string, route, status, duration_ms, bytes, account,
 * address; code and trouble of a problem. */
void access_log(const struct request *request);
