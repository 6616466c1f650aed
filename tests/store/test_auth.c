/* test_auth: who calls, and who may log in. That the database fails is test_faults'. */
#include "core/base/mem.h"
#include "core/base/password.h"
#include "core/control/auth_cache.h"
#include "core/control/throttle.h"
#include "tests/store/callers.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

enum { LONG = 300 }; /* tenths of a second */

static void test_identify(void) {
    struct credentials credentials = {0};
    struct identity identity = {0};
    CLEANUP(caller_release) struct caller clare;
    callers_set_up();
    come_in(&clare, "clare", "ci");
    CU_ASSERT_STRING_EQUAL(clare.identity.account_id, "clare-id");
    CU_ASSERT_STRING_EQUAL(clare.identity.username, "clare");
    CU_ASSERT_STRING_EQUAL(clare.identity.role, "user");
    CU_ASSERT_STRING_EQUAL(clare.identity.token_id, clare.token.id);
    CU_ASSERT_TRUE(clare.identity.service);
    credentials.token = clare.token;
    credentials.username = (char[]){"clare"};
    CU_ASSERT_EQUAL(identify(&credentials, &identity), ERROR_NONE);
    identity_release(&identity);
    credentials.username = (char[]){"dora"};
    CU_ASSERT_EQUAL(identify(&credentials, &identity), ERROR_UNAUTHENTICATED);
    credentials.username = NULL;
    for (size_t i = 0; i < SHA256_BYTES; i++) { /* each byte of the secret's digest counts */
        credentials.token.digest[i] ^= 1;
        CU_ASSERT_EQUAL(identify(&credentials, &identity), ERROR_UNAUTHENTICATED);
        credentials.token.digest[i] ^= 1;
    }
    sql_do("UPDATE tokens SET expires_at = now() - interval '1 second'");
    CU_ASSERT_EQUAL(identify(&credentials, &identity), ERROR_UNAUTHENTICATED);
    sql_do("UPDATE tokens SET expires_at = now() + interval '1 day';"
           "UPDATE accounts SET disabled = true WHERE username = 'clare'");
    CU_ASSERT_EQUAL(identify(&credentials, &identity), ERROR_UNAUTHENTICATED);
    sql_do("DELETE FROM tokens");
    CU_ASSERT_EQUAL(identify(&credentials, &identity), ERROR_UNAUTHENTICATED);
    CU_ASSERT_PTR_NULL(identity.account_id);
    callers_tear_down();
}

static bool is_remembered(struct auth_cache *cache, const struct credentials *credentials) {
    struct identity identity = {0};
    int64_t version = -1;
    if (!auth_cache_find(cache, credentials, &identity, &version))
        return false;
    CU_ASSERT_STRING_EQUAL(identity.username, "clare");
    CU_ASSERT_STRING_EQUAL(identity.token_id, credentials->token.id);
    CU_ASSERT_EQUAL(version, sql_int("SELECT version FROM auth_version"));
    identity_release(&identity);
    return true;
}

static void remember(struct auth_cache *cache, const struct caller *caller) {
    struct credentials credentials = {.token = caller->token};
    CLEANUP(db_result_free) struct db_result *rows = token_row(&caller->token);
    auth_cache_keep(cache, &credentials, &caller->identity, rows);
}

static void test_cache(void) {
    CLEANUP(caller_release) struct caller clare;
    callers_set_up();
    come_in(&clare, "clare", NULL);
    struct auth_cache *cache = auth_cache_new();
    struct credentials credentials = {.token = clare.token};
    auth_cache_free(NULL);
    CU_ASSERT_FALSE(is_remembered(cache, &credentials));
    remember(cache, &clare);
    CU_ASSERT_TRUE(is_remembered(cache, &credentials));
    credentials.username = (char[]){"clare"};
    CU_ASSERT_TRUE(is_remembered(cache, &credentials));
    credentials.username = (char[]){"dora"};
    CU_ASSERT_FALSE(is_remembered(cache, &credentials));
    credentials.username = NULL;
    credentials.token.digest[SHA256_BYTES - 1] ^= 1;
    CU_ASSERT_FALSE(is_remembered(cache, &credentials));
    credentials.token = clare.token;
    char *last = &credentials.token.id[TOKEN_ID_LEN - 1]; /* another one in the same place */
    *last = *last == '0' ? '1' : '0';
    CU_ASSERT_FALSE(is_remembered(cache, &credentials));
    credentials.token = clare.token;
    sql_do("UPDATE tokens SET expires_at = now() + interval '1 second'");
    remember(cache, &clare); /* for the whole seconds that are left to it, less one */
    CU_ASSERT_FALSE(is_remembered(cache, &credentials));
    auth_cache_free(cache);
    callers_tear_down();
}

