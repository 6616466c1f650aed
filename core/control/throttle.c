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

bool throttle_check(struct db *db, const char *address, const char *username, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    const struct key key = key_of(address, username);
    if (!db_run(db, &sql_login_wait, DB_PARAMS(DB_TEXT(key.address), DB_TEXT(key.name)), &row, err))
        return false;
    int64_t wait_s = db_int64(row, 0, "wait_s", 0);
    if (wait_s <= 0)
        return true;
    error_set(err, ERROR_THROTTLED, "Too many failed attempts; try again in %d seconds.",
              (int)wait_s);
    err->retry_after_s = (int)wait_s;
    return false;
}

bool throttle_failed(struct db *db, const char *address, const char *username, struct error *err) {
    const struct key key = key_of(address, username);
    return db_run(db, &sql_login_failed, DB_PARAMS(DB_TEXT(key.address), DB_TEXT(key.name)), NULL,
                  err);
}

bool throttle_passed(struct db *db, const char *address, const char *username, struct error *err) {
    const struct key key = key_of(address, username);
    return db_run(db, &sql_login_passed, DB_PARAMS(DB_TEXT(key.address), DB_TEXT(key.name)), NULL,
                  err);
}

bool throttle_forgive(struct db *db, const char *username, struct error *err) {
    char name[2 * SHA256_BYTES + 1];
    name_of(username, name);
    return db_run(db, &sql_login_forgive, DB_PARAMS(DB_TEXT(name)), NULL, err);
}
