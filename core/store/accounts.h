/* accounts: those who may log in. Each change is one transaction with its event. */
#pragma once

#include <stdbool.h>

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

/* ERROR_CONFLICT: `id` or `username` (named in err->field) is taken. ERROR_BAD_FIELD: there is no
 * such role. */
bool account_insert(struct db *db, const struct account *account, const struct account_actor *actor,
                    struct error *err);

/* By `id` or by `username`; the other is NULL. Its tokens go, too. ERROR_NOT_FOUND. ERROR_CONFLICT:
 * it is the last administrator. */
bool account_delete(struct db *db, const char *id, const char *username,
                    const struct account_actor *actor, struct error *err);

/* And end every token of the account but `keep_token` (NULL = all). ERROR_NOT_FOUND. */
bool account_set_password(struct db *db, const char *username, const char *password_hash,
                          const char *keep_token, const struct account_actor *actor,
                          struct error *err);

/* Make `admin` an enabled administrator with this password, whether it exists or not; all its
 * tokens end. */
bool account_reset_admin(struct db *db, const char *password_hash, struct error *err);
