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
#include "core/net/docker.h"
#include "core/store/events.h"
#include "keeper/heartbeat.h"
#include "keeper/observe.h"
#include "sql/statements.h"

enum {
    REFRESH_MS = 1000,
    RETRY_MS = 1000,
    RESOLVE_MS = 60000,
    FACTS_MS = 30000,
    FACTS_TIMEOUT_MS = 3000,
    MISSES_MAX = 2,
    INSPECT_MAX = 8
};

/* One engine that is looked at. */
struct watched {
    struct watch *watch;
    char *id, *api_version, *state, *identity;
    struct engine_access access;
    struct docker_engine engine; /* borrows from the above */
    struct error trouble;        /* kind != 0: a secret of it cannot be opened */
    bool busy;                   /* a call is under way */
    bool listed;                 /* still in the database */
    bool answers;                /* Docker does, as the heartbeat says */
    bool named;                  /* its host is a name */
    bool lost;                   /* down, and its host is silent, as the heartbeat says */
    int misses;                  /* looks in a row that failed */
    enum gap gap;                /* since the last list that was taken in */
    /* Monotonic: the next look; the last facts written; the begin of the list; when its host's name
     * is resolved again. */
    int64_t next_ms, facts_ms, list_ms, resolve_ms;
    struct watched *next;
};

struct watch {
    const struct pool *pool;
    struct db *db;
    struct http_client *client;
    struct heartbeat *heartbeat;
    int stop_fd, wait_fd; /* that, or the heartbeat's reports */
    struct watched *engines;
    int64_t refresh_ms, write_ms; /* monotonic: the next refresh; the next try to write */
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
                            .heartbeat = heartbeat_new(pool->config),
                            .stop_fd = stop_fd,
                            .wait_fd = epoll_create1(EPOLL_CLOEXEC)};
    wait_for(watch, stop_fd);
    wait_for(watch, heartbeat_fd(watch->heartbeat));
    return watch;
}

static void watched_free(struct watched *engine) {
    free(engine->id);
    engine_access_release(&engine->access);
    free(engine->api_version);
    free(engine->state);
    free(engine->identity);
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

static void replace(char **text, const char *value) {
    free(*text);
    *text = mem_strdup(value);
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
        if (engine->listed || engine->busy) {
            at = &engine->next;
            continue;
        }
        *at = engine->next;
        heartbeat_forget(watch->heartbeat, engine->id);
        watched_free(engine);
    }
}

static void ask(struct watched *engine) {
    struct sockaddr_storage host;
    bool found = docker_addr_host(engine->access.addr, &host, &engine->named);
    heartbeat_ask(engine->watch->heartbeat, &engine->access, found ? &host : NULL,
                  engine_state_of(engine->state));
    engine->resolve_ms = clock_ms() + RESOLVE_MS;
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
        ask(engine);
        if (engine->trouble.kind)
            heartbeat_object(engine->watch->heartbeat, engine->id, engine->trouble.message);
    }
    if (engine->named && clock_ms() >= engine->resolve_ms)
        ask(engine);
    engine->engine = engine_reach(&engine->access, engine->watch->pool);
    engine->engine.api_version = engine->api_version;
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
        replace(&engine->api_version, db_text(rows, i, "api_version"));
        replace(&engine->state, db_text(rows, i, "state"));
        if (strcmp(engine->state, "down") == 0)
            engine->gap = GAP_ENGINE;
        replace(&engine->identity, db_text(rows, i, "identity"));
        reach(engine, rows, i);
    }
    forget_unlisted(watch);
    return true;
}

static void log_failure(const struct watched *engine, const char *what, const struct error *err) {
    log_line(LOG_WARNING, "engine %s: %s: %s", engine->id, what, err->message);
}

