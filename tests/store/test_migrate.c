/* test_migrate: berth-migrate as a program: twice, two at once, a changed file, without effect,
 * tables in use. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/base/parse.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

/* A configuration file for the database `name`. */
static void configure(const char *name, char *path, size_t size) {
    char file[80];
    snprintf(file, sizeof file, "%s.conf", name);
    FILE *out = fopen(scratch_path(path, size, file), "we");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    fprintf(out, "migrate_database = host=%s/pg dbname=%s user=postgres\n",
            getenv("BERTH_TEST_DIR"), name);
    fclose(out);
}

static pid_t start(const char *database, const char *option, const char *output) {
    char config[256], path[256];
    const char *program = getenv("BERTH_TEST_MIGRATE");
    configure(database, config, sizeof config);
    scratch_path(path, sizeof path, output);
    fflush(stdout);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    execl(program, program, "--config", config, option, NULL);
    _exit(127);
}

static int finish(pid_t pid) {
    int status = -1;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int migrate(const char *database, const char *option) {
    return finish(start(database, option, "migrate.out"));
}

/* Does the output of the last one (or of `output`) have `text`? */
static bool told_in(const char *output, const char *text) {
    char path[256], all[4096];
    FILE *in = fopen(scratch_path(path, sizeof path, output), "re");
    if (!in)
        return false; /* not begun yet */
    size_t len = fread(all, 1, sizeof all - 1, in);
    fclose(in);
    all[len] = '\0';
    return strstr(all, text) != NULL;
}

static bool told(const char *text) {
    return told_in("migrate.out", text);
}

static struct db *open_database(const char *name) {
    CLEANUP(mem_free_text)
    char *conninfo =
        mem_format("host=%s/pg dbname=%s user=postgres", getenv("BERTH_TEST_DIR"), name);
    return db_new(conninfo, "test");
}

static int64_t ask(const char *database, const char *function) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct error err = {0};
    const struct sql_statement statement = {"ask", function, 0};
    struct db *db = open_database(database);
    int64_t n = db_run(db, &statement, NULL, 0, &rows, &err) ? db_int64(rows, 0, "n", -2) : -1;
    db_free(db);
    return n;
}

/* A fingerprint of everything that a second migration could touch. */
static const char fingerprint[] =
    "SELECT ('x' || substr(md5(string_agg(line, '|' ORDER BY line)), 1, 15))::bit(60)::bigint AS n "
    "FROM (SELECT concat_ws(' ', oid, relname, relnatts, relacl, relfilenode) AS line FROM pg_class "
    "WHERE relnamespace = 'public'::regnamespace UNION ALL SELECT name || checksum || applied FROM "
    "schema_migrations UNION ALL SELECT username || password_hash FROM accounts UNION ALL "
    "SELECT oid || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace) l";

static void test_twice(void) {
    scratch_reset();
    int64_t before = ask("berth", fingerprint);
    CU_ASSERT_TRUE(before > 0);
    CU_ASSERT_EQUAL(migrate("berth", NULL), 0);
    CU_ASSERT_TRUE(told("the schema is up to date"));
    CU_ASSERT_EQUAL(ask("berth", fingerprint), before);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM accounts"), 1);
}

static void test_checksum(void) {
    scratch_reset();
    CLEANUP(mem_free_text)
    char *checksum = sql_text("SELECT checksum FROM schema_migrations WHERE name = '001_init'");
    CU_ASSERT_EQUAL(strlen(checksum), 64);
    sql_do("UPDATE schema_migrations SET checksum = repeat('0', 64) WHERE name = '001_init'");
    int64_t before = ask("berth", fingerprint);
    CU_ASSERT_EQUAL(migrate("berth", NULL), 1);
    CU_ASSERT_TRUE(told("001_init was applied in another form"));
    CU_ASSERT_EQUAL(ask("berth", fingerprint), before);
    sql_do("UPDATE schema_migrations SET checksum = '%s' WHERE name = '001_init'", checksum);
    CU_ASSERT_EQUAL(migrate("berth", NULL), 0);
}

