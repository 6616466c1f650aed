/* tokens: the text that proves who calls, and its rows. A token reads
 * berth_ID_SECRET_CHECK: 16 hex digits that name the row, 43 base64url characters (RFC 4648; 256
 * random bits), and the CRC-32 of all before the last '_' as 8 hex digits, so that a scanner knows
 * a leaked one, and a mistyped one costs no query. The database keeps SHA-256 of SECRET only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/crypto.h"
#include "core/base/error.h"
#include "core/store/accounts.h"
#include "core/store/db.h"

enum { TOKEN_ID_LEN = 16, TOKEN_SECRET_LEN = 43, TOKEN_TEXT_LEN = 6 + 16 + 1 + 43 + 1 + 8 };

struct token {
    char id[TOKEN_ID_LEN + 1];
    unsigned char digest[SHA256_BYTES]; /* of the secret part */
};

/* A new token; `text` is the only copy of its secret. */
void token_make(struct token *token, char text[TOKEN_TEXT_LEN + 1]);

/* false unless `text` has exactly the form of a token and its check fits. */
bool token_parse(const char *text, struct token *token);

/* Keep `token` as the session of a login for `hours` from now, by the database's clock; the
 * account's expired ones go. ret_expires_at (room for 32 bytes) gets RFC 3339 UTC.
 * ERROR_UNAUTHENTICATED: the account has been disabled, or its password changed, since
 * `password_hash` was read. */
bool token_insert(struct db *db, const struct token *token, const char *account_id,
                  const char *password_hash, const char *user_agent, int64_t hours,
                  char *ret_expires_at, struct error *err);

/* Harmless when there is none. */
bool token_delete(struct db *db, const char *id, struct error *err);

/* What follows is about service tokens, and belongs into a transaction that began with
 * accounts_lock. */

struct token_owner {
    const char *account_id, *username;
    const char *name; /* of the token */
    const char *user_agent;
};

/* Keep it for `days`, with its event. ERROR_CONFLICT: the account has one of this name. */
bool token_insert_service(struct db *db, const struct token *token, const struct token_owner *owner,
                          int64_t days, char *ret_expires_at, const struct account_actor *actor,
                          struct error *err);

/* The account's expired tokens go, so that their names are free. */
bool token_expire(struct db *db, const char *account_id, struct error *err);

struct token_limits {
    bool outlives; /* `token_id` is a session, or lives as long as the new one would */
    int64_t named; /* service tokens that the account has */
};
/* For a token of `days` that the bearer of `token_id` makes for `account_id`.
 * ERROR_UNAUTHENTICATED: that token has ended meanwhile. */
bool token_limits(struct db *db, const char *token_id, const char *account_id, int64_t days,
                  struct token_limits *ret_limits, struct error *err);

/* A token as found; texts are borrowed from `rows`. */
struct token_found {
    const char *id, *account_id, *username;
    const char *name; /* NULL = a session */
    struct db_result *rows;
};
void token_found_release(struct token_found *found);

/* By id, or by name among those of `account_id`. ERROR_NOT_FOUND. */
bool token_find_owned(struct db *db, const char *id_or_name, const char *account_id,
                      struct token_found *ret_found, struct error *err);
/* With its event. */
bool token_revoke(struct db *db, const struct token_found *token, const struct account_actor *actor,
                  struct error *err);
