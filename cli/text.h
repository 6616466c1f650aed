/* text: makes what a server, an engine or another user has written safe to show on a terminal:
 * control characters (C0, DEL, C1), bidirectional controls and line separators never come through.
 */
#pragma once

#include <stddef.h>

#include "core/base/strbuf.h"

/* For a line or a cell of a table: line feeds and tabs become spaces, anything else harmful and
 * bytes that are not UTF-8 become U+FFFD. */
void text_safe(struct strbuf *buf, const char *text);

/* For JSON text: harmful characters become \uXXXX, which keeps its meaning; line feeds stay. */
void text_safe_json(struct strbuf *buf, const char *json);

/* For a stream that comes in pieces split anywhere, as a log does: line feeds and tabs stay,
 * colours (ESC [ ... m) and the return before a line feed are dropped. */
struct text_stream {
    char pending[32]; /* the beginning of something that is not complete yet */
    size_t have;
};
void text_stream_feed(struct text_stream *stream, const char *bytes, size_t len,
                      struct strbuf *out);
void text_stream_end(struct text_stream *stream, struct strbuf *out);
