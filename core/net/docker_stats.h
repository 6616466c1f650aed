/* docker_stats: what a container uses (Docker Engine API, "Get container stats based on resource
 * usage"), in the numbers that `docker stats` shows. */
#pragma once

#include "core/net/docker.h"

/* One sample. A number that the engine does not give is DOCKER_STATS_UNKNOWN: a container that does
 * not run uses nothing that could be told, and kernels do not count everything. */
#define DOCKER_STATS_UNKNOWN (-1)

struct docker_stats {
    char time[40];      /* RFC 3339 by the engine's clock; "" = the container does not run */
    double cpu_percent; /* since the sample before; 100 = one CPU */
    int64_t cpus;       /* that the container may run on */
    double memory_mb;   /* without the page cache that can be dropped */
    double memory_limit_mb;
    int64_t network_rx_bytes, network_tx_bytes; /* since the start; over all networks */
    int64_t block_read_bytes, block_write_bytes;
    int64_t pids;
};

/* Of an answer of Docker's, whatever is in it. */
void docker_stats_read(json_t *doc, struct docker_stats *ret_stats);

/* Called for each sample, about one a second. */
typedef void docker_stats_sink(void *context, const struct docker_stats *stats);

/* One sample, which takes Docker two seconds; or with `follow` one after another, until the call is
 * cancelled (http_cancel) or breaks off. `each` and `done` get the same context. A followed one's
 * result is never ok but when the container has been removed: ENGINE when what comes are no
 * samples, TIMEOUT when none has come for 30 s. What is returned names the call until `done`; NULL:
 * it has failed already. */
struct transfer *docker_stats(struct http_client *client, const struct docker_engine *engine,
                              const char *docker_id, bool follow, docker_stats_sink *each,
                              docker_done *done, void *context);
