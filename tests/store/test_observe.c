/* test_observe: keeper/observe: what an engine's list means for the rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "keeper/observe.h"
#include "tests/store/move_fixture.h"
#include "tests/store/observe_fixture.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define WEB "\"name\":\"web\",\"cpus\":1,\"memory\":100"

/* Take a list in that asks for nothing to be done. */
static void observe_quietly(json_t *list) {
    struct observation observation;
    observe("e1", list, 0, GAP_NONE, &observation);
    CU_ASSERT_EQUAL(json_len(observation.obsolete), 0);
    CU_ASSERT_EQUAL(json_len(observation.unknown), 0);
    observation_release(&observation);
}

/* The only container, seen on e1 in this state (NULL: not in the list). */
static void seen(const char *id, const char *state, const char *status, enum gap gap) {
    CLEANUP(json_put) json_t *list = json_object_new_array();
    struct observation observation;
    if (state)
        add_ours(list, id, state, status);
    observe("e1", list, 0, gap, &observation);
    observation_release(&observation);
}

static void test_exited(void) {
    char ids[1][65];
    one_running(ids);
    seen(ids[0], "exited", "Exited (3) 2 seconds ago", GAP_NONE);
    CU_ASSERT_EQUAL(row_is(
                        "state = 'exited' AND exit_code = 3 AND desired = 'stopped' AND due_at IS "
                        "NULL AND docker_id IS NOT NULL"),
                    1);
    CU_ASSERT_EQUAL(events("container-exited"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE container_id = '%s' AND engine_id = "
                            "'e1' AND account IS NULL AND message LIKE '%%exit_code=3'",
                            ids[0]),
                    1);
    seen(ids[0], "exited", "Exited (3) 4 seconds ago", GAP_NONE);
    CU_ASSERT_EQUAL(events("container-exited"), 1);
    check_invariants();
}

