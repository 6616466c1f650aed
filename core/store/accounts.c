/* accounts: see accounts.h. */
#include "core/store/accounts.h"

#include <stdio.h>
#include <string.h>

#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/store/events.h"
#include "sql/statements.h"

void account_found_release(struct account_found *found) {
    db_result_free(&found->rows);
    *found = (struct account_found){0};
}

void role_found_release(struct role_found *found) {
    db_result_free(&found->rows);
    *found = (struct role_found){0};
}

bool account_event(struct db *db, const char *type, const char *name,
                   const struct account_actor *actor, struct error *err) {
    CLEANUP(mem_free_text) char *message = mem_format("name=%s", name);
    const struct event event = {.type = type,
                                .tag = "security",
                                .message = message,
                                .account = actor->username,
                                .request_id = actor->request_id};
    return event_insert(db, &event, err);
}

bool accounts_lock(struct db *db, struct error *err) {
    return db_run(db, &sql_accounts_lock, NULL, 0, NULL, err);
}

bool account_find(struct db *db, const char *id, const char *username,
                  struct account_found *ret_found, struct error *err) {
    struct account_found found = {0};
    if (!db_run(db, &sql_account_find, DB_PARAMS(DB_TEXT(id), DB_TEXT(username)), &found.rows, err))
        return false;
    if (db_rows(found.rows) == 0) {
        account_found_release(&found);
        return error_set(err, ERROR_NOT_FOUND, "There is no account %s.", id ? id : username);
    }
    found.id = db_text(found.rows, 0, "id");
    found.username = db_text(found.rows, 0, "username");
    found.role = db_text(found.rows, 0, "role");
    found.grants = db_text(found.rows, 0, "grants");
    found.disabled = db_is_true(found.rows, 0, "disabled");
    found.last_admin = strcmp(found.role, "admin") == 0 && !found.disabled &&
                       db_int64(found.rows, 0, "others", 0) == 0;
    *ret_found = found;
    return true;
}

bool account_insert(struct db *db, const struct account *account, const struct account_actor *actor,
                    struct error *err) {
    if (db_run(db, &sql_account_insert,
               DB_PARAMS(DB_TEXT(account->id), DB_TEXT(account->username), DB_TEXT(account->role),
                         DB_TEXT(account->password_hash)),
               NULL, err))
        return account_event(db, "add-account", account->username, actor, err);
    if (err->kind == ERROR_CONFLICT) {
        const char *field = strstr(err->field, "username") ? "username" : "id";
        error_set(err, ERROR_CONFLICT, "There is an account with this %s already.", field);
        snprintf(err->field, sizeof err->field, "%s", field);
    }
    return false;
}

bool account_delete(struct db *db, const struct account_found *account,
                    const struct account_actor *actor, struct error *err) {
    return db_run(db, &sql_account_delete, DB_PARAMS(DB_TEXT(account->id)), NULL, err) &&
           account_event(db, "delete-account", account->username, actor, err);
}

bool account_set_password(struct db *db, const struct account_found *account,
                          const char *password_hash, const char *keep_token,
                          const struct account_actor *actor, struct error *err) {
    return db_run(db, &sql_account_password,
                  DB_PARAMS(DB_TEXT(account->id), DB_TEXT(password_hash), DB_TEXT(keep_token)),
                  NULL, err) &&
           account_event(db, "change-password", account->username, actor, err);
}

bool account_set_disabled(struct db *db, const struct account_found *account, bool disabled,
                          const struct account_actor *actor, struct error *err) {
    return db_run(db, disabled ? &sql_account_disable : &sql_account_enable,
                  DB_PARAMS(DB_TEXT(account->id)), NULL, err) &&
           account_event(db, disabled ? "disable-account" : "enable-account", account->username,
                         actor, err);
}

bool account_set_role(struct db *db, const struct account_found *account, const char *role,
                      const struct account_actor *actor, struct error *err) {
    CLEANUP(mem_free_text) char *name = mem_format("%s role=%s", account->username, role);
    return db_run(db, &sql_account_role, DB_PARAMS(DB_TEXT(account->id), DB_TEXT(role)), NULL,
                  err) &&
           account_event(db, "change-role", name, actor, err);
}

bool role_find(struct db *db, const char *name, struct role_found *ret_found, struct error *err) {
    struct role_found found = {0};
    if (!db_run(db, &sql_role_find, DB_PARAMS(DB_TEXT(name)), &found.rows, err))
        return false;
    if (db_rows(found.rows) == 0) {
        role_found_release(&found);
        return error_set(err, ERROR_NOT_FOUND, "There is no role %s.", name);
    }
    found.grants = db_text(found.rows, 0, "grants");
    found.builtin = db_is_true(found.rows, 0, "builtin");
    found.accounts = db_int64(found.rows, 0, "accounts", 0);
    *ret_found = found;
    return true;
}

bool role_grants(struct db *db, const char *doc, char **ret_grants, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    if (!db_run(db, &sql_role_grants, DB_PARAMS(DB_TEXT(doc)), &row, err))
        return false;
    *ret_grants = mem_strdup(db_text(row, 0, "grants"));
    return true;
}

bool role_insert(struct db *db, const char *name, const char *doc,
                 const struct account_actor *actor, struct error *err) {
    if (db_run(db, &sql_role_insert, DB_PARAMS(DB_TEXT(name), DB_TEXT(doc)), NULL, err))
        return account_event(db, "add-role", name, actor, err);
    if (err->kind == ERROR_CONFLICT) {
        error_set(err, ERROR_CONFLICT, "There is a role %s already.", name);
        snprintf(err->field, sizeof err->field, "name");
    }
    return false;
}

bool role_update(struct db *db, const char *name, const char *doc,
                 const struct account_actor *actor, struct error *err) {
    return db_run(db, &sql_role_update, DB_PARAMS(DB_TEXT(name), DB_TEXT(doc)), NULL, err) &&
           account_event(db, "set-role", name, actor, err);
}

bool role_delete(struct db *db, const char *name, const struct account_actor *actor,
                 struct error *err) {
    return db_run(db, &sql_role_delete, DB_PARAMS(DB_TEXT(name)), NULL, err) &&
           account_event(db, "delete-role", name, actor, err);
}

static bool reset_admin(struct db *db, const char *password_hash, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    const struct account_actor nobody = {0};
    char id[33];
    crypto_random_hex(id, 16);
    return accounts_lock(db, err) && db_run(db, &sql_role_reset_admin, NULL, 0, NULL, err) &&
           db_run(db, &sql_account_reset_admin, DB_PARAMS(DB_TEXT(id), DB_TEXT(password_hash)),
                  &row, err) &&
           db_run(db, &sql_account_tokens_end, DB_PARAMS(DB_TEXT(db_text(row, 0, "id"))), NULL,
                  err) &&
           account_event(db, "reset-admin", "admin", &nobody, err);
}

bool account_reset_admin(struct db *db, const char *password_hash, struct error *err) {
    bool ok = db_begin(db, err) && reset_admin(db, password_hash, err) && db_commit(db, err);
    db_rollback(db);
    return ok;
}
