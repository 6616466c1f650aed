/* test_scale: control/intent: groups up and down, and changes of single containers. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define WEB "\"name\":\"web\",\"cpus\":1,\"memory\":100"

static int64_t running(void) {
    return sql_int("SELECT count(*) FROM containers WHERE desired = 'running'");
}

static bool is_desired(const char *id, const char *desired) {
    return sql_int("SELECT count(*) FROM containers WHERE id = '%s' AND desired = '%s'", id,
                   desired) == 1;
}

static bool is_pending(const struct intent_result *result, int pending) {
    return sql_int("SELECT count(*) FROM operations WHERE id = '%s' AND pending = %d AND (finished "
                   "IS NULL) = (pending > 0)",
                   result->operation_id, pending) == 1;
}

static void test_up_and_down(void) {
    char ids[3][65];
    struct intent_result result;
    struct error err;
    scratch_reset();
    engine_add("e1", 16, 4096);
    run_ids("{" WEB ",\"container_name\":\"web\"}", 3, ids);
    work_off(scratch_worker(), "running");
    CU_ASSERT_TRUE(scale(ids[0], 5, &result, &err));
    CU_ASSERT_TRUE(is_pending(&result, 2));
    CU_ASSERT_EQUAL(running(), 5);
    CU_ASSERT_EQUAL(sql_int("SELECT count(DISTINCT group_hash) FROM containers"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE name IN ('web-4', 'web-5')"), 2);
    work_off(scratch_worker(), "running");
    /* Newest first, the named one last: it stays although it is the newest of the first three. */
    CU_ASSERT_TRUE(scale(ids[2], 2, &result, &err));
    CU_ASSERT_TRUE(is_pending(&result, 3));
    CU_ASSERT_TRUE(is_desired(ids[0], "running") && is_desired(ids[2], "running"));
    CU_ASSERT_TRUE(is_desired(ids[1], "removed"));
    work_off(scratch_worker(), "running");
    CU_ASSERT_TRUE(is_pending(&result, 0));
    CU_ASSERT_TRUE(scale(ids[2], 2, &result, &err));
    CU_ASSERT_TRUE(result.nothing);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'scale-container'"), 3);
    check_invariants();
}

/* A destroyed member's id still names the group; the newest specification is not needed. */
static void test_from_nothing(void) {
    char ids[2][65];
    struct intent_result result;
    struct error err;
    scratch_reset();
    engine_add("e1", 8, 4096);
    run_ids("{" WEB ",\"environment\":{\"A\":\"1\"},\"bind_ports\":[{\"container_port\":80}]}", 2,
            ids);
    work_off(scratch_worker(), "running");
    CU_ASSERT_TRUE(scale(ids[0], 0, &result, &err));
    work_off(scratch_worker(), "running");
    CU_ASSERT_TRUE(is_pending(&result, 0));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE removed_at IS NOT NULL"), 2);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 0);
    CU_ASSERT_TRUE(scale(ids[1], 3, &result, &err));
    CU_ASSERT_EQUAL(running(), 3);
    CU_ASSERT_EQUAL(sql_int("SELECT count(DISTINCT group_hash) FROM containers"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 3);
    CU_ASSERT_EQUAL(sql_int("SELECT count(DISTINCT environment) FROM containers WHERE desired = "
                            "'running'"),
                    3);
    check_invariants();
}

static void test_scaled_environment(void) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    static const struct sql_statement sealed = {
        "t_scaled", "SELECT id, environment, doc::text AS doc FROM containers", 0};
    char ids[1][65];
    struct error err;
    scratch_reset();
    engine_add("e1", 8, 4096);
    run_ids("{" WEB ",\"environment\":{\"A\":\"very secret\",\"B\":\"\"}}", 1, ids);
    CU_ASSERT_TRUE(scale(ids[0], 4, NULL, &err));
    CU_ASSERT_TRUE_FATAL(db_run(scratch_worker(), &sealed, NULL, 0, &rows, &err));
    CU_ASSERT_EQUAL(db_rows(rows), 4);
    for (int i = 0; i < db_rows(rows); i++) {
        CLEANUP(mem_free_text) char *plain = NULL;
        size_t len = 0, plain_len = 0;
        CLEANUP(mem_free_text) char *bytes = (char *)db_bytes(rows, i, "environment", &len);
        bool ok = unseal(scratch_pool()->key, db_text(rows, i, "id"), (unsigned char *)bytes, len,
                         &plain, &plain_len, &err);
        CU_ASSERT_TRUE_FATAL(ok);
        CU_ASSERT_STRING_EQUAL(plain, "{\"A\":\"very secret\",\"B\":\"\"}");
        CU_ASSERT_PTR_NULL(strstr(db_text(rows, i, "doc"), "secret"));
    }
}

