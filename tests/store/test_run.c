/* test_run: control/intent: new containers: what one transaction writes, names, host ports, no
 * room, repeated requests. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/place.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define SMALL "\"name\":\"web\",\"memory\":100"
#define WEB "\"name\":\"registry:5000/team/web:1\",\"cpus\":1,\"memory\":100"

static int64_t rows_of_anything(void) {
    return sql_int(
        "SELECT (SELECT count(*) FROM containers) + (SELECT count(*) FROM operations) + "
        "(SELECT count(*) FROM operation_items) + (SELECT count(*) FROM port_bindings) + "
        "(SELECT count(*) FROM events)");
}

static void expect_text(const char *expected, const char *query) {
    CLEANUP(mem_free_text) char *text = sql_text("%s", query);
    if (strcmp(text, expected) != 0)
        printf("# %s\n# gives '%s' instead of '%s'\n", query, text, expected);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void test_rows(void) {
    struct intent_result result;
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 8, 4096);
    engine_add("e2", 8, 4096);
    CU_ASSERT_TRUE_FATAL(run("{" WEB ",\"bind_ports\":[{\"container_port\":80},{\"container_port\":"
                             "53,\"proto\":\"udp\",\"host_ip\":\"127.0.0.1\"}]}",
                             6, &result, &err));
    CU_ASSERT_FALSE(result.replayed);
    CU_ASSERT_FALSE(result.nothing);
    CU_ASSERT_PTR_NULL(result.reasons);
    expect_text("6|running|placed|missing|1|0", "SELECT concat_ws('|', count(*), min(desired), "
                                                "min(state), min(pull), min(intent_seq), "
                                                "max(epoch)) FROM containers WHERE due_at <= now() "
                                                "AND claimed_by IS NULL AND docker_id IS NULL");
    expect_text("3|3", "SELECT string_agg(n::text, '|') FROM (SELECT count(*) AS n FROM containers "
                       "GROUP BY engine_id) e");
    expect_text("12|6|6",
                "SELECT concat_ws('|', count(*), count(*) FILTER (WHERE proto = 'udp' AND "
                "host_ip = '127.0.0.1'), count(DISTINCT container_id)) FROM "
                "port_bindings WHERE port BETWEEN 20000 AND 29999");
    expect_text("run-container|account|6|", "SELECT concat_ws('|', type, account_id, pending, '') "
                                            "FROM operations WHERE finished IS NULL");
    expect_text("1,2,3,4,5,6", "SELECT string_agg(position::text, ',' ORDER BY position) FROM "
                               "operation_items JOIN operations o ON o.id = operation_id WHERE "
                               "status = 'pending' AND error IS NULL");
    expect_text("run-container|{cluster}|tester|request",
                "SELECT concat_ws('|', type, tags, account, request_id) FROM events");
    CU_ASSERT_EQUAL(sql_int("SELECT count(DISTINCT txid) FROM events"), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(DISTINCT xmin::text) FROM (SELECT xmin FROM containers "
                            "UNION ALL SELECT xmin FROM operations UNION ALL SELECT xmin FROM "
                            "port_bindings UNION ALL SELECT xmin FROM events) x"),
                    1);
    check_invariants();
}

/* The environment's values are in no document, and each row's seal opens with its own id alone. */
static void test_environment(void) {
    char ids[2][65];
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    static const struct sql_statement sealed = {
        "t_sealed", "SELECT id, environment FROM containers ORDER BY created_seq", 0};
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 8, 4096);
    run_ids("{" WEB ",\"environment\":{\"PASSWORD\":\"s3cret-value\"}}", 2, ids);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers c, events e, operations o WHERE "
                            "concat(c.doc, e.doc, e.message, o) LIKE '%%s3cret%%'"),
                    0);
    CU_ASSERT_TRUE_FATAL(db_run(scratch_worker(), &sealed, NULL, 0, &rows, &err));
    for (int i = 0; i < 2; i++) {
        size_t len = 0, plain_len = 0;
        CLEANUP(mem_free_text) char *plain = NULL;
        CLEANUP(mem_free_text) char *none = NULL;
        CLEANUP(mem_free_text) char *bytes = (char *)db_bytes(rows, i, "environment", &len);
        const unsigned char *at = (const unsigned char *)bytes;
        CU_ASSERT_TRUE_FATAL(
            unseal(scratch_pool()->key, db_text(rows, i, "id"), at, len, &plain, &plain_len, &err));
        CU_ASSERT_STRING_EQUAL(plain, "{\"PASSWORD\":\"s3cret-value\"}");
        CU_ASSERT_FALSE(unseal(scratch_pool()->key, db_text(rows, 1 - i, "id"), at, len, &none,
                               &plain_len, &err));
    }
    CU_ASSERT_STRING_NOT_EQUAL(db_text(rows, 0, "environment"), db_text(rows, 1, "environment"));
}

