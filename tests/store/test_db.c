/* test_db: core/store/db: broken connections, lost transactions, pipelines, kinds of errors. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

static const struct sql_statement one = {"t_one", "SELECT 1 AS one", 0};
static const struct sql_statement pid = {"t_pid", "SELECT pg_backend_pid() AS pid", 0};
static const struct sql_statement put = {
    "t_put",
    "INSERT INTO tokens (id, account_id, digest, expires_at) SELECT $1, id, "
    "decode(repeat('00', 32), 'hex'), now() FROM accounts RETURNING id",
    1};
static const struct sql_statement divide = {"t_divide", "SELECT 1 / $1::integer AS quotient", 1};
static const struct sql_statement nap = {"t_nap", "SELECT pg_sleep(10) AS slept", 0};
static const struct sql_statement echo = {
    "t_echo",
    "SELECT $1::text AS text, $2::bytea AS bytes, $3::bigint AS number, $4::jsonb AS doc, "
    "$5::boolean AS truth",
    5};

static int64_t backend(struct db *db) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct error err = {0};
    return db_run(db, &pid, NULL, 0, &rows, &err) ? db_int64(rows, 0, "pid", 0) : 0;
}

/* End the session from outside, and wait until its process is gone. */
static void terminate(int64_t backend_pid) {
    char query[128];
    CU_ASSERT_TRUE_FATAL(backend_pid > 0);
    sql_do("SELECT pg_terminate_backend(%d)", (int)backend_pid);
    snprintf(query, sizeof query, "SELECT count(*) FROM pg_stat_activity WHERE pid = %d",
             (int)backend_pid);
    CU_ASSERT_TRUE(wait_for(0, query));
}

static int64_t tokens(void) {
    return sql_int("SELECT count(*) FROM tokens");
}

static void test_values(void) {
    static const unsigned char bytes[] = {0, 1, 0xff, 0x5c, 0};
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct error err = {0};
    size_t len = 0;
    scratch_reset();
    CU_ASSERT_TRUE_FATAL(
        db_run(scratch_worker(), &echo,
               DB_PARAMS(DB_TEXT("ü'\"\\"), DB_BYTES(bytes, sizeof bytes), db_int(INT64_MIN),
                         DB_TEXT("{\"a\": [1]}"), DB_TEXT("true")),
               &rows, &err));
    CU_ASSERT_EQUAL(db_rows(rows), 1);
    CU_ASSERT_STRING_EQUAL(db_text(rows, 0, "text"), "ü'\"\\");
    CU_ASSERT_EQUAL(db_text_len(rows, 0, "text"), 5);
    CU_ASSERT_EQUAL(db_int64(rows, 0, "number", 0), INT64_MIN);
    CU_ASSERT_TRUE(db_is_true(rows, 0, "truth"));
    CLEANUP(mem_free_text) char *back = (char *)db_bytes(rows, 0, "bytes", &len);
    CU_ASSERT_EQUAL_FATAL(len, sizeof bytes);
    CU_ASSERT_EQUAL(memcmp(back, bytes, len), 0);
    CLEANUP(json_put) json_t *doc = db_json(rows, 0, "doc");
    CU_ASSERT_STRING_EQUAL(json_print(doc), "{\"a\":[1]}");
}

static void test_nulls(void) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct error err = {0};
    size_t len = 7;
    scratch_reset();
    CU_ASSERT_TRUE_FATAL(
        db_run(scratch_worker(), &echo,
               DB_PARAMS(DB_TEXT(NULL), DB_TEXT(NULL), DB_TEXT(NULL), DB_TEXT(NULL), DB_TEXT(NULL)),
               &rows, &err));
    CU_ASSERT_PTR_NULL(db_text(rows, 0, "text"));
    CU_ASSERT_EQUAL(db_int64(rows, 0, "number", -7), -7);
    CU_ASSERT_FALSE(db_is_true(rows, 0, "truth"));
    CU_ASSERT_PTR_NULL(db_json(rows, 0, "doc"));
    CU_ASSERT_PTR_NULL(db_bytes(rows, 0, "bytes", &len));
    db_result_free(&rows);
    db_result_free(&rows); /* harmless */
    CU_ASSERT_TRUE(db_run(scratch_worker(), &put, DB_PARAMS(DB_TEXT("x")), &rows, &err));
    CU_ASSERT_EQUAL(db_changed(rows), 1);
}

/* At most one statement fails, with the kind that means "try again"; then all is well. */
static void test_terminated(void) {
    struct error err = {0};
    scratch_reset();
    struct db *db = scratch_worker();
    int64_t first = backend(db);
    terminate(first);
    if (!db_run(db, &one, NULL, 0, NULL, &err)) {
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        CU_ASSERT_TRUE(err.retry_after_s > 0);
    }
    CU_ASSERT_TRUE(db_run(db, &one, NULL, 0, NULL, &err));
    CU_ASSERT_NOT_EQUAL(backend(db), first);
    CU_ASSERT_TRUE(db_run(db, &put, DB_PARAMS(DB_TEXT("x")), NULL, &err));
    CU_ASSERT_EQUAL(tokens(), 1);
}

