/* test_foreign: containers that are not the pool's: shown, started and stopped through berth,
 * adopted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/adopt.h"
#include "keeper/observe.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define F1 "f100000000000000000000000000000000000000000000000000000000000000"
#define F2 "f200000000000000000000000000000000000000000000000000000000000000"
#define LOST "e500000000000000000000000000000000000000000000000000000000000000"

/* One line of Docker's list. `labels`: JSON text. */
static void add_entry(json_t *list, const char *docker_id, const char *name, const char *state,
                      int64_t created, const char *labels) {
    CLEANUP(mem_free_text)
    char *text = mem_format(
        "{\"Id\":\"%s\",\"Names\":[\"/%s\"],\"Image\":\"web\",\"State\":\"%s\","
        "\"Status\":\"Up\",\"Created\":%lld,\"Labels\":%s,\"Ports\":[{\"IP\":\"\","
        "\"PrivatePort\":80,\"PublicPort\":8080,\"Type\":\"tcp\"},{\"PrivatePort\":81}]}",
        docker_id, name, state, (long long)created, labels);
    json_t *entry = NULL;
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(text, &entry));
    json_object_array_add(list, entry);
}

static size_t observe(json_t *list) {
    struct observation observation;
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(observe_engine(scratch_keeper(), scratch_pool(), "e1", list, 0, GAP_NONE,
                                        &observation, &err));
    size_t obsolete = json_len(observation.obsolete);
    observation_release(&observation);
    return obsolete;
}

static json_t *inspection_of(const char *docker_id, const char *name, const char *state,
                             const char *host, const char *labels) {
    CLEANUP(mem_free_text)
    char *text = mem_format(
        "{\"Id\":\"%s\",\"Name\":\"/%s\",\"Created\":\"2026-01-02T03:04:05.6Z\",\"State\":{\"Status\":\"%s\","
        "\"ExitCode\":3},\"Config\":{\"Image\":\"web\",\"Env\":[\"SECRET=canary\"],\"Labels\":%s},"
        "\"HostConfig\":{\"Memory\":104857600,\"NetworkMode\":\"default\"%s}}",
        docker_id, name, state, labels, host);
    json_t *inspection = NULL;
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(text, &inspection));
    return inspection;
}

/* Two of them on e1, F1 running and F2 exited, looked at by the keeper. */
static void two_foreign(void) {
    struct error err = {0};
    CLEANUP(json_put) json_t *list = json_object_new_array();
    CLEANUP(json_put) json_t *first = inspection_of(F1, "one", "running", "", "{}");
    CLEANUP(json_put)
    json_t *second = inspection_of(F2, "two", "exited", ",\"Privileged\":true", "{}");
    scratch_reset();
    engine_add("e1", 4, 4096);
    add_entry(list, F1, "one", "running", 1000, "{}");
    add_entry(list, F2, "two", "exited", 2000, "{}");
    observe(list);
    CU_ASSERT_TRUE(observe_limits(scratch_keeper(), "e1", first, &err));
    CU_ASSERT_TRUE(observe_limits(scratch_keeper(), "e1", second, &err));
}

static char *listed(const char *all, const char *managed) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct error err = {0};
    struct strbuf text = {0};
    CU_ASSERT_TRUE_FATAL(db_run(scratch_worker(), &sql_container_list,
                                DB_PARAMS(DB_TEXT(all), DB_TEXT(managed)), &rows, &err));
    for (int i = 0; i < db_rows(rows); i++) {
        CLEANUP(json_put) json_t *doc = NULL;
        CLEANUP(mem_free_text) char *whole = mem_format("%s}", db_text(rows, i, "body"));
        CU_ASSERT_TRUE_FATAL(json_parse_trusted(whole, &doc));
        CU_ASSERT_PTR_NOT_NULL(db_text(rows, i, "tail"));
        strbuf_addf(&text, "%s%s", i ? " " : "", json_get_text(doc, "name", "?"));
        CU_ASSERT_EQUAL(json_get_bool(doc, "managed", true),
                        strncmp(json_get_text(doc, "name", ""), "web", 3) == 0);
    }
    char *copy = mem_strdup(strbuf_text(&text));
    strbuf_release(&text);
    return copy;
}

