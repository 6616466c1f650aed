/* test_check: could the pool lose any one of its engines? Pools small enough to know the answer. */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/control/check.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

/* A row as it is, wherever the placement would have put it. */
static void there(const char *name, const char *engine, int memory_mb, const char *more) {
    sql_do(
        "INSERT INTO containers (id, doc, group_hash, engine_id, state, due_at) SELECT "
        "encode(sha256('%s'), 'hex'), jsonb_build_object('id', encode(sha256('%s'), 'hex'), "
        "'name', '%s', 'ports', '[]'::jsonb, 'image', '{\"name\":\"img\",\"cpus\":0,\"memory\":%d,"
        "\"type\":\"service\",\"labels\":[],\"bind_ports\":[],\"volumes\":[],\"links\":{},"
        "\"reschedule\":\"always\"}'::jsonb || '%s'::jsonb), 'g', '%s', 'running', NULL",
        name, name, name, memory_mb, more, engine);
}

/* "ok" or what is told of `engine`: "MOVES MISFITS STAYS: the first reason"; the caller's. */
static char *told(const char *engine) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(
        check_pool(scratch_worker(), scratch_pool(), NULL, CHECK_JUDGEMENTS_MAX, &doc, &err));
    bool all = true;
    char *text = NULL;
    for (size_t i = 0; i < json_len(json_get_array(doc, "engines")); i++) {
        json_t *one = json_at(json_get_array(doc, "engines"), i);
        bool ok = json_get_bool(one, "ok", false);
        all = all && ok;
        CU_ASSERT_EQUAL(ok, *json_get_text(one, "advice", "") == '\0');
        if (strcmp(json_get_text(one, "id", ""), engine) != 0)
            continue;
        text = mem_format("%d %d %d: %s %s", (int)json_get_int(one, "moves", -1),
                          (int)json_get_int(one, "misfit_count", -1),
                          (int)json_get_int(one, "stay_count", -1),
                          json_get_text(json_at(json_get_array(one, "misfits"), 0), "reason", ""),
                          json_get_text(json_at(json_get_array(one, "stays"), 0), "reason", ""));
    }
    CU_ASSERT_EQUAL(json_get_bool(doc, "ok", !all), all);
    return text ? text : mem_strdup("nothing");
}

static void expect(const char *engine, const char *begin, const char *words) {
    CLEANUP(mem_free_text) char *text = told(engine);
    bool good = strncmp(text, begin, strlen(begin)) == 0 && strstr(text, words);
    if (!good)
        printf("# %s: '%s', not '%s ... %s'\n", engine, text, begin, words);
    CU_ASSERT_TRUE(good);
}

static void pool_of(int engines, int memory_mb) {
    char id[16];
    scratch_reset();
    for (int i = 1; i <= engines; i++) {
        snprintf(id, sizeof id, "e%d", i);
        engine_add(id, 4, memory_mb);
    }
}

static void test_one(void) {
    pool_of(1, 1000);
    expect("e1", "0 0 0: ", "");
    there("a", "e1", 100, "{}");
    expect("e1", "0 1 0: ", "no other engine is up");
}

/* Two engines: what is on both must fit on one. */
static void test_room(void) {
    pool_of(2, 1000);
    there("a", "e1", 400, "{}");
    there("b", "e2", 500, "{}");
    expect("e1", "1 0 0: ", "");
    expect("e2", "1 0 0: ", "");
    there("c", "e2", 101, "{}"); /* 500 + 101 do not fit on e1 beside 400, nor 400 beside 601 */
    expect("e2", "1 1 0: ", "e1: not enough memory");
    expect("e1", "0 1 0: ", "e2: not enough memory");
    engine_add("e3", 4, 1000);
    expect("e1", "1 0 0: ", "");
    expect("e2", "2 0 0: ", "");
    /* Each of them has its own trial: what was placed in one counts in no other. */
    sql_do(
        "UPDATE engines SET doc = jsonb_set(doc, '{health,status}', '\"down\"') WHERE id = 'e3'");
    expect("e2", "1 1 0: ", "not enough memory");
    sql_do("UPDATE containers SET desired = 'stopped' WHERE name = 'c'");
    expect("e2", "1 0 0: ", "");
    sql_do("INSERT INTO foreign_containers VALUES ('e1', 'f1', true, true, 0, 200, '{}')");
    expect("e2", "0 1 0: ", "not enough memory");
}

static void test_stays(void) {
    pool_of(1, 1000);
    there("a", "e1", 100, "{\"reschedule\":\"never\"}");
    expect("e1", "0 0 1: ", "its reschedule is never");
    there("b", "e1", 100, "{\"links\":{\"a\":\"x\"}}");
    expect("e1", "0 0 2: ", "");
    pool_of(1, 1000);
    there("a", "e1", 100, "{\"reschedule\":\"never\",\"volumes\":[\"/data:/data\"]}");
    expect("e1", "0 0 1: ", "it has volumes");
    pool_of(2, 1000);
    there("a", "e1", 100, "{\"type\":\"host\",\"labels\":[\"host:e1\"]}");
    expect("e1", "0 0 1: ", "pins it");
}

static void test_ports(void) {
    static const char port[] = "{\"bind_ports\":[{\"proto\":\"tcp\",\"host_ip\":\"\",\"port\":8080,"
                               "\"container_port\":80}]}";
    pool_of(3, 1000);
    there("a", "e1", 100, port);
    there("b", "e2", 100, port);
    sql_do("INSERT INTO port_bindings SELECT engine_id, 8080, 'tcp', '', id FROM containers");
    expect("e1", "1 0 0: ", "");
    there("c", "e3", 100, port);
    sql_do("INSERT INTO port_bindings SELECT engine_id, 8080, 'tcp', '', id FROM containers WHERE "
           "name = 'c'");
    expect("e1", "0 1 0: ", "host port that it asks for is taken");
    /* Two of them from one engine find one free place. */
    pool_of(2, 1000);
    there("a", "e1", 100, port);
    there("b", "e1", 100, port);
    expect("e1", "1 1 0: ", "host port");
}

