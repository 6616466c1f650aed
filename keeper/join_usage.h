/* join_usage: what this host uses of its processors and its memory, as the kernel counts it. */
#pragma once

#include "core/net/registration.h"

/* Of /proc/stat: ticks of all cores since the start. */
struct cpu_ticks {
    uint64_t busy, total;
    int cpus;
};

/* The texts of /proc/stat and /proc/meminfo. False: it does not say it. */
bool join_usage_ticks(const char *stat, struct cpu_ticks *ret_ticks);
bool join_usage_memory(const char *meminfo, int64_t *ret_used_mb);

/* What has been used since `last`, which becomes the present; memory is what is used now. False at
 * first (`last` is zero), within the same tick, and where there is no /proc. */
bool join_usage_look(struct cpu_ticks *last, struct host_usage *ret_usage);