static void test_dry_run(void) {
    scratch_reset();
    sql_do("CREATE DATABASE dry");
    CU_ASSERT_EQUAL(migrate("dry", "--dry-run"), 0);
    CU_ASSERT_TRUE(told("would apply 001_init"));
    CU_ASSERT_EQUAL(ask("dry", "SELECT count(*) AS n FROM pg_class WHERE relnamespace = "
                               "'public'::regnamespace"),
                    0);
    CU_ASSERT_EQUAL(migrate("dry", NULL), 0);
    int64_t before = ask("dry", fingerprint);
    CU_ASSERT_EQUAL(migrate("dry", "--dry-run"), 0);
    CU_ASSERT_TRUE(told("the schema is up to date"));
    CU_ASSERT_EQUAL(ask("dry", fingerprint), before);
}

static void test_dry_run_missing(void) {
    scratch_reset();
    migrate("nowhere", "--dry-run");
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM pg_database WHERE datname = 'nowhere'"), 0);
}

static void expect_two_at_once(const char *database) {
    pid_t first = start(database, NULL, "first.out"), second = start(database, NULL, "second.out");
    CU_ASSERT_EQUAL(finish(first), 0);
    CU_ASSERT_EQUAL(finish(second), 0);
    bool one = told_in("first.out", "account admin") != told_in("second.out", "account admin");
    CU_ASSERT_TRUE(one);
    CU_ASSERT_EQUAL(ask(database, "SELECT count(*) AS n FROM schema_migrations"),
                    (int64_t)sql_migration_count);
    CU_ASSERT_EQUAL(ask(database, "SELECT count(*) AS n FROM accounts"), 1);
    CU_ASSERT_EQUAL(ask(database, "SELECT count(*) AS n FROM pool"), 1);
}

static void test_at_once(void) {
    scratch_reset();
    sql_do("CREATE DATABASE empty");
    expect_two_at_once("empty");
}

static void test_at_once_missing(void) {
    scratch_reset();
    expect_two_at_once("missing");
}

/* Longer than any other statement may wait for a lock: the first one may have a large table to
 * rewrite. */
static void test_waits(void) {
    struct error err = {0};
    scratch_reset();
    sql_do("CREATE DATABASE held");
    struct db *other = open_database("held");
    CU_ASSERT_TRUE(db_run(other, &sql_migration_lock, NULL, 0, NULL, &err));
    pid_t waiting = start("held", NULL, "waiting.out");
    sleep(6);
    CU_ASSERT_EQUAL(waitpid(waiting, NULL, WNOHANG), 0);
    db_free(other);
    CU_ASSERT_EQUAL(finish(waiting), 0);
}

/* A database with the schema before the migration `before`, as an older program has left it. */
static void make_older(const char *name, const char *before) {
    struct error err = {0};
    sql_do("CREATE DATABASE %s", name);
    struct db *db = open_database(name);
    bool ok = db_run(db, &sql_migration_ledger_create, NULL, 0, NULL, &err);
    for (size_t i = 0; ok && strcmp(sql_migrations[i].name, before) < 0; i++) {
        unsigned char digest[SHA256_BYTES];
        char checksum[2 * SHA256_BYTES + 1];
        crypto_sha256(sql_migrations[i].text, strlen(sql_migrations[i].text), digest);
        hex_encode(digest, sizeof digest, checksum);
        ok = db_script(db, sql_migrations[i].text, &err) &&
             db_run(db, &sql_migration_insert,
                    DB_PARAMS(DB_TEXT(sql_migrations[i].name), DB_TEXT(checksum)), NULL, &err);
    }
    db_free(db);
    if (!ok)
        printf("# %s\n", err.message);
    CU_ASSERT_TRUE_FATAL(ok);
}

/* Somebody reads a table, for as long as his transaction is open. */
static struct db *use(const char *database, const char *table) {
    struct error err = {0};
    char script[160];
    struct db *db = open_database(database);
    snprintf(script, sizeof script,
             "SET idle_in_transaction_session_timeout = 0; BEGIN; SELECT FROM %s", table);
    CU_ASSERT_EQUAL(sql_try(db, script, &err), ERROR_NONE);
    return db;
}