/* Docker's own restart policy is at work: nothing for berth to do. */
static void test_restarting(void) {
    char ids[1][65];
    one_running(ids);
    seen(ids[0], "restarting", "Restarting (1) 1 second ago", GAP_NONE);
    CU_ASSERT_EQUAL(row_is("state = 'restarting' AND desired = 'running' AND due_at IS NULL"), 1);
    seen(ids[0], "paused", "Up 2 seconds (Paused)", GAP_NONE);
    CU_ASSERT_EQUAL(row_is("state = 'paused' AND desired = 'running' AND due_at IS NULL"), 1);
    seen(ids[0], "running", "Up 3 seconds", GAP_NONE);
    CU_ASSERT_EQUAL(row_is("state = 'running' AND desired = 'running' AND due_at IS NULL"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type LIKE 'container-%%'"), 3);
}

/* What exited while nobody looked was killed with its host, or with its dockerd. */
static void test_gaps(void) {
    static const struct {
        enum gap gap;
        const char *status;
        bool again;
    } cases[] = {
        {GAP_NONE, "Exited (137) 1 second ago", false},
        {GAP_ENGINE, "Exited (0) 1 second ago", true},
        {GAP_ENGINE, "Exited (255) 1 second ago", true},
        {GAP_KEEPER, "Exited (0) 1 second ago", false},
        {GAP_KEEPER, "Exited (137) 1 second ago", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char ids[1][65];
        one_running(ids);
        seen(ids[0], "exited", cases[i].status, cases[i].gap);
        CU_ASSERT_EQUAL(row_is(cases[i].again ? "desired = 'running' AND due_at <= now()"
                                              : "desired = 'stopped' AND due_at IS NULL"),
                        1);
        CU_ASSERT_EQUAL(row_is("state = 'exited'"), 1);
    }
}

/* Whether something was missed is not known yet: what exited waits, other things do not. */
static void test_open(void) {
    char ids[1][65];
    one_running(ids);
    seen(ids[0], "exited", "Exited (137) 1 second ago", GAP_OPEN);
    CU_ASSERT_EQUAL(row_is("state = 'running' AND desired = 'running' AND due_at IS NULL"), 1);
    CU_ASSERT_EQUAL(events("container-exited"), 0);
    seen(ids[0], "paused", "Up 2 seconds (Paused)", GAP_OPEN);
    CU_ASSERT_EQUAL(row_is("state = 'paused'"), 1);
    seen(ids[0], "exited", "Exited (137) 2 seconds ago", GAP_NONE);
    CU_ASSERT_EQUAL(row_is("state = 'exited' AND desired = 'stopped'"), 1);
}

static void test_health(void) {
    static const struct {
        const char *status, *health;
    } steps[] = {{"Up 1 second", "NOT doc ? 'health'"},
                 {"Up 1 second (health: starting)", "doc ->> 'health' = 'starting'"},
                 {"Up 1 second (unhealthy)", "doc ->> 'health' = 'unhealthy'"},
                 {"Up 1 second (healthy)", "doc ->> 'health' = 'healthy'"},
                 {"Up 1 second", "doc -> 'health' = 'null'"}};
    char ids[1][65];
    one_running(ids);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        seen(ids[0], "running", steps[i].status, GAP_NONE);
        CU_ASSERT_EQUAL(row_is(steps[i].health), 1);
    }
}

/* Stopped because somebody asked for it: no gap starts it again. */
static void test_stopped_in_gap(void) {
    char ids[1][65];
    struct error err;
    one_running(ids);
    CU_ASSERT_TRUE(change(ids[0], INTENT_STOP, NULL, &err));
    work_off(scratch_worker(), "exited");
    seen(ids[0], "exited", "Exited (137) 1 second ago", GAP_ENGINE);
    CU_ASSERT_EQUAL(row_is("desired = 'stopped' AND state = 'exited' AND due_at IS NULL"), 1);
}

static void inspected(const char *id, const char *state) {
    CLEANUP(json_put) json_t *inspection = json_object_new_object();
    json_t *status = json_object_new_object();
    struct error err = {0};
    char docker_id[65];
    snprintf(docker_id, sizeof docker_id, "d%.63s", id);
    json_set_text(status, "Status", state);
    json_set_text(inspection, "Id", docker_id);
    json_set(inspection, "State", status);
    CU_ASSERT_TRUE(observe_started(scratch_keeper(), "e1", inspection, 0, &err));
}

/* A list alone does not say so: dockerd's is out of date while its disk is full. */
static void test_by_hand(void) {
    CLEANUP(json_put) json_t *list = json_object_new_array();
    char ids[1][65];
    struct observation observation;
    struct error err;
    one_running(ids);
    CU_ASSERT_TRUE(change(ids[0], INTENT_STOP, NULL, &err));
    work_off(scratch_worker(), "exited");
    add_ours(list, ids[0], "running", "Up 1 second");
    observe("e1", list, 0, GAP_NONE, &observation);
    CU_ASSERT_EQUAL(json_len(observation.doubtful), 1);
    observation_release(&observation);
    inspected(ids[0], "exited");
    CU_ASSERT_EQUAL(row_is("state = 'exited' AND desired = 'stopped' AND due_at IS NULL"), 1);
    CU_ASSERT_EQUAL(events("container-running"), 0);
    inspected(ids[0], "running");
    inspected(ids[0], "running");
    CU_ASSERT_EQUAL(row_is("state = 'running' AND desired = 'running' AND due_at IS NULL"), 1);
    CU_ASSERT_EQUAL(events("container-running"), 1);
    observe("e1", list, 0, GAP_NONE, &observation);
    CU_ASSERT_EQUAL(json_len(observation.doubtful), 0);
    observation_release(&observation);
}

static void test_vanished(void) {
    char ids[2][65];
    struct error err;
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB "}", 2, ids);
    work_off(scratch_worker(), "running");
    CU_ASSERT_TRUE(change(ids[1], INTENT_STOP, NULL, &err));
    work_off(scratch_worker(), "exited");
    seen(ids[0], NULL, NULL, GAP_NONE);
    CU_ASSERT_EQUAL(row_is("state = 'missing' AND docker_id IS NULL"), 2);
    CU_ASSERT_EQUAL(row_is("desired = 'running' AND due_at <= now()"), 1);
    CU_ASSERT_EQUAL(row_is("desired = 'stopped' AND due_at IS NULL"), 1);
    CU_ASSERT_EQUAL(events("container-missing"), 2);
    seen(ids[0], NULL, NULL, GAP_NONE);
    CU_ASSERT_EQUAL(events("container-missing"), 2);
}

/* While Docker removes a container its process has ended: that is no wish of anybody's. */
static void test_going(void) {
    char ids[1][65];
    one_running(ids);
    seen(ids[0], "removing", "Removal In Progress", GAP_NONE);
    CU_ASSERT_EQUAL(row_is("state = 'running' AND desired = 'running' AND due_at IS NULL"), 1);
    CU_ASSERT_EQUAL(events("container-exited"), 0);
    seen(ids[0], NULL, "", GAP_NONE);
    CU_ASSERT_EQUAL(row_is("state = 'missing' AND desired = 'running' AND due_at IS NOT NULL"), 1);
}

/* Not there yet is not vanished; started by an executor is not exited. */
static void test_under_way(void) {
    char ids[1][65];
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB "}", 1, ids);
    seen(ids[0], NULL, NULL, GAP_NONE);
    CU_ASSERT_EQUAL(row_is("state = 'placed' AND desired = 'running' AND due_at <= now()"), 1);
    seen(ids[0], "created", "Created", GAP_NONE);
    CU_ASSERT_EQUAL(row_is("state = 'created' AND desired = 'running' AND due_at <= now() AND "
                           "docker_id IS NOT NULL"),
                    1);
    seen(ids[0], "exited", "Exited (1) 1 second ago", GAP_NONE);
    CU_ASSERT_EQUAL(row_is("desired = 'running' AND due_at <= now()"), 1);
    check_invariants();
}

