/* test_token: the text form of tokens, the headers that carry them, waiting requests. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/auth.h"
#include "fcgi/parked.h"
#include "fcgi/request.h"
#include "tests/unit/unit.h"

static void test_form(void) {
    struct token made, parsed, other;
    char text[TOKEN_TEXT_LEN + 1], more[TOKEN_TEXT_LEN + 1];
    token_make(&made, text);
    token_make(&other, more);
    CU_ASSERT_EQUAL(strlen(text), TOKEN_TEXT_LEN);
    CU_ASSERT_STRING_NOT_EQUAL(text, more);
    CU_ASSERT_TRUE_FATAL(token_parse(text, &parsed));
    CU_ASSERT_STRING_EQUAL(parsed.id, made.id);
    CU_ASSERT_EQUAL(memcmp(parsed.digest, made.digest, sizeof made.digest), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(other.digest, made.digest, sizeof made.digest), 0);
}

/* Computed by another program: CRC-32, SHA-256 of the secret part. */
static void test_known(void) {
    static const char text[] =
        "berth_0123456789abcdef_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_ff4afb0e";
    static const char digest[] = "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a";
    struct token token;
    char hex[65];
    CU_ASSERT_TRUE_FATAL(token_parse(text, &token));
    for (size_t i = 0; i < sizeof token.digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", token.digest[i]);
    CU_ASSERT_STRING_EQUAL(hex, digest);
}

/* No single byte can be changed, left out or added. */
static void test_changed(void) {
    struct token token;
    char text[TOKEN_TEXT_LEN + 1], changed[TOKEN_TEXT_LEN + 2];
    token_make(&token, text);
    for (size_t i = 0; i < TOKEN_TEXT_LEN; i++) {
        for (int c = 1; c < 256; c++) {
            memcpy(changed, text, sizeof text);
            changed[i] = (char)c;
            if (changed[i] != text[i])
                CU_ASSERT_FALSE(token_parse(changed, &token));
        }
        memcpy(changed, text, i);
        memcpy(changed + i, text + i + 1, TOKEN_TEXT_LEN - i);
        CU_ASSERT_FALSE(token_parse(changed, &token));
        memcpy(changed, text, i);
        changed[i] = 'a';
        memcpy(changed + i + 1, text + i, TOKEN_TEXT_LEN - i + 1);
        CU_ASSERT_FALSE(token_parse(changed, &token));
    }
    CU_ASSERT_FALSE(token_parse("", &token));
    CU_ASSERT_FALSE(token_parse("berth_", &token));
}

static bool parses(const char *access_token, const char *authorization,
                   struct credentials *credentials) {
    struct error err = {0};
    bool ok = auth_parse(access_token, authorization, credentials, &err);
    CU_ASSERT_EQUAL(err.kind, ok ? ERROR_NONE : ERROR_UNAUTHENTICATED);
    return ok;
}

static void test_headers(void) {
    struct token token;
    struct credentials credentials = {0};
    char text[TOKEN_TEXT_LEN + 1];
    token_make(&token, text);
    CLEANUP(mem_free_text) char *bearer = mem_format("Bearer %s", text);
    CLEANUP(mem_free_text) char *lower = mem_format("bearer %s", text);
    CLEANUP(mem_free_text) char *basic = mem_format("Basic %s", text);
    CLEANUP(mem_free_text) char *digest = mem_format("Digest %s", text); /* as long as Bearer */
    CLEANUP(mem_free_text) char *named = mem_format("clare:%s", text);
    CLEANUP(mem_free_text) char *colons = mem_format("a:b:%s", text);
    CLEANUP(mem_free_text) char *spaced = mem_format("Bearer  %s", text);
    CLEANUP(mem_free_text) char *behind = mem_format("Bearer %s ", text);
    CU_ASSERT_TRUE_FATAL(parses(NULL, bearer, &credentials));
    CU_ASSERT_STRING_EQUAL(credentials.token.id, token.id);
    CU_ASSERT_PTR_NULL(credentials.username);
    CU_ASSERT_TRUE(parses(NULL, lower, &credentials));
    CU_ASSERT_TRUE_FATAL(parses(named, NULL, &credentials));
    CU_ASSERT_STRING_EQUAL(credentials.username, "clare");
    credentials_release(&credentials);
    CU_ASSERT_TRUE_FATAL(parses(colons, NULL, &credentials));
    CU_ASSERT_STRING_EQUAL(credentials.username, "a:b");
    credentials_release(&credentials);
    CU_ASSERT_FALSE(parses(NULL, NULL, &credentials));
    CU_ASSERT_TRUE_FATAL(parses(named, bearer, &credentials)); /* the same one */
    CU_ASSERT_STRING_EQUAL(credentials.username, "clare");
    credentials_release(&credentials);
    CU_ASSERT_FALSE(parses(text, NULL, &credentials));
    CU_ASSERT_FALSE(parses(NULL, text, &credentials));
    CU_ASSERT_FALSE(parses(NULL, basic, &credentials));
    CU_ASSERT_FALSE(parses(NULL, digest, &credentials));
    CU_ASSERT_FALSE(parses(NULL, spaced, &credentials));
    CU_ASSERT_FALSE(parses(NULL, behind, &credentials));
    CU_ASSERT_FALSE(parses("", NULL, &credentials));
    CU_ASSERT_FALSE(parses(":", NULL, &credentials));
    CU_ASSERT_FALSE(parses(NULL, "Bearer ", &credentials));
}

static void test_two_tokens(void) {
    struct token one, other;
    char text[TOKEN_TEXT_LEN + 1], other_text[TOKEN_TEXT_LEN + 1];
    token_make(&one, text);
    token_make(&other, other_text);
    CLEANUP(mem_free_text) char *named = mem_format("clare:%s", text);
    CLEANUP(mem_free_text) char *bearer = mem_format("Bearer %s", other_text);
    CLEANUP(mem_free_text) char *basic = mem_format("Basic %s", text);
    const char *const others[] = {bearer, basic, text, "", "Bearer "};
    struct credentials none = {0};
    struct error error = {0};
    CU_ASSERT_FALSE(auth_parse(text, bearer, &none, &error)); /* without a name */
    CU_ASSERT_EQUAL(error.kind, ERROR_BAD_REQUEST);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct credentials credentials = {0};
        struct error err = {0};
        CU_ASSERT_FALSE(auth_parse(named, others[i], &credentials, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_BAD_REQUEST);
    }
}

static bool has_cookie(const char *cookies, struct credentials *credentials, enum error_kind kind) {
    struct error err = {0};
    bool found = auth_parse_cookie(cookies, credentials, &err);
    CU_ASSERT_EQUAL(err.kind, kind);
    return found;
}

static void test_cookie(void) {
    struct token token;
    struct credentials credentials = {0};
    char text[TOKEN_TEXT_LEN + 1], csrf[CSRF_LEN + 1], other_csrf[CSRF_LEN + 1];
    token_make(&token, text);
    auth_csrf(&token, csrf);
    CLEANUP(mem_free_text) char *alone = mem_format(AUTH_COOKIE "=%s", text);
    CLEANUP(mem_free_text) char *among = mem_format("a=b; " AUTH_COOKIE "=%s; c=d", text);
    CLEANUP(mem_free_text) char *tight = mem_format("a=\"b\";" AUTH_COOKIE "=%s;", text);
    CLEANUP(mem_free_text) char *behind = mem_format(AUTH_COOKIE "=%sx", text);
    CLEANUP(mem_free_text) char *plain = mem_format("berth=%s", text);
    CLEANUP(mem_free_text) char *longer = mem_format("x" AUTH_COOKIE "=%s", text);
    CLEANUP(mem_free_text) char *second = mem_format(AUTH_COOKIE "=none; " AUTH_COOKIE "=%s", text);
    const char *const good[] = {alone, among, tight};
    const char *const none[] = {NULL, "", ";;", "a", AUTH_COOKIE, plain, longer};
    const char *const bad[] = {AUTH_COOKIE "=", behind, second};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        credentials = (struct credentials){0};
        CU_ASSERT_TRUE_FATAL(has_cookie(good[i], &credentials, ERROR_NONE));
        CU_ASSERT_STRING_EQUAL(credentials.token.id, token.id);
        auth_csrf(&credentials.token, other_csrf);
        CU_ASSERT_STRING_EQUAL(csrf, other_csrf);
    }
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        CU_ASSERT_FALSE(has_cookie(none[i], &credentials, ERROR_NONE));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CU_ASSERT_TRUE(has_cookie(bad[i], &credentials, ERROR_UNAUTHENTICATED));
    token_make(&token, text);
    auth_csrf(&token, other_csrf);
    CU_ASSERT_STRING_NOT_EQUAL(csrf, other_csrf);
}

