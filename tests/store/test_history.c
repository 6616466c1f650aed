/* test_history: the history, read page by page while others write; verified; dropped by months. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/store/events.h"
#include "core/store/history.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

static bool add_event(struct db *db, const char *message) {
    const struct event event = {.type = "test", .tag = "cluster", .message = message};
    return event_insert(db, &event, NULL);
}

static void seal_all(void) {
    static const char unsealed[] =
        "SELECT count(*) FROM events WHERE (txid, id) > (coalesce((SELECT last_txid FROM "
        "event_seals ORDER BY seq DESC LIMIT 1), '0'::xid8), coalesce((SELECT last_id FROM event_seals ORDER BY seq DESC LIMIT 1), 0))";
    for (int i = 0; i < 2000 && sql_int(unsealed) > 0; i++) {
        db_run(scratch_keeper(), &sql_events_seal, NULL, 0, NULL, NULL);
        sleep_ms(10);
    }
}

/* Writers whose transactions overlap, and a reader who goes on from his last cursor. */
enum { WRITERS = 4, EACH = 80, EVENTS_OF_EACH = 2 * EACH };

struct reading {
    atomic_int writing;
    int seen[WRITERS * EVENTS_OF_EACH + 1]; /* how often, by number */
    int pages, out_of_order;
};

static void write_events(size_t number, struct reading *reading) {
    struct db *db = scratch_connect("berth_worker");
    unsigned seed = (unsigned)number;
    for (int i = 0; i < EACH; i++) {
        char first[24], second[24];
        snprintf(first, sizeof first, "%zu", number * EVENTS_OF_EACH + 2 * (size_t)i);
        snprintf(second, sizeof second, "%zu", number * EVENTS_OF_EACH + 2 * (size_t)i + 1);
        db_begin(db, NULL);
        add_event(db, first);
        sleep_ms(rand_r(&seed) % 6);
        add_event(db, second);
        db_commit(db, NULL);
    }
    atomic_fetch_sub(&reading->writing, 1);
    db_free(db);
}

struct place {
    int64_t txid, id;
};

/* One page from `place` on; how many events there were. */
static int read_page(struct db *db, struct place *place, struct reading *reading) {
    enum { PAGE = 50 };
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct db_param params[10] = {
        [0] = db_int(PAGE), [8] = db_int(place->txid), [9] = db_int(place->id)};
    if (!db_run(db, &sql_event_after, params, 10, &rows, NULL))
        return 0;
    int count = db_text(rows, 0, "document") ? db_rows(rows) : 0;
    for (int i = 0; i < count; i++) {
        CLEANUP(json_put) json_t *doc = db_json(rows, i, "document");
        struct place next = {db_int64(rows, i, "txid", 0), db_int64(rows, i, "id", 0)};
        reading->out_of_order +=
            next.txid < place->txid || (next.txid == place->txid && next.id <= place->id);
        int64_t number = 0;
        parse_int(json_get_text(doc, "message", "0"), 0, WRITERS * EVENTS_OF_EACH - 1, &number);
        reading->seen[number]++;
        *place = next;
    }
    if (count < PAGE) {
        int64_t horizon = db_int64(rows, 0, "horizon", 0);
        if (horizon > place->txid)
            *place = (struct place){horizon, 0};
    }
    return count;
}

static void read_events(struct reading *reading) {
    struct db *db = scratch_connect("berth_worker");
    struct place place = {0};
    int64_t missing = WRITERS * EVENTS_OF_EACH;
    /* At the end a vacuum may hold the horizon back for a moment. */
    for (int quiet = 0; missing > 0 && quiet < 2000; reading->pages++) {
        int count = read_page(db, &place, reading);
        missing -= count;
        quiet = count || reading->writing ? 0 : quiet + 1;
        if (count == 0)
            sleep_ms(5);
    }
    db_free(db);
}

static void writer_or_reader(size_t number, void *context) {
    if (number < WRITERS)
        write_events(number, context);
    else
        read_events(context);
}

static void test_reader(void) {
    struct reading *reading = mem_alloc(sizeof *reading);
    int lost = 0, doubled = 0;
    reading->writing = WRITERS;
    scratch_reset();
    in_threads(WRITERS + 1, writer_or_reader, reading);
    for (int i = 0; i < WRITERS * EVENTS_OF_EACH; i++) {
        lost += reading->seen[i] == 0;
        doubled += reading->seen[i] > 1;
    }
    if (lost || doubled)
        printf("# %d lost, %d doubled, %d pages\n", lost, doubled, reading->pages);
    CU_ASSERT_EQUAL(lost, 0);
    CU_ASSERT_EQUAL(doubled, 0);
    CU_ASSERT_EQUAL(reading->out_of_order, 0);
    CU_ASSERT_TRUE(reading->pages > 10);
    free(reading);
}

static void make_chain(void) {
    scratch_reset();
    CU_ASSERT_TRUE_FATAL(db_begin(scratch_worker(), NULL));
    for (int i = 0; i < 6; i++)
        add_event(scratch_worker(), i % 2 ? "odd" : "even");
    CU_ASSERT_TRUE_FATAL(db_commit(scratch_worker(), NULL));
    seal_all();
    for (int i = 0; i < 3; i++) {
        add_event(scratch_worker(), "later");
        seal_all();
    }
}

static struct history_report verify(int64_t after, const char *wanted) {
    struct history_report report;
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(history_verify(scratch_worker(), after, wanted, 10000, &report, &err));
    return report;
}