static void test_groups(void) {
    char a[2][65], b[1][65], c[1][65];
    scratch_reset();
    engine_add("e1", 8, 4096);
    run_ids("{" WEB ",\"container_name\":\"one\",\"environment\":{\"A\":\"1\"}}", 2, a);
    run_ids("{" WEB ",\"container_name\":\"two\",\"environment\":{\"A\":\"1\"}}", 1, b);
    run_ids("{" WEB ",\"environment\":{\"A\":\"2\"}}", 1, c);
    CU_ASSERT_EQUAL(sql_int("SELECT count(DISTINCT group_hash) FROM containers WHERE id IN "
                            "('%s', '%s', '%s')",
                            a[0], a[1], b[0]),
                    1);
    CU_ASSERT_EQUAL(sql_int("SELECT count(DISTINCT group_hash) FROM containers"), 2);
}

static void test_names(void) {
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 64, 65536);
    CU_ASSERT_TRUE(run("{" WEB ",\"container_name\":\"api\"}", 1, NULL, &err));
    CU_ASSERT_FALSE(run("{" WEB ",\"container_name\":\"api\"}", 1, NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(err.field, "container_name");
    CU_ASSERT_TRUE(run("{" WEB ",\"container_name\":\"api-2\"}", 1, NULL, &err));
    CU_ASSERT_TRUE(run("{" WEB ",\"container_name\":\"api\"}", 3, NULL, &err));
    expect_text("api,api-1,api-2,api-3,api-4",
                "SELECT string_agg(name, ',' ORDER BY name) FROM containers");
    sql_do("UPDATE containers SET removed_at = now(), desired = 'removed', state = 'removed' WHERE "
           "name IN ('api', 'api-3')");
    CU_ASSERT_TRUE(run("{" WEB ",\"container_name\":\"api\"}", 1, NULL, &err));
    CU_ASSERT_TRUE(run("{" WEB ",\"container_name\":\"api\"}", 2, NULL, &err));
    expect_text("api,api-1,api-2,api-3,api-4,api-5",
                "SELECT string_agg(name, ',' ORDER BY name) FROM containers WHERE removed_at IS "
                "NULL");
    CU_ASSERT_TRUE(run("{" WEB "}", 2, NULL, &err));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM containers WHERE name ~ '^web-[0-9a-f]{8}$' AND "
                            "starts_with(id, substr(name, 5))"),
                    2);
}