static void test_parked(void) {
    struct ready_queue *ready = ready_new();
    struct parked *parked = parked_new(ready);
    struct request requests[4] = {0};
    char **ids;
    CU_ASSERT_EQUAL(parked_expire(parked, 0), INT64_MAX);
    parked_add(parked, &requests[0], "op-1", 100);
    parked_add(parked, &requests[1], "op-2", 200);
    parked_add(parked, &requests[2], "op-1", 300);
    CU_ASSERT_EQUAL(parked_ids(parked, &ids), 2);
    CU_ASSERT_STRING_EQUAL(ids[0], "op-1");
    CU_ASSERT_STRING_EQUAL(ids[1], "op-2");
    CU_ASSERT_PTR_NULL(ids[2]);
    free(ids);
    CU_ASSERT_PTR_NULL(ready_pop(ready));
    CU_ASSERT_EQUAL(parked_expire(parked, 99), 100);
    CU_ASSERT_EQUAL(parked_expire(parked, 100), 200);
    CU_ASSERT_PTR_EQUAL(ready_pop(ready), &requests[0]);
    CU_ASSERT_TRUE(requests[0].expired);
    parked_add(parked, &requests[0], "op-1", 400);
    CU_ASSERT_FALSE(requests[0].expired);
    parked_release(parked, "op-3");
    CU_ASSERT_PTR_NULL(ready_pop(ready));
    parked_release(parked, "op-1");
    CU_ASSERT_PTR_NOT_NULL(ready_pop(ready));
    CU_ASSERT_PTR_NOT_NULL(ready_pop(ready));
    CU_ASSERT_PTR_NULL(ready_pop(ready));
    CU_ASSERT_FALSE(requests[2].expired);
    CU_ASSERT_EQUAL(parked_expire(parked, 0), 200);
    CU_ASSERT_EQUAL(parked_expire(parked, INT64_MAX), INT64_MAX);
    CU_ASSERT_PTR_EQUAL(ready_pop(ready), &requests[1]);
    CU_ASSERT_EQUAL(parked_ids(parked, &ids), 0);
    free(ids);
    for (size_t i = 0; i < ARRAY_LEN(requests); i++)
        free(requests[i].operation_id);
    parked_free(parked);
    ready_free(ready);
}

static const struct unit_test tests[] = {
    {"a token comes back from its text", test_form},
    {"the form is the documented one", test_known},
    {"a changed text is no token", test_changed},
    {"both headers, and nothing else", test_headers},
    {"two headers that differ are refused", test_two_tokens},
    {"a cookie among others, and what proves that its page sent it", test_cookie},
    {"parked requests go on when released or expired", test_parked},
    {0},
};

const struct unit_suite suite_token = {"token", tests};
