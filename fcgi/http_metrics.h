/* http_metrics: requests by route and status, and how long they took, over all processes of the
 * worker; see core/base/metrics.h. */
#pragma once

#include "fcgi/request.h"

/* Once, in the master. */
bool http_metrics_share(struct error *err);

/* The request has been answered. */
void http_metrics_count(const struct request *request, int64_t took_us);

void http_metrics_print(struct strbuf *out);
