/* spec_parts: what the files that make a specification share among themselves. */
#pragma once

#include "core/base/json.h"

/* A set of texts: sorted by bytes, each once. */
void spec_sort_set(json_t *texts);

/* Is the policy what it would be if none were given? */
bool spec_reschedule_is_default(json_t *spec);

/* The fields that loosen or tighten what keeps a container apart from its engine. The normal form
 * has them only when they are used, so that it stays what it was for all others. */
bool spec_isolation_normalize(json_t *spec, json_t *body, struct error *err);

/* Put them into Docker's request: `body`, and its `host` = HostConfig. */
void spec_isolation_docker(json_t *body, json_t *host, json_t *spec);
