/* scratch: see scratch.h. */
#include "tests/store/scratch.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/control/spec.h"
#include "sql/statements.h"
#include "tests/unit/unit.h"

static struct {
    bool loaded;
    struct config config, changed;
    struct seal_key key;
    struct pool pool;
    struct db *worker, *keeper, *admin;
} scratch;

/* Runs any query and gives its first value: one statement for all the tests ask. */
static const char value_function[] =
    "CREATE SCHEMA IF NOT EXISTS scratch; GRANT USAGE ON SCHEMA scratch TO PUBLIC;"
    "CREATE OR REPLACE FUNCTION scratch.value(query text) RETURNS text LANGUAGE plpgsql AS $body$ "
    "DECLARE result text; BEGIN EXECUTE query INTO result; RETURN result; END $body$";
static const struct sql_statement value_statement = {"scratch_value",
                                                     "SELECT scratch.value($1) AS value", 1};

static const char emptied[] =
    "TRUNCATE engines, engine_ports, containers, port_bindings, foreign_containers, operations, "
    "operation_items, foreign_work, adoptions, placements, events, event_seals, event_drops, tokens, "
    "keepers, freezes, moves_blocked, replacements RESTART IDENTITY CASCADE; "
    "UPDATE keeper_lease SET epoch = 0, holder = '', until = '-infinity'";

const char *scratch_path(char *path, size_t size, const char *name) {
    snprintf(path, size, "%s/%s", getenv("BERTH_TEST_DIR"), name);
    return path;
}

static void load(void) {
    char path[256];
    struct error err = {0};
    if (!getenv("BERTH_TEST_DIR")) {
        puts("Bail out! run tests/store/store.sh, which makes the database");
        exit(99);
    }
    if (!config_load(&scratch.config, scratch_path(path, sizeof path, "berth.conf"), &err) ||
        !seal_key_load(&scratch.key, scratch.config.master_key_file, &err)) {
        printf("Bail out! %s\n", err.message);
        exit(99);
    }
    scratch.admin = scratch_connect("postgres");
    sql_do("%s", value_function);
    CLEANUP(mem_free_text) char *id = sql_text("SELECT id FROM pool");
    snprintf(scratch.pool.id, sizeof scratch.pool.id, "%s", id);
    scratch.loaded = true;
}

struct db *scratch_connect(const char *role) {
    CLEANUP(mem_free_text)
    char *conninfo = mem_format("host=%s/pg dbname=berth user=%s", getenv("BERTH_TEST_DIR"), role);
    return db_new(conninfo, "test");
}

void scratch_reset(void) {
    if (!scratch.loaded)
        load();
    db_free(scratch.worker);
    db_free(scratch.keeper);
    db_free(scratch.admin);
    scratch.admin = scratch_connect("postgres");
    scratch.worker = scratch_connect("berth_worker");
    scratch.keeper = scratch_connect("berth_keeper");
    scratch.changed = scratch.config;
    scratch.pool.config = &scratch.changed;
    scratch.pool.key = &scratch.key;
    sql_do("%s", emptied);
}

struct db *scratch_worker(void) {
    return scratch.worker;
}

struct db *scratch_keeper(void) {
    return scratch.keeper;
}

struct db *scratch_admin(void) {
    return scratch.admin;
}

const struct pool *scratch_pool(void) {
    return &scratch.pool;
}

struct config *scratch_config(void) {
    return &scratch.changed;
}

static char *format_text(const char *format, va_list args) {
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        abort();
    return text;
}

void sql_do(const char *format, ...) {
    va_list args;
    struct error err = {0};
    va_start(args, format);
    CLEANUP(mem_free_text) char *script = format_text(format, args);
    va_end(args);
    if (!db_script(scratch.admin, script, &err)) {
        printf("# %s: %s\n", script, err.message);
        CU_FAIL_FATAL("a statement of the test failed");
    }
}

static char *value(struct db *db, const char *query) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct error err = {0};
    if (!db_run(db, &value_statement, DB_PARAMS(DB_TEXT(query)), &rows, &err)) {
        printf("# %s: %s\n", query, err.message);
        return NULL;
    }
    const char *text = db_text(rows, 0, "value");
    return mem_strdup(text ? text : "");
}

char *sql_text_on(struct db *db, const char *query) {
    return value(db, query);
}

char *sql_text(const char *format, ...) {
    va_list args;
    va_start(args, format);
    CLEANUP(mem_free_text) char *query = format_text(format, args);
    va_end(args);
    char *text = value(scratch.admin, query);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    return text;
}

