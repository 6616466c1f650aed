/* test_streams: keeper/record: Docker's events in the history: none twice, the place where a stream
 * goes on, and no part of the chain. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "keeper/record.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define WEB "{\"name\":\"web\",\"cpus\":1,\"memory\":100}"
/* 2023; the history takes such times for the engine's fault. */
#define AT(number) "\"time_ns\":" #number "700000000000000000"

static json_t *record(const char *engine_id, const char *events) {
    struct stream_batch batch = {.news = STREAM_EVENT};
    json_t *ids = NULL;
    struct error err = {0};
    snprintf(batch.engine_id, sizeof batch.engine_id, "%s", engine_id);
    strbuf_puts(&batch.events, events);
    bool ok = record_stream(scratch_keeper(), &batch, &ids, &err);
    if (!ok)
        printf("# %s\n", err.message);
    CU_ASSERT_TRUE_FATAL(ok);
    stream_batch_release(&batch);
    return ids;
}

static void record_quietly(const char *engine_id, const char *events) {
    CLEANUP(json_put) json_t *ids = record(engine_id, events);
    CU_ASSERT_EQUAL(json_len(ids), 0);
}

static int64_t recorded(void) {
    return sql_int("SELECT count(*) FROM events WHERE tags = '{docker}'");
}

static void test_once(void) {
    scratch_reset();
    engine_add("e1", 2, 4096);
    engine_add("e2", 2, 4096);
    record_quietly(
        "e1",
        "[{" AT(1) ",\"action\":\"die\",\"actor\":\"a\",\"is_container\":true},"
                   "{" AT(1) ",\"action\":\"die\",\"actor\":\"a\",\"is_container\":true},"
                             "{" AT(
                                 1) ",\"action\":\"stop\",\"actor\":\"a\",\"is_container\":true}]");
    CU_ASSERT_EQUAL(recorded(), 2);
    record_quietly(
        "e1",
        "[{" AT(1) ",\"action\":\"stop\",\"actor\":\"a\",\"is_container\":true},"
                   "{" AT(2) ",\"action\":\"stop\",\"actor\":\"a\",\"is_container\":true},"
                             "{" AT(3) ",\"action\":\"top\",\"actor\":\"b\",\"quiet\":true}]");
    CU_ASSERT_EQUAL(recorded(), 3);
    record_quietly("e2", "[{" AT(1) ",\"action\":\"stop\",\"actor\":\"a\",\"is_container\":true}]");
    CU_ASSERT_EQUAL(recorded(), 4);
    CU_ASSERT_EQUAL(sql_int("SELECT time_ns FROM engine_streams WHERE engine_id = 'e1' AND action "
                            "= 'top' AND actor = 'b'"),
                    3700000000000000000);
    /* An engine that has left the pool meanwhile. */
    record_quietly("gone", "[{" AT(1) ",\"action\":\"stop\",\"actor\":\"a\"}]");
    CU_ASSERT_EQUAL(recorded(), 4);
    /* A clock that is wrong does not reach into the history's order. */
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE tags = '{docker}' AND time > now() "
                            "- interval '1 minute'"),
                    4);
}

static void test_forgotten(void) {
    char events[200];
    scratch_reset();
    engine_add("e1", 2, 4096);
    for (int i = 1; i <= 600; i++) {
        snprintf(events, sizeof events, "[{\"time_ns\":%d,\"action\":\"tag\",\"actor\":\"x\"}]", i);
        record_quietly("e1", events);
    }
    CU_ASSERT_EQUAL(recorded(), 600);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM engine_stream_events"), 513);
    CU_ASSERT_EQUAL(sql_int("SELECT min(time_ns) FROM engine_stream_events"), 88);
}

