/* test_work: core/store/work: claims, caps, fences, what settling writes. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define WEB "\"name\":\"web\",\"cpus\":0,\"memory\":10"

static size_t claim_count(const char *name, int64_t cap, size_t most) {
    struct work_row *rows = NULL;
    size_t count = 0;
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(work_claim(scratch_worker(), name, 30, cap, most, &rows, &count, &err));
    for (size_t i = 0; i < count; i++)
        work_row_release(&rows[i]);
    free(rows);
    return count;
}

static bool settle(struct work_row *row, const struct work_outcome *outcome) {
    struct error err = {0};
    bool finished = false;
    bool ok = work_settle(scratch_worker(), row, outcome, &finished, &err);
    if (!ok)
        printf("# %s\n", err.message);
    CU_ASSERT_TRUE(ok);
    return finished;
}

static const struct work_outcome is_running = {
    .state = "running", .docker_id = "d1", .exit_code = -1, .retry_s = -1, .item = "done"};
static const struct work_outcome is_gone = {.state = "removed",
                                            .exit_code = -1,
                                            .retry_s = -1,
                                            .item = "done"};

static int64_t row_is(const char *condition) {
    return sql_int("SELECT count(*) FROM containers WHERE %s", condition);
}

/* One container, claimed by `name`. */
static struct work_row *one_claimed(const char *name) {
    char ids[1][65];
    scratch_reset();
    engine_add("e1", 4, 4096);
    run_ids("{" WEB ",\"environment\":{\"A\":\"1\"},\"bind_ports\":[{\"container_port\":80}]}", 1,
            ids);
    struct work_row *row = claim_one(scratch_worker(), name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    return row;
}

static void test_row(void) {
    struct work_row *row = one_claimed("a");
    CLEANUP(mem_free_text) char *id = sql_text("SELECT id FROM containers");
    CU_ASSERT_STRING_EQUAL(row->id, id);
    CU_ASSERT_TRUE(strncmp(row->name, "web-", 4) == 0);
    CU_ASSERT_PTR_NULL(row->docker_id);
    CU_ASSERT_STRING_EQUAL(row->engine_id, "e1");
    CU_ASSERT_STRING_EQUAL(row->engine_addr, "tcp://e1:2375");
    CU_ASSERT_STRING_EQUAL(row->api_version, "1.41");
    CU_ASSERT_STRING_EQUAL(row->desired, "running");
    CU_ASSERT_STRING_EQUAL(row->state, "placed");
    CU_ASSERT_STRING_EQUAL(row->pull, "missing");
    CU_ASSERT_STRING_EQUAL(json_get_text(row->spec, "name", ""), "web");
    CU_ASSERT_STRING_EQUAL(json_get_text(json_get(row->spec, "environment"), "A", ""), "***");
    CU_ASSERT_EQUAL(json_get_int(json_at(row->ports, 0), "port", 0), 20000);
    CU_ASSERT_PTR_NOT_NULL(row->environment);
    CU_ASSERT_EQUAL(row->environment_len, strlen("{\"A\":\"1\"}") + SEAL_OVERHEAD);
    CU_ASSERT_EQUAL(row->intent_seq, 1);
    CU_ASSERT_EQUAL(row->epoch, 1);
    CU_ASSERT_EQUAL(row->generation, 1);
    CU_ASSERT_EQUAL(row->attempts, 0);
    CU_ASSERT_EQUAL(row->exit_code, -1);
    CU_ASSERT_FALSE(row->started);
    CU_ASSERT_PTR_NULL(claim_one(scratch_worker(), "b"));
    claim_free(row);
}

static void test_settled(void) {
    struct work_row *row = one_claimed("a");
    CU_ASSERT_TRUE(settle(row, &is_running));
    CU_ASSERT_EQUAL(row_is("state = 'running' AND docker_id = 'd1' AND started AND due_at IS NULL "
                           "AND claimed_by IS NULL AND claimed_until IS NULL AND error IS NULL"),
                    1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations WHERE pending = 0 AND finished IS NOT "
                            "NULL"),
                    1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operation_items WHERE status = 'done'"), 1);
    CU_ASSERT_FALSE(settle(row, &is_running)); /* nothing is finished twice */
    CU_ASSERT_EQUAL(sql_int("SELECT pending FROM operations"), 0);
    claim_free(row);
    check_invariants();
}

static void test_retry(void) {
    struct work_row *row = one_claimed("a");
    const struct work_outcome later = {.state = "placed",
                                       .exit_code = -1,
                                       .error = "no answer",
                                       .retry_s = 0.25,
                                       .kind = ERROR_TIMEOUT};
    CU_ASSERT_FALSE(settle(row, &later));
    CU_ASSERT_EQUAL(row_is("attempts = 1 AND error = 'no answer' AND due_at > now() AND "
                           "due_at < now() + interval '1 s' AND NOT started"),
                    1);
    CU_ASSERT_EQUAL(sql_int("SELECT pending FROM operations WHERE finished IS NULL"), 1);
    CU_ASSERT_EQUAL(claim_count("b", 0, 10), 0);
    claim_free(row);
    sleep_ms(300);
    row = claim_one(scratch_worker(), "a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_EQUAL(row->attempts, 1);
    CU_ASSERT_EQUAL(row->epoch, 2);
    CU_ASSERT_TRUE(settle(row, &is_running));
    CU_ASSERT_EQUAL(row_is("attempts = 0 AND error IS NULL"), 1);
    claim_free(row);
}

/* A start that fails time and again is a crash loop; an engine that does not answer is not. */
static void test_fails_to_start(void) {
    struct work_row *row = one_claimed("a");
    for (int i = 0; i < 6; i++) {
        const struct work_outcome again = {.state = "exited",
                                           .docker_id = "d1",
                                           .exit_code = -1,
                                           .error = "no",
                                           .retry_s = 30,
                                           .kind = i % 2 ? ERROR_ENGINE : ERROR_TIMEOUT};
        settle(row, &again);
        CU_ASSERT_EQUAL(row_is(i < 5 ? "NOT doc ? 'crash_loop'"
                                     : "doc -> 'crash_loop' @> '{\"exits\":3,\"exit_code\":null}' "
                                       "AND doc #>> '{crash_loop,next_try}' > '2'"),
                        1);
        claim_free(row);
        sql_do("UPDATE containers SET due_at = now()");
        row = claim_one(scratch_worker(), "a");
        CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    }
    settle(row, &is_running);
    CU_ASSERT_EQUAL(row_is("doc ? 'crash_loop'"), 1); /* it has not run for long yet */
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type LIKE 'crash-loop%%'"), 1);
    claim_free(row);
    check_invariants();
}

static void test_failed(void) {
    struct work_row *row = one_claimed("a");
    const struct work_outcome failed = {.state = "failed",
                                        .exit_code = -1,
                                        .error = "it cannot be",
                                        .desired = "removed",
                                        .retry_s = -1,
                                        .item = "failed",
                                        .kind = ERROR_IMAGE};
    CU_ASSERT_TRUE(settle(row, &failed));
    CU_ASSERT_EQUAL(row_is(
                        "state = 'failed' AND desired = 'removed' AND removed_at IS NOT NULL AND "
                        "due_at IS NULL"),
                    1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 0);
    CLEANUP(mem_free_text)
    char *error = sql_text("SELECT status || error::text FROM operation_items");
    CU_ASSERT_STRING_EQUAL(error,
                           "failed{\"code\": \"image_unavailable\", \"detail\": \"it cannot be\"}");
    claim_free(row);
    check_invariants();
}

static void test_removed(void) {
    struct error err;
    struct work_row *row = one_claimed("a");
    settle(row, &is_running);
    CU_ASSERT_TRUE(change(row->id, INTENT_DESTROY, NULL, &err));
    claim_free(row);
    row = claim_one(scratch_worker(), "a");
    CU_ASSERT_STRING_EQUAL(row->desired, "removed");
    CU_ASSERT_TRUE(settle(row, &is_gone));
    CU_ASSERT_EQUAL(row_is("removed_at IS NOT NULL AND state = 'removed' AND docker_id IS NULL AND "
                           "due_at IS NULL"),
                    1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 0);
    claim_free(row);
    check_invariants();
}

/* A later claimant has the row: what the earlier one brings is not written. */
static void test_fence(void) {
    struct work_row *old = one_claimed("a");
    sql_do("UPDATE containers SET claimed_until = now() - interval '1 s'");
    struct work_row *new = claim_one(scratch_worker(), "b");
    CU_ASSERT_PTR_NOT_NULL_FATAL(new);
    CU_ASSERT_EQUAL(new->epoch, old->epoch + 1);
    CLEANUP(mem_free_text)
    char *before = sql_text("SELECT concat(c, i, o) FROM containers c, "
                            "operation_items i, operations o");
    CU_ASSERT_FALSE(settle(old, &is_running));
    CU_ASSERT_FALSE(settle(old, &is_gone));
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    CLEANUP(db_result_free) struct db_result *ports = NULL;
    struct error err = {0};
    engine_add("e2", 4, 4096);
    CLEANUP(mem_free_text)
    char *items = mem_format("[{\"id\":\"%s\",\"ports\":[]}]", old->id);
    CU_ASSERT_TRUE(db_run(scratch_worker(), &sql_unit_move,
                          DB_PARAMS(DB_TEXT(old->id), db_int(old->epoch), DB_TEXT("e2"),
                                    DB_TEXT(items), DB_TEXT("{}")),
                          &rows, &err));
    CU_ASSERT_EQUAL(db_rows(rows), 0);
    CU_ASSERT_TRUE(db_run(scratch_worker(), &sql_work_ports,
                          DB_PARAMS(DB_TEXT(old->id), db_int(old->epoch), DB_TEXT("[]")), &ports,
                          &err));
    CU_ASSERT_EQUAL(db_rows(ports), 0);
    CLEANUP(mem_free_text)
    char *after = sql_text("SELECT concat(c, i, o) FROM containers c, "
                           "operation_items i, operations o");
    CU_ASSERT_STRING_EQUAL(after, before);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 1);
    CU_ASSERT_TRUE(settle(new, &is_running));
    claim_free(old);
    claim_free(new);
    check_invariants();
}

/* A stop came while the start was under way: the row stays due, the item is the stop's. */
static void test_intent_changed(void) {
    struct error err;
    struct intent_result stop;
    struct work_row *row = one_claimed("a");
    CU_ASSERT_TRUE(change(row->id, INTENT_STOP, &stop, &err));
    CU_ASSERT_EQUAL(claim_count("b", 0, 10), 0); /* it is claimed */
    CU_ASSERT_FALSE(settle(row, &is_running));
    CU_ASSERT_EQUAL(row_is("desired = 'stopped' AND state = 'running' AND due_at <= now()"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT pending FROM operations WHERE id = '%s'", stop.operation_id),
                    1);
    claim_free(row);
    row = claim_one(scratch_worker(), "b");
    CU_ASSERT_STRING_EQUAL(row->desired, "stopped");
    const struct work_outcome exited = {
        .state = "exited", .docker_id = "d1", .exit_code = 137, .retry_s = -1, .item = "done"};
    CU_ASSERT_TRUE(settle(row, &exited));
    CU_ASSERT_EQUAL(row_is("exit_code = 137 AND due_at IS NULL"), 1);
    claim_free(row);
    check_invariants();
}

/* Given up after a client changed its mind: the client's intent stays. */
static void test_intent_changed_then_failed(void) {
    struct error err;
    struct work_row *row = one_claimed("a");
    CU_ASSERT_TRUE(change(row->id, INTENT_RESTART, NULL, &err));
    const struct work_outcome failed = {.state = "failed",
                                        .exit_code = -1,
                                        .error = "it cannot be",
                                        .desired = "removed",
                                        .retry_s = -1,
                                        .item = "failed",
                                        .kind = ERROR_IMAGE};
    settle(row, &failed);
    CU_ASSERT_EQUAL(row_is("desired = 'running' AND removed_at IS NULL AND due_at <= now()"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 1);
    claim_free(row);
    check_invariants();
}

/* Destroyed meanwhile, and then found gone: it is what was wanted. */
static void test_destroyed_meanwhile(void) {
    struct error err;
    struct work_row *row = one_claimed("a");
    CU_ASSERT_TRUE(change(row->id, INTENT_DESTROY, NULL, &err));
    settle(row, &is_running);
    CU_ASSERT_EQUAL(row_is("desired = 'removed' AND state = 'removing' AND due_at <= now() AND "
                           "docker_id = 'd1' AND removed_at IS NULL"),
                    1);
    claim_free(row);
    work_off(scratch_worker(), "running");
    CU_ASSERT_EQUAL(row_is("removed_at IS NOT NULL"), 1);
    check_invariants();
}

/* A second destroy came while the first was carried out: both operations are finished by it. */
static void test_destroyed_twice(void) {
    struct error err;
    struct intent_result first, second;
    struct work_row *row = one_claimed("a");
    settle(row, &is_running);
    CU_ASSERT_TRUE(change(row->id, INTENT_DESTROY, &first, &err));
    claim_free(row);
    row = claim_one(scratch_worker(), "a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_TRUE(change(row->id, INTENT_DESTROY, &second, &err));
    settle(row, &is_gone);
    claim_free(row);
    work_off(scratch_worker(), "running");
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations WHERE finished IS NULL"), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operation_items WHERE operation_id = '%s' AND "
                            "status = 'done'",
                            second.operation_id),
                    1);
    check_invariants();
}

static int moved(const struct work_row *row, const char *engine_id) {
    CLEANUP(mem_free_text)
    char *items = mem_format("[{\"id\":\"%s\",\"ports\":[{\"port\": 7}]}]", row->id);
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(db_run(scratch_worker(), &sql_unit_move,
                                DB_PARAMS(DB_TEXT(row->id), db_int(row->epoch), DB_TEXT(engine_id),
                                          DB_TEXT(items), DB_TEXT("{}")),
                                &rows, &err));
    return db_rows(rows);
}

/* To another engine: a new generation, without the old engine's ports; never what is to go. */
static void test_moved(void) {
    struct error err;
    struct work_row *row = one_claimed("a");
    engine_add("e2", 4, 4096);
    CU_ASSERT_EQUAL(moved(row, "e2"), 1);
    CU_ASSERT_EQUAL(row_is(
                        "engine_id = 'e2' AND generation = 2 AND tried = '{e1}' AND docker_id IS "
                        "NULL AND state = 'placed' AND due_at <= now() AND claimed_by IS NULL "
                        "AND doc #>> '{ports,0,port}' = '7'"),
                    1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 0);
    claim_free(row);
    row = claim_one(scratch_worker(), "a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_STRING_EQUAL(row->engine_addr, "tcp://e2:2375");
    CU_ASSERT_TRUE(change(row->id, INTENT_DESTROY, NULL, &err));
    CU_ASSERT_EQUAL(moved(row, "e1"), 0);
    CU_ASSERT_EQUAL(row_is("engine_id = 'e2' AND claimed_by = 'a'"), 1);
    claim_free(row);
}

static void test_taken_over(void) {
    struct error err = {0};
    struct work_row *row = one_claimed("a");
    CLEANUP(mem_free_text) char *ids = mem_format("{%s}", row->id);
    claim_free(row);
    CU_ASSERT_EQUAL(claim_count("b", 0, 10), 0);
    sql_do("UPDATE containers SET claimed_until = clock_timestamp() + interval '200 ms'");
    CU_ASSERT_TRUE(work_renew(scratch_worker(), "b", 30, ids, &err)); /* not its own */
    CU_ASSERT_EQUAL(claim_count("b", 0, 10), 0);
    CU_ASSERT_TRUE(work_renew(scratch_worker(), "a", 30, "{}", &err)); /* not under way there */
    sleep_ms(250);
    CU_ASSERT_EQUAL(claim_count("b", 0, 10), 1);
    CU_ASSERT_EQUAL(row_is("claimed_by = 'b' AND epoch = 2"), 1);
    sql_do("UPDATE containers SET claimed_until = clock_timestamp() + interval '200 ms'");
    CU_ASSERT_TRUE(work_renew(scratch_worker(), "b", 30, ids, &err));
    sleep_ms(250);
    CU_ASSERT_EQUAL(claim_count("a", 0, 10), 0);
    CU_ASSERT_TRUE(work_release(scratch_worker(), "a", &err));
    CU_ASSERT_EQUAL(claim_count("a", 0, 10), 0);
    CU_ASSERT_TRUE(work_release(scratch_worker(), "b", &err));
    CU_ASSERT_EQUAL(claim_count("a", 0, 10), 1);
    CU_ASSERT_EQUAL(row_is("claimed_by = 'a' AND epoch = 3"), 1);
}

static void test_caps(void) {
    scratch_reset();
    engine_add("e1", 1, 4096); /* 2 at once */
    engine_add("e2", 3, 4096); /* 6 at once */
    char ids[40][65];
    run_ids("{" WEB "}", 40, ids);
    CU_ASSERT_EQUAL(claim_count("a", 0, 100), 8);
    CU_ASSERT_EQUAL(claim_count("b", 0, 100), 0);
    CU_ASSERT_EQUAL(claim_count("b", 3, 100), 1); /* e2 has 6 already */
    CU_ASSERT_EQUAL(claim_count("b", 7, 3), 3);
    CU_ASSERT_EQUAL(claim_count("b", 7, 100), 2);
    CU_ASSERT_EQUAL(sql_int("SELECT max(n) FROM (SELECT count(*) AS n FROM containers WHERE "
                            "claimed_until > now() GROUP BY engine_id) c"),
                    7);
}

struct caps {
    atomic_int working, beyond, claims, errors;
    atomic_int active[2];
};

static void claimant(size_t number, void *context) {
    enum { CAP = 3, ROUNDS = 5000, CLAIMS = 300 };
    struct caps *caps = context;
    struct db *db = scratch_connect("berth_worker");
    struct error err = {0};
    char name[16];
    snprintf(name, sizeof name, "claimant %zu", number);
    for (int i = 0; i < ROUNDS && caps->claims < CLAIMS; i++) {
        struct work_row *rows = NULL;
        size_t count = 0;
        bool finished;
        caps->errors += !work_claim(db, name, 30, CAP, 1 + number % 3, &rows, &count, &err);
        for (size_t k = 0; k < count; k++)
            caps->beyond += ++caps->active[rows[k].engine_id[1] - '1'] > CAP;
        caps->claims += (int)count;
        caps->beyond += sql_int_on(db, "SELECT max(n) FROM (SELECT count(*) AS n FROM containers "
                                       "WHERE claimed_until >= now() GROUP BY engine_id) c") > CAP;
        for (size_t k = 0; k < count; k++) {
            const struct work_outcome again = {.state = "running", .exit_code = -1, .retry_s = 0};
            caps->active[rows[k].engine_id[1] - '1']--;
            caps->errors += !work_settle(db, &rows[k], &again, &finished, &err);
            work_row_release(&rows[k]);
        }
        free(rows);
    }
    db_free(db);
}

static void test_caps_at_once(void) {
    struct caps caps = {0};
    char ids[30][65];
    scratch_reset();
    engine_add("e1", 4, 4096);
    engine_add("e2", 4, 4096);
    run_ids("{" WEB "}", 30, ids);
    in_threads(6, claimant, &caps);
    printf("# %d claims\n", caps.claims);
    CU_ASSERT_EQUAL(caps.errors, 0);
    CU_ASSERT_EQUAL(caps.beyond, 0);
    CU_ASSERT_TRUE(caps.claims >= 300);
    CU_ASSERT_EQUAL(row_is("claimed_until IS NOT NULL"), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT sum(epoch) FROM containers"), caps.claims);
}

/* Progress is told to the item that waits; who does not want the image any more is told back. */
static void test_progress(void) {
    char ids[2][65];
    struct intent_result result;
    struct error err = {0};
    bool wanted[2];
    scratch_reset();
    engine_add("e1", 4, 4000);
    run_ids("{\"name\":\"web\",\"memory\":10}", 2, ids);
    struct work_row *rows = NULL;
    size_t count = 0;
    CU_ASSERT_TRUE_FATAL(work_claim(scratch_worker(), "x", 30, 10, 10, &rows, &count, &err));
    CU_ASSERT_EQUAL_FATAL(count, 2);
    const struct work_row *both[] = {&rows[0], &rows[1]};
    CU_ASSERT_TRUE(work_progress(scratch_worker(), both, 2, "{\"layers\":3}", wanted, &err));
    CU_ASSERT_TRUE(wanted[0] && wanted[1]);
    CU_ASSERT_EQUAL(sql_int(
                        "SELECT count(*) FROM operation_items WHERE progress ->> 'layers' = '3'"),
                    2);
    CU_ASSERT_TRUE(change(rows[1].id, INTENT_DESTROY, &result, &err));
    CU_ASSERT_TRUE(work_progress(scratch_worker(), both, 2, "{\"layers\":4}", wanted, &err));
    CU_ASSERT_TRUE(wanted[0]);
    CU_ASSERT_FALSE(wanted[1]);
    rows[0].epoch--; /* as if claimed by another since */
    CU_ASSERT_TRUE(work_progress(scratch_worker(), both, 1, NULL, wanted, &err));
    CU_ASSERT_FALSE(wanted[0]);
    rows[0].epoch++;
    CU_ASSERT_TRUE(work_progress(scratch_worker(), both, 1, NULL, wanted, &err));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operation_items WHERE container_id = '%s' AND "
                            "progress IS NULL",
                            rows[0].id),
                    1);
    CU_ASSERT_TRUE(work_progress(scratch_worker(), both, 0, NULL, NULL, &err));
    for (size_t i = 0; i < count; i++)
        work_row_release(&rows[i]);
    free(rows);
}

static const struct unit_test tests[] = {
    {"progress of a pull, and who still wants it", test_progress},
    {"a claimed row is whole", test_row},
    {"done", test_settled},
    {"to be tried again", test_retry},
    {"fails to start time and again", test_fails_to_start},
    {"never to be", test_failed},
    {"removed", test_removed},
    {"a later claim fences the earlier one", test_fence},
    {"the intent changed during the work", test_intent_changed},
    {"the intent changed before it failed", test_intent_changed_then_failed},
    {"destroyed during the work", test_destroyed_meanwhile},
    {"destroyed twice during the work", test_destroyed_twice},
    {"moved to another engine", test_moved},
    {"claims run out, are renewed, are released", test_taken_over},
    {"caps of engines", test_caps},
    {"caps hold with six claimants at once", test_caps_at_once},
    {0},
};

const struct unit_suite suite_work = {"work", tests};
