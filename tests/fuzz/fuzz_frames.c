/* fuzz_frames: logs in Docker's frames, on their way from the engine to the terminal, in pieces
 * split anywhere: the first bytes of the input say where. */
#include <string.h>

#include "cli/log_reader.h"
#include "cli/text.h"
#include "core/base/mem.h"
#include "core/net/docker.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/terminal.h"

enum { SPLITS = 8 };

/* What came of it: for each byte its stream, the byte, and whether a frame begins there. */
struct heard {
    struct strbuf bytes;
    bool ok;
};

static bool hear_piece(void *context, const struct docker_piece *piece) {
    struct heard *heard = context;
    fuzz_check(piece->stream >= DOCKER_STDOUT && piece->stream <= DOCKER_SYSTEM);
    fuzz_check(piece->len >= 1 && piece->len <= piece->frame_len - piece->offset);
    for (size_t i = 0; i < piece->len; i++) {
        strbuf_putc(&heard->bytes, (char)(piece->offset + i == 0 ? 'F' : '.'));
        strbuf_putc(&heard->bytes, (char)piece->stream);
        strbuf_putc(&heard->bytes, piece->bytes[i]);
    }
    return true;
}

static bool hear_line(void *context, int stream, const char *bytes, size_t len) {
    struct heard *heard = context;
    fuzz_check(stream >= DOCKER_STDOUT && stream <= DOCKER_SYSTEM);
    strbuf_addf(&heard->bytes, "%d %zu ", stream, len);
    strbuf_add(&heard->bytes, bytes, len);
    return true;
}

typedef bool feed(void *context, const char *bytes, size_t len);

/* Feed a copy of each piece, in a block of its exact size. */
static bool feed_pieces(feed *one, void *context, const uint8_t *splits, const uint8_t *data,
                        size_t size) {
    bool ok = true;
    for (size_t at = 0, i = 0; ok && at < size; i++) {
        size_t len = splits ? splits[i % SPLITS] : size;
        len = len == 0 ? 1 : len > size - at ? size - at : len;
        char *piece = mem_alloc(len);
        memcpy(piece, data + at, len);
        ok = one(context, piece, len);
        free(piece);
        at += len;
    }
    return ok;
}

struct engine_log {
    struct docker_frames frames;
    struct heard heard;
};

static bool feed_engine(void *context, const char *bytes, size_t len) {
    struct engine_log *log = context;
    return docker_frames_feed(&log->frames, bytes, len, hear_piece, &log->heard);
}

static void run_engine(struct engine_log *log, const uint8_t *splits, const uint8_t *data,
                       size_t size) {
    *log = (struct engine_log){0};
    log->heard.ok = feed_pieces(feed_engine, log, splits, data, size);
}

static bool feed_reader(void *context, const char *bytes, size_t len) {
    return log_reader_feed(context, bytes, len);
}

/* The log, and the same again over a new connection. */
static void run_reader(struct heard *heard, const uint8_t *splits, const uint8_t *data,
                       size_t size) {
    char since[32];
    *heard = (struct heard){0};
    struct log_reader reader = {.stamped = size % 2, .print = hear_line, .context = heard};
    heard->ok = feed_pieces(feed_reader, &reader, splits, data, size);
    log_reader_since(&reader, since);
    log_reader_again(&reader);
    feed_pieces(feed_reader, &reader, splits, data, size);
    strbuf_puts(&heard->bytes, reader.end);
    log_reader_release(&reader);
}

struct screen {
    struct text_stream stream;
    struct strbuf out;
};

static bool feed_screen(void *context, const char *bytes, size_t len) {
    struct screen *screen = context;
    text_stream_feed(&screen->stream, bytes, len, &screen->out);
    return true;
}

static void check_screen(const uint8_t *splits, const uint8_t *data, size_t size) {
    struct screen whole = {0}, split = {0};
    feed_pieces(feed_screen, &whole, NULL, data, size);
    text_stream_end(&whole.stream, &whole.out);
    feed_pieces(feed_screen, &split, splits, data, size);
    text_stream_end(&split.stream, &split.out);
    terminal_check(strbuf_text(&whole.out), whole.out.len, "\n\t");
    terminal_check(strbuf_text(&split.out), split.out.len, "\n\t");
    /* Only how long a colour sequence may be depends on the pieces. */
    if (size == 0 || !memchr(data, '\033', size))
        fuzz_check(whole.out.len == split.out.len &&
                   memcmp(strbuf_text(&whole.out), strbuf_text(&split.out), whole.out.len) == 0);
    strbuf_release(&whole.out);
    strbuf_release(&split.out);
}

static void check_same(struct heard *a, struct heard *b) {
    fuzz_check(a->ok == b->ok && a->bytes.len == b->bytes.len);
    fuzz_check(a->bytes.len == 0 || memcmp(a->bytes.data, b->bytes.data, a->bytes.len) == 0);
    strbuf_release(&a->bytes);
    strbuf_release(&b->bytes);
}

static void run(const uint8_t *data, size_t size) {
    struct engine_log whole, split;
    struct heard lines, split_lines;
    if (size < SPLITS)
        return;
    const uint8_t *splits = data;
    data += SPLITS;
    size -= SPLITS;
    run_engine(&whole, NULL, data, size);
    run_engine(&split, splits, data, size);
    check_same(&whole.heard, &split.heard);
    run_reader(&lines, NULL, data, size);
    run_reader(&split_lines, splits, data, size);
    check_same(&lines, &split_lines);
    check_screen(splits, data, size);
}

const struct fuzz_target fuzz_frames = {"frames", run};
