/* test_copies: copies of containers that are where they should not be: which of them are obsolete,
 * which are lost, and which prove that the rows are older than what was done by them. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/restored.h"
#include "sql/statements.h"
#include "tests/store/observe_fixture.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define WEB "{\"name\":\"web\",\"cpus\":1,\"memory\":100}"

static int64_t row_is(const char *condition) {
    return sql_int("SELECT count(*) FROM containers WHERE %s", condition);
}

static bool has(json_t *list, const char *text) {
    for (size_t i = 0; i < json_len(list); i++)
        if (strcmp(json_object_get_string(json_at(list, i)), text) == 0)
            return true;
    return false;
}

static void test_obsolete(void) {
    char ids[3][65];
    struct error err;
    struct observation observation;
    CLEANUP(json_put) json_t *list = json_object_new_array();
    const char *pool = scratch_pool()->id;
    scratch_reset();
    engine_add("e1", 4, 4096);
    engine_add("e2", 4, 4096);
    run_ids(WEB, 3, ids);
    work_off(scratch_worker(), "running");
    CU_ASSERT_TRUE(change(ids[0], INTENT_DESTROY, NULL, &err));
    work_off(scratch_worker(), "running");
    sql_do(
        "UPDATE containers SET generation = 3, engine_id = 'e2', docker_id = 'new' WHERE id = '%s'",
        ids[1]);
    sql_do("UPDATE containers SET engine_id = 'e2' WHERE id = '%s'", ids[2]);
    add_entry(list, "tombstone", "running", "Up", pool, ids[0], "1");
    add_entry(list, "older", "running", "Up", pool, ids[1], "2");
    add_entry(list, "elsewhere", "running", "Up", pool, ids[2], "1");
    add_entry(list, "other-pool", "running", "Up", "another", ids[0], "1");
    add_entry(list, "no-generation", "running", "Up", pool, ids[0], NULL);
    add_entry(list, "bad-generation", "running", "Up", pool, ids[0], "1x");
    add_entry(list, "no-pool", "running", "Up", NULL, ids[0], "1");
    CLEANUP(mem_free_text)
    char *before = sql_text("SELECT string_agg(c::text, ' ' ORDER BY id) FROM containers c");
    observe("e1", list, 0, GAP_NONE, &observation);
    CU_ASSERT_EQUAL(json_len(observation.obsolete), 2);
    CU_ASSERT_TRUE(has(observation.obsolete, "tombstone") && has(observation.obsolete, "older"));
    observation_release(&observation);
    CLEANUP(mem_free_text)
    char *after = sql_text("SELECT string_agg(c::text, ' ' ORDER BY id) FROM containers c");
    CU_ASSERT_STRING_EQUAL(after, before);
}

/* Of this pool, but no row knows it: shown as load, never removed. */
static void test_lost(void) {
    char stranger[65];
    struct observation observation;
    CLEANUP(json_put) json_t *list = json_object_new_array();
    scratch_reset();
    engine_add("e1", 4, 4096);
    memset(stranger, 'a', 64);
    stranger[64] = '\0';
    add_entry(list, "lost", "running", "Up", scratch_pool()->id, stranger, "1");
    add_entry(list, "nameless", "running", "Up", scratch_pool()->id, NULL, "1");
    for (int i = 0; i < 2; i++) {
        observe("e1", list, 0, i ? GAP_ENGINE : GAP_NONE, &observation);
        CU_ASSERT_EQUAL(json_len(observation.obsolete), 0);
        CU_ASSERT_EQUAL(json_len(observation.unknown), 2);
        observation_release(&observation);
    }
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_containers WHERE docker_id = 'lost'"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers"), 0);
}

/* What the engine has: one copy of the container, or none (NULL); how many of it are obsolete. */
static size_t obsolete_on(const char *engine_id, const char *docker_id, const char *id,
                          const char *generation) {
    struct observation observation;
    CLEANUP(json_put) json_t *list = json_object_new_array();
    if (docker_id)
        add_entry(list, docker_id, "running", "Up", scratch_pool()->id, id, generation);
    observe(engine_id, list, 0, GAP_NONE, &observation);
    size_t count = json_len(observation.obsolete);
    observation_release(&observation);
    return count;
}

static bool frozen(void) {
    return sql_int("SELECT count(*) FROM freezes WHERE kind = 'restored'") == 1;
}

static void thaw(void) {
    struct db *db = scratch_worker();
    struct error err = {0};
    CU_ASSERT_TRUE(db_begin(db, &err) &&
                   db_run(db, &sql_freeze_end, DB_PARAMS(DB_TEXT(NULL)), NULL, &err) &&
                   restored_accept(db, "restored", &err) && db_commit(db, &err));
    db_rollback(db);
}

