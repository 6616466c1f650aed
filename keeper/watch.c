/* watch: see watch.h. */
#include "keeper/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/control/engine_reach.h"
#include "core/net/docker.h"
#include "core/store/events.h"
#include "keeper/observe.h"
#include "sql/statements.h"

enum {
    REFRESH_MS = 1000,
    WRITE_MS = 10000,
    FACTS_MS = 30000,
    FACTS_TIMEOUT_MS = 3000,
    MISSES_MAX = 2,
    INSPECT_MAX = 8
};

/* One engine that is looked at. */
struct watched {
    struct watch *watch;
    char *id, *api_version, *status, *identity;
    struct engine_access access;
    struct docker_engine engine; /* borrows from the above */
    struct error trouble;        /* kind != 0: a secret of it cannot be opened */
    bool busy;                   /* a call is under way */
    bool listed;                 /* still in the database */
    int misses;                  /* in a row */
    enum gap gap;                /* since the last list that was taken in */
    double response_ms;
    /* Monotonic: the next look; the last facts and verdict written; the begin of the list. */
    int64_t next_ms, facts_ms, verdict_ms, list_ms;
    struct watched *next;
};

struct watch {
    const struct pool *pool;
    struct db *db;
    struct http_client *client;
    struct http_client *facts_client; /* of calls that are waited for */
    struct watched *engines;
    int64_t refresh_ms;
};

struct watch *watch_new(const struct pool *pool, struct db *db) {
    struct watch *watch = mem_alloc(sizeof *watch);
    *watch = (struct watch){.pool = pool,
                            .db = db,
                            .client = http_client_new(),
                            .facts_client = http_client_new()};
    return watch;
}

static void watched_free(struct watched *engine) {
    free(engine->id);
    engine_access_release(&engine->access);
    free(engine->api_version);
    free(engine->status);
    free(engine->identity);
    free(engine);
}

