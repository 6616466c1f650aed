/* test_events: the history: its seals, computed again here, and what they must not skip. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/store/events.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

static bool add_event(struct db *db, const char *message) {
    struct error err = {0};
    const struct event event = {.type = "test",
                                .tag = "cluster",
                                .message = message,
                                .container_id = "c",
                                .account = "tester",
                                .doc = "{\"b\": 1, \"a\": [\"\\u00fc\", null]}"};
    return event_insert(db, &event, &err);
}

/* How many events the new seal covers; 0 = there was nothing to seal. */
static int64_t seal_once(struct db *db) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct error err = {0};
    if (!db_run(db, &sql_events_seal, NULL, 0, &rows, &err)) {
        printf("# %s\n", err.message);
        return -1;
    }
    return db_rows(rows) ? db_int64(rows, 0, "events", 0) : 0;
}

/* Until the seals cover as many events as there are; a vacuum may hold the newest back a moment. */
static void seal_all(void) {
    for (int i = 0; i < 500; i++) {
        int64_t sealed = sql_int("SELECT sum(events) FROM event_seals");
        if (sealed >= sql_int("SELECT count(*) FROM events"))
            return;
        if (seal_once(scratch_keeper()) == 0)
            sleep_ms(10);
    }
    CU_FAIL("events are left that no seal covers");
}

static const struct sql_statement sealed_events = {
    "t_sealed_events",
    "SELECT concat_ws(chr(31), id, time, type, tags, message, coalesce(container_id, ''), "
    "coalesce(engine_id, ''), coalesce(account, ''), coalesce(request_id, ''), doc) AS line FROM "
    "events WHERE (txid, id) > ($1::xid8, $2::bigint) AND (txid, id) <= ($3::xid8, $4::bigint) "
    "ORDER BY txid, id",
    4};
static const struct sql_statement seals = {
    "t_seals",
    "SELECT seq, last_txid::text AS txid, last_id, events, encode(digest, 'hex') AS "
    "digest FROM event_seals ORDER BY seq",
    0};

/* The digest of what one seal covers, by the definition in the schema. */
static int64_t digest_of(const struct db_result *list, int i, unsigned char digest[SHA256_BYTES]) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    CLEANUP(strbuf_release) struct strbuf all = {0};
    struct error err = {0};
    const char *txid = i ? db_text(list, i - 1, "txid") : "0";
    int64_t id = i ? db_int64(list, i - 1, "last_id", 0) : 0;
    if (i)
        strbuf_add(&all, digest, SHA256_BYTES);
    CU_ASSERT_TRUE_FATAL(
        db_run(scratch_keeper(), &sealed_events,
               DB_PARAMS(DB_TEXT(txid), db_int(id), DB_TEXT(db_text(list, i, "txid")),
                         db_int(db_int64(list, i, "last_id", 0))),
               &rows, &err));
    for (int k = 0; k < db_rows(rows); k++) {
        unsigned char of_event[SHA256_BYTES];
        const char *line = db_text(rows, k, "line");
        crypto_sha256(line, strlen(line), of_event);
        strbuf_add(&all, of_event, sizeof of_event);
    }
    crypto_sha256(all.data, all.len, digest);
    return db_rows(rows);
}

/* The first seal that does not fit, 0 = all do. */
static int64_t broken_seal(void) {
    CLEANUP(db_result_free) struct db_result *list = NULL;
    unsigned char digest[SHA256_BYTES];
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(db_run(scratch_keeper(), &seals, NULL, 0, &list, &err));
    for (int i = 0; i < db_rows(list); i++) {
        char hex[2 * SHA256_BYTES + 1];
        int64_t events = digest_of(list, i, digest);
        hex_encode(digest, sizeof digest, hex);
        CU_ASSERT_EQUAL(db_int64(list, i, "seq", 0), i + 1);
        if (events != db_int64(list, i, "events", -1) ||
            strcmp(hex, db_text(list, i, "digest")) != 0)
            return db_int64(list, i, "seq", 0);
    }
    return 0;
}

