/* path: see path.h. */
#include "fcgi/path.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/mem.h"
#include "core/base/strbuf.h"
#include "fcgi/escape.h"

static bool is_plain(unsigned char c) {
    return escape_is_unreserved(c) || (c && strchr("!$&'()*+,=:@", c));
}

static bool may_be_escaped(int c) {
    return c >= 0x20 && c != 0x7f && !escape_is_unreserved((unsigned char)c) && !strchr("/\\;", c);
}

/* One segment from raw[0..len) to `out`; NULL when all is well, else what is wrong. */
static const char *decode(const char *raw, size_t len, char *out, size_t *ret_len) {
    size_t used = 0;
    if (len == 0)
        return "an empty segment";
    if ((len == 1 && raw[0] == '.') || (len == 2 && raw[0] == '.' && raw[1] == '.'))
        return "a segment of dots";
    for (size_t i = 0; i < len; i++) {
        int c = (unsigned char)raw[i];
        if (c == '%') {
            c = len - i > 2 ? escape_byte(raw + i + 1, false) : -1;
            if (c < 0)
                return "a malformed escape";
            if (!may_be_escaped(c))
                return "an escape that must not or need not be";
            if (escape_byte(raw + i + 1, true) < 0)
                return "an escape in small letters";
            i += 2;
        } else if (!is_plain((unsigned char)c))
            return "a character that does not belong into a path";
        out[used++] = (char)c;
    }
    out[used] = '\0';
    *ret_len = used;
    return escape_is_text(out, used) ? NULL : "bytes that are not text in UTF-8";
}

static const char *parse(struct path *path, const char *raw, size_t len) {
    if (len > PATH_BYTES_MAX)
        return "too many bytes";
    if (len == 0 || raw[0] != '/')
        return "no '/' at its begin";
    path->decoded = mem_alloc(len + 1);
    char *out = path->decoded;
    for (size_t at = 1; len > 1 && at <= len;) {
        const char *slash = memchr(raw + at, '/', len - at);
        size_t end = slash ? (size_t)(slash - raw) : len;
        size_t used = 0;
        const char *wrong = decode(raw + at, end - at, out, &used);
        if (wrong)
            return wrong;
        if (path->count < PATH_SEGMENTS_MAX)
            path->segments[path->count] = out;
        path->count++;
        out += used + 1;
        at = end + 1;
    }
    return NULL;
}

bool path_parse(struct path *path, const char *raw, size_t len, struct error *err) {
    struct strbuf text = {0};
    *path = (struct path){0};
    const char *wrong = parse(path, raw, len);
    if (wrong) {
        path_release(path);
        return error_set(err, ERROR_BAD_PATH, "The path has %s.", wrong);
    }
    const char *segment = path->decoded;
    for (size_t i = 0; i < path->count; i++) {
        strbuf_putc(&text, '/');
        strbuf_url(&text, segment);
        segment += strlen(segment) + 1;
    }
    if (path->count == 0)
        strbuf_putc(&text, '/');
    path->text = strbuf_steal(&text);
    return true;
}

void path_release(struct path *path) {
    free(path->text);
    free(path->decoded);
    *path = (struct path){0};
}

static bool match(const struct path *path, const char *pattern, const char **params,
                  int (*compare)(const char *, const char *, size_t)) {
    size_t count = 0;
    if (path->count > PATH_SEGMENTS_MAX)
        return false;
    for (; *pattern == '/' && pattern[1]; count++) {
        const char *literal = ++pattern;
        size_t len = strcspn(pattern, "/");
        pattern += len;
        if (count == path->count)
            return false;
        const char *segment = path->segments[count];
        if (*literal == '{')
            *params++ = segment;
        else if (strlen(segment) != len || compare(segment, literal, len) != 0)
            return false;
    }
    return count == path->count;
}

bool path_match(const struct path *path, const char *pattern, const char **params) {
    return match(path, pattern, params, strncmp);
}

bool path_match_any_case(const struct path *path, const char *pattern) {
    const char *params[PATH_SEGMENTS_MAX];
    return match(path, pattern, params, strncasecmp);
}

bool path_begins(const struct path *path, const char *pattern) {
    if (path->count > PATH_SEGMENTS_MAX)
        return false;
    for (size_t i = 0; i < path->count; i++) {
        if (*pattern != '/' || !pattern[1])
            return false;
        size_t len = strcspn(++pattern, "/");
        if (*pattern != '{' &&
            (strlen(path->segments[i]) != len || strncmp(path->segments[i], pattern, len) != 0))
            return false;
        pattern += len;
    }
    return true;
}
