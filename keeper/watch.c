/* watch: see watch.h. */
#include "keeper/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/control/engine_reach.h"
#include "core/net/icmp.h"
#include "core/net/lookup.h"
#include "keeper/counters.h"
#include "keeper/record.h"
#include "keeper/watched.h"
#include "sql/statements.h"

enum {
    REFRESH_MS = 1000,
    RETRY_MS = 1000,
    RESOLVE_MS = 60000,
    OUTCOME_MS = 15000, /* at most, until it is known whether events are missing */
    REPORTS_MAX = 256,  /* at a time; so many of streams */
    BATCHES_MAX = 32
};

static void wait_for(struct watch *watch, int fd) {
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll_ctl(watch->wait_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        abort();
}

struct watch *watch_new(const struct pool *pool, struct db *db, int stop_fd) {
    struct watch *watch = mem_alloc(sizeof *watch);
    *watch = (struct watch){.pool = pool,
                            .db = db,
                            .client = http_client_new(),
                            .heartbeat = heartbeat_new(pool),
                            .stop_fd = stop_fd,
                            .wait_fd = epoll_create1(EPOLL_CLOEXEC)};
    wait_for(watch, stop_fd);
    wait_for(watch, heartbeat_fd(watch->heartbeat));
    wait_for(watch, stream_queue_fd(heartbeat_streams(watch->heartbeat)));
    return watch;
}

static void forget_name(struct watched *engine) {
    lookup_free(engine->lookup);
    engine->lookup = NULL;
    free(engine->name);
    engine->name = NULL;
}

static void watched_free(struct watched *engine) {
    free(engine->id);
    engine_access_release(&engine->access);
    free(engine->api_version);
    free(engine->state);
    free(engine->identity);
    forget_name(engine);
    free(engine);
}

void watch_free(struct watch *watch) {
    http_client_free(watch->client);
    heartbeat_free(watch->heartbeat);
    close(watch->wait_fd);
    for (struct watched *engine = watch->engines, *next; engine; engine = next) {
        next = engine->next;
        watched_free(engine);
    }
    free(watch);
}

static struct watched *find(const struct watch *watch, const char *id) {
    struct watched *engine = watch->engines;
    while (engine && strcmp(engine->id, id) != 0)
        engine = engine->next;
    return engine;
}

static struct watched *find_or_add(struct watch *watch, const char *id) {
    struct watched *engine = find(watch, id);
    if (engine)
        return engine;
    engine = mem_alloc(sizeof *engine);
    engine->watch = watch;
    engine->id = mem_strdup(id);
    engine->gap = GAP_KEEPER;
    engine->next = watch->engines;
    watch->engines = engine;
    return engine;
}

/* An engine that left the database is forgotten once nothing of it is under way. */
static void forget_unlisted(struct watch *watch) {
    for (struct watched **at = &watch->engines; *at;) {
        struct watched *engine = *at;
        if (engine->listed || engine->busy || engine->calls) {
            at = &engine->next;
            continue;
        }
        *at = engine->next;
        heartbeat_forget(watch->heartbeat, engine->id);
        watched_free(engine);
    }
}

static void ask(struct watched *engine) {
    heartbeat_ask(engine->watch->heartbeat, &engine->access,
                  engine->host.ss_family ? &engine->host : NULL, engine_state_of(engine->state),
                  &engine->position);
}

/* The engine is new, or how to reach it: a name is looked up meanwhile. */
static void ask_anew(struct watched *engine) {
    char host[DOCKER_HOST_MAX];
    forget_name(engine);
    engine->host = (struct sockaddr_storage){0};
    if (!docker_addr_host(engine->access.addr, &engine->host) &&
        docker_addr_name(engine->access.addr, host))
        engine->name = mem_strdup(host);
    engine->resolve_ms = 0;
    ask(engine);
}

/* Now and then: the heartbeat begins anew where the name means another host by now; one that means
 * none at present changes nothing. */
static void look_up(struct watched *engine) {
    struct sockaddr_storage host = {0};
    if (!engine->lookup && clock_ms() >= engine->resolve_ms) {
        engine->lookup = lookup_new(engine->name);
        if (engine->lookup)
            engine->resolve_ms = clock_ms() + RESOLVE_MS;
    }
    enum lookup_end end = engine->lookup ? lookup_end(engine->lookup, &host) : LOOKUP_BUSY;
    if (end == LOOKUP_BUSY)
        return;
    lookup_free(engine->lookup);
    engine->lookup = NULL;
    if (end == LOOKUP_FOUND &&
        !icmp_same_host((struct sockaddr *)&host, (struct sockaddr *)&engine->host)) {
        engine->host = host;
        ask(engine);
    }
}

/* The credentials are opened again only when they have changed. */
static void reach(struct watched *engine, const struct db_result *rows, int row) {
    struct engine_access fresh;
    engine_access_load(&fresh, rows, row);
    if (engine->access.id && !engine->trouble.kind && engine_access_same(&engine->access, &fresh)) {
        engine_access_release(&fresh);
    } else {
        engine_access_release(&engine->access);
        engine->access = fresh;
        engine->trouble = (struct error){0};
        engine_access_open(&engine->access, engine->watch->pool->key, &engine->trouble);
        engine->next_ms = 0;
        engine->facts_ms = 0;
        engine->answers = false;
        heartbeat_forget(engine->watch->heartbeat, engine->id);
        ask_anew(engine);
        if (engine->trouble.kind)
            heartbeat_object(engine->watch->heartbeat, engine->id, engine->trouble.message);
    }
    if (engine->name)
        look_up(engine);
    engine->engine = engine_reach(&engine->access, engine->watch->pool);
    engine->engine.api_version = engine->api_version;
}

static void load_position(struct watched *engine, const struct db_result *rows, int row) {
    struct stream_position *position = &engine->position;
    position->time_ns = db_int64(rows, row, "stream_time_ns", 0);
    snprintf(position->action, sizeof position->action, "%s", db_text(rows, row, "stream_action"));
    snprintf(position->actor, sizeof position->actor, "%s", db_text(rows, row, "stream_actor"));
}

static bool refresh(struct watch *watch, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    if (!db_run(watch->db, &sql_engine_watch, NULL, 0, &rows, err))
        return false;
    for (struct watched *engine = watch->engines; engine; engine = engine->next)
        engine->listed = false;
    for (int i = 0; i < db_rows(rows); i++) {
        struct watched *engine = find_or_add(watch, db_text(rows, i, "engine_id"));
        engine->listed = true;
        if (engine->busy)
            continue;
        watched_set(&engine->api_version, db_text(rows, i, "api_version"));
        watched_set(&engine->state, db_text(rows, i, "state"));
        if (strcmp(engine->state, "down") == 0)
            engine->gap = GAP_ENGINE;
        watched_set(&engine->identity, db_text(rows, i, "identity"));
        load_position(engine, rows, i);
        reach(engine, rows, i);
    }
    forget_unlisted(watch);
    return true;
}

static bool write_verdict(struct watched *engine, const struct heartbeat_report *report,
                          struct error *err) {
    if (!record_verdict(engine->watch->db, report, engine->state, err))
        return false;
    watched_set(&engine->state, engine_state_word(report->verdict.state));
    return true;
}

/* What the heartbeat says decides who is looked at, whether it can be written or not. */
static void heed(struct watched *engine, const struct heartbeat_report *report) {
    if (report->answers && !engine->answers) {
        engine->next_ms = engine->facts_ms = 0; /* it may be another Docker, or a newer one */
        if (!engine->live)
            engine->open_ms = clock_ms() + OUTCOME_MS;
    }
    engine->answers = report->answers;
    engine->lost = report->verdict.state == ENGINE_DOWN && report->verdict.host == HOST_SILENT;
    if (report->verdict.state == ENGINE_DOWN) {
        engine->gap = GAP_ENGINE;
        engine->live = false;
        engine->facts_ms = 0; /* another one may come back at its address */
    }
}

/* What cannot be written for a reason of its own holds up no other engine's. */
static bool write_report(struct watch *watch, const struct heartbeat_report *report) {
    struct error err = {0};
    struct watched *engine = find(watch, report->engine_id);
    if (engine)
        heed(engine, report);
    if (engine && engine->listed && !write_verdict(engine, report, &err)) {
        watched_log(engine, "its state cannot be written", &err);
        if (err.kind == ERROR_UNAVAILABLE) {
            watch->write_ms = clock_ms() + RETRY_MS;
            return false;
        }
    }
    heartbeat_done(watch->heartbeat, report->number);
    return true;
}

/* New ones may come in all the time. */
static void write_reports(struct watch *watch) {
    struct heartbeat_report report;
    bool more = true;
    watch->drained = false;
    for (int i = 0; more && i < REPORTS_MAX && clock_ms() >= watch->write_ms; i++) {
        more = heartbeat_next(watch->heartbeat, &report);
        watch->drained = !more;
        more = more && write_report(watch, &report);
    }
}

/* What the stream of its events tells of itself. Where some may be missing, dockerd may have ended
 * and begun anew meanwhile; that is so until the stream is known to go on. */
static void hear(struct watched *engine, const struct stream_batch *batch) {
    if (batch->news == STREAM_EVENT) {
        if (batch->rings)
            look_soon(engine);
        return;
    }
    if (batch->news != STREAM_BROKEN)
        engine->open_ms = 0;
    else if (engine->live)
        engine->open_ms = clock_ms() + OUTCOME_MS;
    engine->missing |= batch->news == STREAM_GAP;
    if (batch->news == STREAM_CONTINUED && !engine->missing)
        engine->gap = GAP_NONE;
    if ((batch->news == STREAM_GAP || batch->news == STREAM_BROKEN) && engine->gap == GAP_NONE)
        engine->gap = GAP_ENGINE;
    engine->live = batch->news != STREAM_BROKEN && batch->news != STREAM_LOST;
    if (*batch->reason)
        log_line(LOG_INFO, "engine %s: its events %s: %s", engine->id,
                 engine->live ? "are heard again, some may be missing" : "are not heard",
                 batch->reason);
    look_soon(engine);
}

/* False: not now. What cannot be written for a reason of its own is dropped. */
static bool write_batch(struct watch *watch, const struct stream_batch *batch) {
    CLEANUP(json_put) json_t *ids = NULL;
    struct error err = {0};
    struct watched *engine = find(watch, batch->engine_id);
    if (!engine || !engine->listed)
        return true;
    bool ok = record_stream(watch->db, batch, &ids, &err);
    if (!ok) {
        watched_log(engine, "its events cannot be written", &err);
        if (err.kind == ERROR_UNAVAILABLE) {
            watch->write_ms = clock_ms() + RETRY_MS;
            return false;
        }
    }
    if (ok && batch->news == STREAM_EVENT) {
        counters_add(COUNTER_EVENTS, (int64_t)batch->count);
        counters_add(COUNTER_EVENT_LAG_US,
                     (clock_ms() - batch->received_ms) * 1000 * (int64_t)batch->count);
    }
    hear(engine, batch);
    look_into(engine, ids);
    return true;
}

static void write_streams(struct watch *watch) {
    struct stream_queue *queue = heartbeat_streams(watch->heartbeat);
    bool more = true;
    for (int i = 0; more && i < BATCHES_MAX && clock_ms() >= watch->write_ms; i++) {
        CLEANUP(stream_batch_release) struct stream_batch batch;
        more = stream_queue_peek(queue, &batch) && write_batch(watch, &batch);
        if (more)
            stream_queue_done(queue, &batch);
    }
    counters_waiting((int64_t)stream_queue_depth(queue));
}

static bool is_lookable(const struct watched *engine) {
    return !engine->busy && engine->listed && engine->answers && !engine->trouble.kind;
}

/* How long until the next one is to be looked at. */
static int wait_ms_of(const struct watch *watch, int timeout_ms) {
    int64_t wait_ms = timeout_ms, now = clock_ms();
    for (const struct watched *engine = watch->engines; engine; engine = engine->next)
        if (is_lookable(engine) && engine->next_ms - now < wait_ms)
            wait_ms = engine->next_ms - now;
    return wait_ms > 0 ? (int)wait_ms : 0;
}

void watch_poll(struct watch *watch, int timeout_ms) {
    struct error err = {0};
    int64_t now = clock_ms();
    if (now >= watch->refresh_ms) {
        if (!refresh(watch, &err))
            log_line(LOG_WARNING, "%s", err.message);
        watch->refresh_ms = now + REFRESH_MS;
    }
    write_reports(watch);
    write_streams(watch);
    now = clock_ms();
    for (struct watched *engine = watch->engines; engine; engine = engine->next)
        if (is_lookable(engine) && now >= engine->next_ms)
            look(engine);
    /* Reports that cannot be written must not wake it again and again. */
    http_client_poll(watch->client, clock_ms() < watch->write_ms ? watch->stop_fd : watch->wait_fd,
                     wait_ms_of(watch, timeout_ms));
}

bool watch_lost(const struct watch *watch, struct strbuf *ids) {
    strbuf_putc(ids, '{');
    for (const struct watched *engine = watch->engines; engine; engine = engine->next)
        if (engine->lost && engine->listed && !heartbeat_waits(watch->heartbeat, engine->id))
            strbuf_addf(ids, "%s\"%s\"", ids->len > 1 ? "," : "", engine->id);
    strbuf_putc(ids, '}');
    return watch->drained;
}