static void test_chain(void) {
    scratch_reset();
    CU_ASSERT_EQUAL(seal_once(scratch_keeper()), 0);
    for (int i = 0; i < 12; i++) {
        CU_ASSERT_TRUE(add_event(scratch_worker(), "ünïcode \x1f and 'quotes'"));
        CU_ASSERT_TRUE(add_event(scratch_keeper(), ""));
        if (i % 4 == 3)
            seal_all();
    }
    CU_ASSERT_TRUE(sql_int("SELECT count(*) FROM event_seals") >= 3);
    CU_ASSERT_EQUAL(seal_once(scratch_keeper()), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT sum(events) FROM event_seals"), 24);
    CU_ASSERT_EQUAL(broken_seal(), 0);
}

/* Whoever owns the tables can change a row, and the chain tells. */
static void test_tampered(void) {
    static const char *const tricks[] = {
        "UPDATE events SET message = 'nothing happened' WHERE id = 2",
        "UPDATE events SET account = 'someone' WHERE id = 2",
        "UPDATE events SET time = time + interval '1 microsecond' WHERE id = 2",
        "DELETE FROM events WHERE id = 2",
        "UPDATE events SET message = CASE message WHEN 'odd' THEN 'even' ELSE 'odd' END WHERE id < 3",
        "UPDATE events SET doc = '{}' WHERE id = 2",
        ("INSERT INTO events (type, tags, message, txid) SELECT 'x', '{}', 'x', txid FROM events "
         "WHERE id = 2"),
        "UPDATE event_seals SET digest = sha256('') WHERE seq = 1",
    };
    for (size_t i = 0; i < ARRAY_LEN(tricks); i++) {
        scratch_reset();
        CU_ASSERT_TRUE_FATAL(
            db_begin(scratch_worker(), NULL)); /* one transaction for the first 6 */
        for (int k = 0; k < 6; k++)
            add_event(scratch_worker(), k % 2 ? "odd" : "even");
        CU_ASSERT_TRUE_FATAL(db_commit(scratch_worker(), NULL));
        seal_all();
        add_event(scratch_worker(), "later");
        seal_all();
        CU_ASSERT_EQUAL(broken_seal(), 0);
        sql_do("%s", tricks[i]);
        int64_t broken = broken_seal();
        if (broken == 0)
            printf("# unnoticed: %s\n", tricks[i]);
        CU_ASSERT_NOT_EQUAL(broken, 0);
    }
}

enum { WRITERS = 5 };

/* A transaction with an older number is still running: nothing newer is sealed before it. */
static void test_running_transaction(void) {
    struct error err = {0};
    scratch_reset();
    struct db *slow = scratch_connect("berth_worker");
    CU_ASSERT_TRUE_FATAL(db_begin(slow, &err));
    CU_ASSERT_TRUE(add_event(slow, "slow"));
    CU_ASSERT_TRUE(add_event(scratch_worker(), "fast"));
    CU_ASSERT_EQUAL(seal_once(scratch_keeper()), 0);
    CU_ASSERT_TRUE(db_commit(slow, &err));
    seal_all();
    CU_ASSERT_EQUAL(sql_int("SELECT sum(events) FROM event_seals"), 2);
    CLEANUP(mem_free_text)
    char *order = sql_text("SELECT string_agg(message, ' ' ORDER BY txid, id) FROM events");
    CU_ASSERT_STRING_EQUAL(order, "slow fast");
    /* The opposite: rolled back, it holds nothing up. */
    CU_ASSERT_TRUE_FATAL(db_begin(slow, &err));
    CU_ASSERT_TRUE(add_event(slow, "never"));
    CU_ASSERT_TRUE(add_event(scratch_worker(), "after"));
    db_rollback(slow);
    db_free(slow);
    seal_all();
    CU_ASSERT_EQUAL(broken_seal(), 0);
}

/* Writers go on until the sealer has met them often enough, however slow the machine is. */
struct meeting {
    atomic_int writing, seals;
};

static void write_events(struct meeting *meeting, size_t number) {
    enum { EACH = 60, MEETINGS = 10, MOST = 5000 };
    struct db *db = scratch_connect("berth_worker");
    unsigned seed = (unsigned)number;
    for (int i = 0; i < MOST && (i < EACH || meeting->seals < MEETINGS); i++) {
        db_begin(db, NULL);
        add_event(db, "first");
        sleep_ms(rand_r(&seed) % 4);
        add_event(db, "second");
        if (rand_r(&seed) % 5 == 0)
            db_rollback(db);
        else
            db_commit(db, NULL);
    }
    --meeting->writing;
    db_free(db);
}

static void seal_events(struct meeting *meeting) {
    struct db *db = scratch_connect("berth_keeper");
    while (meeting->writing > 0) {
        if (seal_once(db) > 0)
            meeting->seals++;
        sleep_ms(3);
    }
    db_free(db);
}

static void writer_or_sealer(size_t number, void *context) {
    if (number < WRITERS)
        write_events(context, number);
    else
        seal_events(context);
}

static void test_concurrent(void) {
    struct meeting meeting = {.writing = WRITERS};
    scratch_reset();
    in_threads(WRITERS + 1, writer_or_sealer, &meeting);
    seal_all();
    CU_ASSERT_TRUE(meeting.seals >= 10);
    CU_ASSERT_EQUAL(sql_int("SELECT sum(events) FROM event_seals"),
                    sql_int("SELECT count(*) FROM events"));
    CU_ASSERT_EQUAL(broken_seal(), 0);
}

/* Two sealers at once (a keeper that lost its lead): one of them fails, the chain stays one chain.
 */
static void two_sealers(size_t number, void *context) {
    struct db *db = scratch_connect("berth_keeper");
    struct error err;
    (void)context;
    (void)number;
    for (int i = 0; i < 50; i++) {
        add_event(db, "x");
        db_run(db, &sql_events_seal, NULL, 0, NULL, &err);
    }
    db_free(db);
}

static void test_two_sealers(void) {
    scratch_reset();
    in_threads(3, two_sealers, NULL);
    seal_all();
    CU_ASSERT_EQUAL(sql_int("SELECT sum(events) FROM event_seals"), 150);
    CU_ASSERT_EQUAL(broken_seal(), 0);
}

static void test_many(void) {
    scratch_reset();
    sql_do("INSERT INTO events (type, tags, message) SELECT 'x', '{}', n::text FROM "
           "generate_series(1, 10500) n");
    seal_all();
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM event_seals"), 2);
    CU_ASSERT_EQUAL(sql_int("SELECT events FROM event_seals WHERE seq = 1"), 10000);
    CU_ASSERT_EQUAL(broken_seal(), 0);
}

static const struct unit_test tests[] = {
    {"the chain, computed again", test_chain},
    {"a changed history is noticed", test_tampered},
    {"a running transaction is waited for", test_running_transaction},
    {"all that is written at once is sealed once", test_concurrent},
    {"two sealers at once", test_two_sealers},
    {"more than one batch", test_many},
    {0},
};

const struct unit_suite suite_events = {"events", tests};
