/* administer: changes of accounts, roles and tokens, each one transaction, and the rules for them:
 * nobody gives, takes or takes over rights that exceed his own, and an enabled administrator always
 * remains. */
#pragma once

#include "core/control/auth.h"
#include "core/store/accounts.h"

/* Who asks. */
struct administrator {
    const struct identity *identity;
    const char *request_id;
};

/* All of these: ERROR_FORBIDDEN when the rights of the account or the role, before or after, exceed
 * those of `who`. An account is named by user name or id. */

/* ERROR_CONFLICT: `id` or `username` (named in err->field) is taken. ERROR_BAD_FIELD: there is no
 * such role. */
bool administer_add(struct db *db, const struct account *account, const struct administrator *who,
                    struct error *err);

/* By `id` or by `username`; the other is NULL. ERROR_NOT_FOUND. ERROR_CONFLICT: it is the last
 * enabled administrator. */
bool administer_delete(struct db *db, const char *id, const char *username,
                       const struct administrator *who, struct error *err);
bool administer_disable(struct db *db, const char *name, const struct administrator *who,
                        struct error *err);
bool administer_enable(struct db *db, const char *name, const struct administrator *who,
                       struct error *err);
bool administer_role(struct db *db, const char *name, const char *role,
                     const struct administrator *who, struct error *err);

/* Of `who` itself its token stays, of another none does. */
bool administer_password(struct db *db, const char *username, const char *password_hash,
                         const struct administrator *who, struct error *err);

/* `doc`: JSON text, see sql/schema, table roles. ERROR_CONFLICT: there is one of that name. */
bool administer_role_add(struct db *db, const char *name, const char *doc,
                         const struct administrator *who, struct error *err);
/* ERROR_NOT_FOUND. ERROR_CONFLICT: it is built in. */
bool administer_role_set(struct db *db, const char *name, const char *doc,
                         const struct administrator *who, struct error *err);
/* ERROR_CONFLICT besides: accounts have it. */
bool administer_role_delete(struct db *db, const char *name, const struct administrator *who,
                            struct error *err);

enum { SERVICE_TOKENS_MAX = 100, SERVICE_DAYS_MAX = 90 };

struct service_token {
    char id[TOKEN_ID_LEN + 1];
    char text[TOKEN_TEXT_LEN + 1]; /* the only copy of its secret */
    char expires_at[32];
};

/* A token `name` for `days` of the account of user name `account`; who makes one for another must
 * be allowed to change accounts. ERROR_CONFLICT: there is one of that name, or there are too many.
 * ERROR_FORBIDDEN besides: it would outlive the service token that asks for it. */
bool administer_token_add(struct db *db, const char *account, const char *name, int64_t days,
                          const char *user_agent, const struct administrator *who,
                          struct service_token *ret_token, struct error *err);

/* By id, or by name one of his own; that of another, by id, when he may change accounts.
 * ERROR_NOT_FOUND, also when he may not. */
bool administer_token_delete(struct db *db, const char *id_or_name, const struct administrator *who,
                             struct error *err);