static void test_no_room(void) {
    char ids[2][65];
    struct intent_result result = {0};
    struct error err;
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB "}", 2, ids);
    struct intent_client client = client_of(scratch_worker());
    CU_ASSERT_FALSE(intent_scale(&client, ids[0], 5, &result, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    CU_ASSERT_EQUAL(json_len(result.reasons), 1);
    json_put(&result.reasons);
    CU_ASSERT_EQUAL(running(), 2);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations"), 1);
    CU_ASSERT_TRUE(scale(ids[0], 4, NULL, &err));
    check_invariants();
}

/* The present count, with a key: the operation that the key names is finished. */
static void test_nothing_with_key(void) {
    char ids[2][65];
    struct intent_result first, again;
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB "}", 2, ids);
    struct intent_client client = client_of(scratch_worker());
    client.idempotency_key = "key";
    CU_ASSERT_TRUE(intent_scale(&client, ids[0], 2, &first, &err));
    CU_ASSERT_TRUE(first.nothing || is_pending(&first, 0));
    CU_ASSERT_TRUE(intent_scale(&client, ids[0], 2, &again, &err));
    CU_ASSERT_EQUAL(running(), 2);
    check_invariants();
}

static void test_find(void) {
    char ids[2][65], prefix[13];
    struct container container;
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB ",\"container_name\":\"web\"}", 2, ids);
    sql_do("UPDATE containers SET docker_id = 'd0c' || substr(id, 4) WHERE id = '%s'", ids[0]);
    sql_do("UPDATE containers SET docker_id = 'd0d' || substr(id, 4) WHERE id = '%s'", ids[1]);
    snprintf(prefix, sizeof prefix, "%.12s", ids[1]);
    const char *words[] = {ids[1], prefix, "web-2", "d0d"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        CU_ASSERT_TRUE_FATAL(container_find(scratch_worker(), words[i], false, &container, &err));
        CU_ASSERT_STRING_EQUAL(container.id, ids[1]);
        container_release(&container);
    }
    CU_ASSERT_FALSE(container_find(scratch_worker(), "d0", false, &container, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_AMBIGUOUS);
    static const char *const strangers[] = {"web-3", "d0e", "", "%", "zz", "'", "\\"};
    for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
        if (*strangers[i] == '\0')
            continue;
        CU_ASSERT_FALSE(container_find(scratch_worker(), strangers[i], true, &container, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    }
}

static void test_changes(void) {
    char ids[1][65];
    struct intent_result result;
    struct error err;
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB ",\"container_name\":\"web\"}", 1, ids);
    work_off(scratch_worker(), "running");
    static const struct {
        enum intent_change change;
        const char *desired, *type;
        int64_t restarts;
    } steps[] = {
        {INTENT_STOP, "stopped", "stop-container", 0},
        {INTENT_START, "running", "start-container", 0},
        {INTENT_RESTART, "running", "restart-container", 1},
        {INTENT_RESTART, "running", "restart-container", 2},
        {INTENT_DESTROY, "removed", "destroy-container", 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        CU_ASSERT_TRUE_FATAL(change("web", steps[i].change, &result, &err));
        CU_ASSERT_TRUE(is_desired(ids[0], steps[i].desired));
        CU_ASSERT_EQUAL(sql_int("SELECT intent_seq FROM containers"), (int64_t)i + 2);
        CU_ASSERT_EQUAL(sql_int("SELECT restart_seq FROM containers"), steps[i].restarts);
        CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE due_at <= now() AND "
                                "operation_id = '%s'",
                                result.operation_id),
                        1);
        CU_ASSERT_TRUE(sql_int("SELECT count(*) FROM events WHERE type = '%s' AND container_id = "
                               "'%s' AND account = 'tester'",
                               steps[i].type, ids[0]) >= 1);
        CU_ASSERT_TRUE(is_pending(&result, 1));
    }
    check_invariants();
}

