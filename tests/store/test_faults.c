/* test_faults: each call of libpq fails in turn (tests/fault/shim.h), in every operation that
 * writes: the error says so, nothing is half done, and the next statement of the same connection
 * works. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/password.h"
#include "core/control/administer.h"
#include "core/control/throttle.h"
#include "tests/fault/shim.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

#define SPEC "{\"name\":\"web\",\"cpus\":1,\"memory\":100,\"bind_ports\":[{\"container_port\":80}]}"
#define ROLE_DOC                                                                                   \
    "{\"grants\":[{\"path\":\"/api/events\",\"access\":\"read\"}],\"options\":[\"devices\"]}"

enum { CALLS_MAX = 800, MODES = SHIM_LOST + 1 };

/* Of the worker: one is scratch_worker(), which made the rows. */
static const char sessions[] =
    "SELECT count(*) FROM pg_stat_activity WHERE usename = 'berth_worker'";

static const char boss_token[] = "00000000000000b0";
static char boss_grants[] = "write /";
static char web_id[65], operation_id[33], secret_hash[PASSWORD_HASH_BYTES];

static struct identity boss = {.account_id = (char[]){"boss-id"},
                               .username = (char[]){"boss"},
                               .role = (char[]){"admin"},
                               .grants = boss_grants};
static const struct administrator who = {&boss, "request"};

static void set_up(void) {
    struct error err = {0};
    char ids[2][65];
    scratch_reset();
    if (!*secret_hash) {
        password_setup(1);
        CU_ASSERT_TRUE_FATAL(password_hash("correct horse", secret_hash, &err));
    }
    memcpy(boss.token_id, boss_token, sizeof boss_token);
    sql_do(
        "DELETE FROM accounts WHERE id <> 'admin-id' AND username <> 'admin';"
        "DELETE FROM roles WHERE name IN ('extra', 'new');"
        "INSERT INTO login_failures (address, name, failures, last) VALUES ('192.0.2.2', "
        "encode(sha256('clare'), 'hex'), 20, now()) ON CONFLICT DO NOTHING;"
        "UPDATE accounts SET password_hash = '%s' WHERE username = 'admin';"
        "INSERT INTO roles (name, doc) VALUES ('extra', '" ROLE_DOC "');"
        "INSERT INTO accounts (id, username, role, password_hash) VALUES ('boss-id', 'boss', "
        "'admin', '%s'), ('clare-id', 'clare', 'user', '%s');"
        "INSERT INTO accounts (id, username, role, password_hash, disabled) VALUES ('dora-id', "
        "'dora', 'user', '%s', true);"
        "INSERT INTO tokens (id, account_id, digest, expires_at) VALUES ('%s', 'boss-id', "
        "decode(repeat('00', 32), 'hex'), now() + interval '1 day');"
        "INSERT INTO tokens (id, account_id, name, digest, expires_at) VALUES "
        "('00000000000000c0', 'clare-id', 'ci', decode(repeat('00', 32), 'hex'), now() + interval "
        "'1 day')",
        secret_hash, secret_hash, secret_hash, secret_hash, boss_token);
    engine_add("e1", 8, 4096);
    run_ids(SPEC, 2, ids);
    memcpy(web_id, ids[0], sizeof web_id);
    CLEANUP(mem_free_text) char *id = sql_text("SELECT id FROM operations");
    snprintf(operation_id, sizeof operation_id, "%s", id);
}

/* All that matters of the rows: whatever is half done shows here. */
static char *state(void) {
    return sql_text(
        "SELECT concat_ws(' / ', (SELECT string_agg(concat_ws(' ', username, role, disabled, "
        "md5(password_hash)), ',' ORDER BY id COLLATE \"C\") FROM accounts), "
        "(SELECT string_agg(concat_ws(' ', name, grants), ',' ORDER BY name) FROM roles), "
        "(SELECT string_agg(concat_ws(' ', account_id, name), ',' ORDER BY account_id, name) FROM "
        "tokens), "
        "(SELECT string_agg(type, ',' ORDER BY type) FROM events), "
        "(SELECT string_agg(concat_ws(' ', desired, intent_seq, removed_at IS NULL, engine_id, "
        "cpu_milli), ',' ORDER BY desired, intent_seq) FROM containers), "
        "(SELECT string_agg(concat_ws(' ', type, state, pending, cancelled), ',' ORDER BY type) FROM "
        "operations), "
        "(SELECT string_agg(status, ',' ORDER BY status) FROM operation_items), "
        "(SELECT count(*) FROM port_bindings))");
}

