/* discovery: the hosts that register in etcd: told of at once by a mirror of their keys, judged
 * against what the pool knows, admitted, left waiting, or quarantined. What etcd loses changes
 * nothing for an engine of the pool: absence is not death. */
#pragma once

#include <stdatomic.h>

#include "core/control/pool.h"
#include "keeper/leader.h"

struct discovery_options {
    const struct pool *pool;
    const char *conninfo;
    const struct leader *leader; /* nothing is done while this keeper stands by */
    const atomic_bool *stop;
    int stop_fd; /* readable once *stop is set */
};

/* Until *stop; in a thread of its own, since it waits for engines. Returns at once, false, when the
 * configuration's etcd keys are no good. */
bool discovery_run(const struct discovery_options *options, struct error *err);