/* A later intent finishes the operation of the earlier one: nothing waits for what nobody does. */
static void test_superseded(void) {
    char ids[2][65];
    struct intent_result stop, start;
    struct error err;
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB "}", 2, ids);
    CU_ASSERT_TRUE(change(ids[0], INTENT_STOP, &stop, &err));
    CU_ASSERT_EQUAL(sql_int("SELECT pending FROM operations WHERE type = 'run-container'"), 1);
    CU_ASSERT_TRUE(change(ids[0], INTENT_START, &start, &err));
    CU_ASSERT_TRUE(is_pending(&stop, 0));
    CU_ASSERT_TRUE(is_pending(&start, 1));
    CU_ASSERT_TRUE(scale(ids[1], 0, NULL, &err));
    CU_ASSERT_TRUE(is_pending(&start, 0));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations WHERE finished IS NULL"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operation_items WHERE status = 'superseded'"), 4);
    check_invariants();
    work_off(scratch_worker(), "running");
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations WHERE finished IS NULL"), 0);
}

static void test_start_without_room(void) {
    char ids[2][65];
    struct error err;
    scratch_reset();
    engine_add("e1", 2, 4096);
    run_ids("{" WEB "}", 2, ids);
    CU_ASSERT_TRUE(change(ids[0], INTENT_STOP, NULL, &err));
    CU_ASSERT_TRUE(run("{" WEB "}", 1, NULL, &err));
    int64_t operations = sql_int("SELECT count(*) FROM operations");
    CU_ASSERT_FALSE(change(ids[0], INTENT_START, NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    CU_ASSERT_FALSE(change(ids[0], INTENT_RESTART, NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    CU_ASSERT_TRUE(is_desired(ids[0], "stopped"));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations"), operations);
    CU_ASSERT_TRUE(change(ids[1], INTENT_RESTART, NULL, &err)); /* its own share is its own */
    CU_ASSERT_TRUE(change(ids[1], INTENT_STOP, NULL, &err));
    CU_ASSERT_TRUE(change(ids[0], INTENT_START, NULL, &err));
    check_invariants();
}

static void test_destroyed(void) {
    char ids[1][65];
    struct intent_result first, second, again;
    struct error err;
    scratch_reset();
    engine_add("e1", 2, 4096);
    run_ids("{" WEB "}", 1, ids);
    CU_ASSERT_TRUE(change(ids[0], INTENT_DESTROY, &first, &err));
    CU_ASSERT_TRUE(change(ids[0], INTENT_DESTROY, &second, &err)); /* it is still there */
    CU_ASSERT_TRUE(is_pending(&first, 0) && is_pending(&second, 1));
    for (int what = INTENT_START; what <= INTENT_RESTART; what++) {
        CU_ASSERT_FALSE(change(ids[0], (enum intent_change)what, NULL, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    }
    CU_ASSERT_TRUE(is_desired(ids[0], "removed"));
    work_off(scratch_worker(), "running");
    CU_ASSERT_TRUE(is_pending(&second, 0));
    CU_ASSERT_FALSE(change(ids[0], INTENT_DESTROY, NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations"), 3);
    check_invariants();
    /* A repeated destroy gets the first one's answer although the container is gone. */
    struct intent_client client = client_of(scratch_worker());
    client.idempotency_key = "key";
    run_ids("{" WEB "}", 1, ids);
    CU_ASSERT_TRUE(intent_change(&client, ids[0], INTENT_DESTROY, &first, &err));
    work_off(scratch_worker(), "running");
    CU_ASSERT_TRUE(intent_change(&client, ids[0], INTENT_DESTROY, &again, &err));
    CU_ASSERT_TRUE(again.replayed);
    CU_ASSERT_STRING_EQUAL(again.operation_id, first.operation_id);
    client.idempotency_key = "another key";
    CU_ASSERT_FALSE(intent_change(&client, ids[0], INTENT_DESTROY, &again, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    check_invariants();
}

static const struct unit_test tests[] = {
    {"up, down, nothing to do", test_up_and_down},
    {"from none by a destroyed member", test_from_nothing},
    {"new members get their own environment", test_scaled_environment},
    {"no room leaves the group alone", test_no_room},
    {"nothing to do, with a key", test_nothing_with_key},
    {"containers are found by id, prefix, name", test_find},
    {"stop, start, restart, destroy", test_changes},
    {"superseded items finish the earlier operation", test_superseded},
    {"no start without room", test_start_without_room},
    {"destroyed twice, and what is gone", test_destroyed},
    {0},
};

const struct unit_suite suite_scale = {"scale", tests};
