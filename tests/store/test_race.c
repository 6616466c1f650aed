/* test_race: control/intent: requests that meet, each meeting arranged by a lock that holds them
 * until all have come. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define WEB "\"name\":\"web\",\"cpus\":1,\"memory\":100"

/* A request in a thread of its own. */
struct request {
    pthread_t thread;
    struct db *db;
    const char *id, *key, *forget; /* forget: the engine's removal instead of a change */
    enum intent_change change;
    struct intent_result result;
    struct error err;
    bool ok;
};

/* As the handler of the engine's removal does it. */
static bool forget_engine(struct db *db, const char *id, struct error *err) {
    bool ok =
        db_begin(db, err) && db_run(db, &sql_engine_lock, DB_PARAMS(DB_TEXT(id)), NULL, err) &&
        db_run(db, &sql_engine_forget, DB_PARAMS(DB_TEXT(id)), NULL, err) && db_commit(db, err);
    db_rollback(db);
    return ok;
}

static void *request_main(void *argument) {
    struct request *request = argument;
    struct intent_client client = client_of(request->db);
    client.idempotency_key = request->key;
    if (request->forget)
        request->ok = forget_engine(request->db, request->forget, &request->err);
    else
        request->ok =
            intent_change(&client, request->id, request->change, &request->result, &request->err);
    return NULL;
}

static void begin(struct request *request) {
    request->db = scratch_connect("berth_worker");
    CU_ASSERT_EQUAL_FATAL(pthread_create(&request->thread, NULL, request_main, request), 0);
}

static void end(struct request *request) {
    pthread_join(request->thread, NULL);
    db_free(request->db);
    if (!request->ok)
        printf("# refused: %s\n", request->err.message);
}

/* A transaction that holds what `script` locks. */
static struct db *hold(const char *script) {
    struct db *db = scratch_connect("postgres");
    struct error err = {0};
    CU_ASSERT_EQUAL(sql_try(db, "SET idle_in_transaction_session_timeout = 0", &err), ERROR_NONE);
    CU_ASSERT_TRUE_FATAL(db_begin(db, &err));
    CU_ASSERT_EQUAL(sql_try(db, script, &err), ERROR_NONE);
    return db;
}

static void let_go(struct db *db) {
    db_rollback(db);
    db_free(db);
}

static void after_all(void) {
    check_invariants();
    work_off(scratch_worker(), "running");
    check_invariants();
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations WHERE finished IS NULL"), 0);
}

/* `first`, then `second`, wait for the same row. */
static void expect_two_meet(struct request *first, struct request *second, const char *id) {
    CLEANUP(mem_free_text)
    char *script = mem_format("SELECT FROM containers WHERE id = '%s' FOR UPDATE", id);
    struct db *holder = hold(script);
    begin(first);
    CU_ASSERT_TRUE(wait_for(1, waiting_sessions));
    begin(second);
    CU_ASSERT_TRUE(wait_for(2, waiting_sessions));
    let_go(holder);
    end(first);
    end(second);
    CU_ASSERT_TRUE(first->ok);
}

static void test_two_changes(void) {
    char ids[1][65];
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB "}", 1, ids);
    work_off(scratch_worker(), "running");
    struct request stop = {.id = ids[0], .change = INTENT_STOP};
    struct request destroy = {.id = ids[0], .change = INTENT_DESTROY};
    expect_two_meet(&stop, &destroy, ids[0]);
    CU_ASSERT_TRUE(destroy.ok);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations WHERE id = '%s' AND finished IS NULL",
                            stop.result.operation_id),
                    0);
    after_all();
}

static void test_destroy_then_start(void) {
    char ids[1][65];
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB "}", 1, ids);
    struct request destroy = {.id = ids[0], .change = INTENT_DESTROY};
    struct request start = {.id = ids[0], .change = INTENT_START};
    expect_two_meet(&destroy, &start, ids[0]);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE desired = 'removed'"), 1);
    after_all();
}

static void test_change_then_forget(void) {
    char ids[1][65];
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB "}", 1, ids);
    work_off(scratch_worker(), "running");
    struct request stop = {.id = ids[0], .change = INTENT_STOP};
    struct request forget = {.forget = "e1"};
    expect_two_meet(&stop, &forget, ids[0]);
    CU_ASSERT_TRUE(forget.ok);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE removed_at IS NULL"), 0);
    after_all();
}

