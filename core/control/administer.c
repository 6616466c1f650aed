/* administer: see administer.h. */
#include "core/control/administer.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/administer_begin.h"
#include "core/control/policy.h"
#include "sql/statements.h"

struct account_actor administer_actor(const struct administrator *who) {
    return (struct account_actor){who->identity->username, who->request_id};
}

bool administer_begin(struct db *db, const struct administrator *who, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    if (!db_begin(db, err) || !accounts_lock(db, err) ||
        !db_run(db, &sql_token_find, DB_PARAMS(DB_TEXT(who->identity->token_id)), &row, err))
        return false;
    if (db_rows(row) == 0)
        return error_set(err, ERROR_UNAUTHENTICATED, "Your token has just ended: log in again.");
    if (strcmp(db_text(row, 0, "grants"), who->identity->grants) != 0)
        return error_set(err, ERROR_CONFLICT, "Your rights have just been changed: try again.");
    return true;
}

bool administer_end(struct db *db, bool ok, struct error *err) {
    ok = ok && db_commit(db, err);
    db_rollback(db);
    return ok;
}

static bool check_rights(const struct administrator *who, const char *grants, const char *what,
                         struct error *err) {
    if (!policy_covers(who->identity->grants, grants))
        return error_set(err, ERROR_FORBIDDEN, "%s has rights that your role %s does not have.",
                         what, who->identity->role);
    return true;
}

/* The role that an account is to have. */
static bool check_role(struct db *db, const char *role, const struct administrator *who,
                       struct error *err) {
    CLEANUP(role_found_release) struct role_found found = {0};
    if (role_find(db, role, &found, err))
        return check_rights(who, found.grants, "This role", err);
    if (err->kind == ERROR_NOT_FOUND)
        error_field(err, "role", "There is no role %s.", role);
    return false;
}

bool administer_add(struct db *db, const struct account *account, const struct administrator *who,
                    struct error *err) {
    const struct account_actor actor = administer_actor(who);
    bool ok = administer_begin(db, who, err) && check_role(db, account->role, who, err) &&
              account_insert(db, account, &actor, err);
    return administer_end(db, ok, err);
}

static bool find(struct db *db, const char *id, const char *username,
                 const struct administrator *who, struct account_found *found, struct error *err) {
    return account_find(db, id, username, found, err) &&
           check_rights(who, found->grants, "This account", err);
}

static bool check_not_last(const struct account_found *account, const char *what,
                           struct error *err) {
    if (account->last_admin)
        return error_set(err, ERROR_CONFLICT, "The last administrator cannot be %s.", what);
    return true;
}

bool administer_delete(struct db *db, const char *id, const char *username,
                       const struct administrator *who, struct error *err) {
    CLEANUP(account_found_release) struct account_found account = {0};
    const struct account_actor actor = administer_actor(who);
    bool ok = administer_begin(db, who, err) && find(db, id, username, who, &account, err) &&
              check_not_last(&account, "deleted", err) && account_delete(db, &account, &actor, err);
    return administer_end(db, ok, err);
}

static bool set_disabled(struct db *db, const char *name, bool disabled,
                         const struct administrator *who, struct error *err) {
    CLEANUP(account_found_release) struct account_found account = {0};
    const struct account_actor actor = administer_actor(who);
    bool ok = administer_begin(db, who, err) && find(db, name, name, who, &account, err) &&
              (account.disabled == disabled ||
               ((!disabled || check_not_last(&account, "disabled", err)) &&
                account_set_disabled(db, &account, disabled, &actor, err)));
    return administer_end(db, ok, err);
}

bool administer_disable(struct db *db, const char *name, const struct administrator *who,
                        struct error *err) {
    return set_disabled(db, name, true, who, err);
}

bool administer_enable(struct db *db, const char *name, const struct administrator *who,
                       struct error *err) {
    return set_disabled(db, name, false, who, err);
}

bool administer_role(struct db *db, const char *name, const char *role,
                     const struct administrator *who, struct error *err) {
    CLEANUP(account_found_release) struct account_found account = {0};
    const struct account_actor actor = administer_actor(who);
    bool ok =
        administer_begin(db, who, err) && find(db, name, name, who, &account, err) &&
        check_role(db, role, who, err) &&
        (strcmp(account.role, role) == 0 || (check_not_last(&account, "given another role", err) &&
                                             account_set_role(db, &account, role, &actor, err)));
    return administer_end(db, ok, err);
}

bool administer_password(struct db *db, const char *username, const char *password_hash,
                         const struct administrator *who, struct error *err) {
    CLEANUP(account_found_release) struct account_found account = {0};
    const struct account_actor actor = administer_actor(who);
    bool ok = administer_begin(db, who, err) && find(db, NULL, username, who, &account, err) &&
              account_set_password(db, &account, password_hash,
                                   strcmp(account.id, who->identity->account_id) == 0
                                       ? who->identity->token_id
                                       : NULL,
                                   &actor, err);
    return administer_end(db, ok, err);
}

static bool check_document(struct db *db, const char *doc, const struct administrator *who,
                           struct error *err) {
    CLEANUP(mem_free_text) char *grants = NULL;
    return role_grants(db, doc, &grants, err) && check_rights(who, grants, "Such a role", err);
}

bool administer_role_add(struct db *db, const char *name, const char *doc,
                         const struct administrator *who, struct error *err) {
    const struct account_actor actor = administer_actor(who);
    bool ok = administer_begin(db, who, err) && check_document(db, doc, who, err) &&
              role_insert(db, name, doc, &actor, err);
    return administer_end(db, ok, err);
}

/* A role that may be changed. */
static bool find_role(struct db *db, const char *name, const struct administrator *who,
                      struct role_found *found, struct error *err) {
    if (!role_find(db, name, found, err) || !check_rights(who, found->grants, "This role", err))
        return false;
    if (found->builtin)
        return error_set(err, ERROR_CONFLICT, "The role %s is built in: it stays as it is.", name);
    return true;
}

bool administer_role_set(struct db *db, const char *name, const char *doc,
                         const struct administrator *who, struct error *err) {
    CLEANUP(role_found_release) struct role_found role = {0};
    const struct account_actor actor = administer_actor(who);
    bool ok = administer_begin(db, who, err) && find_role(db, name, who, &role, err) &&
              check_document(db, doc, who, err) && role_update(db, name, doc, &actor, err);
    return administer_end(db, ok, err);
}

static bool check_unused(const struct role_found *role, struct error *err) {
    if (role->accounts != 0)
        return error_set(err, ERROR_CONFLICT,
                         "%d accounts have this role: give them another first.",
                         (int)role->accounts);
    return true;
}

bool administer_role_delete(struct db *db, const char *name, const struct administrator *who,
                            struct error *err) {
    CLEANUP(role_found_release) struct role_found role = {0};
    const struct account_actor actor = administer_actor(who);
    bool ok = administer_begin(db, who, err) && find_role(db, name, who, &role, err) &&
              check_unused(&role, err) && role_delete(db, name, &actor, err);
    return administer_end(db, ok, err);
}
