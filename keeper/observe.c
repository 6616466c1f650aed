/* observe: see observe.h. */
#include "keeper/observe.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/control/lifecycle.h"
#include "core/control/restored.h"
#include "core/control/spec_read.h"
#include "core/store/events.h"
#include "sql/statements.h"

enum { CREATED_MAX_S = INT32_MAX };

/* "Exited (137) 3 minutes ago" -> 137; the list has the code nowhere else. */
static int64_t exit_code_of(const char *status) {
    char digits[8] = "";
    int64_t code = 0;
    const char *open = strchr(status, '(');
    size_t len = open ? strspn(open + 1, "0123456789") : 0;
    if (len == 0 || len >= sizeof digits)
        return 0;
    memcpy(digits, open + 1, len);
    return parse_int(digits, 0, 9999999, &code) ? code : 0;
}

static int by_port(const void *a, const void *b) {
    return strcmp(json_print(*(json_t *const *)a), json_print(*(json_t *const *)b));
}

/* Whose container is it? By its labels, or where it was adopted by what is written down for it
 * (`adopted`: Docker ids to {id, generation}); false: it is none of ours. */
static bool identity_of(const struct pool *pool, json_t *adopted, json_t *entry,
                        const char **ret_id, int64_t *ret_generation) {
    json_t *labels = json_get_object(entry, "Labels");
    json_t *given = json_get_object(adopted, json_get_text(entry, "Id", ""));
    *ret_id = json_get_text(given, "id", json_get_text(labels, "berth.container", ""));
    *ret_generation = json_get_int(given, "generation", 0);
    return *ret_generation > 0 ||
           (strcmp(json_get_text(labels, "berth.pool", ""), pool->id) == 0 &&
            parse_int(json_get_text(labels, "berth.generation", ""), 1, INT32_MAX, ret_generation));
}

/* "Up 2 minutes (unhealthy)" -> "unhealthy"; NULL: it has no check, or does not run. */
static const char *health_of(const char *status) {
    static const struct {
        const char *mark, *health;
    } marks[] = {{"(healthy)", "healthy"},
                 {"(unhealthy)", "unhealthy"},
                 {"(health: starting)", "starting"}};
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (strstr(status, marks[i].mark))
            return marks[i].health;
    return NULL;
}

/* As observe_details.sql reads it. */
static void add_details(json_t *list, const char *docker_id, json_t *details) {
    json_t *row = json_object_new_object();
    json_set_text(row, "docker_id", docker_id);
    json_set(row, "details", details);
    json_object_array_add(list, row);
}

static void add_health(json_t *list, json_t *entry) {
    json_t *details = json_object_new_object();
    json_set_text(details, "health", health_of(json_get_text(entry, "Status", "")));
    add_details(list, json_get_text(entry, "Id", ""), details);
}

/* "Up 2 minutes (healthy)": a minute or more, as against "Up 59 seconds" and "Up Less than a
 * second". Docker's own clock: neither looks that were missed nor the controller's clock count. */
static bool is_steady(const char *status) {
    return (strncmp(status, "Up A", 4) == 0 ||
            (strncmp(status, "Up ", 3) == 0 && status[3] >= '1' && status[3] <= '9')) &&
           !strstr(status, " second");
}

/* One of ours, as observe_apply.sql reads it. */
static void add_seen(json_t *seen, json_t *entry, const char *id, int64_t generation) {
    const char *state = json_get_text(entry, "State", "");
    enum observed observed = observed_of(state);
    json_t *row = json_object_new_object();
    json_set_text(row, "id", id);
    json_set_int(row, "generation", generation);
    json_set_text(row, "docker_id", json_get_text(entry, "Id", ""));
    json_set_text(row, "state",
                  observed_word(observed == OBSERVED_UNKNOWN ? OBSERVED_EXITED : observed));
    json_set_int(row, "exit_code", exit_code_of(json_get_text(entry, "Status", "")));
    json_set_bool(row, "steady", is_steady(json_get_text(entry, "Status", "")));
    json_set_bool(row, "going", strcmp(state, "removing") == 0);
    json_object_array_add(seen, row);
}