/* Write the verdict down; a change of state leaves an event. */
static bool write_verdict(struct watched *engine, const struct heartbeat_report *report,
                          struct error *err) {
    struct db *db = engine->watch->db;
    const char *state = engine_state_word(report->verdict.state), *reason = report->verdict.reason;
    char api_time[32], echo_time[32], age[32], type[32], message[1200];
    bool changed = strcmp(engine->state, state) != 0;
    snprintf(api_time, sizeof api_time, "%.2f", report->answers ? report->api_ms : 0);
    snprintf(echo_time, sizeof echo_time, "%.2f", report->echo_ms);
    snprintf(age, sizeof age, "%.3f", (double)(clock_ms() - report->heard_ms) / 1000);
    snprintf(type, sizeof type, "engine-%s", state);
    snprintf(message, sizeof message, "id=%s%s%s", engine->id, *reason ? " reason=" : "", reason);
    const struct event event = {.type = type,
                                .tag = "cluster",
                                .message = message,
                                .engine_id = engine->id};
    bool ok =
        db_begin(db, err) &&
        db_run(db, &sql_engine_health,
               DB_PARAMS(DB_TEXT(engine->id), DB_TEXT(engine_state_status(report->verdict.state)),
                         DB_TEXT(state), DB_TEXT(reason), DB_TEXT(api_time), DB_TEXT(echo_time),
                         DB_TEXT(engine_host_word(report->verdict.host)), DB_TEXT(age)),
               NULL, err) &&
        (!changed || event_insert(db, &event, err)) && db_commit(db, err);
    db_rollback(db);
    if (ok)
        replace(&engine->state, state);
    return ok;
}

/* What the heartbeat says decides who is looked at, whether it can be written or not. */
static void heed(struct watched *engine, const struct heartbeat_report *report) {
    if (report->answers && !engine->answers)
        engine->next_ms = engine->facts_ms = 0; /* it may be another Docker, or a newer one */
    engine->answers = report->answers;
    engine->lost = report->verdict.state == ENGINE_DOWN && report->verdict.host == HOST_SILENT;
    if (report->verdict.state == ENGINE_DOWN) {
        engine->gap = GAP_ENGINE;
        engine->facts_ms = 0; /* another one may come back at its address */
    }
}

static void write_reports(struct watch *watch) {
    struct heartbeat_report report;
    while (clock_ms() >= watch->write_ms && heartbeat_next(watch->heartbeat, &report)) {
        struct error err = {0};
        struct watched *engine = find(watch, report.engine_id);
        if (engine)
            heed(engine, &report);
        if (engine && engine->listed && !write_verdict(engine, &report, &err)) {
            log_failure(engine, "its state cannot be written", &err);
            watch->write_ms = clock_ms() + RETRY_MS;
            return;
        }
        heartbeat_done(watch->heartbeat, report.number);
    }
}

static void look_done(struct watched *engine) {
    engine->busy = false;
    engine->next_ms = clock_ms() + engine->watch->pool->config->keeper_interval_ms;
}

/* One miss is retried soon; the second speaks against the engine, unless it cannot be reached any
 * more, which is the heartbeat's business. */
static void missed(struct watched *engine, const struct error *why) {
    engine->misses++;
    engine->gap = GAP_ENGINE;
    look_done(engine);
    if (engine->misses < MISSES_MAX)
        engine->next_ms = clock_ms() + REFRESH_MS;
    else if (why->kind != ERROR_UNREACHABLE && why->kind != ERROR_UNAVAILABLE)
        heartbeat_object(engine->watch->heartbeat, engine->id, why->message);
}

static void on_inspected(void *context, struct docker_result *result) {
    struct watched *engine = context;
    struct error err = {0};
    if (result->ok && !observe_limits(engine->watch->db, engine->id, result->doc, &err))
        log_failure(engine, "limits of a foreign container", &err);
}

static void on_obsolete_removed(void *context, struct docker_result *result) {
    struct watched *engine = context;
    if (!result->ok)
        log_failure(engine, "an obsolete copy cannot be removed", &result->err);
}

static const char *id_at(json_t *list, size_t i) {
    return json_object_get_string(json_at(list, i));
}