static enum error_kind log_in(const char *username, const char *password, bool *ret_known) {
    struct session session = {0};
    struct error err = {0};
    bool ok =
        auth_login(scratch_worker(), username, password, "test", 1, &session, ret_known, &err);
    CU_ASSERT_EQUAL(ok, session.identity.username != NULL);
    auth_session_release(&session);
    return err.kind;
}

static void test_login(void) {
    char hash[PASSWORD_HASH_BYTES];
    bool known;
    struct error err = {0};
    callers_set_up();
    password_setup(1);
    CU_ASSERT_TRUE_FATAL(password_hash("correct horse", hash, &err));
    sql_do("UPDATE accounts SET password_hash = '%s' WHERE username IN ('clare', 'dora')", hash);
    CU_ASSERT_EQUAL(log_in("nobody", "correct horse", &known), ERROR_UNAUTHENTICATED);
    CU_ASSERT_FALSE(known);
    CU_ASSERT_EQUAL(log_in("clare", "correct hors", &known), ERROR_UNAUTHENTICATED);
    CU_ASSERT_TRUE(known);
    CU_ASSERT_EQUAL(log_in("dora", "correct horse", &known), ERROR_UNAUTHENTICATED);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM tokens"), 0);
    CU_ASSERT_EQUAL(log_in("clare", "correct horse", &known), ERROR_NONE);
    CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM tokens WHERE account_id = 'clare-id'"), 1);
    password_setup(0); /* nobody's turn */
    CU_ASSERT_EQUAL(log_in("clare", "correct horse", &known), ERROR_UNAVAILABLE);
    password_setup(1);
}

/* Begun before it, a change of the password is there when the token is made. */
struct overtaken {
    enum error_kind kind;
    bool waited;
};
static void overtake(size_t number, void *context) {
    struct overtaken *overtaken = context;
    bool known;
    if (number == 0) {
        overtaken->kind = log_in("clare", "correct horse", &known);
        return;
    }
    struct db *db = scratch_connect("postgres");
    for (int i = 0; i < LONG && !overtaken->waited; i++) {
        overtaken->waited = sql_int_on(db, waiting_sessions) == 1;
        sleep_ms(overtaken->waited ? 0 : 100);
    }
    db_free(db);
    struct error err = {0};
    db_commit(scratch_admin(), &err);
}
static void test_login_overtaken(void) {
    struct overtaken overtaken = {0};
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(db_begin(scratch_admin(), &err));
    sql_do("SET LOCAL idle_in_transaction_session_timeout = 0;"
           "UPDATE accounts SET password_hash = '*' WHERE username = 'clare'");
    in_threads(2, overtake, &overtaken);
    CU_ASSERT_TRUE(overtaken.waited);
    CU_ASSERT_EQUAL(overtaken.kind, ERROR_UNAUTHENTICATED);
    callers_tear_down();
}

static enum error_kind attempt(const char *address, const char *username) {
    struct error err = {0};
    bool ok = throttle_begin(scratch_worker(), address, username, &err);
    CU_ASSERT_EQUAL(ok, err.kind == ERROR_NONE);
    CU_ASSERT_EQUAL(err.retry_after_s > 0, err.kind == ERROR_THROTTLED);
    return err.kind;
}

static void test_throttle(void) {
    static const struct {
        const char *given, *counted;
    } addresses[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
        {"0:0:1:2:3:4:5:6", "0:0:1:2::"},
        {"::5:6", "::"},
        {"::ffff:192.0.2.7", "::ffff:192.0.2.7"}, /* the last one, below */
    };
    callers_set_up();
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        sql_do("DELETE FROM login_failures");
        CU_ASSERT_EQUAL(attempt(addresses[i].given, "clare"), ERROR_NONE);
        CU_ASSERT_EQUAL(sql_int("SELECT count(*) FROM login_failures WHERE address = '%s'",
                                addresses[i].counted),
                        2);
    }
    sql_do("UPDATE login_failures SET failures = 20, last = now() WHERE name <> ''");
    CU_ASSERT_EQUAL(attempt("::ffff:192.0.2.7", "clare"), ERROR_THROTTLED);
    CU_ASSERT_EQUAL(sql_int("SELECT failures FROM login_failures WHERE name = ''"), 1);
    CU_ASSERT_EQUAL(attempt("::ffff:192.0.2.7", "dora"), ERROR_NONE);
    sql_do("UPDATE login_failures SET failures = 60, last = now() WHERE name = ''");
    CU_ASSERT_EQUAL(attempt("::ffff:192.0.2.7", "kim"), ERROR_THROTTLED);
    callers_tear_down();
}

static const struct unit_test tests[] = {
    {"whose a token is", test_identify},
    {"whom a process remembers", test_cache},
    {"a login", test_login},
    {"a change of the password overtakes a login", test_login_overtaken},
    {"failures are counted by pair and by address", test_throttle},
    {0},
};

const struct unit_suite suite_auth = {"auth", tests};
