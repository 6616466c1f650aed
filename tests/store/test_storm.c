/* test_storm: many clients at once with random requests, and executors behind them, while the
 * pool's rules are checked all the time. BERTH_TEST_SEED repeats a run as far as threads let it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

enum { CLIENTS = 8, REQUESTS = 200, WATCHER = CLIENTS, EXECUTOR, EXECUTOR_2, THREADS };

struct storm {
    unsigned seed;
    atomic_int running; /* clients that are not done */
    atomic_int accepted, nothing, refused, odd;
    atomic_int beyond, doubled, looks, settled;
};

static const char *const specs[] = {
    "{\"name\":\"a\",\"cpus\":1,\"memory\":200,\"bind_ports\":[{\"container_port\":80}]}",
    "{\"name\":\"b\",\"cpus\":0.5,\"memory\":100,\"environment\":{\"A\":\"1\"}}",
    "{\"name\":\"c\",\"cpus\":0,\"memory\":300,\"bind_ports\":[{\"container_port\":1},"
    "{\"container_port\":2}]}",
    "{\"name\":\"d\",\"cpus\":2,\"memory\":50,\"type\":\"unique\"}",
    "{\"name\":\"e\",\"cpus\":0.25,\"memory\":64,\"bind_ports\":[{\"port\":8080,"
    "\"container_port\":80}]}",
};

static bool request(const struct intent_client *client, unsigned *seed, const char *id,
                    struct intent_result *result, struct error *err) {
    static const enum intent_change changes[] = {INTENT_STOP, INTENT_START, INTENT_START,
                                                 INTENT_RESTART, INTENT_DESTROY};
    int dice = rand_r(seed) % 10;
    if (dice < 4 || !id || !*id) {
        CLEANUP(json_put) json_t *spec = spec_of(specs[(unsigned)rand_r(seed) % ARRAY_LEN(specs)]);
        return intent_run(client, spec, 1 + (size_t)rand_r(seed) % 3, "missing", result, err);
    }
    if (dice < 6)
        return intent_scale(client, id, (size_t)rand_r(seed) % 6, result, err);
    return intent_change(client, id, changes[(unsigned)rand_r(seed) % ARRAY_LEN(changes)], result,
                         err);
}

static void client_main(struct storm *storm, struct db *db, unsigned seed) {
    struct intent_client client = client_of(db);
    for (int i = 0; i < REQUESTS; i++) {
        struct intent_result result = {0};
        struct error err = {0};
        CLEANUP(mem_free_text)
        char *id = sql_text_on(db, "SELECT id FROM containers WHERE removed_at IS NULL ORDER BY "
                                   "random() LIMIT 1");
        if (request(&client, &seed, id, &result, &err)) {
            storm->accepted++;
            storm->nothing += result.nothing;
        } else {
            storm->refused++;
        }
        if (err.kind != ERROR_NONE && err.kind != ERROR_NO_CAPACITY &&
            err.kind != ERROR_NOT_FOUND) {
            printf("# kind %d: %s\n", (int)err.kind, err.message);
            storm->odd++;
        }
        json_put(&result.reasons);
    }
}

static void watcher_main(struct storm *storm, struct db *db) {
    while (storm->running > 0) {
        storm->beyond +=
            sql_int_on(db,
                       "SELECT count(*) FROM engines e JOIN (SELECT engine_id, sum(cpu_milli) AS "
                       "cpu, sum(memory_mb) AS memory FROM containers WHERE desired = 'running' "
                       "GROUP BY engine_id) c ON c.engine_id = e.id WHERE c.cpu > e.cpu_milli OR "
                       "c.memory > e.memory_mb") != 0;
        storm->doubled += sql_int_on(db, "SELECT count(*) FROM (SELECT FROM port_bindings GROUP BY "
                                         "engine_id, port, proto HAVING count(*) > 1) p") != 0;
        storm->looks++;
    }
}

