/* test_cancel: control/intent_cancel: what is undone, what goes on, and cancels that meet
 * executors.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define WEB "\"name\":\"web\",\"cpus\":1,\"memory\":100,\"bind_ports\":[{\"container_port\":80}]"

static const struct work_outcome is_running = {
    .state = "running", .docker_id = "d1", .exit_code = -1, .retry_s = -1, .item = "done"};
static const struct work_outcome is_exited = {
    .state = "exited", .docker_id = "d1", .exit_code = 0, .retry_s = -1, .item = "done"};
static const struct work_outcome is_away = {.state = "running",
                                            .docker_id = "d1",
                                            .exit_code = -1,
                                            .error = "no answer",
                                            .kind = ERROR_UNREACHABLE,
                                            .untouched = true};

static void settle(struct work_row *row, const struct work_outcome *outcome) {
    struct error err = {0};
    bool finished = false;
    CU_ASSERT_TRUE(work_settle(scratch_worker(), row, outcome, &finished, &err));
    claim_free(row);
}

static struct intent_cancelled cancel(const char *operation_id) {
    struct intent_client client = client_of(scratch_worker());
    struct intent_cancelled cancelled;
    struct error err = {0};
    bool ok = intent_cancel(&client, operation_id, &cancelled, &err);
    if (!ok)
        printf("# %s\n", err.message);
    CU_ASSERT_TRUE_FATAL(ok);
    return cancelled;
}

static bool is_state(const struct intent_result *operation, const char *state) {
    CLEANUP(mem_free_text)
    char *is = sql_text("SELECT state FROM operations WHERE id = '%s'", operation->operation_id);
    if (strcmp(is, state) != 0)
        printf("# the operation is %s, not %s\n", is, state);
    return strcmp(is, state) == 0;
}

static int64_t items(const char *status) {
    return sql_int("SELECT count(*) FROM operation_items WHERE status = '%s'", status);
}

static int64_t rows_with(const char *condition) {
    return sql_int("SELECT count(*) FROM containers WHERE %s", condition);
}

/* A pool with room for four, and `count` containers; they run unless `operation` is wanted. */
static void start_with(size_t count, char ids[][65], struct intent_result *operation) {
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB "}", count, ids);
    if (!operation) {
        work_off(scratch_worker(), "running");
        return;
    }
    CLEANUP(mem_free_text) char *id = sql_text("SELECT id FROM operations");
    snprintf(operation->operation_id, sizeof operation->operation_id, "%s", id);
}

static void test_nothing_begun(void) {
    char ids[3][65];
    struct intent_result run;
    start_with(3, ids, &run);
    struct intent_cancelled cancelled = cancel(run.operation_id);
    CU_ASSERT_FALSE(cancelled.ended);
    CU_ASSERT_EQUAL(cancelled.undone, 3);
    CU_ASSERT_STRING_EQUAL(cancelled.state, "cancelled");
    CU_ASSERT_TRUE(is_state(&run, "cancelled"));
    CU_ASSERT_EQUAL(items("cancelled"), 3);
    CU_ASSERT_EQUAL(rows_with("removed_at IS NOT NULL AND desired = 'removed' AND state = "
                              "'removed' AND due_at IS NULL"),
                    3);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'cancel-operation' AND "
                            "account = 'tester' AND message LIKE '%%undone=3%%'"),
                    1);
    CU_ASSERT_PTR_NULL(claim_one(scratch_worker(), "a"));
    check_invariants();
    cancelled = cancel(run.operation_id);
    CU_ASSERT_TRUE(cancelled.ended);
    CU_ASSERT_STRING_EQUAL(cancelled.state, "cancelled");
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'cancel-operation'"), 1);
    run_ids("{" WEB "}", 1, ids); /* the room is free again */
}

