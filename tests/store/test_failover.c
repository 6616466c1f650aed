/* test_failover: which containers leave a lost engine, when, and where they go; and when none does.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "keeper/failover.h"
#include "sql/statements.h"
#include "tests/store/move_fixture.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define SPEC(policy) "{\"name\":\"web\",\"memory\":100,\"reschedule\":\"" policy "\"}"

/* What the heartbeat has found is written down. */
static void is_found(const char *id, const char *state, const char *host) {
    struct error err = {0};
    bool up = strcmp(state, "up") == 0;
    CU_ASSERT_TRUE(
        db_run(scratch_keeper(), &sql_engine_health,
               DB_PARAMS(DB_TEXT(id), DB_TEXT(up ? "up" : "down"), DB_TEXT(state),
                         DB_TEXT(up ? "" : "neither answers"), DB_TEXT("1"), DB_TEXT("1"),
                         DB_TEXT(host), DB_TEXT("1"), DB_TEXT(NULL), DB_TEXT("0")),
               NULL, &err));
}

static void lose(const char *id) {
    is_found(id, "down", "silent");
}

static int64_t lost_engines(void) {
    return sql_int("SELECT count(*) FROM engines WHERE lost_at IS NOT NULL");
}

/* `count` running containers of a specification, all of them on e1 of e1..e<engines>. */
static void all_on_first(int engines, const char *spec, size_t count, char ids[][65]) {
    scratch_reset();
    engine_add("e1", 2, 4096);
    run_ids(spec, count, ids);
    work_off(scratch_worker(), "running");
    for (int i = 2; i <= engines; i++) {
        char id[8];
        snprintf(id, sizeof id, "e%d", i);
        engine_add(id, 2, 4096);
    }
}

static void test_losses(void) {
    static const struct {
        struct losses losses;
        enum losses_mean mean;
    } rows[] = {
        {{0, 0, 3, false}, LOSSES_MOVE},   {{1, 0, 1, false}, LOSSES_MOVE},
        {{1, 0, 2, false}, LOSSES_MOVE},   {{1, 1, 2, false}, LOSSES_WAIT},
        {{1, 1, 3, false}, LOSSES_WAIT},   {{2, 0, 2, false}, LOSSES_FREEZE},
        {{2, 0, 3, false}, LOSSES_FREEZE}, {{2, 0, 5, false}, LOSSES_FREEZE},
        {{2, 0, 6, false}, LOSSES_MOVE},   {{2, 1, 6, false}, LOSSES_WAIT},
        {{3, 0, 6, false}, LOSSES_FREEZE}, {{3, 0, 9, false}, LOSSES_MOVE},
        {{2, 0, 3, true}, LOSSES_FROZEN},  {{1, 1, 3, true}, LOSSES_THAW},
        {{0, 0, 3, true}, LOSSES_THAW},    {{3, 0, 9, true}, LOSSES_THAW},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CU_ASSERT_EQUAL(losses_mean(&rows[i].losses), rows[i].mean);
}

static void test_always(void) {
    char ids[1][65];
    all_on_first(2, SPEC("always"), 1, ids);
    pass_of("{e1}"); /* what the keeper believes is not what is written down */
    CU_ASSERT_EQUAL(on_engine("e1"), 1);
    lose("e1");
    pass_of(NULL); /* something has not been written down yet */
    pass_of("{}"); /* another keeper found it */
    CU_ASSERT_EQUAL(on_engine("e1"), 1);
    pass_of("{e1}");
    CU_ASSERT_EQUAL(row_is("engine_id = 'e2' AND generation = 2 AND docker_id IS NULL AND state = "
                           "'placed' AND due_at <= now() AND desired = 'running'"),
                    1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'move-container' AND "
                            "container_id = '%s' AND message = 'id=%s from=e1 to=e2 reason=neither "
                            "answers'",
                            ids[0], ids[0]),
                    1);
    pass_of("{e1}");
    CU_ASSERT_EQUAL(events("move-container"), 1);
    work_off(scratch_worker(), "running");
    CU_ASSERT_EQUAL(row_is("engine_id = 'e2' AND state = 'running' AND docker_id IS NOT NULL"), 1);
    check_invariants();
}

