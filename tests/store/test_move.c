/* test_move: what keeps a container on an engine that is drained, and whom it keeps waiting. */
#include <string.h>

#include "sql/statements.h"
#include "tests/store/move_fixture.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define WEB "{\"name\":\"web\",\"memory\":100}"

static void drain(const char *id) {
    struct error err = {0};
    CU_ASSERT_TRUE(db_run(scratch_worker(), &sql_engine_drain,
                          DB_PARAMS(DB_TEXT(id), DB_TEXT("clare")), NULL, &err));
}

static int64_t is_on(const char *engine_id, const char *id) {
    return sql_int("SELECT count(*) FROM containers WHERE engine_id = '%s' AND id = '%s'",
                   engine_id, id);
}

static void when_due(void) {
    sql_do("UPDATE moves_blocked SET next_at = now()");
}

/* What goes elsewhere has run there for a moment. */
static void moved(void) {
    work_off(scratch_worker(), "running");
    sql_do("UPDATE containers SET changed_at = changed_at - interval '2 seconds'");
}

/* `count` running ones on e1, and nothing beside it. */
static void set_up(size_t count, char ids[][65]) {
    scratch_reset();
    engine_add("e1", 2, 4096);
    run_ids(WEB, count, ids);
    work_off(scratch_worker(), "running");
}

static void test_no_room(void) {
    char ids[1][65];
    set_up(1, ids);
    drain("e1");
    pass_of("{}");
    CU_ASSERT_EQUAL(on_engine("e1"), 1);
    CU_ASSERT_EQUAL(events("move-blocked"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM engines e WHERE engine_shown(e) #>> "
                            "'{health,reason}' = '1 still to move, 1 without a place'"),
                    1);
    sql_do("INSERT INTO freezes (kind, reason) VALUES ('x', 'y')"); /* frozen: not even with room */
    engine_add("e2", 2, 4096);
    when_due();
    pass_of("{}");
    CU_ASSERT_EQUAL(on_engine("e1"), 1);
    sql_do("DELETE FROM freezes");
    pass_of("{}");
    CU_ASSERT_EQUAL(on_engine("e2"), 1);
}

/* What it is linked to has gone: it could start nowhere else, so it stays, and others go. */
static void test_link_to_nobody(void) {
    char ids[2][65];
    set_up(2, ids);
    engine_add("e2", 2, 4096);
    sql_do(
        "UPDATE containers SET doc = jsonb_set(doc, '{image,links}', '{\"db\":\"db\"}') WHERE id = '%s'",
        ids[0]);
    drain("e1");
    pass_of("{}");
    CU_ASSERT_EQUAL(is_on("e1", ids[0]), 1);
    CU_ASSERT_EQUAL(
        sql_int("SELECT count(*) FROM moves_blocked WHERE container_id = '%s' AND reason LIKE "
                "'%%no container with the name db %%'",
                ids[0]),
        1);
    pass_of("{}");
    CU_ASSERT_EQUAL(is_on("e2", ids[1]), 1);
    moved();
    when_due();
    pass_of("{}");
    CU_ASSERT_EQUAL(sql_int("SELECT max(attempts) FROM moves_blocked"), 2);
    CU_ASSERT_EQUAL(events("move-blocked"), 1);
    sql_do("UPDATE containers SET doc = doc #- '{image,links}' WHERE id = '%s'", ids[0]);
    when_due();
    pass_of("{}");
    CU_ASSERT_EQUAL(is_on("e2", ids[0]), 1);
}

/* Whoever could not leave waits behind those that have not tried. */
static void test_takes_turns(void) {
    char ids[3][65];
    set_up(3, ids);
    engine_add("e2", 2, 4096);
    drain("e1");
    sql_do("INSERT INTO moves_blocked (container_id, engine_id, reason, next_at) VALUES "
           "('%s', 'e1', 'x', now() - interval '1 second'), ('%s', 'e1', 'x', now() - interval '2 "
           "seconds')",
           ids[0], ids[1]);
    static const int order[] = {2, 1, 0};
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        pass_of("{}");
        CU_ASSERT_EQUAL(is_on("e2", ids[order[i]]), 1);
        CU_ASSERT_EQUAL(on_engine("e2"), (int64_t)i + 1);
        moved();
    }
}

static const struct unit_test tests[] = {
    {"no room", test_no_room},
    {"a link to nobody", test_link_to_nobody},
    {"each has its turn", test_takes_turns},
    {0},
};

const struct unit_suite suite_move = {"move", tests};