/* One runs, one is under way, one has not begun. */
static void test_in_the_middle(void) {
    char ids[3][65];
    struct intent_result run;
    start_with(3, ids, &run);
    settle(claim_one(scratch_worker(), "a"), &is_running);
    struct work_row *under_way = claim_one(scratch_worker(), "a");
    CU_ASSERT_EQUAL(cancel(run.operation_id).undone, 2);
    CU_ASSERT_TRUE(is_state(&run, "running"));
    CU_ASSERT_EQUAL(items("done"), 1);
    CU_ASSERT_EQUAL(items("cancelled"), 1);
    CU_ASSERT_EQUAL(rows_with("desired = 'running' AND state = 'running'"), 1);
    CU_ASSERT_EQUAL(rows_with("desired = 'removed' AND removed_at IS NULL"), 1);
    CU_ASSERT_EQUAL(cancel(run.operation_id).undone, 0); /* again: no change */
    check_invariants();
    /* The executor comes to its end without knowing: that is no end of the item. */
    settle(under_way, &is_running);
    CU_ASSERT_TRUE(is_state(&run, "running"));
    CU_ASSERT_EQUAL(rows_with("desired = 'removed' AND state = 'removing' AND docker_id = 'd1' "
                              "AND due_at <= now()"),
                    1);
    work_off(scratch_worker(), "running");
    CU_ASSERT_TRUE(is_state(&run, "cancelled"));
    CU_ASSERT_EQUAL(items("cancelled"), 2);
    CU_ASSERT_EQUAL(rows_with("removed_at IS NULL"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 1);
    check_invariants();
}

/* What was under way fails, or is to go elsewhere, after the cancel. */
static void test_failed_meanwhile(void) {
    const struct work_outcome failed = {.state = "failed",
                                        .exit_code = -1,
                                        .error = "no image",
                                        .desired = "removed",
                                        .retry_s = -1,
                                        .item = "failed",
                                        .kind = ERROR_IMAGE};
    char ids[2][65];
    struct intent_result run;
    CLEANUP(db_result_free) struct db_result *moved = NULL;
    struct error err = {0};
    start_with(2, ids, &run);
    engine_add("e2", 4, 4096);
    struct work_row *first = claim_one(scratch_worker(), "a");
    struct work_row *second = claim_one(scratch_worker(), "a");
    CU_ASSERT_EQUAL(cancel(run.operation_id).undone, 2);
    settle(first, &failed);
    CLEANUP(mem_free_text)
    char *list = mem_format("[{\"id\":\"%s\",\"ports\":[]}]", second->id);
    CU_ASSERT_TRUE(db_run(scratch_worker(), &sql_unit_move,
                          DB_PARAMS(DB_TEXT(second->id), db_int(second->epoch), DB_TEXT("e2"),
                                    DB_TEXT(list), DB_TEXT("{}")),
                          &moved, &err));
    CU_ASSERT_EQUAL(db_rows(moved), 0);
    settle(second, &is_running);
    CU_ASSERT_EQUAL(items("pending"), 2);
    check_invariants();
    work_off(scratch_worker(), "running");
    CU_ASSERT_EQUAL(items("cancelled"), 2);
    CU_ASSERT_TRUE(is_state(&run, "cancelled"));
    CU_ASSERT_EQUAL(rows_with("removed_at IS NULL"), 0);
    check_invariants();
}

/* What was wanted before is wanted again, with its reservation and the state that was known. */
static void test_withdrawn(void) {
    static const enum intent_change changes[] = {INTENT_STOP, INTENT_RESTART, INTENT_DESTROY};
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        char ids[1][65];
        struct intent_result operation;
        struct error err;
        start_with(1, ids, NULL);
        CU_ASSERT_TRUE_FATAL(change(ids[0], changes[i], &operation, &err));
        CU_ASSERT_EQUAL(cancel(operation.operation_id).undone, 1);
        CU_ASSERT_TRUE(is_state(&operation, "cancelled"));
        CU_ASSERT_EQUAL(rows_with("desired = 'running' AND state = 'running' AND intent_seq = 3 "
                                  "AND restart_seq = 0 AND docker_id IS NOT NULL"),
                        1);
        check_invariants();
        work_off(scratch_worker(), "running");
        CU_ASSERT_EQUAL(rows_with("desired = 'running' AND due_at IS NULL"), 1);
        check_invariants();
    }
}