/* The time runs in the engine's row, whichever keeper looks, and starts anew with a new loss. */
static void test_after(void) {
    char ids[1][65];
    all_on_first(2, SPEC("after=60"), 1, ids);
    lose("e1");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e1"), 1);
    sql_do("UPDATE engines SET lost_at = lost_at - interval '59 seconds' WHERE id = 'e1'");
    lose("e1");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e1"), 1);
    sql_do("UPDATE engines SET lost_at = lost_at - interval '2 seconds' WHERE id = 'e1'");
    is_found("e1", "down", "unknown"); /* by a new keeper, which has not heard anything yet */
    CU_ASSERT_EQUAL(lost_engines(), 1);
    is_found("e1", "down", "alive"); /* its Docker alone is gone */
    CU_ASSERT_EQUAL(lost_engines(), 0);
    pass_of("{e1}");
    lose("e1");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e1"), 1);
    sql_do("UPDATE engines SET lost_at = lost_at - interval '61 seconds' WHERE id = 'e1'");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e2"), 1);
}

static void test_stay(void) {
    char ids[2][65];
    struct error err;
    all_on_first(2, SPEC("never"), 1, ids);
    lose("e1");
    sql_do("UPDATE engines SET lost_at = lost_at - interval '1 year'");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e1"), 1);

    all_on_first(2, "{\"name\":\"db\",\"volumes\":[\"data:/var\"]}", 1, ids);
    lose("e1");
    sql_do("UPDATE engines SET lost_at = lost_at - interval '1 year'");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e1"), 1);

    all_on_first(2, SPEC("always"), 1, ids); /* not wanted: nothing to be had elsewhere */
    CU_ASSERT_TRUE(change(ids[0], INTENT_STOP, NULL, &err));
    lose("e1");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e1"), 1);

    all_on_first(2, SPEC("always"), 1, ids); /* only out of placement, or only its Docker */
    is_found("e1", "suspect", "silent");
    pass_of("{e1}");
    is_found("e1", "down", "alive");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e1"), 1);
    CU_ASSERT_EQUAL(events("move-container"), 0);
}

/* Whoever works on it at that moment has lost it. */
static void test_claimed(void) {
    char ids[1][65];
    struct error err = {0};
    bool finished = true;
    scratch_reset();
    engine_add("e1", 2, 4096);
    run_ids(SPEC("always"), 1, ids);
    engine_add("e2", 2, 4096);
    struct work_row *row = claim_one(scratch_worker(), "worker");
    lose("e1");
    pass_of("{e1}");
    const struct work_outcome late = {
        .state = "running", .docker_id = "d1", .exit_code = -1, .retry_s = -1, .item = "done"};
    CU_ASSERT_TRUE(work_settle(scratch_worker(), row, &late, &finished, &err));
    claim_free(row);
    CU_ASSERT_FALSE(finished);
    CU_ASSERT_EQUAL(row_is("engine_id = 'e2' AND docker_id IS NULL AND claimed_by IS NULL"), 1);
    row = claim_one(scratch_worker(), "worker");
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_STRING_EQUAL(row->engine_id, "e2");
    CU_ASSERT_EQUAL(row->generation, 2);
    claim_free(row);
}