static bool comes_to_tell(const char *output, const char *text) {
    for (int i = 0; i < 600; i++, sleep_ms(50))
        if (told_in(output, text))
            return true;
    return false;
}

/* Whoever wants the table while a change of the schema waits for it is served before it. */
static void test_in_use(void) {
    scratch_reset();
    make_older("used", "041");
    struct db *user = use("used", "replacements");
    pid_t waiting = start("used", NULL, "used.out");
    CU_ASSERT_TRUE(comes_to_tell("used.out", "waiting for tables that are in use"));
    for (int i = 0; i < 20; i++, sleep_ms(100))
        CU_ASSERT_EQUAL(ask("used", "SELECT count(*) AS n FROM replacements"), 0);
    CU_ASSERT_EQUAL(waitpid(waiting, NULL, WNOHANG), 0);
    db_free(user);
    CU_ASSERT_EQUAL(finish(waiting), 0);
    CU_ASSERT_EQUAL(ask("used", "SELECT count(*) AS n FROM schema_migrations"),
                    (int64_t)sql_migration_count);
}

static void test_in_use_for_long(void) {
    static const char done[] = "SELECT count(*) AS n FROM schema_migrations WHERE name >= '040'";
    scratch_reset();
    make_older("kept", "040");
    struct db *user = use("kept", "replacements");
    CU_ASSERT_EQUAL(migrate("kept", "--wait=0"), 1);
    CU_ASSERT_TRUE(told("041_kept_copies: its tables have been in use"));
    CU_ASSERT_TRUE(told(" (test, since "));
    CU_ASSERT_EQUAL(ask("kept", done), 1);
    CU_ASSERT_EQUAL(ask("kept", "SELECT count(*) AS n FROM replacements"), 0);
    db_free(user);
    CU_ASSERT_EQUAL(migrate("kept", "--wait=60"), 0);
}

/* The password is written before the account exists, to a file that only its owner reads. */
static void test_password_file(void) {
    char path[256], option[300];
    struct stat file = {0};
    scratch_reset();
    snprintf(option, sizeof option, "--admin-password-file=%s",
             scratch_path(path, sizeof path, "admin.password"));
    sql_do("CREATE DATABASE third");
    CU_ASSERT_EQUAL(migrate("third", option), 0);
    CU_ASSERT_EQUAL(stat(path, &file), 0);
    CU_ASSERT_EQUAL(file.st_mode & 07777, 0600);
    CU_ASSERT_TRUE(file.st_size > 16);
    unlink(path);
    CU_ASSERT_EQUAL(migrate("third", option), 0);
    CU_ASSERT_NOT_EQUAL(stat(path, &file), 0); /* no second administrator */
    sql_do("CREATE DATABASE fourth");
    CU_ASSERT_EQUAL(migrate("fourth", "--admin-password-file=/nonexistent/file"), 1);
    CU_ASSERT_EQUAL(ask("fourth", "SELECT count(*) AS n FROM accounts"), 0);
}

static void test_usage(void) {
    CU_ASSERT_EQUAL(migrate("berth", "--nonsense"), 2);
    CU_ASSERT_EQUAL(migrate("berth", "argument"), 2);
    CU_ASSERT_EQUAL(migrate("berth", "--wait=soon"), 2);
}

static const struct unit_test tests[] = {
    {"a second run changes nothing", test_twice},
    {"a changed file is refused", test_checksum},
    {"--dry-run changes nothing", test_dry_run},
    {"--dry-run does not make the database", test_dry_run_missing},
    {"two at once on an empty database", test_at_once},
    {"two at once make the database", test_at_once_missing},
    {"one waits for another as long as it takes", test_waits},
    {"tables in use are waited for, and their users do not wait", test_in_use},
    {"tables in use for too long are told", test_in_use_for_long},
    {"the administrator's password goes to a file", test_password_file},
    {"wrong use", test_usage},
    {0},
};

const struct unit_suite suite_migrate = {"migrate", tests};