/* A destroy that somehow lost its due time gets it back; the state stays the intent's. */
static void test_destroy_forgotten(void) {
    char ids[1][65];
    struct error err;
    one_running(ids);
    CU_ASSERT_TRUE(change(ids[0], INTENT_DESTROY, NULL, &err));
    sql_do("UPDATE containers SET due_at = NULL");
    seen(ids[0], "running", "Up 1 second", GAP_NONE);
    CU_ASSERT_EQUAL(row_is("state = 'removing' AND due_at <= now()"), 1);
}

static void test_left_alone(void) {
    char ids[2][65];
    CLEANUP(json_put) json_t *list = json_object_new_array();
    struct observation observation;
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB "}", 2, ids);
    work_off(scratch_worker(), "running");
    sql_do("UPDATE containers SET changed_at = now() - interval '1 minute'");
    sql_do("UPDATE containers SET claimed_by = 'x', claimed_until = now() + interval '1 minute' "
           "WHERE id = '%s'",
           ids[0]);
    sql_do("UPDATE containers SET changed_at = now() - interval '1 second' WHERE id = '%s'",
           ids[1]);
    CLEANUP(mem_free_text)
    char *before = sql_text("SELECT string_agg(c::text, ' ' ORDER BY id) FROM containers c");
    observe("e1", list, 5, GAP_NONE, &observation);
    observation_release(&observation);
    CLEANUP(mem_free_text)
    char *after = sql_text("SELECT string_agg(c::text, ' ' ORDER BY id) FROM containers c");
    CU_ASSERT_STRING_EQUAL(after, before);
    CU_ASSERT_EQUAL(events("container-missing"), 0);
    sql_do("UPDATE containers SET claimed_until = now() - interval '1 second'");
    observe("e1", list, 0.1, GAP_NONE, &observation);
    observation_release(&observation);
    CU_ASSERT_EQUAL(row_is("state = 'missing'"), 2);
}

/* Rows that a transaction holds are skipped, not waited for. */
static void test_locked(void) {
    char ids[1][65];
    struct error err = {0};
    one_running(ids);
    struct db *other = scratch_connect("berth_worker");
    CU_ASSERT_TRUE_FATAL(db_begin(other, &err));
    CU_ASSERT_EQUAL(sql_try(other, "SELECT FROM containers FOR UPDATE", &err), ERROR_NONE);
    seen(ids[0], NULL, NULL, GAP_NONE);
    db_rollback(other);
    db_free(other);
    CU_ASSERT_EQUAL(row_is("state = 'running'"), 1);
}