/* By the score of any placement, with its ports, and no more at once than a pass may move. */
static void test_many(void) {
    char ids[24][65];
    all_on_first(3,
                 "{\"name\":\"web\",\"memory\":100,\"reschedule\":\"always\",\"bind_ports\":[{"
                 "\"container_port\":80}]}",
                 24, ids);
    lose("e1");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e1"), 4);
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e2"), 12);
    CU_ASSERT_EQUAL(on_engine("e3"), 12);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings b JOIN containers c ON c.id = "
                            "b.container_id WHERE c.engine_id = b.engine_id AND "
                            "(c.doc #>> '{ports,0,port}')::integer = b.port"),
                    24);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings"), 24);
    work_off(scratch_worker(), "running");
    check_invariants();
}

/* A host port asked for by number, and the rules of the type, hold for the new engine, too. */
static void test_rules(void) {
    char ids[1][65];
    all_on_first(2,
                 "{\"name\":\"web\",\"memory\":100,\"reschedule\":\"always\",\"type\":\"host\","
                 "\"labels\":[\"host:e1\"]}",
                 1, ids);
    lose("e1");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e1"), 1);
    CU_ASSERT_EQUAL(events("move-blocked"), 1);

    all_on_first(3,
                 "{\"name\":\"web\",\"memory\":100,\"reschedule\":\"always\",\"bind_ports\":[{"
                 "\"port\":8080,\"container_port\":80}]}",
                 1, ids);
    sql_do("INSERT INTO port_bindings (engine_id, port, proto) VALUES ('e2', 8080, 'tcp')");
    lose("e1");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e3"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM port_bindings WHERE engine_id = 'e3' AND port = "
                            "8080 AND container_id = '%s'",
                            ids[0]),
                    1);
}

static void try_again_now(void) {
    sql_do("UPDATE moves_blocked SET next_at = now()");
}

static void test_no_room(void) {
    char ids[2][65];
    all_on_first(1, "{\"name\":\"web\",\"memory\":2000,\"reschedule\":\"always\"}", 2, ids);
    engine_add("e2", 2, 2500);
    lose("e1");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e2"), 1);
    CU_ASSERT_EQUAL(on_engine("e1"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'move-blocked' AND engine_id "
                            "= 'e1' AND message LIKE '%%e2: not enough memory%%'"),
                    1);
    pass_of("{e1}"); /* not yet due */
    CU_ASSERT_EQUAL(sql_int("SELECT attempts FROM moves_blocked"), 1);
    try_again_now();
    pass_of("{e1}");
    CU_ASSERT_EQUAL(sql_int("SELECT attempts FROM moves_blocked"), 2);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM moves_blocked WHERE next_at > now() + interval "
                            "'1 second'"),
                    1);
    CU_ASSERT_EQUAL(events("move-blocked"), 1);
    engine_add("e3", 2, 4096);
    is_found("e3", "down", "alive");
    is_found("e3", "up", "alive"); /* room may have come with it */
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e3"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM moves_blocked"), 0);

    all_on_first(1, SPEC("always"), 1, ids); /* its engine is back before room is */
    lose("e1");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM moves_blocked"), 1);
    is_found("e1", "up", "alive");
    pass_of("{}");
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM moves_blocked"), 0);
    CU_ASSERT_EQUAL(on_engine("e1"), 1);
}

static int64_t frozen(void) {
    return sql_int("SELECT count(*) FROM freezes");
}

static void test_freeze(void) {
    char ids[2][65];
    all_on_first(3, SPEC("always"), 2, ids);
    is_found("e2", "suspect", "silent");
    lose("e1");
    pass_of("{e1}"); /* it may be two of three in a moment */
    CU_ASSERT_EQUAL(on_engine("e1"), 2);
    CU_ASSERT_EQUAL(frozen(), 0);
    lose("e2");
    pass_of("{e1,e2}");
    CU_ASSERT_EQUAL(frozen(), 1);
    CU_ASSERT_EQUAL(on_engine("e1"), 2);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM events WHERE type = 'freeze-rescheduling' AND "
                            "message LIKE '%%2 of 3 engines%%(e1, e2)%%'"),
                    1);
    sql_do("UPDATE engines SET lost_at = lost_at - interval '1 hour' WHERE lost_at IS NOT NULL");
    pass_of("{e1,e2}"); /* it lasts */
    CU_ASSERT_EQUAL(on_engine("e1"), 2);
    CU_ASSERT_EQUAL(events("freeze-rescheduling"), 1);
    is_found("e2", "up", "alive");
    pass_of("{e1}"); /* and ends */
    CU_ASSERT_EQUAL(frozen(), 0);
    CU_ASSERT_EQUAL(events("thaw-rescheduling"), 1);
    CU_ASSERT_EQUAL(on_engine("e1"), 0);
    work_off(scratch_worker(), "running");
    check_invariants();
}

