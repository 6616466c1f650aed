/* test_lease: which keeper leads, and what one that does no longer may do: nothing. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/store/events.h"
#include "core/store/lease.h"
#include "keeper/observe.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

enum { TTL_MS = 4000 };

static const struct event event = {.type = "test", .tag = "cluster", .message = "x"};

static int64_t take(struct db *db, const char *name) {
    struct error err = {0};
    int64_t epoch = -1;
    if (!lease_take(db, name, TTL_MS, &epoch, &err))
        printf("# %s\n", err.message);
    CU_ASSERT_FALSE(db_in_transaction(db));
    return epoch;
}

static bool renew(struct db *db, const char *name, int64_t epoch) {
    struct error err = {0};
    bool kept = false;
    CU_ASSERT_TRUE(lease_renew(db, name, epoch, TTL_MS, &kept, &err));
    return kept;
}

static void look(const char *name, struct lease *lease) {
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(lease_look(scratch_keeper(), name, lease, &err));
}

static void let_it_end(void) {
    sql_do("UPDATE keeper_lease SET until = now()");
}

static bool is_stale(const struct error *err) {
    return err->kind == ERROR_UNAVAILABLE && strcmp(err->field, "epoch") == 0;
}

static int64_t events_of(const char *type) {
    return sql_int("SELECT count(*) FROM events WHERE type = '%s'", type);
}

static void test_one_leads(void) {
    struct lease lease;
    scratch_reset();
    look("a", &lease);
    CU_ASSERT_EQUAL(lease.left_ms, 0);
    CU_ASSERT_EQUAL(take(scratch_keeper(), "a"), 1);
    CU_ASSERT_EQUAL(take(scratch_keeper(), "b"), 0);
    CU_ASSERT_EQUAL(take(scratch_keeper(), "a"), 0);
    look("b", &lease);
    CU_ASSERT_STRING_EQUAL(lease.holder, "a");
    CU_ASSERT_EQUAL(lease.epoch, 1);
    CU_ASSERT_TRUE(lease.left_ms > 0 && lease.left_ms <= TTL_MS);
    CU_ASSERT_TRUE(renew(scratch_keeper(), "a", 1));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM keepers WHERE name IN ('a', 'b')"), 2);
    CU_ASSERT_EQUAL(events_of("keeper-leads"), 1);
}

static void test_next_epoch(void) {
    scratch_reset();
    CU_ASSERT_EQUAL(take(scratch_keeper(), "a"), 1);
    let_it_end();
    CU_ASSERT_TRUE(renew(scratch_keeper(), "a", 1)); /* nobody has taken it */
    CU_ASSERT_EQUAL(take(scratch_keeper(), "b"), 0);
    let_it_end();
    CU_ASSERT_EQUAL(take(scratch_keeper(), "b"), 2);
    CU_ASSERT_FALSE(renew(scratch_keeper(), "a", 1));
    CU_ASSERT_TRUE(renew(scratch_keeper(), "b", 2));
    CU_ASSERT_EQUAL(events_of("keeper-leads"), 2);
    /* of a clock that was set back since */
    sql_do("UPDATE keeper_lease SET until = now() + interval '1 hour'");
    CU_ASSERT_EQUAL(take(scratch_keeper(), "c"), 3);
}

static void test_leave(void) {
    struct error err = {0};
    struct lease lease;
    scratch_reset();
    CU_ASSERT_EQUAL(take(scratch_keeper(), "a"), 1);
    look("b", &lease);
    CU_ASSERT_TRUE(lease_leave(scratch_keeper(), "b", 0, &err));
    CU_ASSERT_TRUE(renew(scratch_keeper(), "a", 1));
    CU_ASSERT_TRUE(lease_leave(scratch_keeper(), "a", 1, &err));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM keepers"), 0);
    CU_ASSERT_EQUAL(take(scratch_keeper(), "b"), 2);
    CU_ASSERT_TRUE(lease_leave(scratch_keeper(), "a", 1, &err)); /* a late one */
    look("a", &lease);
    CU_ASSERT_TRUE(lease.left_ms > 0);
}

/* Both ways to change something: a statement of its own, and a transaction. */
static void test_fence(void) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    struct db *db = scratch_keeper();
    struct error err = {0};
    scratch_reset();
    db = scratch_keeper();
    lease_fence(db, take(db, "a"));
    CU_ASSERT_TRUE(event_insert(db, &event, &err));
    CU_ASSERT_TRUE(db_run(db, &sql_pool_get, NULL, 0, &row, &err));
    CU_ASSERT_EQUAL(db_rows(row), 1);
    CU_ASSERT_TRUE(db_begin(db, &err) && event_insert(db, &event, &err) && db_commit(db, &err));
    CU_ASSERT_FALSE(db_run(db, &sql_engine_facts,
                           DB_PARAMS(DB_TEXT("x"), DB_TEXT("x"), DB_TEXT("x"), DB_TEXT("x"),
                                     DB_TEXT("no number"), db_int(1), DB_TEXT("x"), db_int(1)),
                           NULL, &err));
    CU_ASSERT_FALSE(db_in_transaction(db));
    CU_ASSERT_EQUAL(events_of("test"), 2);
    let_it_end();
    CU_ASSERT_TRUE(event_insert(db, &event, &err)); /* over, but nobody else's yet */
    CU_ASSERT_EQUAL(take(scratch_admin(), "b"), 2);
    CU_ASSERT_FALSE(event_insert(db, &event, &err));
    CU_ASSERT_TRUE(is_stale(&err));
    err = (struct error){0};
    CU_ASSERT_FALSE(db_begin(db, &err));
    CU_ASSERT_TRUE(is_stale(&err));
    CU_ASSERT_FALSE(db_in_transaction(db));
    CU_ASSERT_EQUAL(events_of("test"), 3);
    lease_fence(db, 0);
    CU_ASSERT_TRUE(event_insert(db, &event, &err));
}