/* An engine was asked: half a stop cannot be taken back. */
static void test_begun(void) {
    static const enum intent_change changes[] = {INTENT_STOP, INTENT_RESTART, INTENT_DESTROY};
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        char ids[1][65];
        struct intent_result operation;
        struct error err;
        start_with(1, ids, NULL);
        CU_ASSERT_TRUE_FATAL(change(ids[0], changes[i], &operation, &err));
        struct work_row *row = claim_one(scratch_worker(), "a");
        struct intent_cancelled cancelled = cancel(operation.operation_id);
        CU_ASSERT_EQUAL(cancelled.undone, 0);
        CU_ASSERT_EQUAL(cancelled.left_alone, 1);
        CU_ASSERT_STRING_EQUAL(cancelled.state, "running");
        CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operation_items WHERE note LIKE 'It had "
                                "begun%%'"),
                        1);
        settle(row, changes[i] == INTENT_RESTART ? &is_running : &is_exited);
        CU_ASSERT_TRUE(is_state(&operation, "done"));
        check_invariants();
        CU_ASSERT_TRUE(cancel(operation.operation_id).ended);
    }
}

static void test_no_room(void) {
    char ids[4][65];
    struct intent_result operation;
    struct error err;
    start_with(4, ids, NULL);
    CU_ASSERT_TRUE_FATAL(scale(ids[0], 2, &operation, &err));
    CU_ASSERT_TRUE(run("{" WEB ",\"args\":[\"other\"]}", 1, NULL, &err)); /* room for one is left */
    struct intent_cancelled cancelled = cancel(operation.operation_id);
    CU_ASSERT_EQUAL(cancelled.undone, 1);
    CU_ASSERT_EQUAL(cancelled.left_alone, 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operation_items WHERE note LIKE '%%Engine "
                            "e1%%' AND status = 'pending'"),
                    1);
    check_invariants();
    work_off(scratch_worker(), "running");
    CU_ASSERT_TRUE(is_state(&operation, "cancelled"));
    CU_ASSERT_EQUAL(rows_with("desired = 'running' AND removed_at IS NULL"), 4);
    check_invariants();
}

/* A start under way is taken back: the container was stopped, and is stopped again. */
static void test_start(void) {
    char ids[1][65];
    struct intent_result operation;
    struct error err;
    for (int begun = 0; begun <= 1; begun++) {
        start_with(1, ids, NULL);
        CU_ASSERT_TRUE(change(ids[0], INTENT_STOP, NULL, &err));
        work_off(scratch_worker(), "exited");
        CU_ASSERT_TRUE(change(ids[0], INTENT_START, &operation, &err));
        struct work_row *row = begun ? claim_one(scratch_worker(), "a") : NULL;
        CU_ASSERT_EQUAL(cancel(operation.operation_id).undone, 1);
        CU_ASSERT_EQUAL(rows_with("desired = 'stopped' AND due_at <= now()"), 1);
        CU_ASSERT_TRUE(is_state(&operation, begun ? "running" : "cancelled"));
        if (begun)
            settle(row, &is_running);
        CU_ASSERT_EQUAL(items("pending"), begun);
        check_invariants();
        work_off(scratch_worker(), "exited");
        CU_ASSERT_TRUE(is_state(&operation, "cancelled"));
        CU_ASSERT_EQUAL(rows_with("desired = 'stopped' AND state = 'exited' AND due_at IS NULL"),
                        1);
        check_invariants();
    }
}