static bool log_in(struct db *db, struct error *err) {
    struct session session = {0};
    bool known;
    bool ok = auth_login(db, "clare", "correct horse", "test", 1, &session, &known, err);
    auth_session_release(&session);
    return ok;
}
static bool add_token(struct db *db, struct error *err) {
    struct service_token token;
    return administer_token_add(db, "clare", "new", 7, "test", &who, &token, err);
}
static bool delete_token(struct db *db, struct error *err) {
    return administer_token_delete(db, "00000000000000c0", &who, err);
}
static bool add_account(struct db *db, struct error *err) {
    const struct account account = {"new-id", "new", "extra", secret_hash};
    return administer_add(db, &account, &who, err);
}
static bool delete_account(struct db *db, struct error *err) {
    return administer_delete(db, NULL, "clare", &who, err);
}
static bool disable(struct db *db, struct error *err) {
    return administer_disable(db, "clare", &who, err);
}
static bool enable(struct db *db, struct error *err) {
    return administer_enable(db, "dora", &who, err);
}
static bool set_role(struct db *db, struct error *err) {
    return administer_role(db, "clare", "viewer", &who, err);
}
static bool set_password(struct db *db, struct error *err) {
    return administer_password(db, "clare", "another hash", &who, err);
}
static bool add_role(struct db *db, struct error *err) {
    return administer_role_add(db, "new", ROLE_DOC, &who, err);
}
static bool change_role(struct db *db, struct error *err) {
    return administer_role_set(db, "extra", "{\"grants\":[]}", &who, err);
}
static bool delete_role(struct db *db, struct error *err) {
    return administer_role_delete(db, "extra", &who, err);
}
static bool reset_admin(struct db *db, struct error *err) {
    return account_reset_admin(db, "another hash", err);
}
static bool run_more(struct db *db, struct error *err) {
    struct intent_client client = client_of(db);
    struct intent_result result = {0};
    CLEANUP(json_put) json_t *spec = spec_of(SPEC);
    bool ok = intent_run(&client, spec, 3, "missing", &result, err);
    json_put(&result.reasons);
    return ok;
}
static bool scale_to(struct db *db, size_t count, struct error *err) {
    struct intent_client client = client_of(db);
    struct intent_result result = {0};
    client.grants = boss_grants;
    bool ok = intent_scale(&client, web_id, count, &result, err);
    json_put(&result.reasons);
    return ok;
}
static bool scale_up(struct db *db, struct error *err) {
    return scale_to(db, 4, err);
}
static bool scale_down(struct db *db, struct error *err) {
    return scale_to(db, 1, err);
}
static bool destroy(struct db *db, struct error *err) {
    struct intent_client client = client_of(db);
    struct intent_result result = {0};
    return intent_change(&client, web_id, INTENT_DESTROY, &result, err);
}
static bool cancel(struct db *db, struct error *err) {
    struct intent_client client = client_of(db);
    struct intent_cancelled cancelled;
    return intent_cancel(&client, operation_id, &cancelled, err);
}
/* What the throttle counts is no part of state(): two of these are two statements. */
static bool throttle_first(struct db *db, struct error *err) {
    return throttle_begin(db, "192.0.2.1", "clare", err);
}
static bool throttle_waiting(struct db *db, struct error *err) {
    if (throttle_begin(db, "192.0.2.2", "clare", err) || err->kind != ERROR_THROTTLED)
        return false;
    *err = (struct error){0};
    return true;
}
static bool throttle_wrong(struct db *db, struct error *err) {
    return throttle_failed(db, "192.0.2.1", "clare", err);
}
static bool throttle_undecided(struct db *db, struct error *err) {
    return throttle_cancel(db, "192.0.2.1", "clare", err);
}
static bool throttle_right(struct db *db, struct error *err) {
    return throttle_passed(db, "192.0.2.1", "clare", err);
}
static bool throttle_new(struct db *db, struct error *err) {
    return throttle_forgive(db, "clare", err);
}

static const struct operation {
    const char *name;
    bool (*run)(struct db *db, struct error *err);
} operations[] = {
    {"login", log_in},
    {"token add", add_token},
    {"token revoke", delete_token},
    {"account add", add_account},
    {"account delete", delete_account},
    {"account disable", disable},
    {"account enable", enable},
    {"account role", set_role},
    {"account password", set_password},
    {"role add", add_role},
    {"role set", change_role},
    {"role delete", delete_role},
    {"reset admin", reset_admin},
    {"run", run_more},
    {"scale up", scale_up},
    {"scale down", scale_down},
    {"destroy", destroy},
    {"cancel", cancel},
    {"throttle begin", throttle_first},
    {"throttle wait", throttle_waiting},
    {"throttle failed", throttle_wrong},
    {"throttle cancel", throttle_undecided},
    {"throttle passed", throttle_right},
    {"throttle forgive", throttle_new},
};

