/* test_log_reader: logs in frames, split anywhere, and over several connections. */
#include <string.h>

#include "cli/log_reader.h"
#include "core/base/mem.h"
#include "tests/unit/unit.h"

#define AT(second) "2026-01-31T12:00:0" second ".000000000Z "

static bool print(void *context, int stream, const char *bytes, size_t len) {
    struct strbuf *text = context;
    strbuf_addf(text, "%d:", stream);
    strbuf_add(text, bytes, len);
    strbuf_putc(text, ';');
    return true;
}

static void add_frame(struct strbuf *buf, int stream, const char *text) {
    const unsigned char header[] = {(unsigned char)stream,      0, 0, 0, 0, 0, 0,
                                    (unsigned char)strlen(text)};
    strbuf_add(buf, header, sizeof header);
    strbuf_puts(buf, text);
}

static void test_split(void) {
    CLEANUP(strbuf_release) struct strbuf log = {0};
    add_frame(&log, 1, "out");
    add_frame(&log, 2, "err");
    add_frame(&log, 3, "");
    add_frame(&log, 3, "words");
    add_frame(&log, 1, "");
    add_frame(&log, 3, "end: done");
    for (size_t one = 0; one <= log.len; one++) {
        for (size_t two = one; two <= log.len; two++) {
            CLEANUP(strbuf_release) struct strbuf text = {0};
            struct log_reader reader = {.print = print, .context = &text};
            CU_ASSERT_TRUE(log_reader_feed(&reader, log.data, one));
            CU_ASSERT_TRUE(log_reader_feed(&reader, log.data + one, two - one));
            CU_ASSERT_TRUE(log_reader_feed(&reader, log.data + two, log.len - two));
            CU_ASSERT_STRING_EQUAL(strbuf_text(&text), "1:out;2:err;3:words;1:;");
            CU_ASSERT_TRUE(reader.ended);
            CU_ASSERT_STRING_EQUAL(reader.end, "done");
            log_reader_release(&reader);
        }
    }
}

static void test_nonsense(void) {
    static const char *const bad[] = {"plain text", "\4\0\0\0\0\0\0\1x", "\1\0\1\0\0\0\0\1x",
                                      "\1\0\0\0\xff\0\0\0"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEANUP(strbuf_release) struct strbuf text = {0};
        struct log_reader reader = {.print = print, .context = &text};
        CU_ASSERT_FALSE(log_reader_feed(&reader, bad[i], 8));
        log_reader_release(&reader);
    }
}

/* One connection with all of `log`. */
static void feed(struct log_reader *reader, struct strbuf *log) {
    CU_ASSERT_TRUE(log_reader_feed(reader, strbuf_text(log), log->len));
    strbuf_clear(log);
}

static void test_again(void) {
    CLEANUP(strbuf_release) struct strbuf text = {0}, log = {0};
    struct log_reader reader = {.stamped = true, .print = print, .context = &text};
    char since[32];
    log_reader_since(&reader, since);
    CU_ASSERT_STRING_EQUAL(since, "");
    add_frame(&log, 1, AT("5") "a");
    add_frame(&log, 1, AT("5") "b");
    add_frame(&log, 1, AT("6") "cut off");
    log.len -= 3;
    feed(&reader, &log);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&text), "1:a;1:b;");
    log_reader_since(&reader, since);
    CU_ASSERT_STRING_EQUAL(since, "1769860803.000000000");

    log_reader_again(&reader);
    strbuf_clear(&text);
    add_frame(&log, 2, AT("4") "before what was asked for");
    add_frame(&log, 1, AT("5") "a");
    add_frame(&log, 1, "and what belongs to it");
    add_frame(&log, 1, AT("5") "b");
    add_frame(&log, 1, AT("5") "c");
    add_frame(&log, 2, AT("5") "err");
    add_frame(&log, 1, AT("6") "whole");
    add_frame(&log, 1, " and long");
    add_frame(&log, 1, AT("2") "the clock was set back");
    feed(&reader, &log);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&text),
                           "1:c;2:err;1:whole;1: and long;1:the clock was set back;");

    strbuf_clear(&text);
    reader.show_stamps = true;
    add_frame(&log, 1, AT("7") "x");
    feed(&reader, &log);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&text), "1:" AT("7") "x;");
    log_reader_release(&reader);
}

static const struct unit_test tests[] = {
    {"frames split anywhere", test_split},
    {"what are no frames", test_nonsense},
    {"each line once over several connections", test_again},
    {0},
};

const struct unit_suite suite_log_reader = {"log reader", tests};
