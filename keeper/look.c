/* look: the closer look at an engine: what Docker says of itself, its full list, and what is to be
 * done then; see watched.h. */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "keeper/watched.h"
#include "sql/statements.h"

enum {
    MISSED_MS = 1000, /* from the first miss to the next look */
    FACTS_MS = 30000,
    FACTS_TIMEOUT_MS = 3000,
    MISSES_MAX = 2,
    INSPECT_MAX = 8,
    REMOVE_MAX = 8,     /* at one look */
    CALLS_MAX = 32,     /* besides its looks, of one engine */
    LIVE_FACTOR = 5,    /* how much longer it is not looked at while its events are heard */
    SETTLE_MS = 150,    /* from an event to the look: a restart is two events */
    PAUSE_MAX_MS = 500, /* between two looks */
    PAUSE_FACTOR = 4,   /* of how long a look takes */
    ECHO_MIN_MS = 250,  /* from a look after an event to the next, then twice as long */
    ECHO_MAX_MS = 4000
};

void watched_set(char **text, const char *value) {
    free(*text);
    *text = mem_strdup(value);
}

void watched_log(const struct watched *engine, const char *what, const struct error *err) {
    log_line(LOG_WARNING, "engine %s: %s: %s", engine->id, what, err->message);
}

void look_soon(struct watched *engine) {
    int64_t now = clock_ms(), pause_ms = (engine->listed_ms - engine->list_ms) * PAUSE_FACTOR;
    int64_t at_ms = engine->listed_ms + (pause_ms < PAUSE_MAX_MS ? pause_ms : PAUSE_MAX_MS);
    if (at_ms < now + SETTLE_MS)
        at_ms = now + SETTLE_MS;
    if (at_ms < engine->next_ms)
        engine->next_ms = at_ms;
    engine->rung = true;
    engine->echo_ms = ECHO_MIN_MS;
}

/* dockerd's list may show later than its events what has happened: a "die" is told before the
 * container's network and mounts are taken away, its end is listed after that. */
static int64_t echo(struct watched *engine, int64_t interval_ms) {
    int64_t echo_ms = engine->echo_ms;
    if (echo_ms == 0 || echo_ms > interval_ms)
        return interval_ms;
    engine->echo_ms = echo_ms < ECHO_MAX_MS ? (int)echo_ms * 2 : 0;
    return echo_ms;
}

static void look_done(struct watched *engine) {
    int64_t interval_ms = engine->watch->pool->config->keeper_interval_ms;
    engine->busy = false;
    engine->next_ms =
        clock_ms() + echo(engine, engine->live ? interval_ms * LIVE_FACTOR : interval_ms);
    if (engine->rung)
        look_soon(engine); /* it rang while it was looked at */
}

/* One miss is retried soon; the second speaks against the engine, unless it cannot be reached any
 * more, which is the heartbeat's business. */
static void missed(struct watched *engine, const struct error *why) {
    engine->misses++;
    if (!engine->live) /* else its events prove that dockerd lives on */
        engine->gap = GAP_ENGINE;
    look_done(engine);
    if (engine->misses < MISSES_MAX)
        engine->next_ms = clock_ms() + MISSED_MS;
    else if (why->kind != ERROR_UNREACHABLE && why->kind != ERROR_UNAVAILABLE)
        heartbeat_object(engine->watch->heartbeat, engine->id, why->message);
}

static void on_inspected(void *context, struct docker_result *result) {
    struct watched *engine = context;
    struct error err = {0};
    engine->calls--;
    if (result->ok && !observe_limits(engine->watch->db, engine->id, result->doc, &err))
        watched_log(engine, "limits of a foreign container", &err);
}

static void on_obsolete_removed(void *context, struct docker_result *result) {
    struct watched *engine = context;
    engine->calls--;
    if (!result->ok)
        watched_log(engine, "an obsolete copy cannot be removed", &result->err);
}

static const char *id_at(json_t *list, size_t i) {
    return json_object_get_string(json_at(list, i));
}

static void inspect(struct watched *engine, json_t *ids, size_t most, docker_done *done) {
    for (size_t i = 0; i < json_len(ids) && i < most && engine->calls < CALLS_MAX; i++) {
        engine->calls++;
        docker_inspect(engine->watch->client, &engine->engine, id_at(ids, i), done, engine);
    }
}

/* From a place that changes, so that those which cannot be removed do not keep the others waiting.
 */
static void remove_obsolete(struct watched *engine, json_t *ids) {
    size_t count = json_len(ids), first = count ? (size_t)random() % count : 0;
    for (size_t i = 0; i < count && i < REMOVE_MAX && engine->calls < CALLS_MAX; i++) {
        engine->calls++;
        docker_remove(engine->watch->client, &engine->engine, id_at(ids, (first + i) % count),
                      on_obsolete_removed, engine);
    }
}

static void on_detailed(void *context, struct docker_result *result) {
    struct watched *engine = context;
    struct error err = {0};
    engine->calls--;
    if (result->ok && !observe_inspection(engine->watch->db, engine->id, result->doc, &err))
        watched_log(engine, "what its inspection says", &err);
}

static void on_doubted(void *context, struct docker_result *result) {
    struct watched *engine = context;
    struct error err = {0};
    engine->calls--;
    if (result->ok &&
        !observe_started(engine->watch->db, engine->id, result->doc, result->time_ms / 1000, &err))
        watched_log(engine, "whether it was started by hand", &err);
}

static void on_listed(void *context, struct docker_result *result) {
    struct watched *engine = context;
    struct watch *watch = engine->watch;
    struct observation observation = {0};
    struct error err = {0};
    double age_s = (double)(clock_ms() - engine->list_ms) / 1000;
    enum gap gap = clock_ms() < engine->open_ms ? GAP_OPEN : engine->gap;
    engine->listed_ms = clock_ms();
    if (!result->ok) {
        missed(engine, &result->err);
        return;
    }
    engine->misses = 0;
    look_done(engine);
    if (!observe_engine(watch->db, watch->pool, engine->id, result->doc, age_s, gap, &observation,
                        &err)) {
        watched_log(engine, "its containers cannot be taken in", &err);
        return;
    }
    if (gap != GAP_OPEN) {
        engine->gap = GAP_NONE;
        engine->missing = false;
    }
    heartbeat_fit(watch->heartbeat, engine->id);
    remove_obsolete(engine, observation.obsolete);
    inspect(engine, observation.unknown, INSPECT_MAX, on_inspected);
    inspect(engine, observation.restarting, INSPECT_MAX, on_detailed);
    inspect(engine, observation.doubtful, CALLS_MAX, on_doubted);
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
        watched_set(&engine->api_version, facts->api_version);
        watched_set(&engine->identity, facts->identity);
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
void look(struct watched *engine) {
    /* What rings wants no more than a look at its list, as long as that goes. */
    int64_t facts_max_ms = engine->rung ? 2 * FACTS_MS : FACTS_MS;
    bool known =
        engine->facts_ms && clock_ms() - engine->facts_ms < facts_max_ms && *engine->api_version;
    engine->busy = true;
    engine->rung = false;
    if (known)
        list(engine);
    else
        docker_detect_begin(engine->watch->client, &engine->engine, FACTS_TIMEOUT_MS, on_detected,
                            engine);
}

void look_into(struct watched *engine, json_t *ids) {
    inspect(engine, ids, CALLS_MAX, on_detailed);
}
