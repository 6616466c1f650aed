/* auth: who calls? Tokens in request headers, logins with a password. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/store/db.h"
#include "core/store/tokens.h"

/* What a request claims to be; nothing of it is proved. */
struct credentials {
    struct token token;
    char *username; /* NULL = the header named none */
};

/* Who it is. Zero-initialised: nobody. */
struct identity {
    char *account_id; /* NULL = nobody */
    char *username;
    char *role;
    char *grants; /* see core/control/policy.h */
    char token_id[TOKEN_ID_LEN + 1];
    bool service; /* it is a program with a named token, nobody who has just given a password */
};

void credentials_release(struct credentials *credentials);
void identity_release(struct identity *identity);

/* From the headers `X-Access-Token: USERNAME:TOKEN` or `Authorization: Bearer TOKEN` (NULL =
 * absent). ERROR_UNAUTHENTICATED: none, or not of this form. ERROR_BAD_REQUEST: both, with
 * different tokens. */
bool auth_parse(const char *access_token, const char *authorization,
                struct credentials *ret_credentials, struct error *err);

/* The cookie of the console's sessions; the prefix makes browsers hold it to this very host, to
 * HTTPS and to Path=/ (RFC 6265bis, 4.1.3.2). */
#define AUTH_COOKIE "__Host-berth"

/* From the header `Cookie` (NULL = absent). false: there is no such cookie. One that is no token
 * gives ERROR_UNAUTHENTICATED in `err`, and true. */
bool auth_parse_cookie(const char *cookies, struct credentials *ret_credentials, struct error *err);

/* What the header X-CSRF-Token of a request with this token in its cookie must be: whoever makes a
 * browser send the cookie cannot know it, and it tells nothing about the token. */
enum { CSRF_LEN = 64 };
void auth_csrf(const struct token *token, char csrf[CSRF_LEN + 1]);

/* Whose credentials are they? `rows` is the result of the statement token_find for
 * credentials->token.id. ERROR_UNAUTHENTICATED: no such token, expired, another secret, another
 * user name, disabled account. */
bool auth_identify(const struct credentials *credentials, const struct db_result *rows,
                   struct identity *ret_identity, struct error *err);

/* What a successful login gives. */
struct session {
    struct identity identity; /* without grants */
    char token[TOKEN_TEXT_LEN + 1];
    struct token key; /* what the database keeps of it */
    char expires_at[32];
};
void auth_session_release(struct session *session);

/* Check the password (0.1 s of argon2id, also for a name that does not exist) and make a token for
 * `hours`. ERROR_UNAUTHENTICATED, always with the same words. *ret_known tells, for the log only,
 * whether the account exists. */
bool auth_login(struct db *db, const char *username, const char *password, const char *user_agent,
                int64_t hours, struct session *ret_session, bool *ret_known, struct error *err);