/* A stop that waits for an engine that cannot be reached has not begun, however often it was tried;
 * one that may have got there has. */
static void test_engine_away(void) {
    char ids[1][65];
    struct intent_result operation;
    struct error err;
    for (int reached = 0; reached <= 1; reached++) {
        start_with(1, ids, NULL);
        CU_ASSERT_TRUE(change(ids[0], INTENT_STOP, &operation, &err));
        for (int i = 0; i < 3; i++) {
            struct work_outcome outcome = is_away;
            outcome.untouched = !(reached && i == 1);
            settle(claim_one(scratch_worker(), "a"), &outcome);
        }
        CU_ASSERT_TRUE(is_state(&operation, "running"));
        CU_ASSERT_EQUAL(rows_with("attempts = 3 AND error = 'no answer'"), 1);
        struct intent_cancelled cancelled = cancel(operation.operation_id);
        CU_ASSERT_EQUAL(cancelled.undone, (size_t)!reached);
        CU_ASSERT_EQUAL(cancelled.left_alone, (size_t)reached);
        CU_ASSERT_EQUAL(rows_with("desired = 'running'"), !reached);
        check_invariants();
    }
}

static void test_scale(void) {
    char ids[2][65];
    struct intent_result operation;
    struct error err;
    start_with(2, ids, NULL);
    CU_ASSERT_TRUE(scale(ids[0], 4, &operation, &err));
    settle(claim_one(scratch_worker(), "a"), &is_running);
    CU_ASSERT_EQUAL(cancel(operation.operation_id).undone, 1);
    CU_ASSERT_TRUE(is_state(&operation, "cancelled"));
    CU_ASSERT_EQUAL(rows_with("desired = 'running'"), 3);
    CU_ASSERT_TRUE(scale(ids[0], 0, &operation, &err));
    CU_ASSERT_EQUAL(cancel(operation.operation_id).undone, 3);
    CU_ASSERT_EQUAL(rows_with("desired = 'running' AND state = 'running'"), 3);
    check_invariants();
}

/* Destroyed by somebody while it is being undone: cancelled it is, all the same. */
static void test_destroyed_meanwhile(void) {
    char ids[1][65];
    struct intent_result run, destroy;
    struct error err;
    start_with(1, ids, &run);
    struct work_row *row = claim_one(scratch_worker(), "a");
    CU_ASSERT_EQUAL(cancel(run.operation_id).undone, 1);
    CU_ASSERT_TRUE(change(ids[0], INTENT_DESTROY, &destroy, &err));
    CU_ASSERT_TRUE(is_state(&run, "cancelled"));
    settle(row, &is_running);
    CU_ASSERT_EQUAL(cancel(destroy.operation_id).left_alone, 1); /* it was gone before, too */
    work_off(scratch_worker(), "running");
    CU_ASSERT_TRUE(is_state(&destroy, "done"));
    CU_ASSERT_EQUAL(rows_with("removed_at IS NULL"), 0);
    check_invariants();
}

/* What an earlier version wrote tells nothing of before: it is left alone. */
static void test_unknown_before(void) {
    char ids[2][65];
    struct intent_result run;
    start_with(2, ids, &run);
    sql_do("UPDATE operation_items SET was_desired = NULL, was_epoch = NULL");
    CU_ASSERT_EQUAL(cancel(run.operation_id).left_alone, 2);
    CU_ASSERT_EQUAL(rows_with("desired = 'running'"), 2);
}

