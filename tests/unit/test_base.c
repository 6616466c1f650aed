/* test_base: core/base: parsing, JSON, buffers, sealing. */
#include <stdlib.h>
#include <string.h>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/parse.h"
#include "tests/unit/unit.h"

static void test_parse_int(void) {
    static const char *const bad[] = {
        "",    "-",  "+1", " 1", "1 ", "12abc", "0x10", "1e3", "01", "1.0", "9223372036854775808",
        "-11", "101"};
    int64_t value = 7;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CU_ASSERT_FALSE(parse_int(bad[i], -10, 100, &value));
    CU_ASSERT_EQUAL(value, 7);
    CU_ASSERT_TRUE(parse_int("-10", -10, 100, &value));
    CU_ASSERT_EQUAL(value, -10);
    CU_ASSERT_TRUE(parse_int("9223372036854775807", 0, INT64_MAX, &value));
    CU_ASSERT_EQUAL(value, INT64_MAX);
}

static void test_parse_decimal(void) {
    static const char *const bad[] = {"", ".5", "1.", "1e9", "nan", "inf", "0x1", "1.5x", "2.1"};
    double value = 7;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CU_ASSERT_FALSE(parse_decimal(bad[i], 0, 2, &value));
    CU_ASSERT_TRUE(parse_decimal("0.1", 0, 2, &value));
    CU_ASSERT_DOUBLE_EQUAL(value, 0.1, 1e-12);
}

static void test_json_refused(void) {
    static const char *const bad[] = {
        "",
        "{",
        "{\"a\":1,}",
        "[1,]",
        "NaN",
        "Infinity",
        "01",
        "1.",
        "'a'",
        "{\"a\":1}x",
        "{a:1}",
        "tru",
        "\"\\u0000\"",
        "\"\\x\"",
        "/* c */ 1",
        "\"a\nb\"",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "\"\xff\"",
        "\"\xc0\xaf\"",
        "\"\xed\xa0\x80\"",
        "-",
        "1e",
        "[1 2]",
        "123456789012345678901234567890123",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err = {0};
        json_t *doc = NULL;
        CU_ASSERT_FALSE(json_parse(bad[i], strlen(bad[i]), &doc, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_BAD_JSON);
        CU_ASSERT_PTR_NULL(doc);
    }
}

static void test_json_deep(void) {
    struct error err = {0};
    json_t *doc = NULL;
    size_t depth = 1000000;
    char *text = malloc(depth);
    memset(text, '[', depth);
    CU_ASSERT_FALSE(json_parse(text, depth, &doc, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_BAD_JSON);
    free(text);
}

static void test_json_canonical(void) {
    static const char text[] =
        " {\"b\" : [1, 2.5, \"x\\n\\u00e9\"], \"a\" : {\"z\":null,\"y\":true}} ";
    struct error err = {0};
    json_t *doc = NULL;
    struct strbuf buf = {0};
    CU_ASSERT_TRUE_FATAL(json_parse(text, strlen(text), &doc, &err));
    json_canonical(&buf, doc);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&buf),
                           "{\"a\":{\"y\":true,\"z\":null},\"b\":[1,2.5,\"x\\n\xc3\xa9\"]}");
    strbuf_release(&buf);
    json_put(&doc);
}

static void test_json_check(void) {
    static const struct json_field inner[] = {{"port", FIELD_INT, true, 1, 65535, NULL, NULL}, {0}};
    static const struct json_field fields[] = {
        {"name", FIELD_TEXT, true, 1, 8, NULL, "the image"},
        {"cpus", FIELD_DECIMAL, false, 0, 64, NULL, NULL},
        {"args", FIELD_TEXTS, false, 0, 2, NULL, NULL},
        {"env", FIELD_TEXT_MAP, false, 0, 2, NULL, NULL},
        {"ports", FIELD_OBJECTS, false, 0, 2, inner, NULL},
        {0},
    };
    static const struct {
        const char *text, *field;
    } cases[] = {
        {"{}", "name"},
        {"{\"name\":\"\"}", "name"},
        {"{\"name\":1}", "name"},
        {"{\"name\":\"123456789\"}", "name"},
        {"{\"name\":\"a\",\"nme\":1}", "nme"},
        {"{\"name\":\"a\",\"cpus\":\"1\"}", "cpus"},
        {"{\"name\":\"a\",\"cpus\":-0.1}", "cpus"},
        {"{\"name\":\"a\",\"args\":[\"x\",1]}", "args[1]"},
        {"{\"name\":\"a\",\"args\":[\"x\",\"y\",\"z\"]}", "args"},
        {"{\"name\":\"a\",\"env\":{\"K\":1}}", "env.K"},
        {"{\"name\":\"a\",\"ports\":[{\"port\":0}]}", "ports[0].port"},
        {"{\"name\":\"a\",\"ports\":[{\"port\":80.5}]}", "ports[0].port"},
        {"{\"name\":\"a\",\"ports\":[{}]}", "ports[0].port"},
        {"[]", ""},
    };
    struct error err = {0};
    json_t *doc = NULL;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CU_ASSERT_TRUE_FATAL(json_parse(cases[i].text, strlen(cases[i].text), &doc, &err));
        CU_ASSERT_FALSE(json_check(doc, fields, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_BAD_FIELD);
        CU_ASSERT_STRING_EQUAL(err.field, cases[i].field);
        json_put(&doc);
    }
    static const char good[] =
        "{\"name\":\"a\",\"cpus\":0.5,\"ports\":[{\"port\":80}],\"env\":null}";
    CU_ASSERT_TRUE_FATAL(json_parse(good, strlen(good), &doc, &err));
    CU_ASSERT_TRUE(json_check(doc, fields, &err));
    json_put(&doc);
}

