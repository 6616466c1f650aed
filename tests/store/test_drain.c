/* test_drain: containers leave an engine that is drained: one after the other, never none, never
 * two for good. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/enroll.h"
#include "sql/statements.h"
#include "tests/store/move_fixture.h"
#include "tests/store/observe_fixture.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define WEB "{\"name\":\"web\",\"memory\":100}"

static int64_t replaced(void) {
    return sql_int("SELECT count(*) FROM replacements");
}

static bool db_flag(const struct sql_statement *statement, const struct db_param *params,
                    size_t count, const char *column) {
    struct error err = {0};
    struct db_result *row = NULL;
    CU_ASSERT_TRUE_FATAL(db_run(scratch_worker(), statement, params, count, &row, &err));
    bool flag = db_rows(row) == 1 && db_is_true(row, 0, column);
    db_result_free(&row);
    return flag;
}

static bool drain(const char *id) {
    return db_flag(&sql_engine_drain, DB_PARAMS(DB_TEXT(id), DB_TEXT("clare")), "began");
}

static bool uncordon(const char *id) {
    return db_flag(&sql_engine_uncordon, DB_PARAMS(DB_TEXT(id)), "ended");
}

static void give_back(const char *id) {
    struct error err = {0};
    CU_ASSERT_TRUE(db_run(scratch_worker(), &sql_replacement_undo,
                          DB_PARAMS(DB_TEXT(id), db_int(0), DB_TEXT("true"), DB_TEXT(NULL)), NULL,
                          &err));
}

static void a_while_later(void) {
    sql_do("UPDATE containers SET changed_at = changed_at - interval '2 seconds'");
}

/* `count` running ones on e1, and e2 beside it. */
static void set_up(const char *spec, size_t count, char ids[][65]) {
    scratch_reset();
    engine_add("e1", 2, 4096);
    run_ids(spec, count, ids);
    work_off(scratch_worker(), "running");
    engine_add("e2", 2, 4096);
}

/* Whether the copy of this generation on the engine would be removed. */
static bool is_obsolete(const char *engine_id, const char *id, const char *docker_id,
                        const char *generation) {
    CLEANUP(json_put) json_t *list = json_object_new_array();
    struct observation observation;
    add_entry(list, docker_id, "running", "Up 3 seconds", scratch_pool()->id, id, generation);
    observe(engine_id, list, 0, GAP_NONE, &observation);
    bool obsolete = json_len(observation.obsolete) == 1;
    observation_release(&observation);
    return obsolete;
}

static void docker_id_of(const char *id, char docker_id[65]) {
    snprintf(docker_id, 65, "d%.63s", id); /* as work_off() settles it */
}

static void test_one_by_one(void) {
    char ids[3][65], docker_id[65];
    set_up("{\"name\":\"web\",\"memory\":100,\"bind_ports\":[{\"container_port\":80}]}", 3, ids);
    docker_id_of(ids[0], docker_id);
    CU_ASSERT_TRUE(drain("e1"));
    CU_ASSERT_FALSE(drain("e1"));
    pass_of("{}");
    CU_ASSERT_EQUAL(on_engine("e2"), 1);
    CU_ASSERT_EQUAL(replaced(), 1);
    CU_ASSERT_EQUAL(row_is("state = 'running'"), 3); /* for the old copy runs */
    CU_ASSERT_FALSE(is_obsolete("e1", ids[0], docker_id, "1"));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 4);
    pass_of("{}"); /* nothing more until the new one runs */
    CU_ASSERT_EQUAL(on_engine("e2"), 1);
    work_off(scratch_worker(), "running");
    pass_of("{}"); /* nor before it has run for a moment */
    CU_ASSERT_EQUAL(replaced(), 1);
    a_while_later();
    pass_of("{}");
    CU_ASSERT_TRUE(is_obsolete("e1", ids[0], docker_id, "1"));
    CU_ASSERT_EQUAL(on_engine("e2"), 2);
    CU_ASSERT_EQUAL(replaced(), 1);
    for (int i = 0; i < 2; i++) {
        work_off(scratch_worker(), "running");
        a_while_later();
        pass_of("{}");
    }
    CU_ASSERT_EQUAL(on_engine("e1"), 0);
    CU_ASSERT_EQUAL(replaced(), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings WHERE engine_id = 'e2'"), 3);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 3);
    CU_ASSERT_EQUAL(events("engine-drained"), 1);
    CU_ASSERT_EQUAL(events("move-container"), 3);
    pass_of("{}");
    CU_ASSERT_EQUAL(events("engine-drained"), 1);
    CU_ASSERT_EQUAL(sql_int(
                        "SELECT count(*) FROM engines e WHERE id = 'e1' AND engine_shown(e) #>> "
                        "'{health,state}' = 'draining' AND (engine_drain(e) ->> "
                        "'done')::boolean"),
                    1);
    check_invariants();
}

