/* accounts: those who may log in, and their roles. But for account_reset_admin everything here
 * belongs into a transaction of the caller's that began with accounts_lock; each change is written
 * with its event. Whether it is allowed is the caller's to know (core/control/administer.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/store/db.h"

/* Who asks for a change. */
struct account_actor {
    const char *username;
    const char *request_id;
};

struct account {
    const char *id;
    const char *username;
    const char *role;
    const char *password_hash;
};

/* An account as found; texts are borrowed from `rows`. */
struct account_found {
    const char *id, *username, *role;
    const char *grants; /* see core/control/policy.h */
    bool disabled;
    bool last_admin; /* the only enabled administrator */
    struct db_result *rows;
};
void account_found_release(struct account_found *found);

struct role_found {
    const char *grants;
    bool builtin;     /* neither changed nor deleted */
    int64_t accounts; /* that have it */
    struct db_result *rows;
};
void role_found_release(struct role_found *found);

/* The event `type` of a change, with the message "name=NAME". */
bool account_event(struct db *db, const char *type, const char *name,
                   const struct account_actor *actor, struct error *err);

/* One change of accounts and roles at a time, until the end of the transaction. */
bool accounts_lock(struct db *db, struct error *err);

/* By `id` or by `username`, the other being NULL; both being the same text, a user name is meant
 * rather than an id. Its logins wait until the end of the transaction. ERROR_NOT_FOUND. */
bool account_find(struct db *db, const char *id, const char *username,
                  struct account_found *ret_found, struct error *err);

/* ERROR_CONFLICT: `id` or `username` (named in err->field) is taken. */
bool account_insert(struct db *db, const struct account *account, const struct account_actor *actor,
                    struct error *err);
/* With its tokens. */
bool account_delete(struct db *db, const struct account_found *account,
                    const struct account_actor *actor, struct error *err);
/* And end every token of the account but `keep_token` (NULL = all). */
bool account_set_password(struct db *db, const struct account_found *account,
                          const char *password_hash, const char *keep_token,
                          const struct account_actor *actor, struct error *err);
/* Disabling ends its tokens. */
bool account_set_disabled(struct db *db, const struct account_found *account, bool disabled,
                          const struct account_actor *actor, struct error *err);
/* Its tokens end. */
bool account_set_role(struct db *db, const struct account_found *account, const char *role,
                      const struct account_actor *actor, struct error *err);

/* ERROR_NOT_FOUND. */
bool role_find(struct db *db, const char *name, struct role_found *ret_found, struct error *err);
/* The grants of a role's document (JSON text) as they will be. *ret_grants is the caller's. */
bool role_grants(struct db *db, const char *doc, char **ret_grants, struct error *err);
/* ERROR_CONFLICT: there is one of that name. */
bool role_insert(struct db *db, const char *name, const char *doc,
                 const struct account_actor *actor, struct error *err);
/* Counts at once for the accounts that have it. */
bool role_update(struct db *db, const char *name, const char *doc,
                 const struct account_actor *actor, struct error *err);
bool role_delete(struct db *db, const char *name, const struct account_actor *actor,
                 struct error *err);

/* Make `admin` an enabled administrator with this password, whether it exists or not, and whatever
 * has become of its role; all its tokens end. A transaction of its own. */
bool account_reset_admin(struct db *db, const char *password_hash, struct error *err);
