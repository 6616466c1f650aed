/* administer_tokens: named tokens for programs; see administer.h. */
#include <string.h>

#include "core/base/mem.h"
#include "core/control/administer_begin.h"
#include "core/control/policy.h"

/* The account that a token is for; nobody makes one with more rights than his own. */
static bool find_owner(struct db *db, const char *username, const struct administrator *who,
                       struct account_found *found, struct error *err) {
    bool own = strcmp(username, who->identity->username) == 0;
    if (!own && !policy_allows(who->identity->grants, "/api/account", ACCESS_WRITE))
        return error_set(err, ERROR_FORBIDDEN,
                         "Only who may change accounts makes a token for another.");
    if (!account_find(db, NULL, username, found, err))
        return false;
    if (!policy_covers(who->identity->grants, found->grants))
        return error_set(err, ERROR_FORBIDDEN, "The account %s has rights that you do not have.",
                         username);
    if (found->disabled)
        return error_set(err, ERROR_CONFLICT, "The account %s is disabled.", username);
    return true;
}

static bool check_limits(struct db *db, const struct account_found *owner, int64_t days,
                         const struct administrator *who, struct error *err) {
    struct token_limits limits = {0};
    if (!token_limits(db, who->identity->token_id, owner->id, days, &limits, err))
        return false;
    if (!limits.outlives)
        return error_set(err, ERROR_FORBIDDEN,
                         "A service token makes none that would outlive itself.");
    if (limits.named >= SERVICE_TOKENS_MAX)
        return error_set(err, ERROR_CONFLICT, "The account %s has %d tokens already: revoke some.",
                         owner->username, SERVICE_TOKENS_MAX);
    return true;
}

static bool add(struct db *db, const char *account, const char *name, int64_t days,
                const char *user_agent, const struct administrator *who,
                struct service_token *ret_token, struct error *err) {
    CLEANUP(account_found_release) struct account_found owner = {0};
    const struct account_actor actor = administer_actor(who);
    struct token token;
    if (!find_owner(db, account, who, &owner, err) || !token_expire(db, owner.id, err) ||
        !check_limits(db, &owner, days, who, err))
        return false;
    token_make(&token, ret_token->text);
    memcpy(ret_token->id, token.id, sizeof token.id);
    const struct token_owner named = {owner.id, owner.username, name, user_agent};
    return token_insert_service(db, &token, &named, days, ret_token->expires_at, &actor, err);
}

bool administer_token_add(struct db *db, const char *account, const char *name, int64_t days,
                          const char *user_agent, const struct administrator *who,
                          struct service_token *ret_token, struct error *err) {
    bool ok = administer_begin(db, who, err) &&
              add(db, account, name, days, user_agent, who, ret_token, err);
    return administer_end(db, ok, err);
}

static bool delete_token(struct db *db, const char *id_or_name, const struct administrator *who,
                         struct error *err) {
    CLEANUP(token_found_release) struct token_found token = {0};
    CLEANUP(account_found_release) struct account_found owner = {0};
    const struct account_actor actor = administer_actor(who);
    if (!token_find_owned(db, id_or_name, who->identity->account_id, &token, err))
        return false;
    if (strcmp(who->identity->account_id, token.account_id) != 0) {
        bool allowed = policy_allows(who->identity->grants, "/api/account", ACCESS_WRITE);
        if (allowed && !account_find(db, token.account_id, NULL, &owner, err))
            return false;
        if (!allowed || !policy_covers(who->identity->grants, owner.grants))
            return error_set(err, ERROR_NOT_FOUND, "There is no token %s.", id_or_name);
    }
    return token_revoke(db, &token, &actor, err);
}

bool administer_token_delete(struct db *db, const char *id_or_name, const struct administrator *who,
                             struct error *err) {
    bool ok = administer_begin(db, who, err) && delete_token(db, id_or_name, who, err);
    return administer_end(db, ok, err);
}