static void test_nothing_new(void) {
    char ids[1][65];
    struct error err = {0};
    set_up("{\"name\":\"web\",\"memory\":100,\"reschedule\":\"never\"}", 1, ids);
    drain("e1");
    drain("e2");
    CU_ASSERT_FALSE(run(WEB, 1, NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    CU_ASSERT_TRUE(uncordon("e2"));
    CU_ASSERT_FALSE(uncordon("e2"));
    CU_ASSERT_TRUE(run(WEB, 2, NULL, &err));
    CU_ASSERT_EQUAL(on_engine("e2"), 2);
    pass_of("{}");
    CU_ASSERT_EQUAL(on_engine("e1"), 1); /* its policy is never */
    CU_ASSERT_EQUAL(
        sql_int("SELECT count(*) FROM engines e WHERE id = 'e1' AND engine_drain(e) #>> "
                "'{stays,0,id}' = '%s' AND engine_drain(e) #>> '{stays,0,reason}' LIKE "
                "'%%never'",
                ids[0]),
        1);
    CU_ASSERT_FALSE(drain("nobody"));
}

/* It fails elsewhere, however: the old copy runs on, the container is neither lost nor given up. */
static void test_fails_elsewhere(void) {
    char ids[1][65], docker_id[65];
    struct error err = {0};
    bool finished;
    set_up("{\"name\":\"web\",\"memory\":100,\"bind_ports\":[{\"container_port\":80}]}", 1, ids);
    docker_id_of(ids[0], docker_id);
    drain("e1");
    pass_of("{}");
    struct work_row *row = claim_one(scratch_worker(), "worker");
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    const struct work_outcome refused = {.state = "missing",
                                         .exit_code = -1,
                                         .error = "no such image",
                                         .desired = "stopped",
                                         .retry_s = -1,
                                         .item = "failed"};
    CU_ASSERT_TRUE(work_settle(scratch_worker(), row, &refused, &finished, &err));
    claim_free(row);
    CU_ASSERT_EQUAL(row_is("desired = 'running' AND state = 'running' AND engine_id = 'e2'"), 1);
    pass_of("{}");
    CU_ASSERT_EQUAL(replaced(), 1);
    CU_ASSERT_FALSE(is_obsolete("e1", ids[0], docker_id, "1"));
    sql_do("UPDATE replacements SET since = since - interval '61 seconds'");
    pass_of("{}"); /* long enough */
    CU_ASSERT_EQUAL(replaced(), 0);
    CU_ASSERT_EQUAL(row_is(
                        "engine_id = 'e1' AND generation = 3 AND state = 'running' AND desired = "
                        "'running'"),
                    1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE docker_id = '%s'", docker_id),
                    1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'move-blocked' AND message "
                            "LIKE '%%no such image'"),
                    1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings WHERE engine_id = 'e1'"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 1);
    CU_ASSERT_FALSE(is_obsolete("e1", ids[0], docker_id, "1")); /* it is generation 3 now */
    CU_ASSERT_EQUAL(row_is("state = 'running'"), 1);
    CU_ASSERT_TRUE(is_obsolete("e2", ids[0], "late", "2"));
    work_off(scratch_worker(), "running");
    check_invariants();
}

static void test_uncordon_back(void) {
    char ids[2][65];
    set_up(WEB, 2, ids);
    drain("e1");
    pass_of("{}");
    CU_ASSERT_EQUAL(on_engine("e2"), 1);
    uncordon("e1");
    give_back("e1");
    CU_ASSERT_EQUAL(on_engine("e1"), 2);
    CU_ASSERT_EQUAL(replaced(), 0);
    CU_ASSERT_EQUAL(row_is("state = 'running' AND docker_id IS NOT NULL"), 2);
    pass_of("{}");
    CU_ASSERT_EQUAL(on_engine("e1"), 2);
    work_off(scratch_worker(), "running");
    check_invariants();
}

/* The new copy of the only row, as an executor and the keeper's look leave it. */
static void is_seen(const char *state, const char *docker_id) {
    struct error err = {0};
    bool finished;
    struct work_row *row = claim_one(scratch_worker(), "worker");
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    const struct work_outcome outcome = {
        .state = state, .docker_id = docker_id, .exit_code = -1, .retry_s = -1, .item = "done"};
    CU_ASSERT_TRUE(work_settle(scratch_worker(), row, &outcome, &finished, &err));
    claim_free(row);
}

/* An image took long to come: what runs at last does not go back. */
static void test_slow(void) {
    char ids[1][65];
    set_up(WEB, 1, ids);
    drain("e1");
    pass_of("{}");
    sql_do("UPDATE replacements SET since = since - interval '61 seconds'");
    is_seen("running", "new");
    pass_of("{}"); /* not for a second yet */
    CU_ASSERT_EQUAL(row_is("engine_id = 'e2' AND docker_id = 'new' AND state = 'running'"), 1);
    CU_ASSERT_EQUAL(replaced(), 1);
    a_while_later();
    pass_of("{}");
    CU_ASSERT_EQUAL(replaced(), 0);
    CU_ASSERT_EQUAL(events("move-blocked"), 0);
}

/* The new copy ends at once: that is no end of the container, whose old copy runs. */
static void test_exits_elsewhere(void) {
    CLEANUP(json_put) json_t *list = json_object_new_array();
    char ids[1][65], docker_id[65];
    struct observation observation;
    struct error err = {0};
    set_up(WEB, 1, ids);
    docker_id_of(ids[0], docker_id);
    drain("e1");
    pass_of("{}");
    is_seen("running", "new");
    json_t *entry = json_object_new_object(), *labels = json_object_new_object();
    json_set_text(entry, "Id", "new");
    json_set_text(entry, "State", "exited");
    json_set_text(entry, "Status", "Exited (1) 1 second ago");
    json_set_text(labels, "berth.pool", scratch_pool()->id);
    json_set_text(labels, "berth.container", ids[0]);
    json_set_text(labels, "berth.generation", "2");
    json_set(entry, "Labels", labels);
    json_object_array_add(list, entry);
    CU_ASSERT_TRUE_FATAL(observe_engine(scratch_keeper(), scratch_pool(), "e2", list, 0, GAP_NONE,
                                        &observation, &err));
    observation_release(&observation);
    CU_ASSERT_EQUAL(row_is("desired = 'running' AND state = 'exited' AND due_at IS NOT NULL"), 1);
    a_while_later();
    pass_of("{}");
    CU_ASSERT_EQUAL(replaced(), 1);
    CU_ASSERT_FALSE(is_obsolete("e1", ids[0], docker_id, "1"));
    sql_do("UPDATE replacements SET since = since - interval '61 seconds'");
    pass_of("{}");
    CU_ASSERT_EQUAL(replaced(), 0);
    CU_ASSERT_EQUAL(row_is("engine_id = 'e1' AND state = 'running' AND desired = 'running'"), 1);
}

/* It is given back while a list of its engine is taken in: nobody removes it by its old label. */
static void test_given_back_meanwhile(void) {
    char ids[1][65], docker_id[65];
    set_up(WEB, 1, ids);
    docker_id_of(ids[0], docker_id);
    drain("e1");
    pass_of("{}");
    uncordon("e1");
    give_back("e1");
    sql_do("DELETE FROM adoptions"); /* as they were read before */
    sql_do("UPDATE containers SET changed_at = now() + interval '1 minute'");
    CU_ASSERT_FALSE(is_obsolete("e1", ids[0], docker_id, "1"));
    CU_ASSERT_TRUE(is_obsolete("e1", ids[0], "another", "1"));
}

/* What is not wanted any more needs no old copy. */
static void test_destroyed(void) {
    char ids[1][65], docker_id[65];
    struct error err;
    set_up(WEB, 1, ids);
    docker_id_of(ids[0], docker_id);
    drain("e1");
    pass_of("{}");
    CU_ASSERT_TRUE(change(ids[0], INTENT_STOP, NULL, &err));
    pass_of("{}");
    CU_ASSERT_EQUAL(replaced(), 0);
    CU_ASSERT_TRUE(is_obsolete("e1", ids[0], docker_id, "1"));
}

/* db, and web which is linked to it, on e1; e2 beside it. */
static void set_up_unit(char ids[2][65]) {
    set_up("{\"name\":\"db\",\"container_name\":\"db\",\"memory\":100}", 1, ids);
    sql_do("UPDATE engines SET draining_since = now() WHERE id = 'e2'");
    run_ids(WEB, 1, &ids[1]);
    sql_do(
        "UPDATE containers SET doc = jsonb_set(doc, '{image,links}', '{\"db\":\"db\"}') WHERE id = '%s'",
        ids[1]);
    work_off(scratch_worker(), "running");
    uncordon("e2");
}

/* Of two that are moved together one is stopped: its old copy does not wait for the other one. */
static void test_one_stopped(void) {
    char ids[2][65], docker_id[65];
    struct error err;
    set_up_unit(ids);
    docker_id_of(ids[1], docker_id);
    drain("e1");
    pass_of("{}");
    CU_ASSERT_EQUAL(replaced(), 2);
    CU_ASSERT_FALSE(is_obsolete("e1", ids[1], docker_id, "1"));
    CU_ASSERT_TRUE(change(ids[1], INTENT_STOP, NULL, &err));
    pass_of("{}");
    CU_ASSERT_EQUAL(replaced(), 2); /* the other one may still go back */
    CU_ASSERT_TRUE(is_obsolete("e1", ids[1], docker_id, "1"));
    docker_id_of(ids[0], docker_id);
    CU_ASSERT_FALSE(is_obsolete("e1", ids[0], docker_id, "1"));
    uncordon("e1");
    give_back("e1"); /* both are there again, the stopped one without a copy */
    CU_ASSERT_EQUAL(on_engine("e1"), 2);
    CU_ASSERT_EQUAL(replaced(), 0);
    CU_ASSERT_EQUAL(row_is("desired = 'stopped' AND state = 'missing' AND docker_id IS NULL AND "
                           "due_at IS NOT NULL"),
                    1);
    docker_id_of(ids[1], docker_id);
    CU_ASSERT_TRUE(is_obsolete("e1", ids[1], docker_id, "1"));
    work_off(scratch_worker(), "running");
    check_invariants();
}

/* One of a unit was stopped before: its copy is kept like the others', and comes back as it was. */
static void test_stopped_before(void) {
    char ids[2][65], docker_id[65];
    struct error err;
    set_up_unit(ids);
    CU_ASSERT_TRUE(change(ids[1], INTENT_STOP, NULL, &err));
    work_off(scratch_worker(), "exited");
    docker_id_of(ids[1], docker_id);
    drain("e1");
    pass_of("{}");
    CU_ASSERT_EQUAL(on_engine("e2"), 2);
    CU_ASSERT_EQUAL(row_is("desired = 'stopped' AND state = 'missing'"), 1);
    CU_ASSERT_FALSE(is_obsolete("e1", ids[1], docker_id, "1"));
    uncordon("e1");
    give_back("e1");
    CU_ASSERT_EQUAL(on_engine("e1"), 2);
    CU_ASSERT_EQUAL(replaced(), 0);
    CU_ASSERT_EQUAL(row_is("desired = 'stopped' AND state = 'exited' AND docker_id IS NOT NULL AND "
                           "due_at IS NULL"),
                    1);
    CU_ASSERT_EQUAL(row_is("desired = 'running' AND state = 'running' AND docker_id IS NOT NULL"),
                    1);
    CU_ASSERT_FALSE(is_obsolete("e1", ids[1], docker_id, "1"));
    work_off(scratch_worker(), "running");
    drain("e1"); /* and when it is done after all its copy goes */
    pass_of("{}");
    work_off(scratch_worker(), "running");
    a_while_later();
    pass_of("{}");
    CU_ASSERT_EQUAL(replaced(), 0);
    CU_ASSERT_EQUAL(on_engine("e2"), 2);
    CU_ASSERT_TRUE(is_obsolete("e1", ids[1], docker_id, "1"));
    check_invariants();
}

static bool remove_engine(const char *id, bool force, struct error *err) {
    struct db *db = scratch_worker();
    bool ok = db_begin(db, err) && enroll_remove(db, id, force, err) && db_commit(db, err);
    db_rollback(db);
    return ok;
}

/* It is started while they move, and their new engine is removed: it is started where it was. */
static void test_started_meanwhile(void) {
    char ids[2][65];
    struct error err;
    struct intent_result result = {0};
    set_up_unit(ids);
    struct intent_client admin = client_of(scratch_worker());
    admin.grants = "write /"; /* as it has links */
    CU_ASSERT_TRUE(change(ids[1], INTENT_STOP, NULL, &err));
    work_off(scratch_worker(), "exited");
    drain("e1");
    pass_of("{}");
    CU_ASSERT_TRUE(intent_change(&admin, ids[1], INTENT_START, &result, &err));
    CU_ASSERT_TRUE(remove_engine("e2", true, &err));
    CU_ASSERT_EQUAL(on_engine("e1"), 2);
    CU_ASSERT_EQUAL(row_is("desired = 'running' AND state = 'exited' AND docker_id IS NOT NULL AND "
                           "due_at IS NOT NULL"),
                    1);
    work_off(scratch_worker(), "running");
    check_invariants();
}

/* Engines leave the pool in the middle of it: no copy is forgotten, none is left where nobody
 * looks. */
static void test_engine_removed(void) {
    char ids[1][65], docker_id[65];
    struct error err;
    set_up(WEB, 1, ids);
    docker_id_of(ids[0], docker_id);
    drain("e1");
    pass_of("{}");
    CU_ASSERT_EQUAL(on_engine("e1"), 0);
    CU_ASSERT_FALSE(remove_engine("e1", false, &err)); /* the old copy still runs there */
    CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
    CU_ASSERT_TRUE(remove_engine("e2", true, &err)); /* where the new one was to come up */
    CU_ASSERT_EQUAL(row_is("engine_id = 'e1' AND docker_id IS NOT NULL AND state = 'running' AND "
                           "desired = 'running' AND removed_at IS NULL"),
                    1);
    CU_ASSERT_EQUAL(replaced(), 0);
    CU_ASSERT_FALSE(is_obsolete("e1", ids[0], docker_id, "1"));
    work_off(scratch_worker(), "running");
    check_invariants();
}

/* The engine that the new copy is to run on is lost, too. */
static void test_lost_meanwhile(void) {
    char ids[1][65], docker_id[65];
    set_up("{\"name\":\"web\",\"memory\":100,\"reschedule\":\"always\"}", 1, ids);
    docker_id_of(ids[0], docker_id);
    drain("e1");
    pass_of("{}");
    engine_add("e3", 2, 4096);
    sql_do(
        "UPDATE engines SET lost_at = now(), doc = jsonb_set(doc, '{health,status}', '\"down\"') "
        "WHERE id = 'e2'");
    pass_of("{e2}");
    CU_ASSERT_EQUAL(on_engine("e3"), 1);
    CU_ASSERT_EQUAL(row_is("state = 'running' AND started"), 1); /* for the old copy runs */
    CU_ASSERT_EQUAL(replaced(), 1);
    CU_ASSERT_FALSE(is_obsolete("e1", ids[0], docker_id, "1"));
    work_off(scratch_worker(), "running");
    a_while_later();
    pass_of("{}");
    CU_ASSERT_EQUAL(replaced(), 0);
    CU_ASSERT_TRUE(is_obsolete("e1", ids[0], docker_id, "1"));
}

static const struct unit_test tests[] = {
    {"one by one, the new one up before the old one goes", test_one_by_one},
    {"nothing new is placed, some stay", test_nothing_new},
    {"what does not come up elsewhere goes back", test_fails_elsewhere},
    {"what took long to come up stays", test_slow},
    {"what ends at once elsewhere goes back", test_exits_elsewhere},
    {"given back while its engine is looked at", test_given_back_meanwhile},
    {"uncordon stops it", test_uncordon_back},
    {"not wanted any more meanwhile", test_destroyed},
    {"one of a unit is stopped meanwhile", test_one_stopped},
    {"one of a unit was stopped before", test_stopped_before},
    {"and is started meanwhile", test_started_meanwhile},
    {"an engine leaves the pool meanwhile", test_engine_removed},
    {"the new engine is lost meanwhile", test_lost_meanwhile},
    {0},
};

const struct unit_suite suite_drain = {"drain", tests};
