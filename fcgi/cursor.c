/* cursor: see cursor.h. */
#include "fcgi/cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/parse.h"
#include "fcgi/respond.h"

/* Headers share one buffer of nginx's, of 4 KB. */
enum { LINK_MAX = 2000 };

void cursor_print(char text[CURSOR_BYTES], char letter, uint64_t first, uint64_t second) {
    snprintf(text, CURSOR_BYTES, "%c%" PRIx64 ".%" PRIx64, letter, first, second);
}

static bool parse_half(const char *text, size_t len, uint64_t *ret_value) {
    char digits[17];
    if (len == 0 || len >= sizeof digits || (len > 1 && *text == '0'))
        return false;
    memcpy(digits, text, len);
    digits[len] = '\0';
    *ret_value = strtoull(digits, NULL, 16);
    return hex_is(digits);
}

bool cursor_read(const char *text, char letter, uint64_t *ret_first, uint64_t *ret_second) {
    size_t len = strcspn(text, ".");
    return *text == letter && text[len] == '.' && parse_half(text + 1, len - 1, ret_first) &&
           parse_half(text + len + 1, strlen(text + len + 1), ret_second);
}

bool cursor_parse(const struct request *request, const char *name, char letter, uint64_t *ret_first,
                  uint64_t *ret_second, struct error *err) {
    if (cursor_read(query_find(&request->query, name), letter, ret_first, ret_second))
        return true;
    return error_field(err, name,
                       "%s is not a cursor of this list: give back what X-Next-Cursor "
                       "said.",
                       name);
}

void cursor_respond(struct request *request, const char *name, const char *cursor) {
    CLEANUP(strbuf_release) struct strbuf link = {0};
    const struct query *query = &request->query;
    respond_header(request, "X-Next-Cursor", cursor);
    strbuf_addf(&link, "<%s?", request->path.text);
    for (size_t i = 0; i < query->count; i++) {
        if (strcmp(query->params[i].name, name) == 0)
            continue;
        strbuf_addf(&link, "%s=", query->params[i].name);
        strbuf_url(&link, query->params[i].value);
        strbuf_putc(&link, '&');
    }
    strbuf_addf(&link, "%s=%s>; rel=\"next\"", name, cursor);
    if (link.len <= LINK_MAX)
        respond_header(request, "Link", strbuf_text(&link));
}