static void test_verify(void) {
    static const struct {
        const char *trick;
        int64_t seal; /* the first one that is not verified */
    } tricks[] = {
        {"UPDATE events SET message = 'nothing happened' WHERE id = 2", 1},
        {"UPDATE events SET tags = '{other}' WHERE id = 8", 3},
        {"DELETE FROM events WHERE id = 2", 1},
        {"DELETE FROM events WHERE id = 9", 4},
        {"INSERT INTO events (type, tags, message, txid) SELECT 'x', '{}', 'x', txid FROM events "
         "WHERE id = 7",
         3},
        {"INSERT INTO events (type, tags, message, txid) VALUES ('x', '{}', 'x', '1')", 1},
        {"UPDATE event_seals SET digest = sha256('') WHERE seq = 2", 2},
        {"DELETE FROM event_seals WHERE seq = 2", 3},
        {"DELETE FROM event_seals WHERE seq = 1", 2},
    };
    struct history_report report;
    make_chain();
    report = verify(0, NULL);
    CU_ASSERT_TRUE(report.ok && report.complete);
    CU_ASSERT_EQUAL(report.seals, 4);
    CU_ASSERT_EQUAL(report.events, 9);
    CU_ASSERT_EQUAL(report.head, 4);
    CU_ASSERT_EQUAL(verify(2, NULL).seals, 2);
    for (size_t i = 0; i < ARRAY_LEN(tricks); i++) {
        make_chain();
        sql_do("%s", tricks[i].trick);
        report = verify(0, NULL);
        if (report.ok || report.last + 1 > tricks[i].seal)
            printf("# unnoticed: %s\n", tricks[i].trick);
        CU_ASSERT_FALSE(report.ok);
        CU_ASSERT_TRUE(report.last < tricks[i].seal);
        CU_ASSERT_STRING_NOT_EQUAL(report.problem, "");
    }
}

/* Whoever cuts the chain short is found out by a digest that was noted elsewhere. */
static void test_verify_head(void) {
    make_chain();
    struct history_report before = verify(0, NULL);
    CU_ASSERT_EQUAL(verify(0, before.digest).wanted, 4);
    CU_ASSERT_TRUE(verify(0, before.digest).ok);
    sql_do("DELETE FROM events WHERE id = 9");
    sql_do("DELETE FROM event_seals WHERE seq = 4");
    CU_ASSERT_TRUE(verify(0, NULL).ok);
    CU_ASSERT_FALSE(verify(0, before.digest).ok);
}

/* A month of the past, with events whose transactions were the first. */
static void add_month(const char *month, int count) {
    sql_do(
        "CREATE TABLE IF NOT EXISTS events_%.4s%.2s PARTITION OF events FOR VALUES FROM ('%s-01 00:00Z') TO "
        "('%s-01 00:00Z'::timestamptz + interval '1 month')",
        month, month + 5, month, month);
    sql_do(
        "INSERT INTO events (time, type, tags, message) SELECT '%s-15 12:00Z'::timestamptz + n * interval '1 s', "
        "'old', '{}', n::text FROM generate_series(1, %d) n",
        month, count);
    seal_all();
}

/* The month dropped, or NULL; the caller's. */
static char *drop(int64_t months) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    struct error err = {0};
    if (!db_run(scratch_keeper(), &sql_events_drop, DB_PARAMS(db_int(months)), &row, &err)) {
        printf("# %s\n", err.message);
        return mem_strdup("failed");
    }
    const char *name = db_text(row, 0, "name");
    return name ? mem_strdup(name) : NULL;
}

static void expect_dropped(int64_t months, const char *wanted) {
    CLEANUP(mem_free_text) char *name = drop(months);
    CU_ASSERT_STRING_EQUAL(name ? name : "none", wanted);
}

static void test_drop(void) {
    scratch_reset();
    add_month("2001-01", 5);
    add_month("2001-02", 4);
    sql_do(
        "INSERT INTO events (time, type, tags, message) VALUES ('2001-02-10Z', 'old', '{}', 'x'), "
        "(now(), 'new', '{}', 'of the same seal')");
    expect_dropped(13, "events_200101");
    expect_dropped(13, "none"); /* the next has an event that is not sealed */
    seal_all();
    CU_ASSERT_TRUE(verify(0, NULL).ok);
    expect_dropped(13, "events_200102");
    expect_dropped(13, "none");
    expect_dropped(1, "none");
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'old'"), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT sum(events) FROM event_drops"), 10);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'drop-events'"), 2);
    seal_all();
    struct history_report report = verify(0, NULL);
    if (!report.ok)
        printf("# %s\n", report.problem);
    CU_ASSERT_TRUE(report.ok && report.complete);
    CU_ASSERT_EQUAL(report.unsealed, 0);
    CU_ASSERT_TRUE(report.first > 0);
    /* What stayed of the last seal is still looked after. */
    sql_do("UPDATE events SET message = 'changed' WHERE type = 'new'");
    CU_ASSERT_FALSE(verify(0, NULL).ok);
}

static void test_drop_rights(void) {
    struct error err = {0};
    scratch_reset();
    CU_ASSERT_NOT_EQUAL(sql_try(scratch_worker(), "SELECT events_drop_month(13)", &err),
                        ERROR_NONE);
    CU_ASSERT_NOT_EQUAL(sql_try(scratch_keeper(), "SELECT events_drop_month(0)", &err), ERROR_NONE);
    CU_ASSERT_NOT_EQUAL(sql_try(scratch_keeper(), "DELETE FROM event_drops", &err), ERROR_NONE);
}

static const struct unit_test tests[] = {
    {"a reader of all that comes", test_reader}, {"a changed history is told", test_verify},
    {"a chain cut short", test_verify_head},     {"months are dropped", test_drop},
    {"who may drop", test_drop_rights},          {0},
};

const struct unit_suite suite_history = {"history", tests};
