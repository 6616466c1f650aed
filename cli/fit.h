/* fit: how a table's columns share the width of a terminal. What matters least goes first; then
 * words are folded and names shortened. Ids, states and numbers are always whole. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/strbuf.h"

struct fit_column {
    const char *title;
    size_t width; /* in columns of the terminal: of its widest text, afterwards of what is shown */
    bool blank;   /* nothing in any of its lines */
    bool hidden;
};

/* Narrow them, or hide some, until they fit `room`, `gap` between each two. Where nothing helps
 * they stay wider than that. The first one is never hidden. */
void fit_columns(struct fit_column *columns, size_t count, size_t room, size_t gap);

/* Are texts of this column folded, and not shortened? */
bool fit_folds(const char *title);

/* A text of a column as it is shown in `width`: folded by line feeds between its words, or with an
 * ellipsis in its middle, since names differ at both ends. */
void fit_text(struct strbuf *out, const char *title, const char *text, size_t width);

/* Columns that a text takes on a terminal. */
size_t text_width(const char *text);