static void limits(const char *docker_id, const char *host_config) {
    struct error err = {0};
    CLEANUP(mem_free_text)
    char *text = mem_format("{\"Id\":\"%s\",\"HostConfig\":%s}", docker_id, host_config);
    CLEANUP(json_put) json_t *inspection = NULL;
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(text, &inspection));
    CU_ASSERT_TRUE(observe_limits(scratch_keeper(), "e1", inspection, &err));
}

static void test_foreign(void) {
    struct observation observation;
    struct error err = {0};
    CLEANUP(json_put) json_t *list = json_object_new_array();
    CLEANUP(json_put) json_t *none = json_object_new_array();
    scratch_reset();
    engine_add("e1", 4, 4096);
    add_entry(list, "f1", "running", "Up", NULL, NULL, NULL);
    add_entry(list, "f2", "exited", "Exited (0)", NULL, NULL, NULL);
    observe("e1", list, 0, GAP_NONE, &observation);
    CU_ASSERT_EQUAL(json_len(observation.unknown), 2);
    observation_release(&observation);
    limits("f1", "{\"NanoCpus\":2500000000,\"Memory\":1073741824}");
    limits("f2", "{\"CpuQuota\":50000,\"CpuPeriod\":0,\"Memory\":0}");
    limits("unheard-of", "{}");
    CLEANUP(mem_free_text)
    char *text =
        sql_text("SELECT string_agg(concat_ws('|', docker_id, running, cpu_milli, memory_mb, "
                 "doc ->> 'name', doc ->> 'image'), ' ' ORDER BY docker_id) FROM "
                 "foreign_containers WHERE limits_known");
    CU_ASSERT_STRING_EQUAL(text, "f1|t|2500|1024|some-name|web f2|f|500|0|some-name|web");
    CU_ASSERT_FALSE(run("{\"name\":\"big\",\"cpus\":2}", 1, NULL, &err)); /* it counts */
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    observe_quietly(list); /* the limits are known now, and stay */
    CU_ASSERT_EQUAL(sql_int("SELECT sum(cpu_milli) FROM foreign_containers"), 3000);
    observe("e2-unknown-engine", none, 0, GAP_NONE, &observation); /* left the pool meanwhile */
    observation_release(&observation);
    observe_quietly(none);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_containers"), 0);
    CU_ASSERT_TRUE(run("{\"name\":\"big\",\"cpus\":2}", 1, NULL, &err));
}

/* Whatever an engine says, it is data. */
static void test_nonsense(void) {
    struct observation observation;
    CLEANUP(json_put) json_t *list = NULL;
    char ids[1][65];
    one_running(ids);
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(
        "[{}, null, 7, \"x\", [], {\"Id\":\"a\",\"Names\":null,\"Labels\":null}, {\"Id\":7},"
        "{\"Id\":\"b\",\"Names\":[7],\"Labels\":{\"berth.pool\":7}},"
        "{\"Id\":\"c'\\\"\\\\\",\"Names\":[\"/\\u00e9'\"],\"State\":\"odd\"}]",
        &list));
    add_ours(list, ids[0], "running", "Up (healthy)");
    observe("e1", list, 0, GAP_NONE, &observation);
    CU_ASSERT_EQUAL(json_len(observation.obsolete), 0);
    observation_release(&observation);
    CU_ASSERT_EQUAL(row_is("state = 'running' AND desired = 'running'"), 1);
    CU_ASSERT_EQUAL(sql_int(
                        "SELECT count(*) FROM foreign_containers WHERE docker_id IN ('a', 'b')"),
                    2);
}

/* An inspection of the only container, which Docker is about to restart for the nth time. */
static void restarted(const char *id, int count) {
    struct error err = {0};
    CLEANUP(json_put) json_t *inspection = json_object_new_object();
    json_t *state = json_object_new_object();
    char docker_id[65];
    snprintf(docker_id, sizeof docker_id, "d%.63s", id);
    json_set_text(inspection, "Id", docker_id);
    json_set_int(inspection, "RestartCount", count);
    json_set_bool(state, "Restarting", true);
    json_set_int(state, "ExitCode", 10 + count);
    json_set(inspection, "State", state);
    CU_ASSERT_TRUE(observe_inspection(scratch_keeper(), "e1", inspection, &err));
}

