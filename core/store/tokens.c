/* tokens: see tokens.h. */
#include "core/store/tokens.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "sql/statements.h"

static const char prefix[] = "berth_";

/* CRC-32 as of IEEE 802.3, four bits at a time. */
static uint32_t crc32_of(const char *text, size_t len) {
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = ~0u;
    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned char)text[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static void base64url(const unsigned char bytes[32], char text[TOKEN_SECRET_LEN + 1]) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    int count = 0;
    char *out = text;
    for (size_t i = 0; i < 32; i++) {
        bits = bits << 8 | bytes[i];
        for (count += 8; count >= 6; count -= 6)
            *out++ = letters[bits >> (count - 6) & 63];
    }
    *out++ = letters[bits << (6 - count) & 63];
    *out = '\0';
}

static void check_of(const char *text, size_t len, char check[9]) {
    snprintf(check, 9, "%08x", crc32_of(text, len));
}

void token_make(struct token *token, char text[TOKEN_TEXT_LEN + 1]) {
    unsigned char bytes[32];
    char secret[TOKEN_SECRET_LEN + 1], check[9];
    crypto_random(bytes, sizeof bytes);
    crypto_random_hex(token->id, TOKEN_ID_LEN / 2);
    base64url(bytes, secret);
    crypto_sha256(secret, TOKEN_SECRET_LEN, token->digest);
    int len = snprintf(text, TOKEN_TEXT_LEN + 1, "%s%s_%s", prefix, token->id, secret);
    check_of(text, (size_t)len, check);
    snprintf(text + len, (size_t)(TOKEN_TEXT_LEN + 1 - len), "_%s", check);
}

static bool all_of(const char *text, size_t len, const char *letters) {
    return strspn(text, letters) >= len;
}

bool token_parse(const char *text, struct token *token) {
    static const char hex[] = "0123456789abcdef";
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char check[9];
    if (strlen(text) != TOKEN_TEXT_LEN || strncmp(text, prefix, strlen(prefix)) != 0)
        return false;
    const char *id = text + strlen(prefix);
    const char *secret = id + TOKEN_ID_LEN + 1;
    const char *given = secret + TOKEN_SECRET_LEN + 1;
    if (!all_of(id, TOKEN_ID_LEN, hex) || secret[-1] != '_' ||
        !all_of(secret, TOKEN_SECRET_LEN, base64) || given[-1] != '_')
        return false;
    check_of(text, (size_t)(given - 1 - text), check);
    if (strcmp(given, check) != 0)
        return false;
    memcpy(token->id, id, TOKEN_ID_LEN);
    token->id[TOKEN_ID_LEN] = '\0';
    crypto_sha256(secret, TOKEN_SECRET_LEN, token->digest);
    return true;
}

bool token_insert(struct db *db, const struct token *token, const char *account_id,
                  const char *password_hash, const char *user_agent, int64_t hours,
                  char *ret_expires_at, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    if (!db_run(db, &sql_token_insert,
                DB_PARAMS(DB_TEXT(token->id), DB_TEXT(account_id),
                          DB_BYTES(token->digest, SHA256_BYTES), DB_TEXT(user_agent), db_int(hours),
                          DB_TEXT(password_hash)),
                &row, err))
        return false;
    if (db_rows(row) == 0)
        return error_set(err, ERROR_UNAUTHENTICATED, "The account has just been changed.");
    snprintf(ret_expires_at, 32, "%s", db_text(row, 0, "expires_at"));
    return true;
}

bool token_delete(struct db *db, const char *id, struct error *err) {
    return db_run(db, &sql_token_delete, DB_PARAMS(DB_TEXT(id)), NULL, err);
}

static bool add_event(struct db *db, const char *type, const char *username, const char *name,
                      const struct account_actor *actor, struct error *err) {
    CLEANUP(mem_free_text) char *text = mem_format("%s token=%s", username, name);
    return account_event(db, type, text, actor, err);
}

bool token_insert_service(struct db *db, const struct token *token, const struct token_owner *owner,
                          int64_t days, char *ret_expires_at, const struct account_actor *actor,
                          struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    if (db_run(db, &sql_token_insert_service,
               DB_PARAMS(DB_TEXT(token->id), DB_TEXT(owner->account_id),
                         DB_BYTES(token->digest, SHA256_BYTES), DB_TEXT(owner->user_agent),
                         db_int(days), DB_TEXT(owner->name)),
               &row, err)) {
        snprintf(ret_expires_at, 32, "%s", db_text(row, 0, "expires_at"));
        return add_event(db, "add-token", owner->username, owner->name, actor, err);
    }
    if (err->kind == ERROR_CONFLICT) {
        error_set(err, ERROR_CONFLICT, "The account %s has a token %s already.", owner->username,
                  owner->name);
        snprintf(err->field, sizeof err->field, "name");
    }
    return false;
}

bool token_expire(struct db *db, const char *account_id, struct error *err) {
    return db_run(db, &sql_token_expire, DB_PARAMS(DB_TEXT(account_id)), NULL, err);
}

bool token_limits(struct db *db, const char *token_id, const char *account_id, int64_t days,
                  struct token_limits *ret_limits, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    if (!db_run(db, &sql_token_limits,
                DB_PARAMS(DB_TEXT(token_id), DB_TEXT(account_id), db_int(days)), &row, err))
        return false;
    if (db_rows(row) == 0)
        return error_set(err, ERROR_UNAUTHENTICATED, "Your token has just ended: log in again.");
    *ret_limits =
        (struct token_limits){db_is_true(row, 0, "outlives"), db_int64(row, 0, "named", 0)};
    return true;
}

void token_found_release(struct token_found *found) {
    db_result_free(&found->rows);
    *found = (struct token_found){0};
}

bool token_find_owned(struct db *db, const char *id_or_name, const char *account_id,
                      struct token_found *ret_found, struct error *err) {
    struct token_found found = {0};
    if (!db_run(db, &sql_token_owned, DB_PARAMS(DB_TEXT(id_or_name), DB_TEXT(account_id)),
                &found.rows, err))
        return false;
    if (db_rows(found.rows) == 0) {
        token_found_release(&found);
        return error_set(err, ERROR_NOT_FOUND, "There is no token %s.", id_or_name);
    }
    found.id = db_text(found.rows, 0, "id");
    found.account_id = db_text(found.rows, 0, "account_id");
    found.username = db_text(found.rows, 0, "username");
    found.name = db_text(found.rows, 0, "name");
    *ret_found = found;
    return true;
}

bool token_revoke(struct db *db, const struct token_found *token, const struct account_actor *actor,
                  struct error *err) {
    return token_delete(db, token->id, err) &&
           add_event(db, "delete-token", token->username, token->name ? token->name : token->id,
                     actor, err);
}
