/* path: the canonical form of a request's path. nginx matches a decoded, merged path while the raw
 * one differs; so exactly one spelling is accepted, and every decision is made on it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

enum { PATH_BYTES_MAX = 2048, PATH_SEGMENTS_MAX = 8 };

struct path {
    char *text;   /* canonical: what is not unreserved is escaped, upper-case hex */
    size_t count; /* of segments; 0 for "/". More than PATH_SEGMENTS_MAX: no route has as many */
    char *segments[PATH_SEGMENTS_MAX]; /* decoded */
    char *decoded;                     /* where they are kept */
};

/* `raw` is what stands before '?' in the request line, `len` bytes. ERROR_BAD_PATH, naming what is
 * wrong: does not begin with '/', too long, an empty, "." or ".." segment (so also a '/' at the
 * end), a raw byte that RFC 3986 does not allow in a path, ';', an escape that is malformed, in
 * lower case, of an unreserved character, of '/', '\', ';' or of a control character, and bytes
 * that are not UTF-8. */
bool path_parse(struct path *path, const char *raw, size_t len, struct error *err);
void path_release(struct path *path);

/* Does `path` match `pattern` ("/api/containers/{id}/logs")? The segments of its {...} go to
 * `params` (borrowed; room for PATH_SEGMENTS_MAX). */
bool path_match(const struct path *path, const char *pattern, const char **params);

/* The same, but letters of literal segments in either case. */
bool path_match_any_case(const struct path *path, const char *pattern);

/* Does `pattern` begin with `path`, whole segments, any of them fitting {...}? */
bool path_begins(const struct path *path, const char *pattern);