static void expect_list(const char *all, const char *managed, const char *wanted) {
    CLEANUP(mem_free_text) char *got = listed(all, managed);
    CU_ASSERT_STRING_EQUAL(got, wanted);
}

/* Ours first, newest first; then the others, newest first. */
static void test_list(void) {
    char ids[2][65];
    two_foreign();
    run_ids("{\"name\":\"web\",\"container_name\":\"web\"}", 2, ids);
    expect_list("true", NULL, "web-2 web-1 two one");
    expect_list("true", "true", "web-2 web-1");
    expect_list("true", "false", "two one");
    expect_list("false", NULL, "one"); /* ours are not there yet */
    CLEANUP(mem_free_text)
    char *body =
        sql_text("SELECT (body || '}')::jsonb - 'name' FROM foreign_containers WHERE name = 'one'");
    CLEANUP(json_put) json_t *doc = NULL;
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(body, &doc));
    CU_ASSERT_STRING_EQUAL(json_get_text(doc, "id", ""), F1);
    CU_ASSERT_STRING_EQUAL(json_get_text(doc, "created", ""), "1970-01-01T00:16:40Z");
    CU_ASSERT_STRING_EQUAL(json_get_text(json_get_object(doc, "image"), "name", ""), "web");
    CU_ASSERT_EQUAL(json_get_int(json_get_object(doc, "image"), "memory", 0), 100);
    CU_ASSERT_EQUAL(json_len(json_get_array(doc, "ports")), 1);
    CU_ASSERT_FALSE(json_get_bool(doc, "lost", true));
}

static int found(const char *prefix) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(
        db_run(scratch_worker(), &sql_container_get_any, DB_PARAMS(DB_TEXT(prefix)), &rows, &err));
    return db_rows(rows);
}

