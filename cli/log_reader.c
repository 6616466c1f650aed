/* log_reader: see log_reader.h. */
#include "cli/log_reader.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/times.h"

enum { SYSTEM = 3, FRAME_MAX = 4 << 20, OVERLAP_S = 2 };

void log_reader_release(struct log_reader *reader) {
    strbuf_release(&reader->frame);
}

/* "2026-01-31T12:00:00.123456789Z " */
static bool has_stamp(const char *text, size_t len) {
    static const char form[] = "0000-00-00T00:00:00.000000000Z ";
    if (len < LOG_STAMP + 1)
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return false;
    return true;
}

/* Was this line printed on an earlier connection, or is it older than what was asked for first? */
static bool is_known(const struct log_reader *reader, struct log_stream *stream,
                     const char *stamp) {
    int order = strcmp(stamp, stream->last);
    if (!stream->catching_up)
        return false;
    if (strcmp(stamp, reader->first) < 0 || order < 0)
        return true;
    if (order == 0 && stream->skip) {
        stream->skip--;
        return true;
    }
    stream->catching_up = false;
    return false;
}

static void remember(struct log_reader *reader, struct log_stream *stream, const char *stamp) {
    if (!*reader->first)
        memcpy(reader->first, stamp, sizeof reader->first);
    stream->same = strcmp(stamp, stream->last) == 0 ? stream->same + 1 : 1;
    memcpy(stream->last, stamp, sizeof stream->last);
}

static bool take_line(struct log_reader *reader, int number, const char *text, size_t len) {
    struct log_stream *stream = &reader->streams[number - 1];
    char stamp[LOG_STAMP + 1] = "";
    if (reader->stamped && has_stamp(text, len)) {
        memcpy(stamp, text, LOG_STAMP);
        stream->dropped = is_known(reader, stream, stamp);
        if (!stream->dropped)
            remember(reader, stream, stamp);
    }
    if (stream->dropped)
        return true;
    size_t skip = *stamp && !reader->show_stamps ? LOG_STAMP + 1 : 0;
    return reader->print(reader->context, number, text + skip, len - skip);
}

static bool take_frame(struct log_reader *reader) {
    static const char mark[] = "end: ";
    const char *text = strbuf_text(&reader->frame);
    size_t len = reader->frame.len;
    int number = reader->header[0] ? reader->header[0] : 1;
    bool ok = true;
    if (number == SYSTEM && strncmp(text, mark, strlen(mark)) == 0) {
        reader->ended = true;
        snprintf(reader->end, sizeof reader->end, "%s", text + strlen(mark));
    } else if (number == SYSTEM) {
        ok = len == 0 || reader->print(reader->context, number, text, len);
    } else {
        ok = take_line(reader, number, text, len);
    }
    strbuf_clear(&reader->frame);
    reader->have = 0;
    return ok;
}

/* The header is whole. */
static bool begin_frame(struct log_reader *reader) {
    const unsigned char *header = reader->header;
    reader->left =
        (size_t)header[4] << 24 | (size_t)header[5] << 16 | (size_t)header[6] << 8 | header[7];
    if (header[0] > SYSTEM || header[1] || header[2] || header[3] || reader->left > FRAME_MAX)
        return false;
    return reader->left > 0 || take_frame(reader);
}

bool log_reader_feed(struct log_reader *reader, const char *bytes, size_t len) {
    while (len) {
        if (reader->have < sizeof reader->header) {
            reader->header[reader->have++] = (unsigned char)*bytes++;
            len--;
            if (reader->have == sizeof reader->header && !begin_frame(reader))
                return false;
            continue;
        }
        size_t part = len < reader->left ? len : reader->left;
        strbuf_add(&reader->frame, bytes, part);
        reader->left -= part;
        bytes += part;
        len -= part;
        if (reader->left == 0 && !take_frame(reader))
            return false;
    }
    return true;
}

void log_reader_again(struct log_reader *reader) {
    strbuf_clear(&reader->frame);
    reader->have = 0;
    reader->left = 0;
    reader->ended = false;
    for (size_t i = 0; i < LOG_STREAMS; i++) {
        struct log_stream *stream = &reader->streams[i];
        stream->catching_up = *reader->first != '\0';
        stream->skip = stream->same;
        stream->dropped = false;
    }
}

void log_reader_since(const struct log_reader *reader, char since[32]) {
    const char *out = reader->streams[0].last, *errors = reader->streams[1].last;
    struct timespec now = {0}, time;
    since[0] = '\0';
    if (time_parse_exact(strcmp(out, errors) > 0 ? out : errors, now, &time))
        snprintf(since, 32, "%lld.%09ld", (long long)time.tv_sec - OVERLAP_S, time.tv_nsec);
}
