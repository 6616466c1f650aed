/* accounts: see accounts.h. */
#include "core/store/accounts.h"

#include <stdio.h>
#include <string.h>

#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/store/events.h"
#include "sql/statements.h"

static bool add_event(struct db *db, const char *type, const char *username,
                      const struct account_actor *actor, struct error *err) {
    CLEANUP(mem_free_text) char *message = mem_format("name=%s", username);
    const struct event event = {.type = type,
                                .tag = "security",
                                .message = message,
                                .account = actor->username,
                                .request_id = actor->request_id};
    return event_insert(db, &event, err);
}

static bool insert(struct db *db, const struct account *account, const struct account_actor *actor,
                   struct error *err) {
    CLEANUP(db_result_free) struct db_result *done = NULL;
    if (!db_run(db, &sql_account_insert,
                DB_PARAMS(DB_TEXT(account->id), DB_TEXT(account->username), DB_TEXT(account->role),
                          DB_TEXT(account->password_hash)),
                &done, err))
        return false;
    if (db_changed(done) == 0)
        return error_field(err, "role", "There is no role %s.", account->role);
    return add_event(db, "add-account", account->username, actor, err);
}

bool account_insert(struct db *db, const struct account *account, const struct account_actor *actor,
                    struct error *err) {
    bool ok = db_begin(db, err) && insert(db, account, actor, err) && db_commit(db, err);
    db_rollback(db);
    if (!ok && err->kind == ERROR_CONFLICT) {
        const char *field = strstr(err->field, "username") ? "username" : "id";
        error_set(err, ERROR_CONFLICT, "There is an account with this %s already.", field);
        snprintf(err->field, sizeof err->field, "%s", field);
    }
    return ok;
}

/* The administrators stay locked, so that two of them cannot be deleted at once as the last but
 * one. */
static bool delete (struct db *db, const char *id, const char *username,
                    const struct account_actor *actor, struct error *err) {
    CLEANUP(db_result_free) struct db_result *admins = NULL, *gone = NULL;
    if (!db_run(db, &sql_account_admins, NULL, 0, &admins, err) ||
        !db_run(db, &sql_account_delete, DB_PARAMS(DB_TEXT(id), DB_TEXT(username)), &gone, err))
        return false;
    if (db_rows(gone) == 0)
        return error_set(err, ERROR_NOT_FOUND, "There is no account %s.", id ? id : username);
    if (db_rows(admins) == 1 && strcmp(db_text(admins, 0, "id"), db_text(gone, 0, "id")) == 0)
        return error_set(err, ERROR_CONFLICT, "The last administrator cannot be deleted.");
    return add_event(db, "delete-account", db_text(gone, 0, "username"), actor, err);
}

bool account_delete(struct db *db, const char *id, const char *username,
                    const struct account_actor *actor, struct error *err) {
    bool ok = db_begin(db, err) && delete (db, id, username, actor, err) && db_commit(db, err);
    db_rollback(db);
    return ok;
}

static bool set_password(struct db *db, const char *username, const char *password_hash,
                         const char *keep_token, const struct account_actor *actor,
                         struct error *err) {
    CLEANUP(db_result_free) struct db_result *changed = NULL;
    if (!db_run(db, &sql_account_password, DB_PARAMS(DB_TEXT(username), DB_TEXT(password_hash)),
                &changed, err))
        return false;
    if (db_rows(changed) == 0)
        return error_set(err, ERROR_NOT_FOUND, "There is no account %s.", username);
    return db_run(db, &sql_account_tokens_end,
                  DB_PARAMS(DB_TEXT(db_text(changed, 0, "id")), DB_TEXT(keep_token)), NULL, err) &&
           add_event(db, "change-password", username, actor, err);
}

bool account_set_password(struct db *db, const char *username, const char *password_hash,
                          const char *keep_token, const struct account_actor *actor,
                          struct error *err) {
    bool ok = db_begin(db, err) &&
              set_password(db, username, password_hash, keep_token, actor, err) &&
              db_commit(db, err);
    db_rollback(db);
    return ok;
}

static bool reset_admin(struct db *db, const char *password_hash, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    const struct account_actor nobody = {0};
    char id[33];
    crypto_random_hex(id, 16);
    return db_run(db, &sql_account_reset_admin, DB_PARAMS(DB_TEXT(id), DB_TEXT(password_hash)),
                  &row, err) &&
           db_run(db, &sql_account_tokens_end,
                  DB_PARAMS(DB_TEXT(db_text(row, 0, "id")), DB_TEXT(NULL)), NULL, err) &&
           add_event(db, "reset-admin", "admin", &nobody, err);
}

bool account_reset_admin(struct db *db, const char *password_hash, struct error *err) {
    bool ok = db_begin(db, err) && reset_admin(db, password_hash, err) && db_commit(db, err);
    db_rollback(db);
    return ok;
}
