/* strbuf: see strbuf.h. */
#include "core/base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

static bool reserve(struct strbuf *buf, size_t extra) {
    if (buf->full || (buf->max && extra > buf->max - buf->len)) {
        buf->full = true;
        return false;
    }
    size_t need = buf->len + extra + 1;
    if (need > buf->cap) {
        size_t cap = buf->cap ? buf->cap : 1024;
        while (cap < need)
            cap *= 2;
        buf->data = mem_resize(buf->data, cap, 1);
        buf->cap = cap;
    }
    return true;
}

void strbuf_add(struct strbuf *buf, const void *bytes, size_t len) {
    if (!reserve(buf, len))
        return;
    if (len)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void strbuf_puts(struct strbuf *buf, const char *text) {
    strbuf_add(buf, text, strlen(text));
}

void strbuf_putc(struct strbuf *buf, char c) {
    strbuf_add(buf, &c, 1);
}

/* Prints into the room there is; only what does not fit is printed a second time. */
void strbuf_addf(struct strbuf *buf, const char *format, ...) {
    va_list args, again;
    if (!reserve(buf, 0))
        return;
    size_t room = buf->cap - buf->len;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(buf->data + buf->len, room, format, args);
    va_end(args);
    bool fits = len >= 0 && (size_t)len < room;
    if (len < 0 || !reserve(buf, (size_t)len)) {
        buf->data[buf->len] = '\0';
    } else {
        if (!fits)
            vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

/* Length of the UTF-8 sequence at `s` (RFC 3629: no overlong forms, no surrogates), 0 if invalid.
 */
static size_t utf8_len(const unsigned char *s, size_t left) {
    size_t len = s[0] < 0x80                   ? 1
                 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
                 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
                 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                               : 0;
    if (len == 0 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return len;
}

bool utf8_is_valid(const char *text, size_t len) {
    const unsigned char *s = (const unsigned char *)text;
    size_t step = 1;
    for (size_t i = 0; i < len && step > 0; i += step)
        step = s[i] < 0x80 ? 1 : utf8_len(s + i, len - i);
    return step > 0;
}

void utf8_clean(char *text) {
    unsigned char *s = (unsigned char *)text;
    for (size_t left = strlen(text), step = 0; left > 0; left -= step, s += step) {
        step = utf8_len(s, left);
        if (step == 0)
            *s = '?';
        step += step == 0;
    }
}

void strbuf_json_len(struct strbuf *buf, const char *text, size_t len) {
    const unsigned char *s = (const unsigned char *)text;
    size_t plain = 0; /* start of the run not yet copied */
    strbuf_putc(buf, '"');
    for (size_t i = 0; i < len;) {
        size_t step = utf8_len(s + i, len - i);
        if (step > 1 ||
            (step == 1 && s[i] >= 0x20 && s[i] != '"' && s[i] != '\\' && s[i] != 0x7f)) {
            i += step;
            continue;
        }
        strbuf_add(buf, text + plain, i - plain);
        if (step == 0)
            strbuf_puts(buf, "\xef\xbf\xbd");
        else if (s[i] == '"' || s[i] == '\\')
            strbuf_addf(buf, "\\%c", s[i]);
        else if (s[i] == '\n')
            strbuf_puts(buf, "\\n");
        else
            strbuf_addf(buf, "\\u%04x", s[i]);
        plain = ++i;
    }
    strbuf_add(buf, text + plain, len - plain);
    strbuf_putc(buf, '"');
}

void strbuf_json(struct strbuf *buf, const char *text) {
    if (text)
        strbuf_json_len(buf, text, strlen(text));
    else
        strbuf_puts(buf, "null");
}

void strbuf_url(struct strbuf *buf, const char *segment) {
    for (const unsigned char *s = (const unsigned char *)segment; *s; s++) {
        if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
            strchr("-._~", *s))
            strbuf_putc(buf, (char)*s);
        else
            strbuf_addf(buf, "%%%02X", *s);
    }
}

const char *strbuf_text(const struct strbuf *buf) {
    return buf->data ? buf->data : "";
}

void strbuf_clear(struct strbuf *buf) {
    buf->len = 0;
    buf->full = false;
    if (buf->data)
        buf->data[0] = '\0';
}

char *strbuf_steal(struct strbuf *buf) {
    char *text = buf->data ? buf->data : mem_strdup("");
    *buf = (struct strbuf){.max = buf->max};
    return text;
}

void strbuf_release(struct strbuf *buf) {
    free(buf->data);
    *buf = (struct strbuf){.max = buf->max};
}
