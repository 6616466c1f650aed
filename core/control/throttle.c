/* throttle: see throttle.h. */
#include "core/control/throttle.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/base/parse.h"
#include "sql/statements.h"

enum { NETWORK_BYTES = 8 };

struct key {
    char address[INET6_ADDRSTRLEN];
    char name[2 * SHA256_BYTES + 1];
};

static void name_of(const char *username, char name[2 * SHA256_BYTES + 1]) {
    unsigned char digest[SHA256_BYTES];
    crypto_sha256(username, strlen(username), digest);
    hex_encode(digest, sizeof digest, name);
}

static struct key key_of(const char *address, const char *username) {
    struct in6_addr six;
    struct key key;
    snprintf(key.address, sizeof key.address, "%s", address);
    if (inet_pton(AF_INET6, address, &six) == 1 && !IN6_IS_ADDR_V4MAPPED(&six)) {
        memset(six.s6_addr + NETWORK_BYTES, 0, sizeof six.s6_addr - NETWORK_BYTES);
        inet_ntop(AF_INET6, &six, key.address, sizeof key.address);
    }
    name_of(username, key.name);
    return key;
}

static bool run(struct db *db, const struct sql_statement *statement, const char *address,
                const char *name, struct db_result **ret_row, struct error *err) {
    return db_run(db, statement, DB_PARAMS(DB_TEXT(address), DB_TEXT(name)), ret_row, err);
}

static bool must_wait(struct db *db, const struct key *key, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    if (!run(db, &sql_login_wait, key->address, key->name, &row, err))
        return false;
    int wait_s = (int)db_int64(row, 0, "wait_s", 1);
    error_set(err, ERROR_THROTTLED, "Too many failed attempts; try again in %d seconds.", wait_s);
    err->retry_after_s = wait_s;
    return false;
}

/* Count it, for the pair and then for the address: the order in which login_passed takes them. */
static bool count(struct db *db, const struct key *key, bool *ret_counted, struct error *err) {
    CLEANUP(db_result_free) struct db_result *pair = NULL, *address = NULL;
    bool ok = db_begin(db, err) &&
              run(db, &sql_login_attempt, key->address, key->name, &pair, err) &&
              run(db, &sql_login_attempt, key->address, "", &address, err);
    *ret_counted = ok && db_rows(pair) == 1 && db_rows(address) == 1;
    if (*ret_counted)
        ok = db_commit(db, err);
    db_rollback(db);
    return ok;
}

bool throttle_begin(struct db *db, const char *address, const char *username, struct error *err) {
    const struct key key = key_of(address, username);
    bool counted = false;
    if (!count(db, &key, &counted, err))
        return false;
    if (!counted)
        return must_wait(db, &key, err);
    return true;
}

bool throttle_passed(struct db *db, const char *address, const char *username, struct error *err) {
    const struct key key = key_of(address, username);
    return run(db, &sql_login_passed, key.address, key.name, NULL, err);
}

/* For the pair and for the address. */
static bool run_both(struct db *db, const struct sql_statement *statement, const char *address,
                     const char *username, struct error *err) {
    const struct key key = key_of(address, username);
    return run(db, statement, key.address, key.name, NULL, err) &&
           run(db, statement, key.address, "", NULL, err);
}

bool throttle_failed(struct db *db, const char *address, const char *username, struct error *err) {
    return run_both(db, &sql_login_failed, address, username, err);
}

bool throttle_cancel(struct db *db, const char *address, const char *username, struct error *err) {
    return run_both(db, &sql_login_cancel, address, username, err);
}

bool throttle_forgive(struct db *db, const char *username, struct error *err) {
    char name[2 * SHA256_BYTES + 1];
    name_of(username, name);
    return db_run(db, &sql_login_forgive, DB_PARAMS(DB_TEXT(name)), NULL, err);
}
