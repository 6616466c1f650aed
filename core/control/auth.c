/* auth: see auth.h. */
#include "core/control/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/base/password.h"
#include "sql/statements.h"

void credentials_release(struct credentials *credentials) {
    mem_free_text(&credentials->username);
}

void identity_release(struct identity *identity) {
    free(identity->account_id);
    free(identity->username);
    free(identity->role);
    free(identity->grants);
    *identity = (struct identity){0};
}

void auth_session_release(struct session *session) {
    identity_release(&session->identity);
    *session = (struct session){0};
}

static bool refuse(struct error *err, const char *why) {
    return error_set(err, ERROR_UNAUTHENTICATED, "%s", why);
}

static const char bad_token[] = "The token is not valid, or no longer: log in again.";

/* The token's text in `Authorization`; NULL when it is of another scheme. */
static const char *bearer(const char *authorization) {
    static const char scheme[] = "Bearer ";
    return strncasecmp(authorization, scheme, strlen(scheme)) == 0 ? authorization + strlen(scheme)
                                                                   : NULL;
}

bool auth_parse(const char *access_token, const char *authorization,
                struct credentials *ret_credentials, struct error *err) {
    struct credentials credentials = {0};
    const char *text = authorization ? bearer(authorization) : NULL;
    const char *colon = access_token ? strrchr(access_token, ':') : NULL;
    if (access_token && authorization && (!text || !colon || strcmp(colon + 1, text) != 0))
        return error_set(
            err, ERROR_BAD_REQUEST,
            "X-Access-Token and Authorization name different tokens: give one of them.");
    if (colon) {
        text = colon + 1;
        credentials.username = mem_strndup(access_token, (size_t)(colon - access_token));
    }
    if (text && token_parse(text, &credentials.token)) {
        *ret_credentials = credentials;
        return true;
    }
    credentials_release(&credentials);
    if (!access_token && !authorization)
        return refuse(err, "A token is needed: log in, and send it as `X-Access-Token: NAME:TOKEN` "
                           "or `Authorization: Bearer TOKEN`.");
    return refuse(err, bad_token);
}

bool auth_parse_cookie(const char *cookies, struct credentials *ret_credentials,
                       struct error *err) {
    static const char name[] = AUTH_COOKIE "=";
    struct credentials credentials = {0};
    for (const char *s = cookies; s && *s; s += strcspn(s, ";"), s += *s == ';') {
        s += strspn(s, " \t");
        if (strncmp(s, name, strlen(name)) != 0)
            continue;
        s += strlen(name);
        CLEANUP(mem_free_text) char *text = mem_strndup(s, strcspn(s, "; \t"));
        if (token_parse(text, &credentials.token))
            *ret_credentials = credentials;
        else
            refuse(err, bad_token);
        return true;
    }
    return false;
}

void auth_csrf(const struct token *token, char csrf[CSRF_LEN + 1]) {
    static const char purpose[] = "berth-csrf";
    unsigned char bytes[sizeof purpose - 1 + SHA256_BYTES], digest[SHA256_BYTES];
    memcpy(bytes, purpose, sizeof purpose - 1);
    memcpy(bytes + sizeof purpose - 1, token->digest, SHA256_BYTES);
    crypto_sha256(bytes, sizeof bytes, digest);
    hex_encode(digest, sizeof digest, csrf);
}

bool auth_identify(const struct credentials *credentials, const struct db_result *rows,
                   struct identity *ret_identity, struct error *err) {
    /* As bytea's text form; both of one length, whatever is kept. */
    char wanted[2 + 2 * SHA256_BYTES + 1] = "\\x", kept[sizeof wanted] = "";
    if (db_rows(rows) != 1)
        return refuse(err, bad_token);
    hex_encode(credentials->token.digest, SHA256_BYTES, wanted + 2);
    snprintf(kept, sizeof kept, "%s", db_text(rows, 0, "digest"));
    if (!crypto_equal(kept, wanted, sizeof kept))
        return refuse(err, bad_token);
    const char *username = db_text(rows, 0, "username");
    if (credentials->username && strcmp(credentials->username, username) != 0)
        return refuse(err, bad_token);
    *ret_identity = (struct identity){.account_id = mem_strdup(db_text(rows, 0, "id")),
                                      .username = mem_strdup(username),
                                      .role = mem_strdup(db_text(rows, 0, "role")),
                                      .grants = mem_strdup(db_text(rows, 0, "grants")),
                                      .service = db_is_true(rows, 0, "service")};
    memcpy(ret_identity->token_id, credentials->token.id, sizeof ret_identity->token_id);
    return true;
}

static const char bad_login[] = "Unknown user name or wrong password.";

bool auth_login(struct db *db, const char *username, const char *password, const char *user_agent,
                int64_t hours, struct session *ret_session, bool *ret_known, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct session session = {0};
    bool match = false;
    *ret_known = false;
    if (!db_run(db, &sql_account_login, DB_PARAMS(DB_TEXT(username)), &rows, err))
        return false;
    *ret_known = db_rows(rows) == 1;
    if (!password_verify(*ret_known ? db_text(rows, 0, "password_hash") : NULL, password, &match,
                         err))
        return false;
    if (!match || db_is_true(rows, 0, "disabled"))
        return refuse(err, bad_login);
    token_make(&session.key, session.token);
    const char *account_id = db_text(rows, 0, "id");
    if (!token_insert(db, &session.key, account_id, db_text(rows, 0, "password_hash"), user_agent,
                      hours, session.expires_at, err)) {
        if (err->kind == ERROR_UNAUTHENTICATED)
            refuse(err, bad_login);
        return false;
    }
    session.identity = (struct identity){.account_id = mem_strdup(account_id),
                                         .username = mem_strdup(db_text(rows, 0, "username")),
                                         .role = mem_strdup(db_text(rows, 0, "role"))};
    memcpy(session.identity.token_id, session.key.id, sizeof session.key.id);
    *ret_session = session;
    return true;
}
