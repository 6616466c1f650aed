/* docker_stats: see docker_stats.h. */
#include "core/net/docker_stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/times.h"
#include "core/net/docker_call.h"

enum {
    ONCE_MS = 20000,
    SILENT_TICKS_MAX = 30,
    ANSWER_MAX = 1 << 20,
    UNKNOWN = DOCKER_STATS_UNKNOWN
};
static const double mb = 1024.0 * 1024.0;

static const struct docker_operation op_once = {.name = "stats",
                                                .method = "GET",
                                                .timeout_ms = ONCE_MS,
                                                .response_max = ANSWER_MAX,
                                                .answer = ANSWER_OBJECT,
                                                .not_found = ERROR_NOT_FOUND};
static const struct docker_operation op_follow = {.name = "stats",
                                                  .method = "GET",
                                                  .answer = ANSWER_STREAM,
                                                  .not_found = ERROR_NOT_FOUND};

static int64_t number(json_t *doc, const char *key) {
    int64_t value = json_get_int(doc, key, UNKNOWN);
    return value < 0 ? UNKNOWN : value;
}

static double number_mb(json_t *doc, const char *key) {
    int64_t bytes = number(doc, key);
    return bytes == UNKNOWN ? UNKNOWN : (double)bytes / mb;
}

static json_t *usage_of(json_t *doc, const char *key) {
    return json_get_object(json_get_object(doc, key), "cpu_usage");
}

static int64_t cpus_of(json_t *doc) {
    int64_t cpus = number(json_get_object(doc, "cpu_stats"), "online_cpus");
    int64_t listed = (int64_t)json_len(json_get_array(usage_of(doc, "cpu_stats"), "percpu_usage"));
    if (cpus > 0)
        return cpus;
    return listed > 0 ? listed : UNKNOWN; /* older than 17.10 */
}

/* As `docker stats` computes it: the container's part of what all CPUs did meanwhile. The first
 * sample of a stream has nothing before it. */
static double cpu_percent(json_t *doc, int64_t cpus) {
    int64_t used = number(usage_of(doc, "cpu_stats"), "total_usage");
    int64_t used_before = number(usage_of(doc, "precpu_stats"), "total_usage");
    int64_t all = number(json_get_object(doc, "cpu_stats"), "system_cpu_usage");
    int64_t all_before = number(json_get_object(doc, "precpu_stats"), "system_cpu_usage");
    if (used == UNKNOWN || used_before == UNKNOWN || all_before <= 0 || all <= all_before ||
        used < used_before || cpus == UNKNOWN)
        return UNKNOWN;
    return (double)(used - used_before) / (double)(all - all_before) * (double)cpus * 100;
}

/* Of cgroup v2, or v1. */
static double memory_mb(json_t *memory) {
    json_t *stats = json_get_object(memory, "stats");
    int64_t usage = number(memory, "usage"), cache = number(stats, "inactive_file");
    if (cache == UNKNOWN)
        cache = number(stats, "total_inactive_file");
    if (usage == UNKNOWN)
        return UNKNOWN;
    return (double)(cache > 0 && cache < usage ? usage - cache : usage) / mb;
}

static void add(int64_t *sum, int64_t more) {
    if (more == UNKNOWN || *sum > INT64_MAX / 2 || more > INT64_MAX / 2)
        return;
    *sum = *sum == UNKNOWN ? more : *sum + more;
}

static void read_networks(json_t *networks, struct docker_stats *stats) {
    if (!networks)
        return;
    json_object_object_foreach(networks, name, network) {
        (void)name;
        if (!json_object_is_type(network, json_type_object))
            continue;
        add(&stats->network_rx_bytes, number(network, "rx_bytes"));
        add(&stats->network_tx_bytes, number(network, "tx_bytes"));
    }
}

static void read_blocks(json_t *entries, struct docker_stats *stats) {
    for (size_t i = 0; i < json_len(entries); i++) {
        json_t *entry = json_at(entries, i);
        const char *op =
            json_object_is_type(entry, json_type_object) ? json_get_text(entry, "op", "") : "";
        if (strcasecmp(op, "read") == 0)
            add(&stats->block_read_bytes, number(entry, "value"));
        else if (strcasecmp(op, "write") == 0)
            add(&stats->block_write_bytes, number(entry, "value"));
    }
}

