/* test_statements: every file of sql/query against the migrated database, as the role that uses it;
 * what each role may not do. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

enum user { WORKER = 1, KEEPER = 2, MIGRATOR = 4 };

/* Statements that not both worker and keeper run; the rest belongs to the parts that they share. */
static const struct {
    const char *prefix;
    unsigned users;
} owners[] = {
    {"account_any", MIGRATOR},
    {"admin_bootstrap", MIGRATOR},
    {"migration_", MIGRATOR},
    {"events_seal", KEEPER},
    {"events_drop", KEEPER},
    {"events_partitions", KEEPER},
    {"observe_", KEEPER},
    {"keeper_", KEEPER},
    {"foreign_sync", KEEPER},
    {"foreign_limits", KEEPER},
    {"adopt_", WORKER},
    {"janitor", KEEPER},
    {"engine_facts", KEEPER | WORKER},
    {"account_", WORKER},
    {"role_", WORKER},
    {"token_", WORKER},
    {"pool_check_note", KEEPER},
    {"check_", WORKER | KEEPER},
    {"container_get", WORKER},
    {"container_list", WORKER},
    {"cluster_info", WORKER},
    {"operation_cancel", WORKER},
    {"operation_documents", WORKER},
    {"operation_list", WORKER},
    {"lease_", KEEPER},
    {"registration_find", WORKER},
    {"engine_bury", WORKER},
    {"engine_publish", KEEPER},
    {"engine_usage", KEEPER},
    {"registration_readmit", WORKER},
    {"restored_accept", WORKER},
    {"stream_", KEEPER},
    {"registration_j", KEEPER},
    {"registration_p", KEEPER},
};

static unsigned users_of(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(owners); i++)
        if (strncmp(name, owners[i].prefix, strlen(owners[i].prefix)) == 0)
            return owners[i].users;
    return WORKER | KEEPER;
}

/* DDL, which SQL's PREPARE does not take: it is run for a trial. */
static bool is_command(const struct sql_statement *statement) {
    return strncmp(statement->text, "CREATE ", 7) == 0;
}

static void expect_runs(struct db *db, const struct sql_statement *statement) {
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(db_begin(db, &err));
    bool ok = db_run(db, statement, NULL, 0, NULL, &err);
    db_rollback(db);
    if (!ok)
        printf("# %s: %s\n", statement->name, err.message);
    CU_ASSERT_TRUE(ok);
}

/* PREPARE checks the text, EXPLAIN EXECUTE besides what the role may do; nothing is run. */
static void expect_usable(struct db *db, const char *role, const struct sql_statement *statement) {
    struct error err = {0};
    CLEANUP(mem_free_text)
    char *script = mem_format("PREPARE \"try_%s\" AS %s", statement->name, statement->text);
    CLEANUP(strbuf_release) struct strbuf explain = {0};
    strbuf_addf(&explain, "EXPLAIN EXECUTE \"try_%s\"", statement->name);
    for (int i = 0; i < statement->params; i++)
        strbuf_puts(&explain, i ? ", NULL" : "(NULL");
    strbuf_puts(&explain, statement->params ? ")" : "");
    bool ok = sql_try(db, script, &err) == ERROR_NONE &&
              sql_try(db, strbuf_text(&explain), &err) == ERROR_NONE;
    if (!ok)
        printf("# %s as %s: %s\n", statement->name, role, err.message);
    CU_ASSERT_TRUE(ok);
}

static void test_usable(void) {
    scratch_reset();
    CU_ASSERT_TRUE_FATAL(sql_statement_count > 40);
    for (size_t i = 0; i < sql_statement_count; i++) {
        unsigned users = users_of(sql_statements[i]->name);
        if (users & WORKER)
            expect_usable(scratch_worker(), "worker", sql_statements[i]);
        if (users & KEEPER)
            expect_usable(scratch_keeper(), "keeper", sql_statements[i]);
        if (is_command(sql_statements[i]))
            expect_runs(scratch_admin(), sql_statements[i]);
        else if (users & MIGRATOR)
            expect_usable(scratch_admin(), "migrator", sql_statements[i]);
    }
}

static void test_parameters(void) {
    scratch_reset();
    for (size_t i = 0; i < sql_statement_count; i++) {
        const struct sql_statement *statement = sql_statements[i];
        if (is_command(statement))
            continue;
        sql_do("PREPARE counted AS %s", statement->text);
        int64_t count = sql_int("SELECT cardinality(parameter_types) FROM pg_prepared_statements "
                                "WHERE name = 'counted'");
        if (count != statement->params)
            printf("# %s: %d declared, %d there\n", statement->name, statement->params, (int)count);
        CU_ASSERT_EQUAL(count, statement->params);
        sql_do("DEALLOCATE counted");
    }
}

static void test_names(void) {
    for (size_t i = 0; i < sql_statement_count; i++) {
        /* PostgreSQL cuts longer names, silently. */
        CU_ASSERT_TRUE(strlen(sql_statements[i]->name) < 60);
        for (size_t k = 0; k < i; k++)
            CU_ASSERT_STRING_NOT_EQUAL(sql_statements[i]->name, sql_statements[k]->name);
    }
    for (size_t i = 1; i < sql_migration_count; i++)
        CU_ASSERT_TRUE(strcmp(sql_migrations[i - 1].name, sql_migrations[i].name) < 0);
}