/* What it tells of a container of the pool, and which ones are looked at closer. */
static void test_ours(void) {
    char ids[1][65], events[800];
    scratch_reset();
    engine_add("e1", 2, 4096);
    run_ids(WEB, 1, ids);
    work_off(scratch_worker(), "running");
    snprintf(
        events, sizeof events,
        "[{" AT(
            1) ",\"action\":\"start\",\"actor\":\"d\",\"is_container\":true,\"container\":"
               "\"%s\"},{" AT(
                   2) ",\"action\":\"die\",\"actor\":\"d\",\"is_container\":true,"
                      "\"container\":\"%s\",\"name\":\"n\",\"image\":\"i\",\"exit_code\":\"3\"},{" AT(
                          3) ",\"action\":\"die\",\"actor\":\"f\",\"is_container\":true}]",
        ids[0], ids[0]);
    CLEANUP(json_put) json_t *inspect = record("e1", events);
    CU_ASSERT_EQUAL(json_len(inspect), 1);
    CU_ASSERT_STRING_EQUAL(json_object_get_string(json_at(inspect, 0)), "d");
    CU_ASSERT_EQUAL(
        sql_int("SELECT count(*) FROM events WHERE type = 'die' AND container_id = '%s' AND "
                "engine_id = 'e1' AND message = 'id=%s name=n image=i exit_code=3' AND doc #>> "
                "'{container,docker_id}' = 'd'",
                ids[0], ids[0]),
        1);
    CU_ASSERT_EQUAL(sql_int(
                        "SELECT count(*) FROM events WHERE type = 'die' AND container_id = 'f'"),
                    1);
}

static void test_gap(void) {
    struct stream_batch batch = {.engine_id = "e1", .news = STREAM_GAP, .reason = "why"};
    struct error err = {0};
    json_t *ids = NULL;
    scratch_reset();
    engine_add("e1", 2, 4096);
    record_quietly("e1", "[{" AT(1) ",\"action\":\"stop\",\"actor\":\"a\"}]");
    CU_ASSERT_TRUE(record_stream(scratch_keeper(), &batch, &ids, &err));
    json_put(&ids);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'engine-events-missed' AND "
                            "tags = '{cluster,docker}' AND engine_id = 'e1' AND message = 'id=e1 "
                            "since=2023-11-14T22:13:20Z reason=why'"),
                    1);
    batch.news = STREAM_BROKEN;
    CU_ASSERT_TRUE(record_stream(scratch_keeper(), &batch, &ids, &err));
    json_put(&ids);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'engine-events-missed'"), 1);
}

/* The chain covers the others, and stays whole. */
static void test_chain(void) {
    struct error err = {0};
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    scratch_reset();
    engine_add("e1", 2, 4096);
    sql_int("INSERT INTO events (type, tags, message) VALUES ('a', '{cluster}', 'x') RETURNING 1");
    record_quietly("e1", "[{" AT(1) ",\"action\":\"stop\",\"actor\":\"a\"}]");
    sql_int("INSERT INTO events (type, tags, message) VALUES ('b', '{cluster,docker}', 'x') "
            "RETURNING 1");
    for (int i = 0; i < 200 && sql_int("SELECT coalesce(sum(events), 0) FROM event_seals") < 2; i++)
        CU_ASSERT_TRUE(db_run(scratch_keeper(), &sql_events_seal, NULL, 0, NULL, &err));
    CU_ASSERT_EQUAL(sql_int("SELECT sum(events) FROM event_seals"), 2);
    CU_ASSERT_TRUE(
        db_run(scratch_keeper(), &sql_events_verify, DB_PARAMS(db_int(0), db_int(9)), &rows, &err));
    for (int i = 0; i < db_rows(rows); i++)
        CU_ASSERT_TRUE(db_is_true(rows, i, "same"));
}

static const struct unit_test tests[] = {
    {"an event is recorded once", test_once},
    {"what dockerd cannot repeat is forgotten", test_forgotten},
    {"events of a container of the pool", test_ours},
    {"events that are missing", test_gap},
    {"no part of the chain", test_chain},
    {0},
};

const struct unit_suite suite_streams = {"streams", tests};
