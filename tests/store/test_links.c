/* test_links: containers that links join are one unit: what a link demands, where a unit goes, what
 * moves with what, and that a link follows the copy that it goes to. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/links.h"
#include "core/control/unit.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define NAMED(name, more)                                                                          \
    "{\"name\":\"img\",\"memory\":100,\"container_name\":\"" name "\"" more "}"
#define LINK(name) ",\"links\":{\"" name "\":\"other\"}"

static void expect_text(const char *expected, const char *query) {
    CLEANUP(mem_free_text) char *text = sql_text("%s", query);
    if (strcmp(text, expected) != 0)
        printf("# %s\n# gives '%s' instead of '%s'\n", query, text, expected);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

/* Links show another container's variables: only an administrator may ask for them. */
static struct intent_client admin(void) {
    struct intent_client client = client_of(scratch_worker());
    client.grants = "write /";
    return client;
}

static bool run_as_admin(const char *text, size_t count, struct intent_result *result,
                         struct error *err) {
    CLEANUP(json_put) json_t *spec = spec_of(text);
    struct intent_client client = admin();
    struct intent_result mine = {0};
    bool ok = intent_run(&client, spec, count, "missing", &mine, err);
    if (result)
        *result = mine;
    else
        json_put(&mine.reasons);
    return ok;
}

static bool change_as_admin(const char *prefix, enum intent_change what, struct error *err) {
    struct intent_client client = admin();
    struct intent_result result = {0};
    *err = (struct error){0};
    return intent_change(&client, prefix, what, &result, err);
}

static void must_run(const char *spec) {
    struct error err = {0};
    bool ok = run_as_admin(spec, 1, NULL, &err);
    if (!ok)
        printf("# %s: %s\n", spec, err.message);
    CU_ASSERT_TRUE_FATAL(ok);
}

