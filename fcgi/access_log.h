/* access_log: one line for each request. */
#pragma once

#include <stdint.h>

struct request;

/* request_id, method, path without the query string, route, status, duration_ms, bytes, account,
 * address; code and trouble of a problem. `took_us`: from the request's arrival on. */
void access_log(const struct request *request, int64_t took_us);
