/* test_strip: how an engine has answered lately. */
#include "keeper/strip.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

enum { BEGAN = 1000000, PIECE = STRIP_PIECE_MS };

static void is_shown(struct strip *strip, int64_t now_ms, const char *expected, int64_t end_ms) {
    char text[STRIP_TEXT];
    CU_ASSERT_EQUAL(strip_print(strip, BEGAN + now_ms, text), BEGAN + end_ms);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void test_worst(void) {
    struct strip strip;
    strip_init(&strip, BEGAN);
    is_shown(&strip, 0, "", 0);
    strip_note(&strip, BEGAN + 1000, 1.25);
    strip_note(&strip, BEGAN + 2000, 7);
    strip_note(&strip, BEGAN + 3000, -1);
    strip_note(&strip, BEGAN + 4999, 2);
    is_shown(&strip, 4999, "", 0); /* not over yet */
    is_shown(&strip, 5000, "[7.0]", PIECE);
    strip_note(&strip, BEGAN + 6000, -1);
    strip_note(&strip, BEGAN + 9000, -1);
    strip_note(&strip, BEGAN + 10000, 0);
    is_shown(&strip, 10000, "[7.0,null]", 2 * PIECE);
    is_shown(&strip, 16000, "[7.0,null,0.0]", 3 * PIECE);
    strip_note(&strip, BEGAN + 17000, 1e9);
    is_shown(&strip, 20000, "[7.0,null,0.0,99999.0]", 4 * PIECE);
}

/* Whoever does not ask knows no more than before. */
static void test_not_asked(void) {
    struct strip strip;
    strip_init(&strip, BEGAN);
    is_shown(&strip, PIECE, "[null]", PIECE);
    strip_note(&strip, BEGAN + PIECE, 3);
    is_shown(&strip, 4 * PIECE, "[null,3.0,3.0,3.0]", 4 * PIECE);
}

static void test_five_minutes(void) {
    struct strip strip;
    char text[STRIP_TEXT];
    strip_init(&strip, BEGAN);
    for (int i = 0; i < 200; i++)
        strip_note(&strip, BEGAN + i * PIECE, i < 150 ? 12345 : -1);
    CU_ASSERT_EQUAL(strip_print(&strip, BEGAN + 150 * PIECE, text), BEGAN + 199 * PIECE);
    size_t values = 1, nulls = 0;
    for (const char *s = text; *s; s++) {
        values += *s == ',';
        nulls += *s == 'n';
    }
    CU_ASSERT_EQUAL(values, STRIP_PIECES);
    CU_ASSERT_EQUAL(nulls, 49);
    CU_ASSERT_EQUAL(text[strlen(text) - 1], ']');
    for (int i = 200; i < 300; i++)
        strip_note(&strip, BEGAN + i * PIECE, 99999);
    strip_print(&strip, BEGAN + 300 * PIECE, text);
    CU_ASSERT_EQUAL(strlen(text), STRIP_PIECES * 8 + 1);
    strip_print(&strip, BEGAN + 1000000 * (int64_t)PIECE, text); /* away for long */
    CU_ASSERT_EQUAL(strlen(text), STRIP_PIECES * 8 + 1);
}

static const struct unit_test tests[] = {
    {"the worst of each piece; null where nothing was answered", test_worst},
    {"where nothing was asked it is as before", test_not_asked},
    {"the last five minutes", test_five_minutes},
    {0},
};

const struct unit_suite suite_strip = {"strip", tests};