int64_t sql_int(const char *format, ...) {
    va_list args;
    int64_t number = 0;
    va_start(args, format);
    CLEANUP(mem_free_text) char *query = format_text(format, args);
    va_end(args);
    CLEANUP(mem_free_text) char *text = value(scratch.admin, query);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    if (*text && !parse_int(text, INT64_MIN, INT64_MAX, &number)) {
        printf("# %s: %s\n", query, text);
        CU_FAIL_FATAL("not a number");
    }
    return number;
}

int64_t sql_int_on(struct db *db, const char *query) {
    CLEANUP(mem_free_text) char *text = value(db, query);
    int64_t number = -1;
    return text && parse_int(text, INT64_MIN, INT64_MAX, &number) ? number : -1;
}

enum error_kind sql_try(struct db *db, const char *script, struct error *err) {
    *err = (struct error){0};
    return db_script(db, script, err) ? ERROR_NONE : err->kind;
}

void engine_add(const char *id, int cpus, int memory_mb) {
    struct error err = {0};
    CLEANUP(mem_free_text)
    char *doc = mem_format("{\"id\":\"%s\",\"engine\":{\"id\":\"%s\",\"addr\":\"tcp://%s:2375\","
                           "\"cpus\":%d,\"memory\":%d,\"labels\":[]},\"health\":{\"status\":\"up\","
                           "\"state\":\"up\",\"reason\":\"\",\"response_time\":1},\"identity\":"
                           "\"identity-%s\",\"api_version\":\"1.41\"}",
                           id, id, id, cpus, memory_mb, id);
    bool ok = db_run(scratch.worker, &sql_engine_insert,
                     DB_PARAMS(DB_TEXT(id), DB_TEXT(doc), DB_TEXT("{}")), NULL, &err);
    if (!ok)
        printf("# %s\n", err.message);
    CU_ASSERT_TRUE_FATAL(ok);
}

struct intent_client client_of(struct db *db) {
    return (struct intent_client){.db = db,
                                  .pool = &scratch.pool,
                                  .account_id = "account",
                                  .username = "tester",
                                  .request_id = "request",
                                  .request_text = "POST /test"};
}

json_t *spec_of(const char *text) {
    CLEANUP(json_put) json_t *body = NULL;
    struct spec_defaults defaults = {.memory_mb = 256};
    struct error err = {0};
    json_t *spec = NULL;
    if (!json_parse(text, strlen(text), &body, &err) ||
        !spec_normalize(body, &defaults, &spec, &err)) {
        fprintf(stderr, "%s: %s\n", text, err.message);
        abort();
    }
    return spec;
}

bool run(const char *text, size_t count, struct intent_result *result, struct error *err) {
    CLEANUP(json_put) json_t *spec = spec_of(text);
    struct intent_client client = client_of(scratch.worker);
    struct intent_result mine = {0};
    bool ok = intent_run(&client, spec, count, "missing", &mine, err);
    if (result)
        *result = mine;
    else
        json_put(&mine.reasons);
    return ok;
}

void run_ids(const char *spec, size_t count, char ids[][65]) {
    struct intent_result result;
    struct error err = {0};
    if (!run(spec, count, &result, &err))
        printf("# %s\n", err.message);
    CU_ASSERT_EQUAL_FATAL(err.kind, ERROR_NONE);
    for (size_t i = 0; i < count; i++) {
        CLEANUP(mem_free_text)
        char *id = sql_text("SELECT container_id FROM operation_items WHERE operation_id = '%s' "
                            "AND position = %zu",
                            result.operation_id, i + 1);
        snprintf(ids[i], 65, "%s", id);
    }
}

bool change(const char *prefix, enum intent_change what, struct intent_result *result,
            struct error *err) {
    struct intent_client client = client_of(scratch.worker);
    struct intent_result mine = {0};
    *err = (struct error){0};
    bool ok = intent_change(&client, prefix, what, &mine, err);
    if (result)
        *result = mine;
    return ok;
}

bool scale(const char *prefix, size_t count, struct intent_result *result, struct error *err) {
    struct intent_client client = client_of(scratch.worker);
    struct intent_result mine = {0};
    *err = (struct error){0};
    bool ok = intent_scale(&client, prefix, count, &mine, err);
    if (result)
        *result = mine;
    json_put(&mine.reasons);
    return ok;
}