static void settle(struct storm *storm, struct db *db, struct work_row *row, unsigned *seed) {
    bool finished, gone = strcmp(row->desired, "removed") == 0;
    bool stopped = strcmp(row->desired, "stopped") == 0, fails = rand_r(seed) % 8 == 0;
    struct error err = {0};
    struct work_outcome outcome = {.state = gone      ? "removed"
                                            : stopped ? "exited"
                                            : fails   ? "placed"
                                                      : "running",
                                   .docker_id = gone || fails ? NULL : row->id,
                                   .exit_code = -1,
                                   .retry_s = fails && !gone && !stopped ? 0 : -1,
                                   .error = fails && !gone && !stopped ? "it failed" : NULL,
                                   .kind = ERROR_ENGINE,
                                   .item = fails && !gone && !stopped ? NULL : "done"};
    if (work_settle(db, row, &outcome, &finished, &err))
        storm->settled++;
    else
        storm->odd += printf("# settle: %s\n", err.message) > 0;
}

static void executor_main(struct storm *storm, struct db *db, unsigned seed, const char *name) {
    while (storm->running > 0) {
        struct work_row *rows = NULL;
        struct error err = {0};
        size_t count = 0;
        if (!work_claim(db, name, 30, 0, 5, &rows, &count, &err))
            storm->odd += printf("# claim: %s\n", err.message) > 0;
        for (size_t i = 0; i < count; i++) {
            settle(storm, db, &rows[i], &seed);
            work_row_release(&rows[i]);
        }
        free(rows);
        if (count == 0)
            sleep_ms(2);
    }
}

static void thread_main(size_t number, void *context) {
    struct storm *storm = context;
    struct db *db = scratch_connect("berth_worker");
    unsigned seed = storm->seed + (unsigned)number;
    if (number == WATCHER)
        watcher_main(storm, db);
    else if (number >= EXECUTOR)
        executor_main(storm, db, seed, number == EXECUTOR ? "executor" : "another");
    else
        client_main(storm, db, seed);
    if (number < CLIENTS)
        storm->running--;
    db_free(db);
}

static void test_storm(void) {
    const char *given = getenv("BERTH_TEST_SEED");
    struct storm storm = {.seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)getpid(),
                          .running = CLIENTS};
    scratch_reset();
    engine_add("e1", 8, 2000);
    engine_add("e2", 4, 4000);
    engine_add("e3", 2, 1000);
    in_threads(THREADS, thread_main, &storm);
    printf("# seed %u: %d accepted, %d refused, %d settled, %d looks\n", storm.seed, storm.accepted,
           storm.refused, storm.settled, storm.looks);
    CU_ASSERT_EQUAL(storm.odd, 0);
    CU_ASSERT_EQUAL(storm.beyond, 0);
    CU_ASSERT_EQUAL(storm.doubled, 0);
    CU_ASSERT_TRUE(storm.looks > 20 && storm.accepted > REQUESTS && storm.refused > REQUESTS);
    CU_ASSERT_TRUE(storm.settled > 20);
    /* Each accepted request left exactly one event and one operation, the others nothing. */
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type NOT LIKE 'crash-loop%%'"),
                    storm.accepted);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations"), storm.accepted - storm.nothing);
    CU_ASSERT_EQUAL(sql_int(
                        "SELECT count(*) FROM containers c WHERE intent_seq <> (SELECT count(*) "
                        "FROM operation_items i WHERE i.container_id = c.id)"),
                    0);
    check_invariants();
    work_off(scratch_worker(), "running");
    check_invariants();
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM operations WHERE finished IS NULL"), 0);
    CU_ASSERT_EQUAL(sql_int(
                        "SELECT count(*) FROM containers WHERE (removed_at IS NULL) = (desired = "
                        "'removed')"),
                    0);
}

static const struct unit_test tests[] = {
    {"eight clients, two executors, one watcher", test_storm},
    {0},
};

const struct unit_suite suite_storm = {"storm", tests};