/* Of a container that does not run Docker sends zeros, and the year 1. */
static bool read_time(json_t *doc, struct docker_stats *stats) {
    const char *text = json_get_text(doc, "read", "");
    struct timespec now = {0}, time;
    if (strncmp(text, "0001-", 5) == 0 || strlen(text) >= sizeof stats->time ||
        !strchr(text, 'T') || !time_parse_exact(text, now, &time))
        return false;
    snprintf(stats->time, sizeof stats->time, "%s", text);
    return true;
}

void docker_stats_read(json_t *doc, struct docker_stats *ret_stats) {
    struct docker_stats stats = {"",      UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN,
                                 UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN};
    json_t *memory = json_get_object(doc, "memory_stats");
    if (read_time(doc, &stats)) {
        stats.cpus = cpus_of(doc);
        stats.cpu_percent = cpu_percent(doc, stats.cpus);
        stats.memory_mb = memory_mb(memory);
        stats.memory_limit_mb = number_mb(memory, "limit");
        read_networks(json_get_object(doc, "networks"), &stats);
        read_blocks(json_get_array(json_get_object(doc, "blkio_stats"),
                                   "io_service_bytes_recursive"),
                    &stats);
        stats.pids = number(json_get_object(doc, "pids_stats"), "current");
    }
    *ret_stats = stats;
}

struct reading {
    char *engine_id;
    struct docker_lines lines;
    int silent_ticks;
    docker_stats_sink *each;
    docker_done *done;
    void *context;
};

static void on_line(void *context, json_t *doc) {
    struct reading *reading = context;
    struct docker_stats stats;
    if (!doc)
        return;
    docker_stats_read(doc, &stats);
    reading->each(reading->context, &stats);
}

static bool on_bytes(void *context, const char *bytes, size_t len) {
    struct reading *reading = context;
    reading->silent_ticks = len ? 0 : reading->silent_ticks + 1;
    docker_lines_feed(&reading->lines, bytes, len);
    return !reading->lines.nonsense && reading->silent_ticks < SILENT_TICKS_MAX;
}

static void finish(struct reading *reading, struct docker_result *result) {
    reading->done(reading->context, result);
    strbuf_release(&reading->lines.line);
    free(reading->engine_id);
    free(reading);
}

static void on_followed(void *context, struct docker_result *result) {
    struct reading *reading = context;
    if (reading->lines.nonsense)
        result->ok = error_set(&result->err, ERROR_ENGINE,
                               "engine %s: stats was answered with something else than samples",
                               reading->engine_id);
    else if (reading->silent_ticks >= SILENT_TICKS_MAX)
        result->ok = error_set(&result->err, ERROR_TIMEOUT, "engine %s sent no sample for %d s",
                               reading->engine_id, SILENT_TICKS_MAX);
    finish(reading, result);
}

static void on_answered(void *context, struct docker_result *result) {
    struct reading *reading = context;
    if (result->ok)
        on_line(reading, result->doc);
    finish(reading, result);
}

struct transfer *docker_stats(struct http_client *client, const struct docker_engine *engine,
                              const char *docker_id, bool follow, docker_stats_sink *each,
                              docker_done *done, void *context) {
    CLEANUP(strbuf_release) struct strbuf path = {0};
    if (!docker_id_is(docker_id)) {
        struct error err = {0};
        error_set(&err, ERROR_INTERNAL, "stats needs a Docker id");
        docker_begin_failed(client, engine, &err, done, context);
        return NULL;
    }
    struct reading *reading = mem_alloc(sizeof *reading);
    *reading = (struct reading){.engine_id = mem_strdup(engine->id),
                                .each = each,
                                .done = done,
                                .context = context};
    reading->lines.each = on_line;
    reading->lines.context = reading;
    strbuf_puts(&path, "/containers/");
    strbuf_url(&path, docker_id);
    strbuf_puts(&path, follow ? "/stats?stream=true" : "/stats?stream=false");
    struct docker_params params = {.path = strbuf_text(&path),
                                   .sink = follow ? on_bytes : NULL,
                                   .sink_context = reading};
    return docker_begin(client, engine, follow ? &op_follow : &op_once, &params,
                        follow ? on_followed : on_answered, reading);
}