/* Docker's list of ports in the form of a container's record; those that are not bound on the
 * engine are left out. */
static json_t *ports_of(json_t *entry) {
    json_t *ports = json_object_new_array(), *listed = json_get_array(entry, "Ports");
    for (size_t i = 0; i < json_len(listed); i++) {
        json_t *given = json_at(listed, i);
        if (json_get_int(given, "PublicPort", 0) <= 0)
            continue;
        json_t *port = json_object_new_object();
        json_set_text(port, "proto", json_get_text(given, "Type", "tcp"));
        json_set_text(port, "host_ip", json_get_text(given, "IP", ""));
        json_set_int(port, "port", json_get_int(given, "PublicPort", 0));
        json_set_int(port, "container_port", json_get_int(given, "PrivatePort", 0));
        json_object_array_add(ports, port);
    }
    json_object_array_sort(ports, by_port); /* Docker's order changes from list to list */
    return ports;
}

static void set_created(json_t *doc, json_t *entry) {
    int64_t created_s = json_get_int(entry, "Created", 0);
    time_t when = (time_t)created_s;
    struct tm utc;
    char text[32] = "";
    if (created_s <= 0 || created_s > CREATED_MAX_S || !gmtime_r(&when, &utc))
        return;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_set_text(doc, "created", text);
    json_set_int(doc, "created_s", created_s);
}

static void add_foreign(json_t *foreign, json_t *entry, const struct pool *pool) {
    json_t *row = json_object_new_object(), *doc = json_object_new_object();
    const char *label = json_get_text(json_get_object(entry, "Labels"), "berth.pool", NULL);
    bool lost = label && strcmp(label, pool->id) == 0;
    const char *state = json_get_text(entry, "State", "");
    json_t *name = json_at(json_get_array(entry, "Names"), 0);
    const char *text = name ? json_object_get_string(name) : "";
    json_set_text(doc, "name", *text == '/' ? text + 1 : text);
    json_set_text(doc, "image", json_get_text(entry, "Image", ""));
    json_set_text(doc, "state", state);
    json_set_text(doc, "id", json_get_text(entry, "Id", ""));
    json_set(doc, "ports", ports_of(entry));
    json_set_bool(doc, "lost", lost);
    json_set_text(doc, "pool", lost ? NULL : label);
    set_created(doc, entry);
    json_set_text(row, "docker_id", json_get_text(entry, "Id", ""));
    json_set_bool(row, "running",
                  strcmp(state, "running") == 0 || strcmp(state, "paused") == 0 ||
                      strcmp(state, "restarting") == 0);
    json_set(row, "doc", doc);
    json_object_array_add(foreign, row);
}

static json_t *column_array(const struct db_result *rows, const char *column) {
    json_t *list = json_object_new_array();
    for (int i = 0; i < db_rows(rows); i++)
        if (db_text(rows, i, column))
            json_object_array_add(list, json_object_new_string(db_text(rows, i, column)));
    return list;
}

/* An event for each container that changed by itself or by hand. */
static bool tell(struct db *db, const char *engine_id, const struct db_result *rows,
                 struct error *err) {
    for (int i = 0; i < db_rows(rows); i++) {
        const char *state = db_text(rows, i, "state"), *old_state = db_text(rows, i, "old_state");
        const char *id = db_text(rows, i, "id");
        char type[32], message[160];
        if (strcmp(state, old_state) == 0 || db_text(rows, i, "doubtful_id"))
            continue;
        snprintf(type, sizeof type, "container-%s", state);
        if (strcmp(state, "exited") == 0)
            snprintf(message, sizeof message, "id=%s exit_code=%s", id,
                     db_text(rows, i, "exit_code"));
        else
            snprintf(message, sizeof message, "id=%s was=%s", id, old_state);
        const struct event event = {.type = type,
                                    .tag = "cluster",
                                    .message = message,
                                    .container_id = id,
                                    .engine_id = engine_id};
        if (!event_insert(db, &event, err))
            return false;
    }
    return true;
}

