/* tokens: the text that proves who calls, and its rows. A token reads
 * berth_ID_SECRET_CHECK: 16 hex digits that name the row, 43 base64url characters (RFC 4648; 256
 * random bits), and the CRC-32 of all before the last '_' as 8 hex digits, so that a scanner knows
 * a leaked one, and a mistyped one costs no query. The database keeps SHA-256 of SECRET only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/crypto.h"
#include "core/base/error.h"
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

/* Keep `token` for `hours` from now, by the database's clock; the account's expired ones go.
 * ret_expires_at (room for 32 bytes) gets RFC 3339 UTC. */
bool token_insert(struct db *db, const struct token *token, const char *account_id,
                  const char *user_agent, int64_t hours, char *ret_expires_at, struct error *err);

/* Harmless when there is none. */
bool token_delete(struct db *db, const char *id, struct error *err);