static void test_find(void) {
    char ids[1][65];
    struct container container = {0};
    struct error err = {0};
    two_foreign();
    CU_ASSERT_EQUAL(found(F1), 1);
    CU_ASSERT_EQUAL(found("f1"), 1);
    CU_ASSERT_EQUAL(found("f"), 2);
    CU_ASSERT_EQUAL(found("two"), 1);
    CU_ASSERT_EQUAL(found("three"), 0);
    run_ids("{\"name\":\"web\",\"container_name\":\"two\"}", 1, ids);
    CU_ASSERT_EQUAL(found("two"), 1); /* the pool's own goes before */
    CU_ASSERT_TRUE(container_find(scratch_worker(), "two", false, &container, &err));
    container_release(&container);
    /* A prefix that fits both is no license to take ours. */
    sql_do("UPDATE containers SET docker_id = 'f1%062d'", 7);
    CU_ASSERT_FALSE(container_find(scratch_worker(), "f1", false, &container, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_AMBIGUOUS);
    container_release(&container);
}

static struct foreign_work *claim(const char *executor) {
    struct foreign_work *work = NULL;
    struct error err = {0};
    size_t count = 0;
    CU_ASSERT_TRUE_FATAL(foreign_claim(scratch_worker(), executor, 30, 10, &work, &count, &err));
    if (count == 1)
        return work;
    CU_ASSERT_EQUAL(count, 0);
    free(work);
    return NULL;
}

static bool settle(struct foreign_work *work, const char *state) {
    static const struct error failure = {.kind = ERROR_REFUSED, .message = "no"};
    struct error err = {0};
    bool finished = false;
    CU_ASSERT_TRUE(foreign_settle(scratch_worker(), work, state, state ? NULL : &failure, -1,
                                  &finished, &err));
    foreign_work_release(work);
    free(work);
    return finished;
}

static bool is_over(const char *operation_id, const char *state) {
    return sql_int(
               "SELECT count(*) FROM operations WHERE id = '%s' AND state = '%s' AND pending = 0",
               operation_id, state) == 1;
}

static void test_stop(void) {
    struct intent_result result;
    struct error err = {0};
    CLEANUP(json_put) json_t *old = json_object_new_array();
    two_foreign();
    CU_ASSERT_TRUE_FATAL(change("f1", INTENT_STOP, &result, &err));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'stop-container' AND "
                            "container_id = '" F1 "' AND engine_id = 'e1' AND account = 'tester'"),
                    1);
    struct foreign_work *first = claim("a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    CU_ASSERT_STRING_EQUAL(first->action, "stop");
    CU_ASSERT_STRING_EQUAL(first->engine_id, "e1");
    CU_ASSERT_PTR_NULL(claim("b"));
    CU_ASSERT_TRUE(work_renew(scratch_worker(), "a", 30, &err));
    CU_ASSERT_TRUE(work_release(scratch_worker(), "a", &err)); /* a has died */
    struct foreign_work *second = claim("b");
    CU_ASSERT_PTR_NOT_NULL_FATAL(second);
    CU_ASSERT_FALSE(settle(first, "exited")); /* it has not, after all: too late */
    CU_ASSERT_FALSE(is_over(result.operation_id, "done"));
    CU_ASSERT_TRUE(settle(second, "exited"));
    CU_ASSERT_TRUE(is_over(result.operation_id, "done"));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_containers WHERE docker_id = '" F1
                            "' AND NOT running AND doc ->> 'state' = 'exited'"),
                    1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_item_states WHERE container_id = '" F1
                            "' AND status = 'done' AND state = 'exited'"),
                    1);
    /* A list that was begun before that says nothing. */
    struct observation observation;
    add_entry(old, F1, "one", "running", 1000, "{}");
    CU_ASSERT_TRUE(observe_engine(scratch_keeper(), scratch_pool(), "e1", old, 60, GAP_NONE,
                                  &observation, &err));
    observation_release(&observation);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_containers WHERE running"), 0);
}

/* A later intent takes the earlier one's place, and waits until its call has returned. */
static void test_superseded(void) {
    struct intent_result stop, start;
    struct error err = {0};
    two_foreign();
    CU_ASSERT_TRUE_FATAL(change("one", INTENT_STOP, &stop, &err));
    struct foreign_work *work = claim("a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(work);
    struct intent_client client = client_of(scratch_worker());
    client.grants = "write /";
    CU_ASSERT_TRUE_FATAL(intent_change(&client, "one", INTENT_START, &start, &err));
    CU_ASSERT_TRUE(is_over(stop.operation_id, "failed"));
    CU_ASSERT_PTR_NULL(claim("b"));
    CU_ASSERT_FALSE(settle(work, "exited"));
    work = claim("b");
    CU_ASSERT_PTR_NOT_NULL_FATAL(work);
    CU_ASSERT_STRING_EQUAL(work->action, "start");
    CU_ASSERT_TRUE(settle(work, NULL));
    CU_ASSERT_TRUE(is_over(start.operation_id, "failed"));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_work WHERE error ->> 'code' = "
                            "'engine_refused'"),
                    1);
}