/* In the middle of a statement: UNAVAILABLE, since nobody knows what became of it. */
static void test_terminated_midway(void) {
    struct error err = {0};
    scratch_reset();
    struct db *db = scratch_worker();
    char script[100];
    snprintf(script, sizeof script, "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(1)");
    CU_ASSERT_EQUAL(sql_try(db, script, &err), ERROR_UNAVAILABLE);
    CU_ASSERT_TRUE(err.retry_after_s > 0);
    CU_ASSERT_TRUE(db_run(db, &one, NULL, 0, NULL, &err));
}

static void test_lost_transaction(void) {
    struct error err = {0};
    scratch_reset();
    struct db *db = scratch_worker();
    CU_ASSERT_TRUE_FATAL(db_begin(db, &err));
    CU_ASSERT_TRUE(db_run(db, &put, DB_PARAMS(DB_TEXT("before")), NULL, &err));
    terminate(backend(db));
    CU_ASSERT_FALSE(db_run(db, &put, DB_PARAMS(DB_TEXT("after")), NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_FALSE(db_run(db, &put, DB_PARAMS(DB_TEXT("later")), NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_FALSE(db_commit(db, &err));
    db_rollback(db);
    CU_ASSERT_EQUAL(tokens(), 0);
    CU_ASSERT_TRUE(db_begin(db, &err));
    CU_ASSERT_TRUE(db_run(db, &put, DB_PARAMS(DB_TEXT("again")), NULL, &err));
    CU_ASSERT_TRUE(db_commit(db, &err));
    CU_ASSERT_EQUAL(tokens(), 1);
}

/* Lost before its COMMIT. */
static void test_lost_commit(void) {
    struct error err = {0};
    scratch_reset();
    struct db *db = scratch_worker();
    CU_ASSERT_TRUE_FATAL(db_begin(db, &err));
    CU_ASSERT_TRUE(db_run(db, &put, DB_PARAMS(DB_TEXT("x")), NULL, &err));
    terminate(backend(db));
    CU_ASSERT_FALSE(db_commit(db, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    db_rollback(db);
    CU_ASSERT_EQUAL(tokens(), 0);
    CU_ASSERT_TRUE(db_run(db, &put, DB_PARAMS(DB_TEXT("x")), NULL, &err));
}

/* idle_in_transaction_session_timeout ends a stalled transaction, and its locks. */
static void test_stalled_transaction(void) {
    struct error err = {0};
    scratch_reset();
    struct db *db = scratch_worker();
    CU_ASSERT_TRUE_FATAL(db_begin(db, &err));
    CU_ASSERT_TRUE(db_run(db, &put, DB_PARAMS(DB_TEXT("x")), NULL, &err));
    sleep_ms(2400);
    CU_ASSERT_FALSE(db_run(db, &put, DB_PARAMS(DB_TEXT("y")), NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    db_rollback(db);
    CU_ASSERT_TRUE(db_run(db, &one, NULL, 0, NULL, &err));
    CU_ASSERT_EQUAL(tokens(), 0);
}

static void test_failed_transaction(void) {
    struct error err = {0};
    scratch_reset();
    struct db *db = scratch_worker();
    CU_ASSERT_TRUE_FATAL(db_begin(db, &err));
    CU_ASSERT_TRUE(db_in_transaction(db));
    CU_ASSERT_TRUE(db_run(db, &put, DB_PARAMS(DB_TEXT("x")), NULL, &err));
    CU_ASSERT_FALSE(db_run(db, &divide, DB_PARAMS(db_int(0)), NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
    CU_ASSERT_FALSE(db_commit(db, &err)); /* PostgreSQL itself calls that a success */
    CU_ASSERT_EQUAL(tokens(), 0);
    db_rollback(db);
    db_rollback(db);
    CU_ASSERT_FALSE(db_in_transaction(db));
}

static void test_conflict(void) {
    struct error err = {0};
    scratch_reset();
    struct db *db = scratch_worker();
    CU_ASSERT_TRUE(db_run(db, &put, DB_PARAMS(DB_TEXT("x")), NULL, &err));
    CU_ASSERT_FALSE(db_run(db, &put, DB_PARAMS(DB_TEXT("x")), NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(err.field, "tokens_pkey");
    CU_ASSERT_TRUE(db_run(db, &one, NULL, 0, NULL, &err));
    CU_ASSERT_FALSE(db_run(db, &put, DB_PARAMS(DB_TEXT("x")), NULL, NULL)); /* nobody asks why */
}

static void test_timeouts(void) {
    struct error err = {0};
    scratch_reset();
    struct db *db = scratch_worker(), *other = scratch_connect("berth_worker");
    CU_ASSERT_EQUAL(sql_try(db, "SET statement_timeout = '100ms'", &err), ERROR_NONE);
    CU_ASSERT_FALSE(db_run(db, &nap, NULL, 0, NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_TRUE(err.retry_after_s > 0);
    CU_ASSERT_EQUAL(sql_try(db, "RESET statement_timeout; SET lock_timeout = '100ms'", &err), 0);
    CU_ASSERT_TRUE_FATAL(db_begin(other, &err));
    CU_ASSERT_EQUAL(sql_try(other, "LOCK TABLE tokens IN EXCLUSIVE MODE", &err), ERROR_NONE);
    CU_ASSERT_FALSE(db_run(db, &put, DB_PARAMS(DB_TEXT("x")), NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    db_rollback(other);
    CU_ASSERT_TRUE(db_run(db, &put, DB_PARAMS(DB_TEXT("x")), NULL, &err));
    db_free(other);
}

static void test_pipeline(void) {
    struct error err = {0};
    struct db_param x = DB_TEXT("x"), two = db_int(2);
    scratch_reset();
    struct db_call calls[] = {{.statement = &put, .params = &x, .count = 1},
                              {.statement = &divide, .params = &two, .count = 1}};
    CU_ASSERT_TRUE_FATAL(db_run_pipeline(scratch_worker(), calls, 2, &err));
    CU_ASSERT_STRING_EQUAL(db_text(calls[0].result, 0, "id"), "x");
    CU_ASSERT_EQUAL(db_int64(calls[1].result, 0, "quotient", -1), 0);
    db_result_free(&calls[0].result);
    db_result_free(&calls[1].result);
    CU_ASSERT_EQUAL(tokens(), 1);
}

/* Whichever fails: its error is told, no result is left, nothing was done, and the connection is
 * good for the next statement. */
static void expect_pipeline_fails(struct db_call *calls, size_t count, enum error_kind kind) {
    struct error err = {0};
    struct db *db = scratch_worker();
    CU_ASSERT_FALSE(db_run_pipeline(db, calls, count, &err));
    CU_ASSERT_EQUAL(err.kind, kind);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_PTR_NULL(calls[i].result);
    CU_ASSERT_EQUAL(tokens(), 1);
    CU_ASSERT_FALSE(db_in_transaction(db));
    CU_ASSERT_TRUE(db_run(db, &one, NULL, 0, NULL, &err));
}

static void test_pipeline_errors(void) {
    struct error err = {0};
    struct db_param x = DB_TEXT("x"), y = DB_TEXT("y"), zero = db_int(0), two = db_int(2);
    scratch_reset();
    CU_ASSERT_TRUE(db_run(scratch_worker(), &put, DB_PARAMS(x), NULL, &err));
    struct db_call first[] = {{&put, &x, 1, NULL}, {&divide, &two, 1, NULL}};
    expect_pipeline_fails(first, 2, ERROR_CONFLICT);
    struct db_call second[] = {{&put, &y, 1, NULL}, {&divide, &zero, 1, NULL}};
    expect_pipeline_fails(second, 2, ERROR_INTERNAL);
    struct db_call middle[] = {{&put, &y, 1, NULL},
                               {&put, &x, 1, NULL},
                               {&divide, &zero, 1, NULL},
                               {&one, NULL, 0, NULL}};
    expect_pipeline_fails(middle, 4, ERROR_CONFLICT);
    struct db_call broken[] = {{&put, &y, 1, NULL}, {&one, NULL, 0, NULL}};
    terminate(backend(scratch_worker()));
    if (!db_run_pipeline(scratch_worker(), broken, 2, &err))
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    db_result_free(&broken[0].result);
    db_result_free(&broken[1].result);
    CU_ASSERT_TRUE(db_run(scratch_worker(), &one, NULL, 0, NULL, &err));
}

/* Nobody listens there: at once UNAVAILABLE, and again while berth waits a second. */
static void test_away(void) {
    struct error err = {0};
    struct db *db = db_new("host=/nonexistent dbname=berth user=berth_worker", "test");
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_FALSE(db_run(db, &one, NULL, 0, NULL, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        CU_ASSERT_TRUE(err.retry_after_s > 0);
        CU_ASSERT_FALSE(db_begin(db, &err));
        CU_ASSERT_FALSE(db_in_transaction(db));
    }
    db_rollback(db);
    CU_ASSERT_FALSE(db_commit(db, &err));
    db_free(db);
    db_free(NULL);
}

static const struct unit_test tests[] = {
    {"values of each type there and back", test_values},
    {"SQL NULL", test_nulls},
    {"a session ended by the server", test_terminated},
    {"a session ended in a statement", test_terminated_midway},
    {"a transaction lost midway is not continued", test_lost_transaction},
    {"a transaction lost before its commit", test_lost_commit},
    {"a stalled transaction is ended", test_stalled_transaction},
    {"a failed transaction cannot be committed", test_failed_transaction},
    {"unique violations name their constraint", test_conflict},
    {"timeouts are temporary", test_timeouts},
    {"a pipeline's results", test_pipeline},
    {"a pipeline's errors", test_pipeline_errors},
    {"no database", test_away},
    {0},
};

const struct unit_suite suite_db = {"db", tests};