static void on_listed(void *context, struct docker_result *result) {
    struct watched *engine = context;
    struct watch *watch = engine->watch;
    struct observation observation = {0};
    struct error err = {0};
    double age_s = (double)(clock_ms() - engine->list_ms) / 1000;
    if (!result->ok) {
        missed(engine, &result->err);
        return;
    }
    engine->misses = 0;
    look_done(engine);
    if (!observe_engine(watch->db, watch->pool, engine->id, result->doc, age_s, engine->gap,
                        &observation, &err)) {
        log_failure(engine, "its containers cannot be taken in", &err);
        return;
    }
    engine->gap = GAP_NONE;
    heartbeat_fit(watch->heartbeat, engine->id);
    for (size_t i = 0; i < json_len(observation.obsolete); i++)
        docker_remove(watch->client, &engine->engine, id_at(observation.obsolete, i),
                      on_obsolete_removed, engine);
    for (size_t i = 0; i < json_len(observation.unknown) && i < INSPECT_MAX; i++)
        docker_inspect(watch->client, &engine->engine, id_at(observation.unknown, i), on_inspected,
                       engine);
    observation_release(&observation);
}

static void list(struct watched *engine) {
    engine->list_ms = clock_ms();
    docker_list(engine->watch->client, &engine->engine, on_listed, engine);
}

/* False: the engine is not to be used (CONFLICT: it is another than the pool knows), or the
 * database is away. */
static bool keep_facts(struct watched *engine, const struct docker_facts *facts,
                       struct error *err) {
    if (*engine->identity && strcmp(engine->identity, facts->identity) != 0)
        return error_set(err, ERROR_CONFLICT,
                         "another Docker engine (%s) than the pool's (%s) answers at its address; "
                         "if that is right, remove the engine (berth edelete) and add or approve "
                         "it again",
                         facts->identity, engine->identity);
    bool ok =
        db_run(engine->watch->db, &sql_engine_facts,
               DB_PARAMS(DB_TEXT(engine->id), DB_TEXT(facts->identity), DB_TEXT(facts->version),
                         DB_TEXT(facts->api_version), db_int(facts->cpus), db_int(facts->memory_mb),
                         DB_TEXT(facts->name), db_int(facts->images)),
               NULL, err);
    if (!ok && err->kind == ERROR_CONFLICT)
        error_set(err, ERROR_CONFLICT, "it is the Docker engine of another entry of the pool");
    if (ok) {
        engine->facts_ms = clock_ms();
        replace(&engine->api_version, facts->api_version);
        replace(&engine->identity, facts->identity);
        engine->engine.api_version = engine->api_version;
    }
    return ok;
}

static void quarantine(struct watched *engine, const struct error *why) {
    engine->gap = GAP_ENGINE;
    engine->facts_ms = 0;
    look_done(engine);
    heartbeat_quarantine(engine->watch->heartbeat, engine->id, why->message);
}

static void on_detected(void *context, const struct docker_facts *facts,
                        const struct error *failure) {
    struct watched *engine = context;
    struct error err = {0};
    if (facts && keep_facts(engine, facts, &err))
        list(engine);
    else if (!facts)
        missed(engine, failure);
    else if (err.kind == ERROR_CONFLICT)
        quarantine(engine, &err);
    else if (err.kind == ERROR_UNAVAILABLE)
        look_done(engine); /* the database's fault, not the engine's */
    else
        missed(engine, &err);
}

/* What Docker says of itself, at first and every half minute; then its list. */
static void look(struct watched *engine) {
    bool known =
        engine->facts_ms && clock_ms() - engine->facts_ms < FACTS_MS && *engine->api_version;
    engine->busy = true;
    if (known)
        list(engine);
    else
        docker_detect_begin(engine->watch->client, &engine->engine, FACTS_TIMEOUT_MS, on_detected,
                            engine);
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
    for (struct watched *engine = watch->engines; engine; engine = engine->next)
        if (!engine->busy && engine->listed && engine->answers && !engine->trouble.kind &&
            now >= engine->next_ms)
            look(engine);
    /* Reports that cannot be written must not wake it again and again. */
    http_client_poll(watch->client, clock_ms() < watch->write_ms ? watch->stop_fd : watch->wait_fd,
                     timeout_ms);
}

bool watch_lost(const struct watch *watch, struct strbuf *ids) {
    struct heartbeat_report report;
    strbuf_putc(ids, '{');
    for (const struct watched *engine = watch->engines; engine; engine = engine->next)
        if (engine->lost && engine->listed)
            strbuf_addf(ids, "%s\"%s\"", ids->len > 1 ? "," : "", engine->id);
    strbuf_putc(ids, '}');
    return !heartbeat_next(watch->heartbeat, &report);
}