static void test_refused(void) {
    struct intent_result result;
    struct error err = {0};
    two_foreign();
    CU_ASSERT_FALSE(change("one", INTENT_DESTROY, &result, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
    CU_ASSERT_FALSE(scale("one", 3, &result, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "adopt"));
    CU_ASSERT_TRUE(change("one", INTENT_START, &result, &err));
    CU_ASSERT_FALSE(change("two", INTENT_START, &result, &err)); /* it is privileged */
    CU_ASSERT_EQUAL(err.kind, ERROR_FORBIDDEN);
    CU_ASSERT_FALSE(change("two", INTENT_RESTART, &result, &err));
    CU_ASSERT_TRUE(change("two", INTENT_STOP, &result, &err));
    sql_do("UPDATE foreign_containers SET limits_known = false WHERE name = 'one'");
    CU_ASSERT_FALSE(change("one", INTENT_START, &result, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    sql_do("UPDATE foreign_containers SET limits_known = true, power = 'Devices'");
    CU_ASSERT_FALSE(change("one", INTENT_START, &result, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_FORBIDDEN);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_work"), 2);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_containers WHERE spec::text LIKE "
                            "'%%canary%%'"),
                    0);
}

/* Adopt what the inspection tells of; *ret_id may be NULL. */
static bool adopt_on(struct db *db, json_t *inspection, const char *grants, bool force,
                     char *ret_id, struct error *err) {
    static const struct adopt_changes none = {-1, -1};
    struct intent_client client = client_of(db);
    struct adoption adoption = {0};
    client.grants = grants;
    *err = (struct error){0};
    bool ok = adopt_read(client.pool, inspection, NULL, &none, force, &adoption, err) &&
              intent_adopt(&client, "e1", &adoption, err);
    if (ok && ret_id)
        snprintf(ret_id, 65, "%s", adoption.id);
    adoption_release(&adoption);
    return ok;
}

static void adopted_one(char id[65]) {
    struct error err = {0};
    CLEANUP(json_put)
    json_t *inspection =
        inspection_of(F1, "one", "running",
                      ",\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"8080\"}]}", "{}");
    two_foreign();
    bool ok = adopt_on(scratch_worker(), inspection, NULL, false, id, &err);
    if (!ok)
        printf("# %s\n", err.message);
    CU_ASSERT_TRUE_FATAL(ok);
}

static void test_adopt(void) {
    char id[65];
    struct intent_result result;
    struct error err = {0};
    CLEANUP(json_put) json_t *list = json_object_new_array();
    adopted_one(id);
    CU_ASSERT_EQUAL(
        sql_int("SELECT count(*) FROM containers WHERE id = '%s' AND docker_id = '" F1
                "' AND state = 'running' AND desired = 'running' AND due_at IS NULL AND "
                "engine_id = 'e1' AND generation = 1 AND memory_mb = 100 AND name = 'one' "
                "AND started AND environment IS NOT NULL AND doc::text NOT LIKE '%%canary%%'",
                id),
        1);
    CU_ASSERT_EQUAL(
        sql_int("SELECT count(*) FROM port_bindings WHERE container_id = '%s' AND port = "
                "8080 AND engine_id = 'e1'",
                id),
        1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_containers"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'adopt-container' AND "
                            "container_id = '%s' AND account = 'tester'",
                            id),
                    1);
    check_invariants();
    /* The keeper knows it by its Docker id, for it has no labels. */
    add_entry(list, F1, "one", "running", 1000, "{}");
    add_entry(list, F2, "two", "exited", 2000, "{}");
    CU_ASSERT_EQUAL(observe(list), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_containers"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE state = 'running'"), 1);
    json_set_text(json_at(list, 0), "State", "exited");
    observe(list);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE state = 'exited' AND desired = "
                            "'stopped' AND docker_id = '" F1 "'"),
                    1);
    /* It is scaled like any other, with its variables. */
    CU_ASSERT_TRUE(change(id, INTENT_START, &result, &err));
    struct work_row *row = claim_one(scratch_worker(), "x");
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_TRUE(row->adopted);
    claim_free(row);
    engine_add("e2", 4, 4096); /* its host port is taken on e1 */
    engine_add("e3", 4, 4096);
    CU_ASSERT_TRUE(scale(id, 3, &result, &err));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE environment IS NOT NULL"), 3);
    CU_ASSERT_TRUE(change(id, INTENT_DESTROY, &result, &err));
}