void check_invariants(void) {
    static const struct {
        const char *name, *query;
    } rules[] = {
        {"no engine is reserved beyond its size",
         "SELECT count(*) FROM engines e JOIN (SELECT engine_id, sum(cpu_milli) AS cpu, "
         "sum(memory_mb) AS memory FROM containers WHERE desired = 'running' GROUP BY engine_id) c "
         "ON c.engine_id = e.id WHERE c.cpu > e.cpu_milli OR c.memory > e.memory_mb"},
        {"an operation's pending counts its pending items",
         "SELECT count(*) FROM operations o WHERE pending <> (SELECT count(*) FROM operation_items i "
         "WHERE i.operation_id = o.id AND i.status = 'pending')"},
        {"an operation is finished when nothing of it is pending, and only then",
         "SELECT count(*) FROM operations WHERE (pending = 0) <> (finished IS NOT NULL)"},
        {"an operation's counters count its items",
         "SELECT count(*) FROM operations o WHERE (failed, superseded, cancelled) <> (SELECT "
         "count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE status = "
         "'superseded'), count(*) FILTER (WHERE status = 'cancelled') FROM operation_items i WHERE "
         "i.operation_id = o.id)"},
        {"a pending item is the business of its container's present operation, which is due",
         "SELECT count(*) FROM operation_items i JOIN containers c ON c.id = i.container_id WHERE "
         "i.status = 'pending' AND (c.operation_id <> i.operation_id OR c.due_at IS NULL)"},
        {"a container bound to its engine's ports is alive",
         "SELECT count(*) FROM port_bindings b JOIN containers c ON c.id = b.container_id WHERE "
         "c.removed_at IS NOT NULL OR c.engine_id <> b.engine_id"},
        {"a container's ports are those bound for it",
         "SELECT count(*) FROM containers c WHERE removed_at IS NULL AND jsonb_array_length(doc -> "
         "'ports') <> (SELECT count(*) FROM port_bindings b, jsonb_to_recordset(c.doc -> 'ports') "
         "AS p(proto text, port integer, host_ip text) WHERE b.container_id = c.id AND b.port = "
         "p.port AND b.proto = p.proto AND b.host_ip = p.host_ip)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        int64_t broken = sql_int("%s", rules[i].query);
        if (broken != 0)
            printf("# %lld rows break the rule: %s\n", (long long)broken, rules[i].name);
        CU_ASSERT_EQUAL(broken, 0);
    }
}

void work_off(struct db *db, const char *state) {
    struct error err = {0};
    struct work_row *rows;
    size_t count;
    do {
        rows = NULL;
        count = 0;
        CU_ASSERT_TRUE_FATAL(work_claim(db, "test", 30, 1000, 1000, &rows, &count, &err));
        for (size_t i = 0; i < count; i++) {
            bool finished, gone = strcmp(rows[i].desired, "removed") == 0;
            char docker_id[65];
            snprintf(docker_id, sizeof docker_id, "d%.63s", rows[i].id);
            struct work_outcome outcome = {.state = gone ? "removed" : state,
                                           .docker_id = gone ? NULL : docker_id,
                                           .exit_code = -1,
                                           .retry_s = -1,
                                           .item = "done"};
            CU_ASSERT_TRUE(work_settle(db, &rows[i], &outcome, &finished, &err));
            work_row_release(&rows[i]);
        }
        free(rows);
    } while (count > 0);
}

struct work_row *claim_one(struct db *db, const char *executor) {
    struct work_row *rows = NULL;
    struct error err = {0};
    size_t count = 0;
    CU_ASSERT_TRUE_FATAL(work_claim(db, executor, 30, 1000, 1, &rows, &count, &err));
    if (count == 1)
        return rows;
    free(rows);
    return NULL;
}

void claim_free(struct work_row *row) {
    if (row)
        work_row_release(row);
    free(row);
}

struct thread {
    pthread_t thread;
    size_t number;
    void (*task)(size_t number, void *context);
    void *context;
};

static void *thread_main(void *argument) {
    struct thread *thread = argument;
    thread->task(thread->number, thread->context);
    return NULL;
}

void in_threads(size_t count, void (*task)(size_t number, void *context), void *context) {
    struct thread *threads = mem_array(count, sizeof *threads);
    for (size_t i = 0; i < count; i++) {
        threads[i] = (struct thread){.number = i, .task = task, .context = context};
        if (pthread_create(&threads[i].thread, NULL, thread_main, &threads[i]) != 0)
            abort();
    }
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i].thread, NULL);
    free(threads);
}

const char waiting_sessions[] =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = 'berth' AND wait_event_type = 'Lock'";

void sleep_ms(int ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000},
              NULL);
}

bool wait_for(int64_t wanted, const char *query) {
    for (int i = 0; i < 2000; i++) {
        if (sql_int("%s", query) == wanted)
            return true;
        sleep_ms(10);
    }
    printf("# in vain: %s\n", query);
    return false;
}