void watch_free(struct watch *watch) {
    http_client_free(watch->client);
    http_client_free(watch->facts_client);
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

static struct watched *find(struct watch *watch, const char *id) {
    for (struct watched *engine = watch->engines; engine; engine = engine->next)
        if (strcmp(engine->id, id) == 0)
            return engine;
    struct watched *engine = mem_alloc(sizeof *engine);
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
        watched_free(engine);
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
    }
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
        struct watched *engine = find(watch, db_text(rows, i, "engine_id"));
        engine->listed = true;
        if (engine->busy)
            continue;
        replace(&engine->api_version, db_text(rows, i, "api_version"));
        replace(&engine->status, db_text(rows, i, "status"));
        if (strcmp(engine->status, "down") == 0)
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

/* Write the verdict down, when it changes and now and then; a change leaves an event. */
static void verdict(struct watched *engine, const char *status, const char *reason) {
    struct db *db = engine->watch->db;
    struct error err = {0};
    char time_text[32], type[32], message[1200];
    bool changed = strcmp(engine->status, status) != 0;
    if (!changed && clock_ms() - engine->verdict_ms < WRITE_MS)
        return;
    snprintf(time_text, sizeof time_text, "%.2f", engine->response_ms);
    snprintf(type, sizeof type, "engine-%s", status);
    snprintf(message, sizeof message, "id=%s%s%s", engine->id, *reason ? " reason=" : "", reason);
    const struct event event = {.type = type,
                                .tag = "cluster",
                                .message = message,
                                .engine_id = engine->id};
    bool ok = db_begin(db, &err) &&
              db_run(db, &sql_engine_health,
                     DB_PARAMS(DB_TEXT(engine->id), DB_TEXT(status), DB_TEXT(status),
                               DB_TEXT(reason), DB_TEXT(time_text)),
                     NULL, &err) &&
              (!changed || event_insert(db, &event, &err)) && db_commit(db, &err);
    db_rollback(db);
    if (!ok)
        log_failure(engine, "its state cannot be written", &err);
    else
        replace(&engine->status, status);
    engine->verdict_ms = ok ? clock_ms() : 0;
}

static void look_done(struct watched *engine) {
    engine->busy = false;
    engine->next_ms = clock_ms() + engine->watch->pool->config->keeper_interval_ms;
}

/* One miss is retried soon; the second is the verdict. */
static void missed(struct watched *engine, const struct error *why) {
    engine->misses++;
    engine->gap = GAP_ENGINE;
    engine->response_ms = 0;
    look_done(engine);
    if (engine->misses < MISSES_MAX)
        engine->next_ms = clock_ms() + REFRESH_MS;
    else
        verdict(engine, "down", why->message);
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
    verdict(engine, "up", "");
    if (!observe_engine(watch->db, watch->pool, engine->id, result->doc, age_s, engine->gap,
                        &observation, &err)) {
        log_failure(engine, "its containers cannot be taken in", &err);
        return;
    }
    engine->gap = GAP_NONE;
    for (size_t i = 0; i < json_len(observation.obsolete); i++)
        docker_remove(watch->client, &engine->engine, id_at(observation.obsolete, i),
                      on_obsolete_removed, engine);
    for (size_t i = 0; i < json_len(observation.unknown) && i < INSPECT_MAX; i++)
        docker_inspect(watch->client, &engine->engine, id_at(observation.unknown, i), on_inspected,
                       engine);
    observation_release(&observation);
}

/* What Docker says of itself, at first and every half minute. False: the engine is not to be used.
 */
static bool learn_facts(struct watched *engine, struct error *err) {
    struct docker_facts facts = {0};
    if (engine->facts_ms && clock_ms() - engine->facts_ms < FACTS_MS && *engine->api_version)
        return true;
    if (!docker_detect(engine->watch->facts_client, &engine->engine, FACTS_TIMEOUT_MS, &facts, err))
        return false;
    if (*engine->identity && strcmp(engine->identity, facts.identity) != 0)
        return error_set(err, ERROR_CONFLICT,
                         "another Docker engine answers at its address; remove and add it again");
    bool ok = db_run(engine->watch->db, &sql_engine_facts,
                     DB_PARAMS(DB_TEXT(engine->id), DB_TEXT(facts.identity), DB_TEXT(facts.version),
                               DB_TEXT(facts.api_version), db_int(facts.cpus),
                               db_int(facts.memory_mb), DB_TEXT(facts.name), db_int(facts.images)),
                     NULL, err);
    if (!ok && err->kind == ERROR_CONFLICT)
        error_set(err, ERROR_CONFLICT, "it is the Docker engine of another entry of the pool");
    if (ok) {
        engine->facts_ms = clock_ms();
        replace(&engine->api_version, facts.api_version);
        replace(&engine->identity, facts.identity);
        engine->engine.api_version = engine->api_version;
    }
    return ok;
}

static void on_pinged(void *context, struct docker_result *result) {
    struct watched *engine = context;
    struct error err = {0};
    if (!result->ok) {
        missed(engine, &result->err);
        return;
    }
    engine->response_ms = result->time_ms;
    if (!learn_facts(engine, &err)) {
        if (err.kind == ERROR_UNAVAILABLE)
            look_done(engine); /* the database's fault, not the engine's */
        else
            missed(engine, &err);
        return;
    }
    engine->list_ms = clock_ms();
    docker_list(engine->watch->client, &engine->engine, on_listed, engine);
}

void watch_poll(struct watch *watch, int wake_fd, int timeout_ms) {
    struct error err = {0};
    int64_t now = clock_ms();
    if (now >= watch->refresh_ms) {
        if (!refresh(watch, &err))
            log_line(LOG_WARNING, "%s", err.message);
        watch->refresh_ms = now + REFRESH_MS;
    }
    for (struct watched *engine = watch->engines; engine; engine = engine->next) {
        if (engine->busy || !engine->listed || now < engine->next_ms)
            continue;
        if (engine->trouble.kind) {
            missed(engine, &engine->trouble);
            continue;
        }
        engine->busy = true;
        docker_ping(watch->client, &engine->engine, on_pinged, engine);
    }
    http_client_poll(watch->client, wake_fd, timeout_ms);
}