static void test_unknown(void) {
    struct intent_client client = client_of(scratch_worker());
    struct intent_cancelled cancelled;
    struct error err = {0};
    CU_ASSERT_FALSE(intent_cancel(&client, "nobody", &cancelled, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
}

enum { EXECUTORS = 3, BATCH = 30, ROUNDS = 8 };

struct meeting {
    char operation_id[33];
    atomic_int errors, settled;
    atomic_bool over;
    int cancel_after;
};

/* Rows on their way, as executors carry them out: claimed, worked on, settled. */
static void execute(struct meeting *meeting, struct db *db, size_t number) {
    struct error err = {0};
    char name[16];
    snprintf(name, sizeof name, "executor %zu", number);
    while (!meeting->over || sql_int_on(db, "SELECT count(*) FROM containers WHERE due_at IS NOT "
                                            "NULL") > 0) {
        struct work_row *rows = NULL;
        size_t count = 0;
        meeting->errors += !work_claim(db, name, 30, 1000, 1 + number, &rows, &count, &err);
        for (size_t i = 0; i < count; i++) {
            bool finished, gone = strcmp(rows[i].desired, "removed") == 0;
            struct work_outcome outcome = gone ? (struct work_outcome){.state = "removed",
                                                                       .exit_code = -1,
                                                                       .retry_s = -1,
                                                                       .item = "done"}
                                               : is_running;
            meeting->errors += !work_settle(db, &rows[i], &outcome, &finished, &err);
            meeting->settled++;
            work_row_release(&rows[i]);
        }
        free(rows);
    }
}

static void meet(size_t number, void *context) {
    struct meeting *meeting = context;
    struct db *db = scratch_connect("berth_worker");
    struct error err = {0};
    if (number < EXECUTORS) {
        execute(meeting, db, number);
    } else {
        struct intent_client client = client_of(db);
        struct intent_cancelled cancelled;
        while (meeting->settled < meeting->cancel_after)
            sleep_ms(1);
        meeting->errors += !intent_cancel(&client, meeting->operation_id, &cancelled, &err);
        meeting->over = true;
    }
    db_free(db);
}

static void test_at_once(void) {
    char ids[BATCH][65];
    int64_t done = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct meeting meeting = {.cancel_after = round * BATCH / ROUNDS};
        struct intent_result run;
        scratch_reset();
        engine_add("e1", BATCH, 100 * BATCH);
        run_ids("{" WEB "}", BATCH, ids);
        CLEANUP(mem_free_text) char *id = sql_text("SELECT id FROM operations");
        snprintf(meeting.operation_id, sizeof meeting.operation_id, "%s", id);
        snprintf(run.operation_id, sizeof run.operation_id, "%s", id);
        in_threads(EXECUTORS + 2, meet, &meeting); /* two cancel at once */
        CU_ASSERT_EQUAL(meeting.errors, 0);
        CU_ASSERT_EQUAL(items("done") + items("cancelled"), BATCH);
        CU_ASSERT_TRUE(is_state(&run, items("cancelled") ? "cancelled" : "done"));
        CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operation_items i JOIN containers c ON c.id "
                                "= i.container_id WHERE (i.status = 'done') <> (c.state = "
                                "'running' AND c.desired = 'running' AND c.removed_at IS NULL)"),
                        0);
        CU_ASSERT_EQUAL(rows_with("removed_at IS NULL"), items("done"));
        done += items("done");
        check_invariants();
    }
    printf("# %lld of %d were done before the cancel\n", (long long)done, ROUNDS * BATCH);
}

static const struct unit_test tests[] = {
    {"a run that nobody has begun", test_nothing_begun},
    {"a run in the middle", test_in_the_middle},
    {"what fails or moves after the cancel", test_failed_meanwhile},
    {"stop, restart, destroy are withdrawn", test_withdrawn},
    {"and go on once an engine was asked", test_begun},
    {"and go on without room for the reservation", test_no_room},
    {"a start is taken back", test_start},
    {"what waits for an engine has not begun", test_engine_away},
    {"scale up and down", test_scale},
    {"destroyed while it is undone", test_destroyed_meanwhile},
    {"what an earlier version wrote", test_unknown_before},
    {"no such operation", test_unknown},
    {"cancels and executors at once", test_at_once},
    {0},
};

const struct unit_suite suite_cancel = {"cancel", tests};