static void test_forget_then_change(void) {
    char ids[1][65];
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB "}", 1, ids);
    work_off(scratch_worker(), "running");
    struct request forget = {.forget = "e1"};
    struct request stop = {.id = ids[0], .change = INTENT_STOP};
    expect_two_meet(&forget, &stop, ids[0]);
    after_all();
}

/* A start that has seen "running" meets a stop whose room somebody else takes. */
static void test_start_meets_stop(void) {
    char ids[1][65];
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 1, 4096);
    run_ids("{" WEB "}", 1, ids);
    work_off(scratch_worker(), "running");
    struct db *holder = hold("INSERT INTO operations (id, type, account_id, idempotency_key, "
                             "request_digest) VALUES ('x', 'x', 'account', 'key', '')");
    struct request start = {.id = ids[0], .change = INTENT_START, .key = "key"};
    struct request stop = {.id = ids[0], .change = INTENT_STOP};
    begin(&start);
    CU_ASSERT_TRUE(wait_for(1, waiting_sessions));
    begin(&stop);
    sleep_ms(200); /* it is through, or it waits for the start: both are right */
    run("{" WEB "}", 1, NULL, &err);
    let_go(holder);
    end(&start);
    end(&stop);
    after_all();
}

struct crowd {
    const char *spec, *key, *id;
    size_t count[8];
    enum error_kind kind[8];
    struct intent_result result[8];
};

static void crowd_run(size_t number, void *context) {
    struct crowd *crowd = context;
    struct db *db = scratch_connect("berth_worker");
    struct intent_client client = client_of(db);
    CLEANUP(json_put) json_t *spec = spec_of(crowd->spec);
    struct error err = {0};
    client.idempotency_key = crowd->key;
    if (crowd->id)
        intent_scale(&client, crowd->id, crowd->count[number], &crowd->result[number], &err);
    else
        intent_run(&client, spec, 1, "missing", &crowd->result[number], &err);
    crowd->kind[number] = err.kind;
    json_put(&crowd->result[number].reasons);
    db_free(db);
}

static int of_kind(const struct crowd *crowd, enum error_kind kind) {
    int n = 0;
    for (size_t i = 0; i < 8; i++)
        n += crowd->kind[i] == kind;
    return n;
}

static void test_same_key(void) {
    struct crowd crowd = {.spec = "{" WEB "}", .key = "key"};
    int replayed = 0;
    scratch_reset();
    engine_add("e1", 16, 4096);
    in_threads(8, crowd_run, &crowd);
    CU_ASSERT_EQUAL(of_kind(&crowd, ERROR_NONE), 8);
    for (size_t i = 0; i < 8; i++) {
        replayed += crowd.result[i].replayed;
        CU_ASSERT_STRING_EQUAL(crowd.result[i].operation_id, crowd.result[0].operation_id);
    }
    CU_ASSERT_EQUAL(replayed, 7);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers"), 1);
    after_all();
}

static void test_same_name(void) {
    struct crowd crowd = {.spec = "{" WEB ",\"container_name\":\"api\"}"};
    scratch_reset();
    engine_add("e1", 16, 4096);
    in_threads(8, crowd_run, &crowd);
    CU_ASSERT_EQUAL(of_kind(&crowd, ERROR_NONE), 1);
    CU_ASSERT_EQUAL(of_kind(&crowd, ERROR_CONFLICT), 7);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers"), 1);
    after_all();
}

static void test_last_room(void) {
    struct crowd crowd = {.spec = "{" WEB "}"};
    scratch_reset();
    engine_add("e1", 2, 4096);
    engine_add("e2", 1, 4096);
    in_threads(8, crowd_run, &crowd);
    CU_ASSERT_EQUAL(of_kind(&crowd, ERROR_NONE), 3);
    CU_ASSERT_EQUAL(of_kind(&crowd, ERROR_NO_CAPACITY), 5);
    after_all();
}

static void test_same_port(void) {
    struct crowd crowd = {.spec =
                              "{" WEB ",\"bind_ports\":[{\"port\":8080,\"container_port\":80}]}"};
    scratch_reset();
    engine_add("e1", 16, 4096);
    engine_add("e2", 16, 4096);
    in_threads(8, crowd_run, &crowd);
    CU_ASSERT_EQUAL(of_kind(&crowd, ERROR_NONE), 2);
    CU_ASSERT_EQUAL(of_kind(&crowd, ERROR_NO_CAPACITY), 6);
    after_all();
}

