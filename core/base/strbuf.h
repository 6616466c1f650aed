/* strbuf: one growing byte buffer, always NUL-terminated, doubling up to a hard maximum. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise (no limit) or use STRBUF_MAX(bytes). Once `full`, further additions are dropped,
 * so that a writer may check once at its end. */
struct strbuf {
    char *data; /* NULL until the first addition */
    size_t len;
    size_t cap;
    size_t max; /* bytes; 0 = no limit */
    bool full;  /* something did not fit */
};

#define STRBUF_MAX(bytes)                                                                          \
    { .max = (bytes) }

void strbuf_add(struct strbuf *buf, const void *bytes, size_t len);
void strbuf_puts(struct strbuf *buf, const char *text);
void strbuf_putc(struct strbuf *buf, char c);
void strbuf_addf(struct strbuf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates)? */
bool utf8_is_valid(const char *text, size_t len);

/* Whatever of `text` is not becomes '?': bytes of a stranger, a character that was cut. */
void utf8_clean(char *text);

/* A JSON string with quotes (RFC 8259, section 7); NULL gives null. Bytes that are not UTF-8 become
 * U+FFFD, so that the output is always valid JSON. */
void strbuf_json(struct strbuf *buf, const char *text);
void strbuf_json_len(struct strbuf *buf, const char *text, size_t len);

/* Percent-encode everything but unreserved characters (RFC 3986, section 2.3). */
void strbuf_url(struct strbuf *buf, const char *segment);

/* The text so far; "" when nothing was added. Borrowed until the next change. */
const char *strbuf_text(const struct strbuf *buf);
void strbuf_clear(struct strbuf *buf);
char *strbuf_steal(struct strbuf *buf); /* the caller frees; never NULL */
void strbuf_release(struct strbuf *buf);
