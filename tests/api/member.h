/* member: what jq -r prints for a plain path. */
#pragma once

#include <stdbool.h>

#include "core/base/strbuf.h"

/* The string, whole number, truth value or null at `path` (".a.b", ".[0].id") of `document`, in a
 * line. False for all that jq has to be asked for: another expression, another kind of value, an
 * error. */
bool member_find(const char *path, const char *document, struct strbuf *out);
