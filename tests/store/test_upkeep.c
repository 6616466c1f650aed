/* test_upkeep: engines that leave, what the janitor takes, the partitions of the history. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define WEB "\"name\":\"web\",\"cpus\":1,\"memory\":100"

static bool run_keeper(const struct sql_statement *statement, struct error *err) {
    bool ok = db_run(scratch_keeper(), statement, NULL, 0, NULL, err);
    if (!ok)
        printf("# %s: %s\n", statement->name, err->message);
    return ok;
}

static void forget(const char *engine_id) {
    struct error err = {0};
    CU_ASSERT_TRUE(
        db_run(scratch_worker(), &sql_engine_forget, DB_PARAMS(DB_TEXT(engine_id)), NULL, &err));
    CU_ASSERT_TRUE(
        db_run(scratch_worker(), &sql_engine_delete, DB_PARAMS(DB_TEXT(engine_id)), NULL, &err));
}

static void test_forget(void) {
    char ids[4][65];
    struct error err;
    scratch_reset();
    engine_add("e1", 8, 4096);
    engine_add("e2", 8, 4096);
    run_ids("{" WEB ",\"bind_ports\":[{\"container_port\":80}]}", 4, ids);
    sql_do("INSERT INTO foreign_containers VALUES ('e1', 'f1', true, true, 1000, 0, '{}')");
    CU_ASSERT_TRUE(change(ids[0], INTENT_STOP, NULL, &err));
    struct work_row *claimed = claim_one(scratch_worker(), "a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(claimed);
    forget("e1");
    forget("e2");
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE removed_at IS NOT NULL AND "
                            "state = 'removed' AND desired = 'removed' AND due_at IS NULL AND "
                            "claimed_by IS NULL AND engine_id IS NULL"),
                    4);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations WHERE finished IS NULL"), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operation_items WHERE status = 'failed' AND "
                            "error ->> 'code' = 'conflict'"),
                    4);
    CU_ASSERT_EQUAL(sql_int("SELECT (SELECT count(*) FROM port_bindings) + (SELECT count(*) FROM "
                            "foreign_containers) + (SELECT count(*) FROM engine_ports)"),
                    0);
    /* The executor that worked on one comes too late. */
    const struct work_outcome done = {
        .state = "running", .docker_id = "d1", .exit_code = -1, .retry_s = -1, .item = "done"};
    bool finished;
    CU_ASSERT_TRUE(work_settle(scratch_worker(), claimed, &done, &finished, &err));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE state <> 'removed'"), 0);
    claim_free(claimed);
    check_invariants();
}

/* A destroyed engine's containers still name their group. */
static void test_scale_after_forget(void) {
    char ids[2][65];
    struct error err;
    scratch_reset();
    engine_add("e1", 8, 4096);
    run_ids("{" WEB "}", 2, ids);
    work_off(scratch_worker(), "running");
    forget("e1");
    engine_add("e1", 8, 4096);
    CU_ASSERT_TRUE(scale(ids[0], 2, NULL, &err));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE desired = 'running' AND "
                            "engine_id = 'e1'"),
                    2);
    check_invariants();
}

static void test_engine_unique(void) {
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 8, 4096);
    static const char same_addr[] =
        "{\"id\":\"e2\",\"engine\":{\"id\":\"e2\",\"addr\":\"tcp://e1:2375\",\"cpus\":1,"
        "\"memory\":1,\"labels\":[]},\"health\":{\"status\":\"up\"}}";
    static const char same_identity[] =
        "{\"id\":\"e2\",\"engine\":{\"id\":\"e2\",\"addr\":\"tcp://e2:2375\",\"cpus\":1,"
        "\"memory\":1,\"labels\":[]},\"health\":{\"status\":\"up\"},\"identity\":\"identity-e1\"}";
    const char *docs[] = {same_addr, same_identity};
    static const char *const constraints[] = {"engines_addr_key", "engines_identity_key"};
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_FALSE(db_run(scratch_worker(), &sql_engine_insert,
                               DB_PARAMS(DB_TEXT("e2"), DB_TEXT(docs[i]), DB_TEXT("{}")), NULL,
                               &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
        CU_ASSERT_STRING_EQUAL(err.field, constraints[i]);
    }
}

static void test_health(void) {
    struct error err = {0};
    char ids[2][65];
    scratch_reset();
    engine_add("e1", 8, 4096);
    run_ids("{" WEB "}", 2, ids);
    sql_do("UPDATE containers SET due_at = now() + interval '1 hour' WHERE id = '%s'", ids[0]);
    sql_do("UPDATE containers SET due_at = NULL WHERE id = '%s'", ids[1]);
    static const struct {
        const char *status;
        int64_t due;
    } steps[] = {{"up", 0}, {"down", 0}, {"up", 1}};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        CU_ASSERT_TRUE(
            db_run(scratch_keeper(), &sql_engine_health,
                   DB_PARAMS(DB_TEXT("e1"), DB_TEXT(steps[i].status), DB_TEXT("x"),
                             DB_TEXT("no echo"), DB_TEXT("1.25"), DB_TEXT("0.50"), DB_TEXT("alive"),
                             DB_TEXT("0.1"), DB_TEXT(i ? "[1.5,null]" : NULL), DB_TEXT("2.5")),
                   NULL, &err));
        CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE due_at <= now()"),
                        steps[i].due);
    }
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM engines WHERE status = 'up' AND doc #>> "
                            "'{health,reason}' = 'no echo'"),
                    1);
}