static void test_no_room(void) {
    struct intent_result result;
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 2, 4096);
    engine_add("e2", 3, 4096);
    CU_ASSERT_FALSE(run("{" WEB ",\"bind_ports\":[{\"container_port\":80}]}", 6, &result, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    CU_ASSERT_EQUAL(json_len(result.reasons), 2);
    CU_ASSERT_STRING_EQUAL(json_get_text(json_at(result.reasons, 0), "id", ""), "e1");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(json_get_text(json_at(result.reasons, 0), "reason", ""), "not enough CPU"));
    json_put(&result.reasons);
    CU_ASSERT_EQUAL(rows_of_anything(), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT sum(next_port) FROM engine_ports"), 0);
    CU_ASSERT_FALSE(db_in_transaction(scratch_worker()));
    CU_ASSERT_TRUE(run("{" WEB "}", 5, NULL, &err));
    CU_ASSERT_FALSE(run("{" WEB "}", 1, NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    /* What is not wanted to run holds nothing; foreign containers do while they run. */
    sql_do("UPDATE containers SET desired = 'stopped' WHERE engine_id = 'e1'");
    sql_do("INSERT INTO foreign_containers VALUES ('e1', 'f1', true, true, 1000, 0, '{}'), "
           "('e1', 'f2', false, true, 1000, 0, '{}')");
    CU_ASSERT_TRUE(run("{" WEB "}", 1, NULL, &err));
    CU_ASSERT_FALSE(run("{" WEB "}", 1, NULL, &err));
    check_invariants();
}

static void test_engine_down(void) {
    struct intent_result result;
    struct error err = {0};
    scratch_reset();
    CU_ASSERT_FALSE(run("{" WEB "}", 1, &result, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    CU_ASSERT_EQUAL(json_len(result.reasons), 0);
    json_put(&result.reasons);
    engine_add("e1", 2, 4096);
    sql_do("UPDATE engines SET doc = jsonb_set(doc, '{health,status}', '\"down\"')");
    CU_ASSERT_FALSE(run("{" WEB "}", 1, NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    CU_ASSERT_EQUAL(rows_of_anything(), 0);
}

static void test_named_ports(void) {
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 8, 4096);
    engine_add("e2", 8, 4096);
    static const char all[] = "{" WEB ",\"bind_ports\":[{\"port\":8080,\"container_port\":80}]}";
    static const char local[] =
        "{" WEB
        ",\"bind_ports\":[{\"port\":8080,\"container_port\":80,\"host_ip\":\"127.0.0.1\"}]}";
    static const char other[] =
        "{" WEB
        ",\"bind_ports\":[{\"port\":8080,\"container_port\":80,\"host_ip\":\"127.0.0.2\"}]}";
    static const char udp[] =
        "{" WEB ",\"bind_ports\":[{\"port\":8080,\"container_port\":80,\"proto\":\"udp\"}]}";
    CU_ASSERT_FALSE(run(all, 3, NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    CU_ASSERT_EQUAL(rows_of_anything(), 0);
    CU_ASSERT_TRUE(run(all, 2, NULL, &err));
    CU_ASSERT_EQUAL(sql_int("SELECT count(DISTINCT engine_id) FROM port_bindings"), 2);
    CU_ASSERT_FALSE(run(all, 1, NULL, &err));
    CU_ASSERT_FALSE(run(local, 1, NULL, &err)); /* the wildcard has it */
    CU_ASSERT_TRUE(run(udp, 2, NULL, &err));
    sql_do("DELETE FROM port_bindings WHERE engine_id = 'e1'");
    CU_ASSERT_TRUE(run(local, 1, NULL, &err));
    CU_ASSERT_TRUE(run(other, 1, NULL, &err));
    CU_ASSERT_FALSE(run(local, 1, NULL, &err));
    CU_ASSERT_FALSE(run(all, 1, NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    /* A stopped container keeps its port; something that is not berth's counts too. */
    sql_do("DELETE FROM port_bindings; INSERT INTO port_bindings VALUES ('e1', 8080, 'tcp', '', "
           "NULL)");
    CU_ASSERT_TRUE(run(all, 1, NULL, &err));
    sql_do("UPDATE containers SET desired = 'stopped'");
    CU_ASSERT_FALSE(run(all, 1, NULL, &err));
}

/* berth never chooses a number that the same specification asks for. */
static void test_named_port_in_range(void) {
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 8, 4096);
    bool ok = run("{" WEB ",\"bind_ports\":[{\"container_port\":1},{\"port\":20000,"
                  "\"container_port\":2},{\"container_port\":3}]}",
                  1, NULL, &err);
    if (!ok)
        printf("# %s\n", err.message);
    CU_ASSERT_TRUE(ok);
    check_invariants();
}

static void test_port_range(void) {
    struct intent_result result;
    struct error err = {0};
    static const char two[] =
        "{" SMALL ",\"bind_ports\":[{\"container_port\":1},{\"container_port\":2}]}";
    scratch_reset();
    scratch_config()->port_first = 20000;
    scratch_config()->port_last = 20004;
    engine_add("e1", 8, 4096);
    CU_ASSERT_FALSE(run(two, 3, &result, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    json_put(&result.reasons);
    CU_ASSERT_EQUAL(rows_of_anything(), 0);
    CU_ASSERT_TRUE(run(two, 2, NULL, &err));
    CU_ASSERT_FALSE(run(two, 1, NULL, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    expect_text("20000,20001,20002,20003", "SELECT string_agg(port::text, ',' ORDER BY port) FROM "
                                           "port_bindings");
    /* The search goes on where it ended and wraps: a freed port is the last to be used again. */
    sql_do("DELETE FROM port_bindings WHERE port IN (20000, 20002)");
    static const char one[] = "{" SMALL ",\"bind_ports\":[{\"container_port\":1}]}";
    char ids[1][65];
    static const int order[] = {20004, 20000, 20002};
    for (int i = 0; i < 3; i++) {
        run_ids(one, 1, ids);
        CU_ASSERT_EQUAL(sql_int("SELECT port FROM port_bindings WHERE container_id = '%s'", ids[0]),
                        order[i]);
    }
    CU_ASSERT_FALSE(run(one, 1, NULL, &err));
}

/* The engine with the higher score has no port left, the other one has. */
static void test_port_range_elsewhere(void) {
    struct error err = {0};
    static const char one[] = "{" WEB ",\"bind_ports\":[{\"container_port\":1}]}";
    scratch_reset();
    scratch_config()->port_first = scratch_config()->port_last = 20000;
    engine_add("e1", 64, 65536);
    engine_add("e2", 4, 4096);
    CU_ASSERT_TRUE(run(one, 1, NULL, &err));
    bool ok = run(one, 1, NULL, &err);
    if (!ok)
        printf("# %s\n", err.message);
    CU_ASSERT_TRUE(ok);
}

/* A container that moves gives its own place and port free. */
static void test_self(void) {
    static const char web[] = "{\"name\":\"web\",\"cpus\":2,\"type\":\"unique\",\"bind_ports\":"
                              "[{\"port\":8080,\"container_port\":80}]}";
    CLEANUP(json_put) json_t *spec = spec_of(web);
    char ids[1][65];
    scratch_reset();
    engine_add("e1", 2, 4096);
    run_ids(web, 1, ids);
    const char *selves[] = {NULL, ids[0]};
    for (size_t i = 0; i < 2; i++) {
        struct place place = {0};
        struct error err = {0};
        CU_ASSERT_TRUE_FATAL(db_begin(scratch_worker(), &err));
        bool ok = place_containers(scratch_worker(), scratch_pool(), spec, 1, NULL, selves[i],
                                   &place, &err);
        CU_ASSERT_EQUAL(ok, i == 1);
        CU_ASSERT_EQUAL(err.kind, i == 1 ? ERROR_NONE : ERROR_NO_CAPACITY);
        place_release(&place);
        db_rollback(scratch_worker());
    }
}

static bool keyed(const char *key, const char *request, size_t count, struct intent_result *result,
                  struct error *err) {
    CLEANUP(json_put) json_t *spec = spec_of("{" WEB "}");
    struct intent_client client = client_of(scratch_worker());
    client.idempotency_key = key;
    client.request_text = request;
    *err = (struct error){0};
    return intent_run(&client, spec, count, "missing", result, err);
}

static void test_idempotency(void) {
    struct intent_result first, again;
    struct error err;
    scratch_reset();
    engine_add("e1", 8, 4096);
    CU_ASSERT_TRUE_FATAL(keyed("key", "POST a", 2, &first, &err));
    int64_t rows = rows_of_anything();
    CU_ASSERT_TRUE(keyed("key", "POST a", 2, &again, &err));
    CU_ASSERT_TRUE(again.replayed);
    CU_ASSERT_STRING_EQUAL(again.operation_id, first.operation_id);
    CU_ASSERT_FALSE(keyed("key", "POST b", 2, &again, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_KEY_REUSED);
    CU_ASSERT_EQUAL(rows_of_anything(), rows);
    struct intent_client other = client_of(scratch_worker());
    CLEANUP(json_put) json_t *spec = spec_of("{" WEB "}");
    other.account_id = "someone else";
    other.idempotency_key = "key";
    CU_ASSERT_TRUE(intent_run(&other, spec, 1, "missing", &again, &err));
    CU_ASSERT_FALSE(again.replayed);
    /* What failed may be tried again with its key. */
    CU_ASSERT_FALSE(keyed("large", "POST c", 9, &again, &err));
    json_put(&again.reasons);
    CU_ASSERT_TRUE(keyed("large", "POST d", 1, &again, &err));
    CU_ASSERT_FALSE(again.replayed);
    check_invariants();
}

/* Nothing is left of a run that fails at its last statement. */
static void test_nothing_after_error(void) {
    struct error err = {0};
    scratch_reset();
    engine_add("e1", 8, 4096);
    sql_do("CREATE FUNCTION scratch.refuse() RETURNS trigger LANGUAGE plpgsql AS $b$ BEGIN RAISE "
           "EXCEPTION 'refused'; END $b$; CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH "
           "ROW EXECUTE FUNCTION scratch.refuse()");
    bool ok = run("{" WEB ",\"bind_ports\":[{\"container_port\":1}]}", 2, NULL, &err);
    sql_do("DROP TRIGGER refuse ON events; DROP FUNCTION scratch.refuse()");
    CU_ASSERT_FALSE(ok);
    CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
    CU_ASSERT_EQUAL(rows_of_anything(), 0);
    CU_ASSERT_TRUE(run("{" WEB "}", 1, NULL, &err));
}

static const struct unit_test tests[] = {
    {"one transaction writes it all", test_rows},
    {"environments are sealed for each row", test_environment},
    {"groups", test_groups},
    {"names and numbers", test_names},
    {"no room leaves nothing", test_no_room},
    {"no engine that is up", test_engine_down},
    {"named host ports are a resource", test_named_ports},
    {"a named port inside the range", test_named_port_in_range},
    {"the range is exhausted", test_port_range},
    {"the range is exhausted on one engine only", test_port_range_elsewhere},
    {"a container in its own way", test_self},
    {"repeated requests", test_idempotency},
    {"nothing is left after an error", test_nothing_after_error},
    {0},
};

const struct unit_suite suite_run = {"run", tests};
