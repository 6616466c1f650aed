/* fit: see fit.h. */
#include "cli/fit.h"

#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "core/base/mem.h"

/* SHORTENED_MIN: what is left of a name still tells which one it is; FOLDED_MIN: a few words a
 * line; TINY: on a terminal that is too narrow for anything. */
enum { SHORTENED_MIN = 12, FOLDED_MIN = 24, TINY = 6 };

/* RECORD: the last one of a record. What is too long for a line sticks out, so that the terminal
 * wraps it: an id is then copied as one. */
enum kind { WHOLE, SHORTENED, FOLDED, RECORD, SPARE };

static enum kind kind_of(const char *title) {
    static const struct {
        const char *title;
        enum kind kind;
    } kinds[] = {
        {"ACCOUNT", SHORTENED}, {"AGENT", SHORTENED}, {"CONTEXT", SHORTENED}, {"ENGINE", SHORTENED},
        {"IMAGE", SHORTENED},   {"NAME", SHORTENED},  {"ERROR", FOLDED},      {"GRANTS", FOLDED},
        {"MESSAGE", FOLDED},    {"NOTE", FOLDED},     {"OPTIONS", FOLDED},    {"PORTS", FOLDED},
        {"REASON", FOLDED},     {"VALUE", RECORD},    {"VERDICT", FOLDED},    {"WHY", FOLDED},
        {"CONTAINER", SPARE},   {"CREATED", SPARE},   {"HEARTBEAT", SPARE},   {"LIMIT", SPARE},
        {"PIDS", SPARE},        {"READ", SPARE},      {"USE", SPARE},         {"USED", SPARE},
        {"VERSION", SPARE},     {"WRITTEN", SPARE},
    };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].title, title) == 0)
            return kinds[i].kind;
    return WHOLE;
}

bool fit_folds(const char *title) {
    enum kind kind = kind_of(title);
    return kind == FOLDED || kind == RECORD;
}

/* The least that a column is narrowed to. */
static size_t least(const struct fit_column *column, size_t shortened, size_t folded) {
    size_t min = column->width;
    if (kind_of(column->title) == SHORTENED)
        min = shortened;
    else if (fit_folds(column->title))
        min = folded;
    return min < column->width ? min : column->width;
}

/* The width of all, each at its least; SIZE_MAX: at its own. */
static size_t total(const struct fit_column *columns, size_t count, size_t gap, size_t shortened,
                    size_t folded) {
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        if (!columns[i].hidden)
            sum += least(&columns[i], shortened, folded) + (i ? gap : 0);
    return sum;
}

static void narrow(struct fit_column *columns, size_t count, size_t room, size_t gap,
                   size_t shortened, size_t folded) {
    while (total(columns, count, gap, SIZE_MAX, SIZE_MAX) > room) {
        struct fit_column *widest = NULL;
        for (size_t i = 0; i < count; i++)
            if (!columns[i].hidden && columns[i].width > least(&columns[i], shortened, folded) &&
                (!widest || columns[i].width > widest->width))
                widest = &columns[i];
        if (!widest)
            return;
        widest->width--;
    }
}

void fit_columns(struct fit_column *columns, size_t count, size_t room, size_t gap) {
    for (size_t i = count; i-- > 1 && total(columns, count, gap, SIZE_MAX, SIZE_MAX) > room;)
        columns[i].hidden = columns[i].blank;
    for (size_t i = count; i-- > 1 && total(columns, count, gap, FOLDED_MIN, FOLDED_MIN) > room;)
        columns[i].hidden |= kind_of(columns[i].title) == SPARE;
    narrow(columns, count, room, gap, SHORTENED_MIN, FOLDED_MIN);
    narrow(columns, count, room, gap, TINY, TINY);
}

/* Bytes and columns of the character of UTF-8 at `at`, in whatever locale. */
static size_t next_char(const char *at, size_t *ret_width) {
    unsigned char lead = (unsigned char)*at;
    size_t len = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4, have = 1;
    wchar_t c = len == 1 ? lead : lead & (0x7f >> len);
    for (; have < len && ((unsigned char)at[have] & 0xc0) == 0x80; have++)
        c = c << 6 | (at[have] & 0x3f);
    int width = wcwidth(c);
    *ret_width = width < 0 ? 1 : (size_t)width;
    return have;
}

static size_t width_within(const char *text, size_t len) {
    size_t sum = 0, width;
    for (const char *at = text; at < text + len; sum += width)
        at += next_char(at, &width);
    return sum;
}

size_t text_width(const char *text) {
    return width_within(text, strlen(text));
}

/* The bytes of a text's beginning that take at most `width` columns, one character at least. */
static size_t bytes_within(const char *text, size_t width) {
    size_t bytes = 0, used = 0, taken;
    while (text[bytes]) {
        size_t len = next_char(text + bytes, &taken);
        if (bytes && used + taken > width)
            break;
        bytes += len;
        used += taken;
    }
    return bytes;
}

static void shorten(struct strbuf *out, const char *text, size_t width) {
    size_t left = text_width(text), taken;
    if (left <= width) {
        strbuf_puts(out, text);
        return;
    }
    size_t head = bytes_within(text, (width - 1) / 2), shown = width_within(text, head);
    const char *tail = text + head;
    for (left -= shown; *tail && shown + 1 + left > width; left -= taken)
        tail += next_char(tail, &taken);
    strbuf_add(out, text, head);
    strbuf_puts(out, "…");
    strbuf_puts(out, tail);
}

static void fold(struct strbuf *out, const char *text, size_t width, bool whole_words) {
    size_t used = 0, gap = 0;
    while (*text) {
        size_t len = strcspn(text, " ,");
        len += text[len] == ',';
        size_t wide = width_within(text, len);
        if (used && used + gap + wide > width) {
            strbuf_putc(out, '\n');
            used = gap = 0;
        }
        if (wide > width && !whole_words)
            len = bytes_within(text, width);
        strbuf_addf(out, "%*s%.*s", (int)gap, "", (int)len, text);
        used += gap + width_within(text, len);
        text += len;
        gap = *text == ' ';
        text += gap;
    }
}

void fit_text(struct strbuf *out, const char *title, const char *text, size_t width) {
    if (fit_folds(title))
        fold(out, text, width, kind_of(title) == RECORD);
    else
        shorten(out, text, width);
}