/* It is gone: made anew as another generation; should the old copy come back, it is obsolete. */
static void test_vanished(void) {
    char id[65];
    CLEANUP(json_put) json_t *empty = json_object_new_array();
    CLEANUP(json_put) json_t *back = json_object_new_array();
    adopted_one(id);
    observe(empty);
    CU_ASSERT_EQUAL(sql_int(
                        "SELECT count(*) FROM containers WHERE state = 'missing' AND docker_id IS "
                        "NULL AND generation = 2 AND due_at IS NOT NULL AND desired = 'running'"),
                    1);
    observe(empty);
    CU_ASSERT_EQUAL(sql_int("SELECT generation FROM containers"), 2);
    struct work_row *row = claim_one(scratch_worker(), "x");
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_FALSE(row->adopted);
    claim_free(row);
    add_entry(back, F1, "one", "running", 1000, "{}");
    CU_ASSERT_EQUAL(observe(back), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_containers"), 0);
}

/* Found gone by an executor. */
static void test_anew(void) {
    char id[65];
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct intent_result result;
    struct error err = {0};
    adopted_one(id);
    CU_ASSERT_TRUE(change(id, INTENT_RESTART, &result, &err));
    struct work_row *row = claim_one(scratch_worker(), "x");
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_TRUE(db_run(scratch_worker(), &sql_work_anew,
                          DB_PARAMS(DB_TEXT(row->id), db_int(row->epoch)), &rows, &err));
    CU_ASSERT_EQUAL(db_int64(rows, 0, "generation", 0), 2);
    CU_ASSERT_EQUAL(
        sql_int("SELECT count(*) FROM containers WHERE generation = 2 AND docker_id IS NULL"), 1);
    claim_free(row);
}

static void test_not_adopted(void) {
    static const struct {
        const char *host, *labels, *grants;
        bool force;
        enum error_kind kind;
    } cases[] = {
        {",\"Dns\":[\"10.0.0.1\"]", "{}", "write /", true, ERROR_NOT_EXPRESSIBLE},
        {",\"Privileged\":true", "{}", "write /api/containers", false, ERROR_FORBIDDEN},
        {"", "{\"berth.pool\":\"another\"}", "write /", false, ERROR_CONFLICT},
        {",\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"9000\"}]}", "{}", "write /", false,
         ERROR_CONFLICT},
        {",\"NetworkMode\":\"a b\"", "{}", "write /", false, ERROR_NOT_EXPRESSIBLE},
        {",\"Privileged\":true", "{\"berth.pool\":\"another\"}", "write /", true, ERROR_NONE},
        {"", "{}", "write /", false, ERROR_CONFLICT}, /* again */
    };
    struct error err = {0};
    two_foreign();
    CU_ASSERT_TRUE(run("{\"name\":\"web\",\"bind_ports\":[{\"port\":9000,\"container_port\":80}]}",
                       1, NULL, &err));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(json_put)
        json_t *inspection = inspection_of(F1, "one", "exited", cases[i].host, cases[i].labels);
        bool ok =
            adopt_on(scratch_worker(), inspection, cases[i].grants, cases[i].force, NULL, &err);
        if (err.kind != cases[i].kind)
            printf("# %zu: %s\n", i, err.message);
        CU_ASSERT_EQUAL(ok, cases[i].kind == ERROR_NONE);
        CU_ASSERT_EQUAL(err.kind, cases[i].kind);
    }
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers"), 2);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'adopt-container'"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE state = 'exited' AND desired = "
                            "'stopped' AND exit_code = 3"),
                    1);
}