static void test_strbuf_json(void) {
    struct strbuf buf = {0};
    strbuf_json(&buf, "a\"\\\n\x1b\xc3\xa9\xff\xed\xa0\x80");
    CU_ASSERT_STRING_EQUAL(
        strbuf_text(&buf),
        "\"a\\\"\\\\\\n\\u001b\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    strbuf_release(&buf);
    /* Printed text that just fits, and that does not. */
    for (size_t len = 1018; len < 1030; len++) {
        struct strbuf long_text = {0};
        strbuf_addf(&long_text, "%s", "ab");
        strbuf_addf(&long_text, "%0*d", (int)len, 7);
        CU_ASSERT_EQUAL(long_text.len, len + 2);
        CU_ASSERT_EQUAL(strlen(strbuf_text(&long_text)), len + 2);
        CU_ASSERT_EQUAL(long_text.data[len + 1], '7');
        strbuf_release(&long_text);
    }
    struct strbuf small = STRBUF_MAX(4);
    strbuf_addf(&small, "%d", 12345);
    CU_ASSERT_TRUE(small.full);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&small), "");
    strbuf_clear(&small);
    strbuf_puts(&small, "12345");
    strbuf_puts(&small, "1");
    CU_ASSERT_TRUE(small.full);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&small), "");
    strbuf_release(&small);
}

static void test_seal(void) {
    struct seal_key key = {{1, 2, 3}}, other = {{9}};
    struct error err = {0};
    unsigned char *sealed = NULL;
    char *plain = NULL;
    size_t sealed_len = 0, len = 0;
    seal(&key, "row-1", "secret", 6, &sealed, &sealed_len);
    CU_ASSERT_TRUE(unseal(&key, "row-1", sealed, sealed_len, &plain, &len, &err));
    CU_ASSERT_STRING_EQUAL(plain, "secret");
    free(plain);
    CU_ASSERT_FALSE(unseal(&key, "row-2", sealed, sealed_len, &plain, &len, &err));
    CU_ASSERT_FALSE(unseal(&other, "row-1", sealed, sealed_len, &plain, &len, &err));
    sealed[20] ^= 1;
    CU_ASSERT_FALSE(unseal(&key, "row-1", sealed, sealed_len, &plain, &len, &err));
    free(sealed);
}

static void test_error(void) {
    struct error err = {0};
    CU_ASSERT_FALSE(error_set(&err, ERROR_BAD_REQUEST, "no %s", "path"));
    CU_ASSERT_FALSE(error_field(&err, "grants", "grants[0]: %s", err.message));
    CU_ASSERT_STRING_EQUAL(err.message, "grants[0]: no path");
    CU_ASSERT_FALSE(error_field(&err, "memory", "too %s", "big"));
    CU_ASSERT_FALSE(error_wrap(&err, "engine %s", "n1"));
    CU_ASSERT_STRING_EQUAL(err.message, "engine n1: too big");
    CU_ASSERT_STRING_EQUAL(err.field, "memory");
    CU_ASSERT_FALSE(error_set(&err, ERROR_ENGINE, "it says \xe9t\xc3\xa9 \xc3"));
    CU_ASSERT_STRING_EQUAL(err.message, "it says ?t\xc3\xa9 ?");
    for (int len = 1018; len < 1026; len++) { /* a character that does not fit */
        error_set(&err, ERROR_ENGINE, "%0*d\xe2\x82\xac", len, 7);
        CU_ASSERT_TRUE(utf8_is_valid(err.message, strlen(err.message)));
        error_wrap(&err, "n%s", "1");
        CU_ASSERT_TRUE(utf8_is_valid(err.message, strlen(err.message)));
    }
    CU_ASSERT_EQUAL(error_info(ERROR_THROTTLED)->status, 429);
    CU_ASSERT_EQUAL(error_kind_of_code("no_capacity"), ERROR_NO_CAPACITY);
}

static const struct unit_test tests[] = {
    {"parse_int takes whole numbers in range only", test_parse_int},
    {"parse_decimal takes plain decimals only", test_parse_decimal},
    {"json_parse refuses what is not strict JSON", test_json_refused},
    {"json_parse refuses a depth of a million", test_json_deep},
    {"json_canonical sorts keys", test_json_canonical},
    {"json_check names the field at fault", test_json_check},
    {"strbuf escapes, repairs UTF-8 and holds its limit", test_strbuf_json},
    {"seal is bound to key, context and bytes", test_seal},
    {"errors carry field and context", test_error},
    {0},
};

const struct unit_suite suite_base = {"base", tests};
