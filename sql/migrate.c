/* berth-migrate: brings the database to this version's schema, and makes the first administrator.
 * Each file of sql/schema is applied once, in order, in a transaction of its own, under an advisory
 * lock; its checksum is kept, so that a file changed afterwards is noticed. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/crypto.h"
#include "core/base/daemon.h"
#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/base/password.h"
#include "core/store/db.h"
#include "sql/statements.h"

enum { LOCKS_S = 60, LOCKS_MAX_S = 86400, PAUSE_S = 1 };

/* Another migrator may take its time over a large database; but a change of the schema that waits
 * for a table makes all programs queue behind it: never for longer than this, then they go first.
 */
static bool lock(struct db *db, struct error *err) {
    return db_run(db, &sql_migration_wait, DB_PARAMS(DB_TEXT("0")), NULL, err) &&
           db_run(db, &sql_migration_lock, NULL, 0, NULL, err) &&
           db_run(db, &sql_migration_wait, DB_PARAMS(DB_TEXT("1s")), NULL, err);
}

/* *ret_missing: there is no database yet, and a dry run does not make one. */
static bool open_database(struct db *db, const char *conninfo, bool dry_run, bool *ret_missing,
                          struct error *err) {
    *ret_missing = false;
    if (lock(db, err))
        return true;
    if (!db_database_missing(db))
        return error_wrap(err, "%s", db_last_message(db));
    puts(dry_run ? "would create the database" : "creating the database");
    *ret_missing = dry_run;
    if (dry_run)
        return true;
    if (!db_create_database(conninfo, err))
        return false;
    sleep(1); /* db waits a second after a failed connection */
    return lock(db, err);
}

static void checksum_of(const struct sql_migration *migration, char hex[2 * SHA256_BYTES + 1]) {
    unsigned char digest[SHA256_BYTES];
    crypto_sha256(migration->text, strlen(migration->text), digest);
    hex_encode(digest, sizeof digest, hex);
}

/* 1 = applied as it is, 0 = not applied, -1 = applied in another form (err is set). */
static int applied(const struct db_result *list, const struct sql_migration *migration,
                   const char *checksum, struct error *err) {
    for (int i = 0; list && i < db_rows(list); i++) {
        if (strcmp(db_text(list, i, "name"), migration->name) != 0)
            continue;
        if (strcmp(db_text(list, i, "checksum"), checksum) == 0)
            return 1;
        error_set(
            err, ERROR_CONFLICT,
            "%s was applied in another form: this program is of another branch or was changed "
            "by hand.",
            migration->name);
        return -1;
    }
    return 0;
}

static bool apply_once(struct db *db, const struct sql_migration *migration, const char *checksum,
                       struct error *err) {
    bool ok = db_begin(db, err) && db_script(db, migration->text, err) &&
              db_run(db, &sql_migration_insert,
                     DB_PARAMS(DB_TEXT(migration->name), DB_TEXT(checksum)), NULL, err) &&
              db_commit(db, err);
    if (!ok) {
        error_wrap(err, "%s (%s)", migration->name, db_last_message(db));
        db_rollback(db);
    }
    return ok;
}

/* Who has kept his locks so long; "" = nobody that can be seen. */
static char *oldest_transactions(struct db *db) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    bool found = db_run(db, &sql_migration_oldest, NULL, 0, &rows, NULL) &&
                 db_text(rows, 0, "sessions") != NULL;
    return mem_format("%s%s", found ? "; the oldest transactions are of " : "",
                      found ? db_text(rows, 0, "sessions") : "");
}

/* Again and again for `locks_s` seconds while the tables are in use: nothing is done by halves. */
static bool apply(struct db *db, const struct sql_migration *migration, const char *checksum,
                  int64_t locks_s, struct error *err) {
    int64_t until_ms = clock_ms() + locks_s * 1000;
    for (bool told = false;; told = true) {
        struct error why = {0};
        if (apply_once(db, migration, checksum, &why))
            return true;
        if (!db_lock_missed(db)) {
            *err = why;
            return false;
        }
        if (clock_ms() >= until_ms)
            break;
        if (!told) {
            printf("waiting for tables that are in use\n");
            fflush(stdout);
        }
        sleep(PAUSE_S);
    }
    CLEANUP(mem_free_text) char *who = oldest_transactions(db);
    return error_set(err, ERROR_UNAVAILABLE,
                     "%s: its tables have been in use for %" PRId64
                     " s%s. It was not applied; what came before it stays and does no harm. Try "
                     "again when they have ended.",
                     migration->name, locks_s, who);
}

/* The migrations that were applied; NULL rows where nothing ever was, and a dry run leaves it so.
 */