static void test_unique(void) {
    pool_of(3, 1000);
    there("a", "e1", 100, "{\"type\":\"unique\"}");
    there("b", "e2", 100, "{\"type\":\"unique\"}");
    expect("e1", "1 0 0: ", "");
    sql_do("INSERT INTO foreign_containers VALUES ('e3', 'f', true, true, 0, 0, "
           "'{\"image\":\"img\"}')");
    expect("e1", "0 1 0: ", "runs a container of this image already");
}

/* A unit finds one place or none. */
static void test_unit(void) {
    pool_of(3, 1000);
    there("db", "e1", 300, "{}");
    there("web", "e1", 300, "{\"links\":{\"db\":\"x\"}}");
    there("b", "e2", 500, "{}");
    there("c", "e3", 500, "{}");
    expect("e1", "0 2 0: ", "not enough memory");
    sql_do("UPDATE containers SET desired = 'stopped' WHERE name = 'c'");
    expect("e1", "2 0 0: ", "");
}

/* Since when is it so? */
static void test_made(void) {
    static const char *const wanted[] = {"{\"name\":\"img\",\"memory\":300}",
                                         "{\"name\":\"img\",\"memory\":450}"};
    struct error err = {0};
    pool_of(2, 1000);
    for (int i = 0; i < 2; i++) {
        CLEANUP(json_put) json_t *doc = NULL;
        char ids[2][65];
        run_ids(wanted[i], 2, ids);
        CU_ASSERT_TRUE_FATAL(
            check_pool(scratch_worker(), scratch_pool(), ids[1], CHECK_JUDGEMENTS_MAX, &doc, &err));
        CU_ASSERT_EQUAL(json_get_bool(doc, "ok", i == 1), i == 0);
        CU_ASSERT_EQUAL(json_get_bool(doc, "made_so", i == 0), i == 1);
    }
    sql_do("DELETE FROM operations");
    char ids[1][65];
    CLEANUP(json_put) json_t *doc = NULL;
    run_ids("{\"name\":\"img\",\"memory\":10}", 1, ids); /* it was so before */
    CU_ASSERT_TRUE_FATAL(
        check_pool(scratch_worker(), scratch_pool(), ids[0], CHECK_JUDGEMENTS_MAX, &doc, &err));
    CU_ASSERT_FALSE(json_get_bool(doc, "made_so", true));
}

/* As large as is meant: the time is told, the answer is right, all is looked at. */
static void test_large(void) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct error err = {0};
    scratch_reset();
    sql_do(
        "INSERT INTO engines (id, doc) SELECT id, jsonb_build_object('id', id, 'engine', "
        "jsonb_build_object('id', id, 'addr', 'tcp://' || id || ':1', 'cpus', 8, 'memory', 3000, "
        "'labels', '[]'::jsonb), 'health', '{\"status\":\"up\",\"state\":\"up\"}'::jsonb) FROM "
        "(SELECT 'n' || n AS id FROM generate_series(1, 1000) AS n) v");
    sql_do(
        "INSERT INTO containers (id, doc, group_hash, engine_id, state, due_at) SELECT i, "
        "jsonb_build_object('id', i, 'name', 'c' || n, 'ports', '[]'::jsonb, 'image', "
        "'{\"name\":\"img\",\"cpus\":0.1,\"memory\":250,\"type\":\"service\",\"labels\":[],"
        "\"bind_ports\":[],\"volumes\":[],\"links\":{},\"reschedule\":\"always\"}'::jsonb), 'g', "
        "'n' || n %% 1000 + 1, 'running', NULL FROM (SELECT n, encode(sha256(n::text::bytea), "
        "'hex') AS i FROM generate_series(1, 10000) AS n) v");
    int64_t began = clock_ms();
    CU_ASSERT_TRUE_FATAL(
        check_pool(scratch_worker(), scratch_pool(), NULL, CHECK_JUDGEMENTS_MAX, &doc, &err));
    printf("# 1,000 engines and 10,000 containers: %d ms\n", (int)(clock_ms() - began));
    CU_ASSERT_TRUE(json_get_bool(doc, "ok", false));
    CU_ASSERT_EQUAL(json_get_int(doc, "unchecked", -1), 0);
    CU_ASSERT_EQUAL(json_len(json_get_array(doc, "engines")), 1000);
}

/* What nobody has looked at is not said to be well. */
static void test_unchecked(void) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct error err = {0};
    pool_of(3, 1000);
    there("a", "e1", 100, "{}");
    CU_ASSERT_TRUE_FATAL(check_pool(scratch_worker(), scratch_pool(), NULL, 2, &doc, &err));
    CU_ASSERT_EQUAL(json_get_int(doc, "unchecked", -1), 2);
    CU_ASSERT_EQUAL(json_len(json_get_array(doc, "engines")), 1);
    CU_ASSERT_TRUE(json_get_bool(json_at(json_get_array(doc, "engines"), 0), "ok", false));
    CU_ASSERT_FALSE(json_get_bool(doc, "ok", true));
}

static const struct unit_test tests[] = {
    {"a pool of one engine", test_one},
    {"room on the others", test_room},
    {"what would stay", test_stays},
    {"named host ports", test_ports},
    {"one of an image on an engine", test_unique},
    {"a unit finds one place", test_unit},
    {"since when it is so", test_made},
    {"a large pool", test_large},
    {"engines that are not looked at", test_unchecked},
    {0},
};

const struct unit_suite suite_check = {"check", tests};