/* Two engines; the only container runs on e1, in the first generation, by its row. */
static void restored(char ids[1][65], char docker_id[65]) {
    one_running(ids);
    engine_add("e2", 2, 4096);
    snprintf(docker_id, 65, "d%.63s", ids[0]);
}

/* The lost history moved it to e2. */
static void test_newer_elsewhere(void) {
    char ids[1][65], docker_id[65];
    restored(ids, docker_id);
    CU_ASSERT_EQUAL(obsolete_on("e2", "newer", ids[0], "3"), 0);
    CU_ASSERT_TRUE(frozen());
    CU_ASSERT_EQUAL(obsolete_on("e1", NULL, ids[0], "1"), 0);
    CU_ASSERT_EQUAL(row_is("state = 'missing' AND due_at IS NOT NULL"), 1);
    CU_ASSERT_PTR_NULL(claim_one(scratch_worker(), "x")); /* it is not made again */
    CU_ASSERT_EQUAL(obsolete_on("e2", "newer", ids[0], "3"), 0);
    CU_ASSERT_EQUAL(sql_int(
                        "SELECT count(*) FROM events WHERE type = 'freeze-restored' AND message "
                        "LIKE '%%engine e2 container %% is of generation 3, by its row of 1.%%'"),
                    1);
    thaw();
    CU_ASSERT_EQUAL(row_is("generation = 4 AND engine_id = 'e1' AND state = 'placed'"), 1);
    CU_ASSERT_EQUAL(obsolete_on("e2", "newer", ids[0], "3"), 1);
    CU_ASSERT_FALSE(frozen()); /* not again */
    work_off(scratch_worker(), "running");
    CU_ASSERT_EQUAL(obsolete_on("e1", docker_id, ids[0], "4"), 0);
    CU_ASSERT_EQUAL(row_is("state = 'running'"), 1);
    check_invariants();
}

/* It was on its way there: the copy that the row knows runs, too. */
static void test_newer_beside(void) {
    char ids[1][65], docker_id[65];
    restored(ids, docker_id);
    CU_ASSERT_EQUAL(obsolete_on("e2", "newer", ids[0], "2"), 0);
    CU_ASSERT_EQUAL(obsolete_on("e1", docker_id, ids[0], "1"), 0);
    thaw();
    CU_ASSERT_EQUAL(row_is("generation = 3 AND state = 'running' AND docker_id IS NOT NULL"), 1);
    CU_ASSERT_EQUAL(obsolete_on("e1", docker_id, ids[0], "1"), 0); /* it is the third one now */
    CU_ASSERT_EQUAL(row_is("state = 'running' AND docker_id IS NOT NULL"), 1);
    CU_ASSERT_EQUAL(obsolete_on("e2", "newer", ids[0], "2"), 1);
    CU_ASSERT_FALSE(frozen());
    work_off(scratch_worker(), "running");
    check_invariants();
}

/* It was made anew where it is. */
static void test_newer_here(void) {
    char ids[1][65], docker_id[65];
    restored(ids, docker_id);
    CU_ASSERT_EQUAL(obsolete_on("e1", "newer", ids[0], "5"), 0);
    CU_ASSERT_TRUE(frozen());
    thaw();
    CU_ASSERT_EQUAL(row_is("generation = 5 AND state = 'placed' AND due_at IS NOT NULL"), 1);
    CU_ASSERT_EQUAL(obsolete_on("e1", "newer", ids[0], "5"), 0);
    CU_ASSERT_EQUAL(row_is("docker_id = 'newer' AND state = 'running'"), 1);
    CU_ASSERT_FALSE(frozen());
}

/* What is to go does not come back for it. */
static void test_newer_removed(void) {
    char ids[1][65], docker_id[65];
    struct error err;
    restored(ids, docker_id);
    CU_ASSERT_TRUE(change(ids[0], INTENT_DESTROY, NULL, &err));
    CU_ASSERT_EQUAL(obsolete_on("e1", "newer", ids[0], "2"), 0);
    CU_ASSERT_TRUE(frozen());
    thaw();
    work_off(scratch_worker(), "running");
    CU_ASSERT_EQUAL(row_is("removed_at IS NULL"), 0);
    CU_ASSERT_EQUAL(obsolete_on("e1", "newer", ids[0], "2"), 1);
    CU_ASSERT_FALSE(frozen());
}

static const struct unit_test tests[] = {
    {"only what a row proves obsolete is removed", test_obsolete},
    {"lost containers are never removed", test_lost},
    {"a newer copy elsewhere freezes; then the row counts", test_newer_elsewhere},
    {"a newer copy beside the row's own", test_newer_beside},
    {"a newer copy in the row's place is the row's", test_newer_here},
    {"a newer copy of one that goes", test_newer_removed},
    {0},
};

const struct unit_suite suite_copies = {"copies", tests};
