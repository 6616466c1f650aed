/* test_fit: tables in the width of a terminal. */
#include <locale.h>
#include <string.h>

#include "cli/fit.h"
#include "core/base/mem.h"
#include "tests/unit/unit.h"

enum { GAP = 2 };

static void expect_text(const char *title, const char *text, size_t width, const char *expected) {
    CLEANUP(strbuf_release) struct strbuf buf = {0};
    fit_text(&buf, title, text, width);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&buf), expected);
}

static void test_shortened(void) {
    setlocale(LC_CTYPE, "C.UTF-8");
    expect_text("NAME", "shop-1", 6, "shop-1");
    expect_text("NAME", "shop-1", 5, "sh…-1");
    expect_text("IMAGE", "registry.example/team/app:1.2", 12, "regis…pp:1.2");
    expect_text("NAME", "äöüßäöüß", 5, "äö…üß");
    expect_text("NAME", "船船船船船", 8, "船…船船"); /* each takes two columns */
    expect_text("NAME", "abc", 1, "a…");
}

static void test_folded(void) {
    expect_text("NOTE", "no such file", 12, "no such file");
    expect_text("NOTE", "no such file", 7, "no such\nfile");
    expect_text("NOTE", "no such file", 6, "no\nsuch\nfile");
    expect_text("PORTS", "20000->80/tcp,20001->81/tcp", 20, "20000->80/tcp,\n20001->81/tcp");
    expect_text("NOTE", "an incomprehensibility", 8, "an\nincompre\nhensibil\nity");
    expect_text("VALUE", "an incomprehensibility", 8, "an\nincomprehensibility");
    expect_text("NOTE", " two  spaces", 12, " two  spaces");
    expect_text("NOTE", "", 4, "");
}

/* `expected`: the widths afterwards, 0 = hidden. */
static void expect_columns(const char *const *titles, const size_t *widths, size_t room,
                           const size_t *expected) {
    struct fit_column columns[8] = {{0}};
    size_t count = 0, sum = 0;
    for (; titles[count]; count++)
        columns[count] = (struct fit_column){.title = titles[count], .width = widths[count]};
    columns[count - 1].blank = columns[count - 1].width == 1;
    fit_columns(columns, count, room, GAP);
    for (size_t i = 0; i < count; i++) {
        size_t width = columns[i].hidden ? 0 : columns[i].width;
        CU_ASSERT_EQUAL(width, expected[i]);
        sum += columns[i].hidden ? 0 : width + (i ? GAP : 0);
    }
    CU_ASSERT_TRUE(sum <= room);
}

#define TITLES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define WIDTHS(...) ((const size_t[]){__VA_ARGS__})

static void test_columns(void) {
    /* What fits stays as it is, also what says nothing. */
    expect_columns(TITLES("ID", "NAME", "NOTE"), WIDTHS(12, 20, 1), 80, WIDTHS(12, 20, 1));
    /* What says nothing goes first, then what is spare, from the right. */
    expect_columns(TITLES("ID", "NAME", "NOTE"), WIDTHS(12, 20, 1), 34, WIDTHS(12, 20, 0));
    expect_columns(TITLES("ID", "VERSION", "HEARTBEAT", "STATE"), WIDTHS(12, 10, 10, 4), 30,
                   WIDTHS(12, 10, 0, 4));
    expect_columns(TITLES("CONTAINER", "STATE"), WIDTHS(12, 4), 18, WIDTHS(12, 4));
    /* Then the widest of those that can be, each as far as it still tells something. */
    expect_columns(TITLES("ID", "IMAGE", "NAME", "STATE"), WIDTHS(12, 40, 20, 7), 65,
                   WIDTHS(12, 20, 20, 7));
    expect_columns(TITLES("ID", "IMAGE", "NOTE"), WIDTHS(12, 40, 90), 56, WIDTHS(12, 16, 24));
    /* Then as far as it must. */
    expect_columns(TITLES("ID", "IMAGE", "NOTE"), WIDTHS(12, 40, 90), 34, WIDTHS(12, 9, 9));
}

static const struct unit_test tests[] = {
    {"a name is shortened in its middle", test_shortened},
    {"words are folded between them", test_folded},
    {"columns share the width", test_columns},
    {0},
};

const struct unit_suite suite_fit = {"fit", tests};