static bool load_applied(struct db *db, bool dry_run, bool missing, struct db_result **ret_list,
                         struct error *err) {
    CLEANUP(db_result_free) struct db_result *ledger_there = NULL;
    if (missing)
        return true;
    if (!dry_run && !db_run(db, &sql_migration_ledger_create, NULL, 0, NULL, err))
        return false;
    if (!db_run(db, &sql_migration_ledger, NULL, 0, &ledger_there, err))
        return false;
    return !db_is_true(ledger_there, 0, "there") ||
           db_run(db, &sql_migration_list, NULL, 0, ret_list, err);
}

static bool migrate(struct db *db, bool dry_run, bool missing, int64_t locks_s, struct error *err) {
    CLEANUP(db_result_free) struct db_result *list = NULL;
    size_t count = 0;
    if (!load_applied(db, dry_run, missing, &list, err))
        return false;
    for (size_t i = 0; i < sql_migration_count; i++) {
        char checksum[2 * SHA256_BYTES + 1];
        checksum_of(&sql_migrations[i], checksum);
        int state = applied(list, &sql_migrations[i], checksum, err);
        if (state < 0)
            return false;
        if (state > 0)
            continue;
        printf("%s %s\n", dry_run ? "would apply" : "applying", sql_migrations[i].name);
        if (!dry_run && !apply(db, &sql_migrations[i], checksum, locks_s, err))
            return false;
        count++;
    }
    if (count == 0)
        puts("the schema is up to date");
    return true;
}

/* The file is written before the account exists: a password that nobody can read would be worse
 * than an unused file. */
static bool write_password(const char *path, const char *password, struct error *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(err, ERROR_BAD_FIELD, "Cannot write %s: %s.", path, strerror(errno));
    bool ok = fchmod(fd, 0600) == 0 && dprintf(fd, "%s\n", password) > 0;
    ok = close(fd) == 0 && ok;
    return ok || error_set(err, ERROR_BAD_FIELD, "Cannot write %s: %s.", path, strerror(errno));
}

static bool make_admin(struct db *db, const char *password_path, struct error *err) {
    CLEANUP(db_result_free) struct db_result *accounts = NULL;
    char password[21], hash[PASSWORD_HASH_BYTES], id[33];
    if (!db_run(db, &sql_account_any, NULL, 0, &accounts, err))
        return false;
    if (db_rows(accounts) > 0)
        return true;
    password_setup(1);
    password_random(password);
    crypto_random_hex(id, 16);
    if (!password_hash(password, hash, err) ||
        (password_path && !write_password(password_path, password, err)) ||
        !db_run(db, &sql_admin_bootstrap, DB_PARAMS(DB_TEXT(id), DB_TEXT(hash)), NULL, err))
        return false;
    if (password_path)
        printf("account admin: its password is in %s\n", password_path);
    else
        printf("account admin, password %s (shown this once)\n", password);
    return true;
}

static const char summary[] =
    "Creates the database if it is missing and brings it to this version's schema. On the first\n"
    "start it makes the account `admin` and shows its random password once, or writes it to a file.\n";

int main(int argc, char **argv) {
    bool dry_run = false, missing = false;
    const char *password_path = NULL, *config_path = NULL, *locks = NULL;
    int64_t locks_s = LOCKS_S;
    const struct daemon_option options[] = {
        {.name = "dry-run",
         .letter = 'n',
         .help = "say what would be done, and end",
         .flag = &dry_run},
        {.name = "admin-password-file",
         .letter = 'p',
         .value = "FILE",
         .help = "where a first password goes, mode 0600",
         .text = &password_path},
        {.name = "wait",
         .letter = 'w',
         .value = "SECONDS",
         .help = "how long to try while tables are in use (60)",
         .text = &locks},
        {0},
    };
    const struct daemon daemon = {"berth-migrate", summary, false, options};
    struct config config;
    struct error err = {0};
    int status = 0;
    if (!daemon_begin(&daemon, argc, argv, &config, &config_path, &status))
        return status;
    if (locks && !parse_int(locks, 0, LOCKS_MAX_S, &locks_s)) {
        fprintf(stderr, "berth-migrate: --wait: a number of seconds up to %d.\n", LOCKS_MAX_S);
        config_release(&config);
        return 2;
    }
    struct db *db = db_new(config.migrate_database, "berth-migrate");
    db_patient(db);
    bool ok = open_database(db, config.migrate_database, dry_run, &missing, &err) &&
              migrate(db, dry_run, missing, locks_s, &err) &&
              (dry_run || make_admin(db, password_path, &err));
    if (!ok)
        fprintf(stderr, "berth-migrate: %s\n", err.message);
    db_free(db);
    config_release(&config);
    return ok ? 0 : 1;
}