static void test_scales(void) {
    char ids[2][65];
    struct crowd crowd = {.spec = "{" WEB "}", .count = {7, 7, 7, 7, 7, 7, 7, 7}};
    scratch_reset();
    engine_add("e1", 64, 16384);
    run_ids("{" WEB ",\"container_name\":\"api\"}", 2, ids);
    crowd.id = ids[0];
    in_threads(8, crowd_run, &crowd);
    CU_ASSERT_EQUAL(of_kind(&crowd, ERROR_NONE), 8);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE desired = 'running'"), 7);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations WHERE type = 'scale-container'"), 1);
    for (size_t i = 0; i < 8; i++)
        crowd.count[i] = i % 2 ? 9 : 3;
    in_threads(8, crowd_run, &crowd);
    CU_ASSERT_EQUAL(of_kind(&crowd, ERROR_NONE), 8);
    int64_t left = sql_int("SELECT count(*) FROM containers WHERE desired = 'running'");
    CU_ASSERT_TRUE(left == 3 || left == 9);
    after_all();
}

/* What came of a container, written down by a thread of its own. */
struct settlement {
    pthread_t thread;
    struct work_row *row;
    struct error err;
    bool ok, finished;
};

static void *settle_main(void *argument) {
    struct settlement *settlement = argument;
    struct db *db = scratch_connect("berth_worker");
    const struct work_outcome outcome = {
        .state = "running", .docker_id = "d1", .exit_code = -1, .retry_s = -1, .item = "done"};
    settlement->ok =
        work_settle(db, settlement->row, &outcome, &settlement->finished, &settlement->err);
    db_free(db);
    return NULL;
}

/* It takes the container's row, then the operation's; the other transaction has the latter and
 * wants the former. PostgreSQL undoes whose deadlock_timeout comes first. */
static void test_settle_deadlock(void) {
    char ids[1][65], more[200];
    struct settlement settlement = {0};
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 8, 4096);
    run_ids("{" WEB "}", 1, ids);
    settlement.row = claim_one(scratch_worker(), "executor");
    CU_ASSERT_PTR_NOT_NULL_FATAL(settlement.row);
    snprintf(more, sizeof more, "SELECT (sum(deadlocks) > %lld)::int FROM pg_stat_database",
             (long long)sql_int("SELECT sum(deadlocks) FROM pg_stat_database"));
    sql_do("ALTER ROLE berth_worker SET deadlock_timeout = '2s'");
    struct db *other = hold("SET deadlock_timeout = '60s'; SELECT FROM operations FOR UPDATE");
    CU_ASSERT_EQUAL_FATAL(pthread_create(&settlement.thread, NULL, settle_main, &settlement), 0);
    CU_ASSERT_TRUE(wait_for(1, waiting_sessions));
    CU_ASSERT_EQUAL(sql_try(other, "UPDATE containers SET due_at = due_at", &err), ERROR_NONE);
    CU_ASSERT_TRUE(db_commit(other, &err));
    pthread_join(settlement.thread, NULL);
    let_go(other);
    sql_do("ALTER ROLE berth_worker RESET deadlock_timeout");
    if (!settlement.ok)
        printf("# %s\n", settlement.err.message);
    CU_ASSERT_TRUE(settlement.ok && settlement.finished);
    CU_ASSERT_TRUE(wait_for(1, more));
    claim_free(settlement.row);
    after_all();
}

static const struct unit_test tests[] = {
    {"stop, then destroy", test_two_changes},
    {"destroy, then start", test_destroy_then_start},
    {"stop, then the engine is forgotten", test_change_then_forget},
    {"the engine is forgotten, then stop", test_forget_then_change},
    {"a start that meets a stop reserves its room", test_start_meets_stop},
    {"one key, eight times", test_same_key},
    {"one name, eight times", test_same_name},
    {"the last room", test_last_room},
    {"one named port", test_same_port},
    {"one group scaled by eight", test_scales},
    {"what came of a container, undone by a deadlock", test_settle_deadlock},
    {0},
};

const struct unit_suite suite_race = {"race", tests};
