/* test_foreign: containers that are not the pool's: shown, started and stopped through berth. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "keeper/observe.h"
#include "sql/statements.h"
#include "tests/store/foreign_fixture.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

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
    CU_ASSERT_TRUE(work_renew(scratch_worker(), "a", 30, "{}", &err));
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
    list_add(old, F1, "one", "running", 1000, "{}");
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

/* Until an executor has taken it. */
static void test_cancel(void) {
    struct intent_client client = client_of(scratch_worker());
    struct intent_cancelled cancelled;
    struct intent_result result;
    struct error err = {0};
    two_foreign();
    CU_ASSERT_TRUE(change("one", INTENT_STOP, &result, &err));
    CU_ASSERT_TRUE(intent_cancel(&client, result.operation_id, &cancelled, &err));
    CU_ASSERT_EQUAL(cancelled.undone, 1);
    CU_ASSERT_EQUAL(cancelled.left_alone, 0);
    CU_ASSERT_STRING_EQUAL(cancelled.state, "cancelled");
    CU_ASSERT_TRUE(is_over(result.operation_id, "cancelled"));
    CU_ASSERT_PTR_NULL(claim("a"));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'cancel-operation'"), 1);
    CU_ASSERT_TRUE(change("one", INTENT_STOP, &result, &err));
    struct foreign_work *work = claim("a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(work);
    CU_ASSERT_TRUE(intent_cancel(&client, result.operation_id, &cancelled, &err));
    CU_ASSERT_EQUAL(cancelled.undone, 0);
    CU_ASSERT_EQUAL(cancelled.left_alone, 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM foreign_item_states WHERE note LIKE 'It had "
                            "begun%%' AND status = 'pending'"),
                    1);
    CU_ASSERT_TRUE(settle(work, "exited"));
    CU_ASSERT_TRUE(is_over(result.operation_id, "done"));
}

static bool may_send(const struct foreign_work *work) {
    struct error err = {0};
    bool ours = false;
    CU_ASSERT_TRUE(foreign_sending(scratch_worker(), work, "2026-01-02T03:04:05Z", &ours, &err));
    return ours;
}

/* Whoever comes later knows that it may have been asked for, and does not ask again. */
static void test_restart_once(void) {
    struct intent_result restart, stop;
    struct error err = {0};
    two_foreign();
    CU_ASSERT_TRUE_FATAL(change("one", INTENT_RESTART, &restart, &err));
    struct foreign_work *first = claim("a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    CU_ASSERT_PTR_NULL(first->started_before);
    CU_ASSERT_TRUE(work_release(scratch_worker(), "a", &err));
    struct foreign_work *second = claim("b");
    CU_ASSERT_PTR_NOT_NULL_FATAL(second);
    CU_ASSERT_FALSE(may_send(first)); /* it is the second's now */
    CU_ASSERT_TRUE(may_send(second));
    CU_ASSERT_FALSE(may_send(second));
    CU_ASSERT_TRUE(work_release(scratch_worker(), "b", &err));
    struct foreign_work *third = claim("c");
    CU_ASSERT_PTR_NOT_NULL_FATAL(third);
    CU_ASSERT_PTR_NOT_NULL_FATAL(third->started_before);
    CU_ASSERT_STRING_EQUAL(third->started_before, "2026-01-02T03:04:05Z");
    CU_ASSERT_FALSE(settle(first, NULL));
    CU_ASSERT_FALSE(settle(second, NULL));
    CU_ASSERT_TRUE(settle(third, "running"));
    CU_ASSERT_TRUE(is_over(restart.operation_id, "done"));
    /* One that is not wanted any more is not asked for. */
    CU_ASSERT_TRUE_FATAL(change("one", INTENT_RESTART, &restart, &err));
    first = claim("a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    CU_ASSERT_TRUE_FATAL(change("one", INTENT_STOP, &stop, &err));
    CU_ASSERT_FALSE(may_send(first));
    CU_ASSERT_FALSE(settle(first, NULL));
}

static const struct unit_test tests[] = {
    {"the list has them after the pool's own", test_list},
    {"by id, prefix and name", test_find},
    {"a stop survives its executor", test_stop},
    {"a later intent takes the earlier one's place", test_superseded},
    {"what nobody has taken is cancelled", test_cancel},
    {"a restart is asked for once", test_restart_once},
    {"what is refused", test_refused},
    {"the engine left the pool", test_engine_gone},
    {0},
};

const struct unit_suite suite_foreign = {"foreign", tests};