/* It bears the labels of a row that a restored database has lost: it becomes that row again. */
static void test_lost(void) {
    char id[65];
    struct error err = {0};
    CLEANUP(json_put) json_t *list = json_object_new_array();
    CLEANUP(mem_free_text)
    char *labels = mem_format("{\"berth.pool\":\"%s\",\"berth.container\":\"" LOST
                              "\",\"berth.generation\":\"7\"}",
                              scratch_pool()->id);
    CLEANUP(json_put) json_t *inspection = inspection_of(F1, "one", "running", "", labels);
    scratch_reset();
    engine_add("e1", 4, 4096);
    add_entry(list, F1, "one", "running", 1000, labels);
    CU_ASSERT_EQUAL(observe(list), 0);
    CU_ASSERT_EQUAL(sql_int(
                        "SELECT count(*) FROM foreign_containers WHERE doc -> 'lost' = 'true' AND "
                        "body LIKE '%%\"lost\":true%%'"),
                    1);
    CU_ASSERT_TRUE(adopt_on(scratch_worker(), inspection, NULL, false, id, &err));
    CU_ASSERT_STRING_EQUAL(id, LOST);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE generation = 7"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM adoptions"), 0);
    CU_ASSERT_EQUAL(observe(list), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_containers"), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE state = 'running'"), 1);
}

/* More than there is room for: it runs already, so it is taken, and told. */
static void test_overbooked(void) {
    static const struct adopt_changes none = {-1, -1};
    struct intent_client client = client_of(scratch_worker());
    struct adoption adoption = {0};
    struct error err = {0};
    CLEANUP(json_put)
    json_t *inspection = inspection_of(F1, "one", "running", ",\"CpuShares\":102400", "{}");
    two_foreign();
    client = client_of(scratch_worker());
    CU_ASSERT_TRUE(adopt_read(client.pool, inspection, NULL, &none, false, &adoption, &err));
    CU_ASSERT_TRUE(intent_adopt(&client, "e1", &adoption, &err));
    CU_ASSERT_EQUAL(json_len(adoption.warnings), 1);
    adoption_release(&adoption);
}

enum { RACERS = 6 };

static struct {
    enum error_kind kinds[RACERS];
    struct db *dbs[RACERS];
} race;

static void racer(size_t number, void *context) {
    struct error err = {0};
    adopt_on(race.dbs[number], context, NULL, false, NULL, &err);
    race.kinds[number] = err.kind;
}

static void test_race(void) {
    CLEANUP(json_put) json_t *shared = inspection_of(F1, "one", "running", "", "{}");
    json_t *copies[1] = {shared};
    int won = 0, lost = 0;
    two_foreign();
    for (int i = 0; i < RACERS; i++)
        race.dbs[i] = scratch_connect("berth_worker");
    /* json-c's texts are made once and kept in the object: not by several threads. */
    json_print(copies[0]);
    in_threads(RACERS, racer, shared);
    for (int i = 0; i < RACERS; i++) {
        won += race.kinds[i] == ERROR_NONE;
        lost += race.kinds[i] == ERROR_CONFLICT;
        db_free(race.dbs[i]);
    }
    CU_ASSERT_EQUAL(won, 1);
    CU_ASSERT_EQUAL(lost, RACERS - 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'adopt-container'"), 1);
}

/* The engine has left the pool with the work still to be done. */
static void test_engine_gone(void) {
    struct intent_result result;
    struct error err = {0};
    two_foreign();
    CU_ASSERT_TRUE(change("one", INTENT_STOP, &result, &err));
    sql_do("DELETE FROM engines");
    struct foreign_work *work = claim("a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(work);
    CU_ASSERT_TRUE(settle(work, NULL));
}

static const struct unit_test tests[] = {
    {"the list has them after the pool's own", test_list},
    {"by id, prefix and name", test_find},
    {"a stop survives its executor", test_stop},
    {"a later intent takes the earlier one's place", test_superseded},
    {"what is refused", test_refused},
    {"adopted as it is", test_adopt},
    {"an adopted one vanishes", test_vanished},
    {"an executor finds an adopted one gone", test_anew},
    {"what is not adopted", test_not_adopted},
    {"a lost one becomes its row again", test_lost},
    {"beyond the engine's room", test_overbooked},
    {"adopted by several at once", test_race},
    {"the engine left the pool", test_engine_gone},
    {0},
};

const struct unit_suite suite_foreign = {"foreign", tests};
