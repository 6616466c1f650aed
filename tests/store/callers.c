/* callers: see callers.h. */
#include "tests/store/callers.h"

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "sql/statements.h"
#include "tests/store/scratch.h"
#include "tests/unit/unit.h"

void caller_release(struct caller *caller) {
    identity_release(&caller->identity);
}

struct db_result *token_row(const struct token *token) {
    struct db_result *rows = NULL;
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(
        db_run(scratch_worker(), &sql_token_find, DB_PARAMS(DB_TEXT(token->id)), &rows, &err));
    return rows;
}

enum error_kind identify(const struct credentials *credentials, struct identity *ret_identity) {
    struct error err = {0};
    CLEANUP(db_result_free) struct db_result *rows = token_row(&credentials->token);
    bool ok = auth_identify(credentials, rows, ret_identity, &err);
    CU_ASSERT_EQUAL(ok, err.kind == ERROR_NONE);
    return err.kind;
}

void come_in(struct caller *caller, const char *username, const char *name) {
    char digest[2 * SHA256_BYTES + 1];
    struct credentials credentials = {0};
    *caller = (struct caller){0};
    token_make(&caller->token, caller->text);
    hex_encode(caller->token.digest, SHA256_BYTES, digest);
    sql_do("INSERT INTO tokens (id, account_id, digest, name, expires_at) SELECT '%s', id, "
           "decode('%s', 'hex'), nullif('%s', ''), now() + interval '1 day' FROM accounts WHERE "
           "username = '%s'",
           caller->token.id, digest, name ? name : "", username);
    credentials.token = caller->token;
    CU_ASSERT_EQUAL_FATAL(identify(&credentials, &caller->identity), ERROR_NONE);
}

void callers_set_up(void) {
    scratch_reset();
    sql_do("DELETE FROM accounts WHERE username <> 'admin'; DELETE FROM login_failures;"
           "DELETE FROM roles WHERE name IN ('keeper', 'extra', 'new');"
           "UPDATE accounts SET disabled = false, role = 'admin' WHERE username = 'admin';"
           "INSERT INTO roles (name, doc) VALUES ('keeper', '" KEEPER_DOC
           "'), ('extra', '" EVENTS_DOC "');"
           "INSERT INTO accounts (id, username, role, password_hash) VALUES "
           "('clare-id', 'clare', 'user', '*'), ('kim-id', 'kim', 'keeper', '*'), "
           "('dora-id', 'dora', 'user', '*');"
           "UPDATE accounts SET disabled = true WHERE username = 'dora'");
}
void callers_tear_down(void) {
    sql_do("DELETE FROM accounts WHERE username <> 'admin'; DELETE FROM login_failures;"
           "DELETE FROM roles WHERE name IN ('keeper', 'extra', 'new')");
}
