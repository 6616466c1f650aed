/* join_agent: keeps this host's registration in etcd, whatever happens to etcd and to Docker. */
#pragma once

#include <stdatomic.h>

#include "core/net/etcd.h"
#include "keeper/join_options.h"

enum join_end {
    JOIN_STOPPED,      /* by a signal; the registration runs out by itself */
    JOIN_UNREGISTERED, /* by a signal; there is none of this program's */
    JOIN_LEFT          /* the host has been taken out of the pool on purpose */
};

/* Until `*stop` (stop_fd becomes readable with it) or the host leaves. */
enum join_end join_agent_run(struct etcd *etcd, const struct join_options *options,
                             const atomic_bool *stop, int stop_fd);

/* Ask the pool to forget this host, and wait until it has. CONFLICT: it has not within half a
 * minute; NOT_FOUND: the host is not registered. */
bool join_agent_leave(struct etcd *etcd, const struct join_options *options, struct error *err);
