/* text: see text.h. */
#include "cli/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"
enum { INVALID = 0, INCOMPLETE = -1 };

/* Length of the character at `s`; INVALID, or INCOMPLETE when `left` bytes end within it (RFC
 * 3629). */
static int utf8_next(const unsigned char *s, size_t left, uint32_t *ret_char) {
    int len = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    uint32_t c = len == 1 ? s[0] : len == 0 ? 0 : s[0] & (0xffu >> (len + 1));
    if (len == 0 || s[0] > 0xf4)
        return INVALID;
    for (int i = 1; i < len; i++) {
        if ((size_t)i == left)
            return INCOMPLETE;
        if ((s[i] & 0xc0) != 0x80)
            return INVALID;
        c = c << 6 | (s[i] & 0x3f);
    }
    if ((len == 3 && c < 0x800) || (len == 4 && (c < 0x10000 || c > 0x10ffff)) ||
        (c >= 0xd800 && c <= 0xdfff))
        return INVALID;
    *ret_char = c;
    return len;
}

/* C0, DEL, C1; Arabic letter mark, direction marks, embeddings, overrides, isolates (Unicode UAX
 * 9); line and paragraph separators. */
static bool is_harmful(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x206f);
}

void text_safe(struct strbuf *buf, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    for (size_t left = strlen(text); left > 0;) {
        uint32_t c = 0;
        int len = utf8_next(s, left, &c);
        if (len > 0 && (c == '\n' || c == '\t'))
            strbuf_putc(buf, ' ');
        else if (len <= 0 || is_harmful(c))
            strbuf_puts(buf, REPLACEMENT);
        else
            strbuf_add(buf, s, (size_t)len);
        len = len > 0 ? len : 1;
        s += len;
        left -= (size_t)len;
    }
}

void text_safe_json(struct strbuf *buf, const char *json) {
    const unsigned char *s = (const unsigned char *)json;
    for (size_t left = strlen(json); left > 0;) {
        uint32_t c = 0;
        int len = utf8_next(s, left, &c);
        if (len <= 0)
            strbuf_puts(buf, REPLACEMENT);
        else if (is_harmful(c) && c != '\n')
            strbuf_addf(buf, "\\u%04x", c);
        else
            strbuf_add(buf, s, (size_t)len);
        len = len > 0 ? len : 1;
        s += len;
        left -= (size_t)len;
    }
}

/* Length of the colour sequence at `s` (ECMA-48, 8.3.117), INVALID if it is none. */
static int colour_next(const unsigned char *s, size_t left) {
    if (left < 2)
        return INCOMPLETE;
    if (s[1] != '[')
        return INVALID;
    for (size_t i = 2; i < left; i++) {
        if (s[i] == 'm')
            return (int)i + 1;
        if (!strchr("0123456789;:", s[i]) || !s[i])
            return INVALID;
    }
    return INCOMPLETE;
}

/* Put what stands at `s` into `out`; how many bytes that took, or INCOMPLETE. */
static int stream_next(const unsigned char *s, size_t left, struct strbuf *out) {
    uint32_t c = 0;
    int len;
    if (s[0] == '\033') {
        len = colour_next(s, left);
        if (len != INVALID)
            return len;
    } else if (s[0] == '\r') {
        if (left == 1)
            return INCOMPLETE;
        if (s[1] == '\n')
            return 1;
    }
    len = utf8_next(s, left, &c);
    if (len == INCOMPLETE)
        return INCOMPLETE;
    if (len == INVALID || (is_harmful(c) && c != '\n' && c != '\t'))
        strbuf_puts(out, REPLACEMENT);
    else
        strbuf_add(out, s, (size_t)len);
    return len > 0 ? len : 1;
}

/* Feed from `s`; how many bytes were used up. What is left is incomplete. */
static size_t feed(const unsigned char *s, size_t len, struct strbuf *out) {
    size_t done = 0;
    while (done < len) {
        int step = stream_next(s + done, len - done, out);
        if (step == INCOMPLETE)
            break;
        done += (size_t)step;
    }
    return done;
}

void text_stream_feed(struct text_stream *stream, const char *bytes, size_t len,
                      struct strbuf *out) {
    struct strbuf joined = {0};
    strbuf_add(&joined, stream->pending, stream->have);
    strbuf_add(&joined, bytes, len);
    size_t done = joined.len ? feed((const unsigned char *)joined.data, joined.len, out) : 0;
    /* An endless colour sequence is none. */
    while (joined.len - done > sizeof stream->pending) {
        strbuf_puts(out, REPLACEMENT);
        done++;
        done += feed((const unsigned char *)joined.data + done, joined.len - done, out);
    }
    stream->have = joined.len - done;
    if (stream->have)
        memcpy(stream->pending, joined.data + done, stream->have);
    strbuf_release(&joined);
}

void text_stream_end(struct text_stream *stream, struct strbuf *out) {
    if (stream->have && !(stream->have == 1 && stream->pending[0] == '\r'))
        strbuf_puts(out, REPLACEMENT);
    stream->have = 0;
}
