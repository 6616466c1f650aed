/* adviser: a thread that looks every ten seconds, while this keeper leads, whether the pool could
 * lose any one of its engines (control/check), keeps the answer for clusterinfo, and writes an
 * event when it changes. A pool so large that a look takes long is looked at less often: a
 * hundredth of a core at most. */
#pragma once

#include "core/control/pool.h"
#include "keeper/leader.h"

struct adviser;

struct adviser *adviser_new(const struct pool *pool, const char *conninfo,
                            const struct leader *leader);
void adviser_free(struct adviser *adviser);
