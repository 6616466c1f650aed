/* fuzz_headers: X-Access-Token, Authorization (or Cookie) and Prefer, each a line of the input; an
 * empty line is a header that is not there. */
#include <string.h>

#include "core/base/mem.h"
#include "core/control/auth.h"
#include "fcgi/prefer.h"
#include "tests/fuzz/fuzz.h"

static void check_token(const char *access_token, const char *authorization) {
    struct credentials credentials = {0};
    struct error err = {0};
    if (!auth_parse(access_token, authorization, &credentials, &err)) {
        fuzz_check(err.kind == ERROR_UNAUTHENTICATED || err.kind == ERROR_BAD_REQUEST);
        fuzz_check(!credentials.username);
        return;
    }
    /* It ends with the token, which is one by itself and by nothing else. */
    const char *given = access_token ? access_token : authorization;
    size_t len = strlen(given);
    struct token token;
    fuzz_check(len >= TOKEN_TEXT_LEN);
    CLEANUP(mem_free_text) char *text = mem_strdup(given + len - TOKEN_TEXT_LEN);
    fuzz_check(token_parse(text, &token) && strcmp(token.id, credentials.token.id) == 0);
    fuzz_check(memcmp(token.digest, credentials.token.digest, sizeof token.digest) == 0);
    for (size_t i = 0; i < TOKEN_TEXT_LEN; i++) {
        char was = text[i];
        text[i] = was == 'a' ? 'b' : 'a';
        fuzz_check(!token_parse(text, &token));
        text[i] = was;
    }
    fuzz_check((access_token != NULL) == (credentials.username != NULL));
    credentials_release(&credentials);
}

static void check_cookie(const char *cookies) {
    struct credentials credentials = {0};
    struct error err = {0};
    char csrf[CSRF_LEN + 1];
    if (!auth_parse_cookie(cookies, &credentials, &err)) {
        fuzz_check(err.kind == ERROR_NONE);
        return;
    }
    fuzz_check(strstr(cookies, AUTH_COOKIE "=") != NULL);
    fuzz_check((err.kind == ERROR_NONE) == (credentials.token.id[0] != '\0'));
    auth_csrf(&credentials.token, csrf);
    fuzz_check(strlen(csrf) == CSRF_LEN);
}

static void check_prefer(const char *header) {
    struct preference preference = prefer_parse(header);
    char applied[64];
    double wait_s = prefer_wait_s(&preference, 60);
    fuzz_check(wait_s >= 0 && wait_s <= 60);
    for (int async = 0; async <= 1; async++) {
        prefer_applied(&preference, async, applied, sizeof applied);
        fuzz_check(strspn(applied, "abcdefghijklmnopqrstuvwxyz0123456789-=., ") == strlen(applied));
    }
}

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    CLEANUP(mem_free_text) char *access_token = fuzz_line(&input);
    CLEANUP(mem_free_text) char *authorization = fuzz_line(&input);
    CLEANUP(mem_free_text) char *prefer = fuzz_rest(&input);
    check_cookie(*authorization ? authorization : NULL);
    check_token(*access_token ? access_token : NULL, *authorization ? authorization : NULL);
    check_prefer(*prefer ? prefer : NULL);
}

const struct fuzz_target fuzz_headers = {"headers", run};