/* What the leader does is refused in each of its parts, and changes nothing. */
static void test_stale_leader(void) {
    static const struct sql_statement *const statements[] = {&sql_events_seal, &sql_janitor,
                                                             &sql_events_partitions,
                                                             &sql_engine_watch};
    char ids[1][65];
    struct observation observation;
    CLEANUP(json_put) json_t *list = json_object_new_array();
    scratch_reset();
    struct db *db = scratch_keeper();
    engine_add("e1", 8, 4096);
    run_ids("{\"name\":\"web\",\"cpus\":1,\"memory\":100}", 1, ids);
    work_off(scratch_worker(), "running");
    lease_fence(db, take(db, "a"));
    let_it_end();
    CU_ASSERT_EQUAL(take(scratch_admin(), "b"), 2);
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        struct error err = {0};
        CU_ASSERT_FALSE(db_run(db, statements[i], NULL, 0, NULL, &err));
        CU_ASSERT_TRUE(is_stale(&err));
    }
    struct error err = {0};
    CU_ASSERT_FALSE(
        observe_engine(db, scratch_pool(), "e1", list, -60, GAP_NONE, &observation, &err));
    CU_ASSERT_TRUE(is_stale(&err));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM event_seals"), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE state = 'running'"), 1);
    lease_fence(db, 0);
}

static void take_late(size_t number, void *context) {
    struct db *db = scratch_connect("berth_keeper");
    struct error err = {0};
    (void)number;
    lease_take(db, "b", TTL_MS, context, &err);
    db_free(db);
}

struct change {
    int64_t epoch;
    bool waited, committed;
};

/* A transaction of the leader is under way while another keeper takes the lease. */
static void change_or_take(size_t number, void *context) {
    struct change *change = context;
    struct error err = {0};
    if (number == 1) {
        take_late(0, &change->epoch);
        return;
    }
    struct db *db = scratch_keeper(), *admin = scratch_connect("postgres");
    for (int i = 0; i < 2000 && !change->waited; i++) {
        change->waited = sql_int_on(admin, waiting_sessions) > 0;
        sleep_ms(10);
    }
    change->committed = event_insert(db, &event, &err) && db_commit(db, &err);
    db_free(admin);
}

static void test_take_waits(void) {
    struct change change = {0};
    struct error err = {0};
    scratch_reset();
    struct db *db = scratch_keeper();
    lease_fence(db, take(db, "a"));
    let_it_end();
    CU_ASSERT_EQUAL_FATAL(sql_try(db, "SET idle_in_transaction_session_timeout = 0", &err),
                          ERROR_NONE);
    CU_ASSERT_TRUE_FATAL(db_begin(db, &err));
    in_threads(2, change_or_take, &change);
    CU_ASSERT_TRUE(change.waited && change.committed);
    CU_ASSERT_EQUAL(change.epoch, 2);
    CU_ASSERT_FALSE(db_begin(db, &err));
    db_rollback(db);
    lease_fence(db, 0);
}

static void take_one(size_t number, void *context) {
    struct db *db = scratch_connect("berth_keeper");
    int64_t *epochs = context;
    struct error err = {0};
    lease_take(db, "x", TTL_MS, &epochs[number], &err);
    db_free(db);
}

static void test_race(void) {
    enum { MANY = 8 };
    int64_t epochs[MANY] = {0}, sum = 0;
    scratch_reset();
    in_threads(MANY, take_one, epochs);
    for (size_t i = 0; i < MANY; i++)
        sum += epochs[i];
    CU_ASSERT_EQUAL(sum, 1);
    CU_ASSERT_EQUAL(sql_int("SELECT epoch FROM keeper_lease"), 1);
}

static const struct unit_test tests[] = {
    {"one leads", test_one_leads},
    {"the next one has the next epoch", test_next_epoch},
    {"who goes gives it up", test_leave},
    {"of eight at once one leads", test_race},
    {"whatever a leader runs checks its epoch", test_fence},
    {"a stale leader changes nothing", test_stale_leader},
    {"a takeover waits for the leader's transaction", test_take_waits},
    {0},
};

const struct unit_suite suite_lease = {"lease", tests};
