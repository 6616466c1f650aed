/* policy: what a role may do: grants of a path with everything below it, to read or to write. */
#pragma once

#include <stdbool.h>

#include "core/base/json.h"

enum access { ACCESS_READ, ACCESS_WRITE };

/* `grants`: a role's array of {"path": "/api/containers", "access": "read" | "write"}; `path` is
 * canonical. A grant covers its path and what follows it after a '/'; write includes read; "/"
 * covers all. What is not granted is refused, and so is everything by grants that are not of this
 * form. */
bool policy_allows(json_t *grants, const char *path, enum access access);