static void expect_refused(const char *spec, const char *field, const char *words) {
    struct error err = {0};
    int64_t before = sql_int("SELECT count(*) FROM containers");
    CU_ASSERT_FALSE(run_as_admin(spec, 1, NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(err.field, field);
    if (!strstr(err.message, words))
        printf("# '%s' is not in: %s\n", words, err.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, words));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers"), before);
    CU_ASSERT_FALSE(db_in_transaction(scratch_worker()));
}

static void three_engines(void) {
    scratch_reset();
    engine_add("e1", 8, 4096);
    engine_add("e2", 8, 4096);
    engine_add("e3", 8, 4096);
}

static char *id_of(const char *name) {
    return sql_text("SELECT id FROM containers WHERE name = '%s' AND removed_at IS NULL", name);
}

/* What is linked goes to the engine of what it is linked to, however the scores are. */
static void test_together(void) {
    struct intent_result result = {0};
    struct error err = {0};
    three_engines();
    must_run(NAMED("db", ""));
    CU_ASSERT_TRUE(run_as_admin(NAMED("web", LINK("db")), 3, NULL, &err));
    must_run(NAMED("front", LINK("web-2")));
    expect_text("1|5", "SELECT count(DISTINCT engine_id) || '|' || count(*) FROM containers");
    must_run(NAMED("alone", ""));
    expect_text("2", "SELECT count(DISTINCT engine_id) FROM containers");
    /* No room there: nowhere, and why. */
    CU_ASSERT_FALSE(
        run_as_admin("{\"name\":\"img\",\"memory\":4000" LINK("db") "}", 1, &result, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    CLEANUP(mem_free_text) char *reasons = mem_strdup(json_print(result.reasons));
    CU_ASSERT_PTR_NOT_NULL(strstr(reasons, "not enough memory"));
    CU_ASSERT_PTR_NOT_NULL(strstr(reasons, "it is linked to db, which is on engine e1"));
    json_put(&result.reasons);
    check_invariants();
}

static void test_refused(void) {
    three_engines();
    must_run(NAMED("db", ""));
    must_run(NAMED("cache", "")); /* on another engine */
    sql_do("INSERT INTO foreign_containers VALUES ('e1', 'f1', true, true, 0, 0, "
           "'{\"name\":\"stranger\"}')");
    expect_refused(NAMED("web", LINK("nobody")), "links.nobody", "no container with the name");
    expect_refused(NAMED("web", LINK("stranger")), "links.stranger", "not managed by berth");
    expect_refused(NAMED("web", ",\"links\":{\"db\":\"a\",\"cache\":\"b\"}"), "links.db",
                   "Linked containers must be on one engine");
    expect_refused(NAMED("me", LINK("me")), "links.me", "back to me");
    sql_do("UPDATE containers SET desired = 'stopped', state = 'exited' WHERE name = 'db'");
    expect_refused(NAMED("web", LINK("db")), "links.db", "start it");
    sql_do("UPDATE containers SET desired = 'removed' WHERE name = 'db'");
    expect_refused(NAMED("web", LINK("db")), "links.db", "no container with the name");
}

/* A name comes back: it belongs to the unit of those that are linked to it, and closes no circle.
 */
static void test_replaced(void) {
    three_engines();
    must_run(NAMED("db", ""));
    must_run(NAMED("web", LINK("db")));
    must_run(NAMED("elsewhere", ""));
    sql_do("UPDATE containers SET desired = 'removed', state = 'removed', removed_at = now(), "
           "due_at = NULL WHERE name = 'db'");
    expect_refused(NAMED("db", LINK("web")), "links.db", "back to db");
    expect_refused(NAMED("db", LINK("elsewhere")), "links.elsewhere", "is linked to it");
    must_run(NAMED("db", ""));
    expect_text("1", "SELECT count(DISTINCT engine_id) FROM containers WHERE name IN ('db', 'web') "
                     "AND removed_at IS NULL");
}

/* Start and restart need what Docker needs. */
static void test_start(void) {
    struct error err = {0};
    three_engines();
    must_run(NAMED("db", ""));
    must_run(NAMED("web", LINK("db")));
    sql_do("UPDATE containers SET desired = 'stopped', state = 'exited', due_at = NULL, started = "
           "true");
    CU_ASSERT_FALSE(change_as_admin("web", INTENT_START, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(err.field, "links.db");
    CU_ASSERT_FALSE(change_as_admin("web", INTENT_RESTART, &err));
    CU_ASSERT_TRUE(change_as_admin("db", INTENT_START, &err));
    CU_ASSERT_TRUE(change_as_admin("web", INTENT_START, &err));
    CU_ASSERT_TRUE(change_as_admin("web", INTENT_STOP, &err));
    CU_ASSERT_TRUE(change_as_admin("db", INTENT_STOP, &err));
}

static void expect_ready(const char *links, bool run, bool ok, bool ready) {
    CLEANUP(mem_free_text) char *text = mem_format("{\"name\":\"img\"%s}", links);
    CLEANUP(json_put) json_t *spec = spec_of(text);
    struct error err = {0};
    bool is_ready = false;
    CU_ASSERT_EQUAL(links_ready(scratch_worker(), spec, run, &is_ready, &err), ok);
    CU_ASSERT_TRUE(!ok || is_ready == ready);
}

/* The one that is linked to waits for the other. */
static void test_order(void) {
    three_engines();
    must_run(NAMED("db", ""));
    expect_ready("", true, true, true);
    expect_ready(LINK("db"), true, true, false);
    expect_ready(LINK("db"), false, true, true);
    sql_do("UPDATE containers SET state = 'running'");
    expect_ready(LINK("db"), true, true, true);
    sql_do("UPDATE containers SET desired = 'stopped'");
    expect_ready(LINK("db"), true, false, false);
    expect_ready(LINK("nobody"), true, false, false);
}

/* a <- b <- c, a <- d; and e apart. */
static void chain(void) {
    three_engines();
    must_run(NAMED("a1", ""));
    must_run(NAMED("b1", LINK("a1") ",\"bind_ports\":[{\"container_port\":80}]"));
    must_run(NAMED("c1", LINK("b1") ",\"bind_ports\":[{\"container_port\":80},{\"port\":8080,"
                                    "\"container_port\":81}]"));
    must_run(NAMED("d1", LINK("a1")));
    must_run(NAMED("e1", ""));
}

static void test_unit(void) {
    static const char *const begin[] = {"a1", "b1", "c1", "d1"};
    struct error err = {0};
    chain();
    for (size_t i = 0; i < ARRAY_LEN(begin); i++) {
        CLEANUP(unit_release) struct unit unit = {0};
        CLEANUP(mem_free_text) char *id = id_of(begin[i]);
        CU_ASSERT_TRUE_FATAL(unit_load(scratch_worker(), id, &unit, &err));
        CU_ASSERT_EQUAL_FATAL(unit.count, 4);
        CU_ASSERT_STRING_EQUAL(unit.members[0].name, "a1"); /* as they start */
        CU_ASSERT_STRING_EQUAL(unit.members[1].name, "b1");
        CU_ASSERT_STRING_EQUAL(unit.members[2].name, "d1");
        CU_ASSERT_STRING_EQUAL(unit.members[3].name, "c1");
        CU_ASSERT_TRUE(unit.members[3].running);
    }
    CLEANUP(unit_release) struct unit alone = {0}, none = {0};
    CLEANUP(mem_free_text) char *id = id_of("e1");
    CU_ASSERT_TRUE(unit_load(scratch_worker(), id, &alone, &err));
    CU_ASSERT_EQUAL(alone.count, 1);
    CU_ASSERT_TRUE(unit_load(scratch_worker(), "nobody", &none, &err));
    CU_ASSERT_EQUAL(none.count, 0);
    /* Docker links within one engine: what bears the name elsewhere is another's. */
    sql_do("UPDATE containers SET engine_id = 'e3' WHERE name = 'd1'");
    CLEANUP(unit_release) struct unit apart = {0}, here = {0};
    CLEANUP(mem_free_text) char *d1 = id_of("d1");
    CLEANUP(mem_free_text) char *c1 = id_of("c1");
    CU_ASSERT_TRUE(unit_load(scratch_worker(), d1, &apart, &err));
    CU_ASSERT_EQUAL(apart.count, 1);
    CU_ASSERT_TRUE(unit_load(scratch_worker(), c1, &here, &err));
    CU_ASSERT_EQUAL(here.count, 3);
    sql_do("UPDATE containers SET engine_id = 'e1' WHERE name = 'd1'");
    /* One that is gone, or goes, joins nothing any more. */
    sql_do("UPDATE containers SET desired = 'removed' WHERE name = 'b1'");
    CLEANUP(unit_release) struct unit rest = {0};
    CLEANUP(mem_free_text) char *first = id_of("a1");
    CU_ASSERT_TRUE(unit_load(scratch_worker(), first, &rest, &err));
    CU_ASSERT_EQUAL(rest.count, 2);
}

/* Place the unit of `name` with engine `left` left out; the engine, or "" and the reasons. */
static char *placed(const char *name, const char *left, json_t **ret_reasons) {
    CLEANUP(unit_release) struct unit unit = {0};
    CLEANUP(json_put) json_t *tried = json_object_new_array();
    CLEANUP(mem_free_text) char *id = id_of(name);
    struct db *db = scratch_worker();
    struct place place = {0};
    struct error err = {0};
    int64_t ports[8], count = 0;
    json_object_array_add(tried, json_object_new_string(left));
    CU_ASSERT_TRUE_FATAL(db_begin(db, &err) && unit_load(db, id, &unit, &err));
    bool ok = unit_place(db, scratch_pool(), &unit, tried, &place, &err);
    CU_ASSERT_TRUE(ok || err.kind == ERROR_NO_CAPACITY);
    for (size_t i = 0; ok && i < unit.count; i++) {
        CU_ASSERT_STRING_EQUAL(place.items[i].engine_id, place.items[0].engine_id);
        for (size_t k = 0; k < json_len(place.items[i].ports); k++)
            ports[count++] = json_get_int(json_at(place.items[i].ports, k), "port", 0);
    }
    for (int64_t i = 0; i < count; i++)
        for (int64_t k = 0; k < i; k++)
            CU_ASSERT_TRUE(ports[i] > 0 && ports[i] != ports[k]);
    char *engine = mem_strdup(ok ? place.items[0].engine_id : "");
    *ret_reasons = ok ? NULL : place_reasons(&place);
    place_release(&place);
    db_rollback(db);
    return engine;
}

static void expect_placed(const char *expected, const char *reason) {
    CLEANUP(json_put) json_t *reasons = NULL;
    CLEANUP(mem_free_text) char *engine = placed("d1", "e1", &reasons);
    CU_ASSERT_STRING_EQUAL(engine, expected);
    if (*reason && !strstr(json_print(reasons), reason))
        printf("# '%s' is not in %s\n", reason, json_print(reasons));
    CU_ASSERT_TRUE(!*reason || strstr(json_print(reasons), reason) != NULL);
}

static void test_unit_place(void) {
    chain(); /* the unit is on e1, e1 the container on e2 */
    expect_placed("e3", "");
    sql_do("INSERT INTO foreign_containers VALUES ('e3', 'f', true, true, 0, 3500, '{}')");
    expect_placed("e2", "");
    sql_do("INSERT INTO port_bindings VALUES ('e2', 8080, 'tcp', '', NULL)");
    expect_placed("e3", "");
    /* Each of them fits, all of them do not. */
    sql_do("UPDATE foreign_containers SET memory_mb = 3900");
    expect_placed("", "host port 8080/tcp is taken");
    expect_placed("", "not enough memory");
    /* One that is not meant to run needs no room. */
    sql_do("UPDATE containers SET desired = 'stopped' WHERE name IN ('c1', 'd1', 'b1')");
    expect_placed("e3", "");
}

/* A copy that fails to be created takes the others along while none of them is there. */
static void test_moves_as_one(void) {
    struct error err = {0};
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    three_engines();
    must_run(NAMED("db", ""));
    must_run(NAMED("web", LINK("db")));
    CLEANUP(mem_free_text) char *db_id = id_of("db");
    CLEANUP(mem_free_text) char *web_id = id_of("web");
    CLEANUP(mem_free_text)
    char *items =
        mem_format("[{\"id\":\"%s\",\"ports\":[]},{\"id\":\"%s\",\"ports\":[]}]", db_id, web_id);
    CU_ASSERT_TRUE_FATAL(db_run(scratch_worker(), &sql_unit_move,
                                DB_PARAMS(DB_TEXT(db_id), DB_TEXT("0"), DB_TEXT("e3"),
                                          DB_TEXT(items), DB_TEXT("{}")),
                                &rows, &err));
    CU_ASSERT_EQUAL(db_rows(rows), 2);
    expect_text("e3|2|{e1}|0,e3|2|{e1}|1",
                "SELECT string_agg(concat_ws('|', engine_id, generation, tried, epoch), ',' ORDER "
                "BY name) FROM containers");
}

/* A restart keeps the copy, and Docker its link; a new copy needs new links. */
static void test_follows(void) {
    three_engines();
    must_run(NAMED("db", ""));
    must_run(NAMED("web", LINK("db")));
    must_run(NAMED("alone", ""));
    sql_do(
        "UPDATE containers SET docker_id = 'db-1', state = 'running', due_at = NULL WHERE name = "
        "'db'; UPDATE containers SET docker_id = name || '-1', state = 'running', due_at = NULL "
        "WHERE name IN ('web', 'alone')");
    expect_text("db-1", "SELECT linked ->> 'db' FROM containers WHERE name = 'web'");
    sql_do("UPDATE containers SET docker_id = 'db-1', state = 'exited' WHERE name = 'db'");
    sql_do("UPDATE containers SET docker_id = NULL, state = 'missing' WHERE name = 'db'");
    sql_do("UPDATE containers SET docker_id = 'db-1', state = 'running' WHERE name = 'db'");
    expect_text("1", "SELECT generation FROM containers WHERE name = 'web'");
    sql_do("UPDATE containers SET docker_id = 'db-2' WHERE name = 'db'");
    expect_text("2|missing|true|1",
                "SELECT concat_ws('|', generation, state, (due_at <= now())::text, "
                "epoch) FROM containers WHERE name = 'web' AND docker_id IS NULL");
    expect_text("1|alone-1", "SELECT generation || '|' || docker_id FROM containers WHERE name = "
                             "'alone'");
    expect_text("1", "SELECT count(*) FROM events WHERE type = 'relink-container'");
    sql_do("UPDATE containers SET docker_id = 'web-2', state = 'running' WHERE name = 'web'");
    expect_text("db-2", "SELECT linked ->> 'db' FROM containers WHERE name = 'web'");
    sql_do("UPDATE containers SET state = 'exited', docker_id = 'db-2' WHERE name = 'db'");
    expect_text("2", "SELECT generation FROM containers WHERE name = 'web'");
}

/* A unit that goes back to its old copies is linked as it was: nothing is made again. */
static void test_goes_back(void) {
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 8, 4096);
    for (int i = 0; i < 8; i++) { /* in whatever order the rows are changed */
        CLEANUP(mem_free_text) char *db = mem_format(NAMED("db%d", ""), i);
        CLEANUP(mem_free_text) char *web = mem_format(NAMED("web%d", LINK("db%d")), i, i);
        must_run(db);
        must_run(web);
    }
    sql_do("UPDATE containers SET docker_id = name || '-1', state = 'running', due_at = NULL WHERE "
           "name LIKE 'db%%'; UPDATE containers SET docker_id = name || '-1', state = 'running', "
           "due_at = NULL WHERE name LIKE 'web%%'");
    engine_add("e2", 8, 4096);
    sql_do("INSERT INTO replacements (container_id, engine_id, docker_id, ports) SELECT id, "
           "'e1', docker_id, '[]' FROM containers; UPDATE containers SET engine_id = 'e2', "
           "generation = 2, docker_id = NULL");
    sql_do("UPDATE containers SET docker_id = name || '-2' WHERE name LIKE 'db%%'");
    sql_do("UPDATE containers SET docker_id = name || '-2' WHERE name IN ('web1', 'web2')");
    CU_ASSERT_TRUE(db_run(scratch_worker(), &sql_replacement_undo,
                          DB_PARAMS(DB_TEXT("e1"), db_int(0), DB_TEXT("true"), DB_TEXT(NULL)), NULL,
                          &err));
    expect_text("16|16|0", "SELECT concat_ws('|', count(docker_id), count(*) FILTER (WHERE "
                           "generation = 3 AND docker_id = name || '-1'), (SELECT count(*) FROM "
                           "events WHERE type = 'relink-container')) FROM containers");
    expect_text("8", "SELECT count(*) FROM containers WHERE linked ->> ('db' || right(name, 1)) = "
                     "'db' || right(name, 1) || '-1'");
    sql_do("UPDATE containers SET docker_id = 'db3-3' WHERE name = 'db3'"); /* later: made again */
    expect_text("web3", "SELECT name FROM containers WHERE docker_id IS NULL");
}

static const struct unit_test tests[] = {
    {"linked containers go to one engine", test_together},
    {"what a link cannot go to", test_refused},
    {"a name that comes back", test_replaced},
    {"start and restart of a linked one", test_start},
    {"the other one first", test_order},
    {"the unit of a container", test_unit},
    {"a place for a unit", test_unit_place},
    {"a unit moves as one", test_moves_as_one},
    {"a link follows the copy that it goes to", test_follows},
    {"a unit goes back as it was", test_goes_back},
    {0},
};

const struct unit_suite suite_links = {"links", tests};