static void test_crash_loop(void) {
    char ids[1][65];
    struct error err;
    one_running(ids);
    restarted(ids[0], 500); /* over whatever time */
    restarted(ids[0], 501);
    CU_ASSERT_EQUAL(row_is("exits = 2 AND NOT doc ? 'crash_loop'"), 1);
    restarted(ids[0], 3);
    restarted(ids[0], 3);
    CU_ASSERT_EQUAL(row_is(
                        "doc -> 'crash_loop' @> '{\"exits\":3,\"exit_code\":13,\"next_try\":null}' "
                        "AND doc -> 'crash_loop' ? 'since' AND body LIKE '%%crash_loop%%'"),
                    1);
    CU_ASSERT_EQUAL(events("crash-loop"), 1);
    seen(ids[0], "restarting", "Restarting (1) 2 minutes ago", GAP_NONE);
    seen(ids[0], "running", "Up Less than a second", GAP_ENGINE);
    seen(ids[0], "running", "Up 59 seconds (healthy)", GAP_NONE);
    seen(ids[0], "running", "Up", GAP_NONE);
    CU_ASSERT_EQUAL(row_is("exits = 3 AND doc ? 'crash_loop'"), 1);
    seen(ids[0], "running", "Up About a minute (healthy)", GAP_NONE);
    CU_ASSERT_EQUAL(row_is("exits = 0 AND NOT doc ? 'crash_loop'"), 1);
    CU_ASSERT_EQUAL(events("crash-loop-over"), 1);
    for (int i = 4; i < 9; i++)
        restarted(ids[0], i);
    CU_ASSERT_EQUAL(row_is("doc -> 'crash_loop' @> '{\"exits\":5,\"exit_code\":18}'"), 1);
    CU_ASSERT_TRUE(change(ids[0], INTENT_RESTART, NULL, &err));
    CU_ASSERT_EQUAL(row_is("exits = 0 AND NOT doc ? 'crash_loop'"), 1);
    CU_ASSERT_EQUAL(events("crash-loop-over"), 2);
    CU_ASSERT_EQUAL(events("crash-loop"), 2);
    check_invariants();
}

/* What goes as soon as it was made again is made later and later, but never too late. */
static void test_vanishing(void) {
    char ids[1][65];
    one_running(ids);
    for (int i = 0; i < 12; i++) {
        seen(ids[0], NULL, NULL, GAP_NONE);
        CU_ASSERT_EQUAL(row_is(i == 0 ? "due_at <= now()"
                                      : "due_at > now() AND due_at < now() + interval '80 s'"),
                        1);
        if (i == 6)
            CU_ASSERT_EQUAL(row_is("due_at > now() + interval '20 s' AND doc #>> "
                                   "'{crash_loop,next_try}' > '2'"),
                            1);
        sql_do("UPDATE containers SET due_at = now()");
        work_off(scratch_worker(), "running");
    }
    CU_ASSERT_EQUAL(row_is("exits = 12 AND doc #>> '{crash_loop,next_try}' IS NULL"), 1);
    CU_ASSERT_EQUAL(events("crash-loop"), 1);
}

static const struct unit_test tests[] = {
    {"exited by itself", test_exited},
    {"restarting, paused, running", test_restarting},
    {"exited while nobody looked", test_gaps},
    {"what exited while it is open what was missed", test_open},
    {"health", test_health},
    {"stopped on demand stays stopped", test_stopped_in_gap},
    {"started by hand", test_by_hand},
    {"vanished", test_vanished},
    {"Docker is removing it", test_going},
    {"still on its way", test_under_way},
    {"a destroy is due", test_destroy_forgotten},
    {"claimed or changed later than the list", test_left_alone},
    {"rows under a lock are skipped", test_locked},
    {"foreign containers count, and are forgotten", test_foreign},
    {"nonsense from an engine", test_nonsense},
    {"crash-looping until it has run long, or somebody asks", test_crash_loop},
    {"vanishing again and again", test_vanishing},
    {0},
};

const struct unit_suite suite_observe = {"observe", tests};