static void expect_refused(struct db *db, const char *role, const char *script) {
    struct error err = {0};
    enum error_kind kind = sql_try(db, script, &err);
    bool refused = kind == ERROR_INTERNAL && strstr(err.message, "42501") != NULL;
    if (!refused)
        printf("# as %s: %s: %s\n", role, script, err.message);
    CU_ASSERT_TRUE(refused);
}

static void test_limits(void) {
    static const char *const both[] = {
        "UPDATE events SET message = 'x'",
        "DELETE FROM events",
        "TRUNCATE events",
        "UPDATE events_other SET message = 'x'",
        "INSERT INTO events_other (type, tags, message) VALUES ('x', '{}', 'x')",
        "UPDATE event_seals SET digest = ''",
        "DELETE FROM event_seals",
        "UPDATE pool SET id = gen_random_uuid()",
        "UPDATE schema_migrations SET checksum = 'x'",
        "CREATE TABLE intruder ()",
        "DROP TABLE tokens",
        "ALTER TABLE containers ADD intruder text",
        "SELECT rolpassword FROM pg_authid",
        "COPY containers TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
        "SET ROLE postgres",
        "CREATE ROLE intruder",
    };
    scratch_reset();
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        expect_refused(scratch_worker(), "worker", both[i]);
        expect_refused(scratch_keeper(), "keeper", both[i]);
    }
    expect_refused(scratch_keeper(), "keeper", "UPDATE roles SET doc = '{}'");
    expect_refused(scratch_keeper(), "keeper", "INSERT INTO roles VALUES ('x', '{}')");
    expect_refused(scratch_worker(), "worker", "INSERT INTO event_seals VALUES (1, '1', 1, 1, '')");
    expect_refused(scratch_worker(), "worker", "SELECT events_make_partitions()");
    expect_refused(scratch_worker(), "worker", "UPDATE keeper_lease SET epoch = 1");
    expect_refused(scratch_worker(), "worker", "INSERT INTO keepers VALUES ('x', now())");
    expect_refused(scratch_keeper(), "keeper", "DELETE FROM keeper_lease");
}

/* What only migrations may write; and what is left to the worker. */
static void test_builtin_roles(void) {
    static const char *const refused[] = {
        "UPDATE roles SET doc = '{}' WHERE name = 'viewer'",
        "UPDATE roles SET doc = doc || '{\"grants\": [{\"path\": \"/\", \"access\": \"write\"}]}' "
        "WHERE name = 'user'",
        "UPDATE roles SET doc = doc || '{\"options\": [\"x\"]}' WHERE name = 'admin'",
        "UPDATE roles SET builtin = false WHERE name = 'admin'",
        "UPDATE roles SET name = 'other' WHERE name = 'deployer'",
        "UPDATE roles SET builtin = true WHERE name = 'mine'",
        "DELETE FROM roles WHERE name = 'viewer'",
        "INSERT INTO roles (name, doc, builtin) VALUES ('x', '{}', true)",
    };
    static const char *const allowed[] = {
        "UPDATE roles SET doc = '{\"name\": \"mine\"}' WHERE name = 'mine'",
        "DELETE FROM roles WHERE name = 'mine'",
    };
    struct error err = {0};
    scratch_reset();
    CU_ASSERT_EQUAL(sql_try(scratch_worker(), "INSERT INTO roles (name, doc) VALUES ('mine', '{}')",
                            &err),
                    ERROR_NONE);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        expect_refused(scratch_worker(), "worker", refused[i]);
    for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
        CU_ASSERT_EQUAL(sql_try(scratch_worker(), allowed[i], &err), ERROR_NONE);
    CU_ASSERT_TRUE(db_run(scratch_worker(), &sql_role_reset_admin, NULL, 0, NULL, &err));
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM roles WHERE builtin"), 4);
    sql_do("UPDATE roles SET doc = doc WHERE builtin"); /* as a migration does */
}

/* The bounds that keep a stalled program from holding locks. */
static void test_session(void) {
    static const struct {
        const char *setting, *value;
    } settings[] = {
        {"statement_timeout", "15s"}, {"lock_timeout", "5s"},
        {"TimeZone", "UTC"},          {"idle_in_transaction_session_timeout", "2s"},
        {"client_encoding", "UTF8"},  {"transaction_isolation", "read committed"},
        {"application_name", "test"},
    };
    scratch_reset();
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        CLEANUP(mem_free_text)
        char *value = sql_text("SELECT current_setting('%s')", settings[i].setting);
        CU_ASSERT_STRING_EQUAL(value, settings[i].value);
    }
}

static const struct unit_test tests[] = {
    {"each prepares, and its role may run it", test_usable},
    {"the numbers of parameters agree", test_parameters},
    {"names are unique, migrations in order", test_names},
    {"the history and the schema are out of the programs' reach", test_limits},
    {"the built-in roles are out of the worker's reach", test_builtin_roles},
    {"sessions have their bounds", test_session},
    {0},
};

const struct unit_suite suite_statements = {"statements", tests};
