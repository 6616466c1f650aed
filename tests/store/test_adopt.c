/* test_adopt: containers that were not the pool's are adopted, with what becomes of them then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/adopt.h"
#include "sql/statements.h"
#include "tests/store/foreign_fixture.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define LOST "e500000000000000000000000000000000000000000000000000000000000000"

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
    list_add(list, F1, "one", "running", 1000, "{}");
    list_add(list, F2, "two", "exited", 2000, "{}");
    CU_ASSERT_EQUAL(observe_list(list), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_containers"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE state = 'running'"), 1);
    json_set_text(json_at(list, 0), "State", "exited");
    observe_list(list);
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
    observe_list(empty);
    CU_ASSERT_EQUAL(sql_int(
                        "SELECT count(*) FROM containers WHERE state = 'missing' AND docker_id IS "
                        "NULL AND generation = 2 AND due_at IS NOT NULL AND desired = 'running'"),
                    1);
    observe_list(empty);
    CU_ASSERT_EQUAL(sql_int("SELECT generation FROM containers"), 2);
    struct work_row *row = claim_one(scratch_worker(), "x");
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_FALSE(row->adopted);
    claim_free(row);
    list_add(back, F1, "one", "running", 1000, "{}");
    CU_ASSERT_EQUAL(observe_list(back), 1);
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
    list_add(list, F1, "one", "running", 1000, labels);
    CU_ASSERT_EQUAL(observe_list(list), 0);
    CU_ASSERT_EQUAL(sql_int(
                        "SELECT count(*) FROM foreign_containers WHERE doc -> 'lost' = 'true' AND "
                        "body LIKE '%%\"lost\":true%%'"),
                    1);
    CU_ASSERT_TRUE(adopt_on(scratch_worker(), inspection, NULL, false, id, &err));
    CU_ASSERT_STRING_EQUAL(id, LOST);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE generation = 7"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM adoptions"), 0);
    CU_ASSERT_EQUAL(observe_list(list), 0);
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

static const struct unit_test tests[] = {
    {"adopted as it is", test_adopt},
    {"an adopted one vanishes", test_vanished},
    {"an executor finds an adopted one gone", test_anew},
    {"what is not adopted", test_not_adopted},
    {"a lost one becomes its row again", test_lost},
    {"beyond the engine's room", test_overbooked},
    {"adopted by several at once", test_race},
    {0},
};

const struct unit_suite suite_adopt = {"adopt", tests};
