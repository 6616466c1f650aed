/* handle_stats: what a container uses, once or each second as server-sent events (WHATWG HTML,
 * section 9.2): from the engine to the client. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/net/docker_stats.h"
#include "fcgi/container_reach.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "fcgi/stream.h"
#include "fcgi/worker.h"

struct meter {
    struct stream *stream;
    struct transfer *call;
    bool calling; /* `done` has yet to come: then it is freed by that */
    bool closed, follows;
    const struct pool *pool;
    struct engine_access access;
    char *docker_id;
};

static void meter_free(struct meter *meter) {
    engine_access_release(&meter->access);
    free(meter->docker_id);
    free(meter);
}

static void set_decimal(json_t *doc, const char *key, double value) {
    char text[32];
    if (value < 0) {
        json_set(doc, key, NULL);
        return;
    }
    snprintf(text, sizeof text, "%.2f", value);
    json_set(doc, key, json_object_new_double_s(value, text));
}

static void set_count(json_t *doc, const char *key, int64_t value) {
    json_set(doc, key, value < 0 ? NULL : json_object_new_int64(value));
}

/* A container that does not run has no sample, hence no time of one. */
static void set_time(json_t *doc, const char *engine_time) {
    char text[32];
    time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    json_set_text(doc, "time", *engine_time ? engine_time : text);
}

static json_t *document_of(const struct docker_stats *stats) {
    json_t *doc = json_object_new_object();
    set_time(doc, stats->time);
    json_set_bool(doc, "running", *stats->time != '\0');
    set_decimal(doc, "cpu_percent", stats->cpu_percent);
    set_count(doc, "cpus", stats->cpus);
    set_decimal(doc, "memory_mb", stats->memory_mb);
    set_decimal(doc, "memory_limit_mb", stats->memory_limit_mb);
    set_count(doc, "network_rx_bytes", stats->network_rx_bytes);
    set_count(doc, "network_tx_bytes", stats->network_tx_bytes);
    set_count(doc, "block_read_bytes", stats->block_read_bytes);
    set_count(doc, "block_write_bytes", stats->block_write_bytes);
    set_count(doc, "pids", stats->pids);
    return doc;
}

/* Whoever does not take them in time has no use for old ones. */
static void on_sample(void *context, const struct docker_stats *stats) {
    struct meter *meter = context;
    CLEANUP(strbuf_release) struct strbuf text = {0};
    if (meter->closed || stream_is_full(meter->stream))
        return;
    CLEANUP(json_put) json_t *doc = document_of(stats);
    strbuf_addf(&text, meter->follows ? "data: %s\n\n" : "%s", json_print(doc));
    stream_write(meter->stream, text.data, text.len);
}

static void on_end(void *context, struct docker_result *result) {
    struct meter *meter = context;
    meter->call = NULL;
    meter->calling = false;
    if (meter->closed)
        meter_free(meter);
    else if (!result->ok)
        stream_fail(meter->stream, &result->err);
    else
        stream_end(meter->stream, STREAM_DONE);
}

static void meter_start(struct stream *stream, void *context) {
    struct meter *meter = context;
    struct docker_engine engine = engine_reach(&meter->access, meter->pool);
    meter->stream = stream;
    meter->calling = true;
    meter->call = docker_stats(stream_http(stream), &engine, meter->docker_id, meter->follows,
                               on_sample, on_end, meter);
}

static bool meter_farewell(void *context, enum stream_end why, struct strbuf *out) {
    (void)context;
    strbuf_addf(out, "event: end\ndata: {\"end\":\"%s\"}\n\n", stream_end_name(why));
    return true;
}

static void meter_close(void *context) {
    struct meter *meter = context;
    meter->closed = true;
    if (meter->call)
        http_cancel(meter->call); /* or the engine would go on counting for nobody */
    if (!meter->calling)
        meter_free(meter);
}

static const struct stream_kind once = {.content_type = "application/json",
                                        .finite = true,
                                        .start = meter_start,
                                        .close = meter_close};
static const struct stream_kind followed = {.content_type = "text/event-stream",
                                            .start = meter_start,
                                            .farewell = meter_farewell,
                                            .silence = ":\n\n",
                                            .close = meter_close};

enum request_result handle_container_stats(struct request *request) {
    struct meter *meter = mem_alloc(sizeof *meter);
    struct error err = {0};
    meter->pool = &request->worker->pool;
    meter->follows = query_get_bool(&request->query, "follow", false);
    if (!container_reach(request, &meter->access, &meter->docker_id, &err)) {
        meter_free(meter);
        return respond_problem(request, &err);
    }
    return stream_open(request, meter->follows ? &followed : &once, meter);
}