static void complain(const struct operation *operation, enum shim_mode mode, int nth,
                     const char *function, const char *what, const char *detail) {
    printf("# %s, mode %d, call %d (%s): %s: %s\n", operation->name, (int)mode, nth, function, what,
           detail);
    CU_FAIL("a failed call does harm");
}

/* The connection serves the next request; after a failed connect not at once. */
static bool goes_on(struct db *db, const char *function) {
    struct error err = {0};
    return strcmp(function, "PQconnectdbParams") == 0 ||
           sql_try(db, "SELECT 1", &err) == ERROR_NONE;
}

/* Lets call `nth` of the operation fail; false when it has fewer. *ret_changed: rows are not any
 * more what they were. */
static bool try_nth(const struct operation *operation, enum shim_mode mode, int nth,
                    const char *before, const char *done, bool *ret_changed) {
    struct error err = {0};
    struct db *db = scratch_connect("berth_worker");
    sql_do("DELETE FROM login_failures WHERE address = '192.0.2.1'"); /* or it is throttled */
    shim_arm(SHIM_LIBPQ, mode, nth);
    bool ok = operation->run(db, &err);
    const char *function = shim_disarm();
    if (function && !goes_on(db, function))
        complain(operation, mode, nth, function, "the connection is no good", "");
    db_free(db);
    CU_ASSERT_TRUE(wait_for(1, sessions)); /* what was sent before the end is still run */
    CLEANUP(mem_free_text) char *after = state();
    *ret_changed = strcmp(after, before) != 0;
    if (!function && !ok)
        complain(operation, mode, nth, "none", "it fails of itself", err.message);
    if (function && ok && strcmp(after, done) != 0)
        complain(operation, mode, nth, function, "success, but", after);
    if (function && !ok && (err.kind != ERROR_UNAVAILABLE || err.retry_after_s <= 0))
        complain(operation, mode, nth, function, "another error", err.message);
    /* Only an answer that was lost leaves open what came of it; libpq gives no rows that it read
     * together with the end of the connection. */
    bool reads = function && (strcmp(function, "PQgetResult") == 0 ||
                              (mode == SHIM_CUT && strcmp(function, "PQconsumeInput") == 0));
    bool lost = reads || (function && mode == SHIM_LOST);
    if (function && !ok && *ret_changed && (!lost || strcmp(after, done) != 0))
        complain(operation, mode, nth, function, "half done", after);
    return function != NULL;
}

/* All of them with BERTH_TEST_ALL; every day each seventh one in one mode, others of the next
 * operation.
 */
static bool is_tried(size_t operation, int mode, int nth) {
    enum { EACH = 7 };
    size_t number = operation + (size_t)nth;
    return getenv("BERTH_TEST_ALL") ||
           (number % EACH == 0 && number / EACH % MODES == (size_t)mode);
}

static void fail_in_turn(size_t number, const char *before, const char *done) {
    bool changed = false, more = true;
    int nth = 1, failed = 0;
    for (; more && nth < CALLS_MAX; nth++) {
        for (int mode = SHIM_REFUSED; mode < MODES; mode++) {
            if (!is_tried(number, mode, nth))
                continue;
            more = try_nth(&operations[number], (enum shim_mode)mode, nth, before, done, &changed);
            failed += more;
            if (changed)
                set_up();
        }
    }
    CU_ASSERT_FALSE(more);
    CU_ASSERT_TRUE(failed > 0);
    check_invariants();
}

static void test_libpq(void) {
    for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
        struct error err = {0};
        set_up();
        CLEANUP(mem_free_text) char *before = state();
        bool ok = operations[i].run(scratch_worker(), &err);
        if (!ok)
            printf("# %s: %s\n", operations[i].name, err.message);
        CU_ASSERT_TRUE(ok);
        CLEANUP(mem_free_text) char *done = state();
        set_up();
        fail_in_turn(i, before, done);
    }
    set_up();
    sql_do(
        "DELETE FROM accounts WHERE username <> 'admin'; DELETE FROM roles WHERE name = 'extra'; "
        "UPDATE accounts SET password_hash = '%s'; DELETE FROM login_failures",
        secret_hash);
}

static const struct unit_test tests[] = {
    {"each call of libpq fails in turn", test_libpq},
    {0},
};

const struct unit_suite suite_faults = {"faults", tests};