static bool apply(struct db *db, const char *engine_id, json_t *seen, json_t *health,
                  json_t *foreign, double age_s, enum gap gap, struct observation *ret,
                  struct error *err) {
    static const char *const gaps[] = {
        [GAP_NONE] = "none", [GAP_KEEPER] = "keeper", [GAP_ENGINE] = "engine", [GAP_OPEN] = "open"};
    CLEANUP(db_result_free) struct db_result *changed = NULL, *obsolete = NULL, *unknown = NULL;
    char age[32];
    snprintf(age, sizeof age, "%.3f", age_s);
    const char *ours = json_print(seen);
    bool ok = db_run(db, &sql_observe_apply,
                     DB_PARAMS(DB_TEXT(engine_id), DB_TEXT(ours), DB_TEXT(age), DB_TEXT(gaps[gap])),
                     &changed, err) &&
              tell(db, engine_id, changed, err) &&
              db_run(db, &sql_observe_details,
                     DB_PARAMS(DB_TEXT(engine_id), DB_TEXT(json_print(health))), NULL, err) &&
              db_run(db, &sql_observe_obsolete, DB_PARAMS(DB_TEXT(ours), DB_TEXT(engine_id)),
                     &obsolete, err) &&
              db_run(db, &sql_foreign_sync,
                     DB_PARAMS(DB_TEXT(engine_id), DB_TEXT(json_print(foreign)), DB_TEXT(age)),
                     &unknown, err) &&
              db_commit(db, err);
    if (ok) {
        ret->obsolete = column_array(obsolete, "docker_id");
        ret->unknown = column_array(unknown, "docker_id");
        ret->doubtful = column_array(changed, "doubtful_id");
    }
    return ok;
}

/* A container of this pool that no row knows is shown as load, and never touched. */
static bool add_lost(struct db *db, const struct pool *pool, json_t *seen, json_t *list,
                     json_t *foreign, struct error *err) {
    CLEANUP(db_result_free) struct db_result *lost = NULL;
    if (!db_run(db, &sql_observe_lost, DB_PARAMS(DB_TEXT(json_print(seen))), &lost, err))
        return false;
    for (int i = 0; i < db_rows(lost); i++)
        for (size_t k = 0; k < json_len(list); k++)
            if (strcmp(json_get_text(json_at(list, k), "Id", ""), db_text(lost, i, "docker_id")) ==
                0)
                add_foreign(foreign, json_at(list, k), pool);
    return true;
}

/* What identity_of() reads of the copies that were adopted there. */
static bool load_adopted(struct db *db, const char *engine_id, json_t *adopted, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    if (!db_run(db, &sql_observe_adopted, DB_PARAMS(DB_TEXT(engine_id)), &rows, err))
        return false;
    for (int i = 0; i < db_rows(rows); i++) {
        json_t *row = json_object_new_object();
        json_set_text(row, "id", db_text(rows, i, "container_id"));
        json_set_int(row, "generation", db_int64(rows, i, "generation", 0));
        json_set(adopted, db_text(rows, i, "docker_id"), row);
    }
    return true;
}