/* Detection brings facts; what the administrator gave by hand stays. */
static void test_facts(void) {
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 8, 4096);
    engine_add("e2", 8, 4096);
    sql_do("UPDATE engines SET given = '{\"cpus\": 3}' WHERE id = 'e1'");
    static const char *const ids[] = {"e1", "e2"};
    for (size_t i = 0; i < 2; i++)
        CU_ASSERT_TRUE(
            db_run(scratch_keeper(), &sql_engine_facts,
                   DB_PARAMS(DB_TEXT(ids[i]), DB_TEXT(ids[i]), DB_TEXT("24.0.1"), DB_TEXT("1.43"),
                             db_int(16), db_int(32000), DB_TEXT("host"), db_int(12)),
                   NULL, &err));
    CLEANUP(mem_free_text)
    char *text = sql_text("SELECT string_agg(concat_ws('|', cpu_milli, memory_mb, image_count, "
                          "identity, doc ->> 'api_version'), ' ' ORDER BY id) FROM engines");
    CU_ASSERT_STRING_EQUAL(text, "3000|32000|12|e1|1.43 16000|32000|12|e2|1.43");
}

static void test_janitor(void) {
    char ids[3][65];
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 8, 4096);
    run_ids("{" WEB ",\"bind_ports\":[{\"container_port\":80}]}", 3, ids);
    sql_do(
        "UPDATE containers SET removed_at = now() - interval '8 days', desired = 'removed' WHERE "
        "id = '%s'",
        ids[0]);
    sql_do(
        "UPDATE containers SET removed_at = now() - interval '6 days', desired = 'removed' WHERE "
        "id = '%s'",
        ids[1]);
    sql_do("INSERT INTO operations (id, type, account_id, request_digest, finished) VALUES "
           "('old', 'x', 'a', '', now() - interval '25 hours'), "
           "('new', 'x', 'a', '', now() - interval '23 hours')");
    sql_do("INSERT INTO operation_items (operation_id, container_id, position) VALUES "
           "('old', '%s', 1)",
           ids[2]);
    sql_do("INSERT INTO tokens (id, account_id, digest, expires_at) SELECT t.id, a.id, "
           "sha256(''), now() + t.life FROM accounts a, (VALUES ('t1', interval '-1 s'), "
           "('t2', '1 hour')) t(id, life)");
    CU_ASSERT_TRUE(run_keeper(&sql_janitor, &err));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers"), 2);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE id = '%s'", ids[0]), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 2);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations WHERE id = 'old'"), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations"), 2);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operation_items WHERE operation_id = 'old'"), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM tokens WHERE id = 't2'"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM tokens"), 1);
}

static const char next_month[] = "date_trunc('month', now(), 'UTC') + interval '32 days'";

static void test_partitions(void) {
    struct error err = {0};
    scratch_reset();
    for (int i = 0; i < 2; i++)
        CU_ASSERT_TRUE(run_keeper(&sql_events_partitions, &err));
    CU_ASSERT_EQUAL(sql_int(
                        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"),
                    3);
    CU_ASSERT_TRUE(db_run(scratch_worker(), &sql_event_insert,
                          DB_PARAMS(DB_TEXT("x"), DB_TEXT("{cluster}"), DB_TEXT(""), DB_TEXT(NULL),
                                    DB_TEXT(NULL), DB_TEXT(NULL), DB_TEXT(NULL), DB_TEXT(NULL)),
                          NULL, &err));
    sql_do("INSERT INTO events (time, type, tags, message) VALUES (%s, 'x', '{}', 'x'), "
           "(now() + interval '1 year', 'x', '{}', 'x')",
           next_month);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events_other"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(DISTINCT tableoid) FROM events"), 3);
}

/* The keeper was away over the turn of a month: the other partition has rows of the new one. */
static void test_partition_late(void) {
    struct error err = {0};
    scratch_reset();
    CLEANUP(mem_free_text)
    char *part = sql_text("SELECT 'events_' || to_char(%s, 'YYYYMM')", next_month);
    sql_do(
        "DROP TABLE %s; INSERT INTO events (time, type, tags, message) VALUES (%s, 'x', '{}', 'x')",
        part, next_month);
    CU_ASSERT_TRUE(run_keeper(&sql_events_partitions, &err));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events"), 1);
    sql_do("TRUNCATE events");
    CU_ASSERT_TRUE(run_keeper(&sql_events_partitions, &err));
}

static const struct unit_test tests[] = {
    {"an engine is forgotten", test_forget},
    {"a group outlives its engine", test_scale_after_forget},
    {"addresses and identities are unique", test_engine_unique},
    {"what waited for an engine is due when it is up", test_health},
    {"facts of an engine", test_facts},
    {"the janitor", test_janitor},
    {"partitions of the history", test_partitions},
    {"partitions made late", test_partition_late},
    {0},
};

const struct unit_suite suite_upkeep = {"upkeep", tests};
