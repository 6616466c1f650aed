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
                  const char *user_agent, int64_t hours, char *ret_expires_at, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    if (!db_run(db, &sql_token_insert,
                DB_PARAMS(DB_TEXT(token->id), DB_TEXT(account_id),
                          DB_BYTES(token->digest, SHA256_BYTES), DB_TEXT(user_agent),
                          db_int(hours)),
                &row, err))
        return false;
    snprintf(ret_expires_at, 32, "%s", db_text(row, 0, "expires_at"));
    return true;
}

bool token_delete(struct db *db, const char *id, struct error *err) {
    return db_run(db, &sql_token_delete, DB_PARAMS(DB_TEXT(id)), NULL, err);
}