/* However many they are, the reason is a line for people. */
static void test_freeze_many(void) {
    char ids[1][65];
    all_on_first(9, SPEC("always"), 1, ids);
    for (int i = 1; i <= 7; i++) {
        char id[8];
        snprintf(id, sizeof id, "e%d", i);
        lose(id);
    }
    pass_of("{e1}");
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM freezes WHERE reason LIKE '7 of 9 engines were "
                            "lost at once (e1, e2, e3 and 4 more):%%'"),
                    1);
}

/* One after the other is not at once. */
static void test_one_by_one(void) {
    char ids[2][65];
    all_on_first(3, SPEC("always"), 2, ids);
    lose("e1");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e1"), 0);
    sql_do("UPDATE engines SET lost_at = lost_at - interval '31 seconds' WHERE id = 'e1'");
    pass_of("{e1}");
    lose("e2");
    pass_of("{e1,e2}");
    CU_ASSERT_EQUAL(frozen(), 0);
    CU_ASSERT_EQUAL(on_engine("e3"), 2);
    is_found("e1", "up", "alive");
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM engines WHERE loss_accepted"), 0);
}

/* Another reason to move nothing holds, too. */
static void test_frozen_otherwise(void) {
    char ids[1][65];
    all_on_first(2, SPEC("always"), 1, ids);
    sql_do("INSERT INTO freezes (kind, reason) VALUES ('other', 'because')");
    lose("e1");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e1"), 1);
    sql_do("DELETE FROM freezes");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e2"), 1);
}

/* What is wrong with one of them is its own matter. */
static void test_one_fails(void) {
    char ids[3][65];
    all_on_first(2, SPEC("always"), 3, ids);
    sql_do(
        "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END "
        "$$; CREATE TRIGGER fails BEFORE UPDATE OF generation ON containers FOR EACH ROW WHEN "
        "(OLD.id = '%s') EXECUTE FUNCTION fails()",
        ids[0]);
    lose("e1");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e2"), 2);
    CU_ASSERT_EQUAL(on_engine("e1"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM moves_blocked WHERE reason LIKE '%%broken%%'"),
                    1);
    CU_ASSERT_EQUAL(events("move-blocked"), 1);
    sql_do("DROP FUNCTION fails CASCADE; UPDATE moves_blocked SET next_at = now()");
    pass_of("{e1}");
    CU_ASSERT_EQUAL(on_engine("e2"), 3);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM moves_blocked"), 0);
}

static const struct unit_test tests[] = {
    {"which losses mean what", test_losses},
    {"always: as soon as the engine is lost", test_always},
    {"after: by the time in the engine's row", test_after},
    {"what stays", test_stay},
    {"whoever works on it has lost it", test_claimed},
    {"many, evenly, with their ports", test_many},
    {"the rules of placement hold", test_rules},
    {"no room: told once, tried again", test_no_room},
    {"many engines lost at once: nothing is moved", test_freeze},
    {"many more than can be told", test_freeze_many},
    {"one after the other is not at once", test_one_by_one},
    {"frozen for another reason", test_frozen_otherwise},
    {"one that cannot be moved keeps no other one waiting", test_one_fails},
    {0},
};

const struct unit_suite suite_failover = {"failover", tests};