bool observe_engine(struct db *db, const struct pool *pool, const char *engine_id, json_t *list,
                    double age_s, enum gap gap, struct observation *ret, struct error *err) {
    CLEANUP(json_put) json_t *seen = json_object_new_array();
    CLEANUP(json_put) json_t *foreign = json_object_new_array();
    CLEANUP(json_put) json_t *adopted = json_object_new_object();
    CLEANUP(json_put) json_t *health = json_object_new_array();
    CLEANUP(json_put) json_t *restarting = json_object_new_array();
    *ret = (struct observation){0};
    if (!db_begin(db, err) || !load_adopted(db, engine_id, adopted, err)) {
        db_rollback(db);
        return false;
    }
    for (size_t i = 0; i < json_len(list); i++) {
        json_t *entry = json_at(list, i);
        if (!*json_get_text(entry, "Id", ""))
            continue; /* nonsense */
        const char *id = NULL;
        int64_t generation = 0;
        if (!identity_of(pool, adopted, entry, &id, &generation)) {
            add_foreign(foreign, entry, pool);
            continue;
        }
        add_seen(seen, entry, id, generation);
        add_health(health, entry);
        if (strcmp(json_get_text(entry, "State", ""), "restarting") == 0)
            json_object_array_add(restarting,
                                  json_object_new_string(json_get_text(entry, "Id", "")));
    }
    bool ok = add_lost(db, pool, seen, list, foreign, err) &&
              restored_compare(db, engine_id, seen, err) &&
              apply(db, engine_id, seen, health, foreign, age_s, gap, ret, err);
    db_rollback(db);
    if (ok) {
        ret->restarting = restarting;
        restarting = NULL;
    }
    return ok;
}

void observation_release(struct observation *observation) {
    json_put(&observation->obsolete);
    json_put(&observation->unknown);
    json_put(&observation->restarting);
    json_put(&observation->doubtful);
}

bool observe_inspection(struct db *db, const char *engine_id, json_t *inspection,
                        struct error *err) {
    CLEANUP(json_put) json_t *list = json_object_new_array();
    json_t *details = json_object_new_object();
    json_t *state = json_get_object(inspection, "State");
    json_set_int(details, "restart_count", json_get_int(inspection, "RestartCount", 0));
    json_set_bool(details, "oom_killed", json_get_bool(state, "OOMKilled", false));
    if (json_get_bool(state, "Restarting", false)) /* while it runs there is none */
        json_set_int(details, "last_exit_code", json_get_int(state, "ExitCode", 0));
    add_details(list, json_get_text(inspection, "Id", ""), details);
    return db_run(db, &sql_observe_details,
                  DB_PARAMS(DB_TEXT(engine_id), DB_TEXT(json_print(list))), NULL, err);
}

bool observe_started(struct db *db, const char *engine_id, json_t *inspection, double age_s,
                     struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    const char *state = json_get_text(json_get_object(inspection, "State"), "Status", "");
    enum observed observed = observed_of(state);
    char age[32];
    if (observed != OBSERVED_RUNNING && observed != OBSERVED_RESTARTING)
        return true;
    snprintf(age, sizeof age, "%.3f", age_s);
    bool ok = db_begin(db, err) &&
              db_run(db, &sql_observe_started,
                     DB_PARAMS(DB_TEXT(engine_id), DB_TEXT(json_get_text(inspection, "Id", "")),
                               DB_TEXT(state), DB_TEXT(age)),
                     &row, err) &&
              tell(db, engine_id, row, err) && db_commit(db, err);
    db_rollback(db);
    return ok;
}

bool observe_limits(struct db *db, const char *engine_id, json_t *inspection, struct error *err) {
    json_t *host = json_get_object(inspection, "HostConfig");
    int64_t quota = json_get_int(host, "CpuQuota", 0), period = json_get_int(host, "CpuPeriod", 0);
    int64_t nano = json_get_int(host, "NanoCpus", 0);
    int64_t milli = nano / 1000000;
    if (milli == 0 && quota > 0)
        milli = quota * 1000 / (period > 0 ? period : 100000);
    CLEANUP(json_put) json_t *spec = NULL;
    const char *power = spec_read_policy(inspection, &spec);
    return db_run(db, &sql_foreign_limits,
                  DB_PARAMS(DB_TEXT(engine_id), DB_TEXT(json_get_text(inspection, "Id", "")),
                            db_int(milli), db_int(json_get_int(host, "Memory", 0) >> 20),
                            DB_TEXT(spec ? json_print(spec) : NULL), DB_TEXT(power)),
                  NULL, err);
}
