/* query: the parameters behind the '?' of a request, parsed strictly. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

enum { QUERY_BYTES_MAX = 8192, QUERY_PARAMS_MAX = 32 };

struct query_param {
    char *name;
    char *value; /* "" when the name stands alone */
};

struct query {
    struct query_param params[QUERY_PARAMS_MAX];
    size_t count;
    char *text; /* where names and values are kept */
};

/* `raw` = what stands behind '?'. "name=value" or "name", joined by '&'; %XX and '+' (a space) are
 * decoded. ERROR_BAD_REQUEST: malformed, too long, too many, not UTF-8, control characters. */
bool query_parse(struct query *query, const char *raw, struct error *err);
void query_release(struct query *query);

/* Every name is one of `names` (ends with NULL), stands once unless it may be repeated, and has a
 * value that the table of parameters allows for the route `pattern`? ERROR_BAD_FIELD otherwise. */
bool query_check(const struct query *query, const char *pattern, const char *const *names,
                 struct error *err);

/* NULL when it is not there; the one number `i` of those of the name. Borrowed. */
const char *query_find(const struct query *query, const char *name);
const char *query_at(const struct query *query, const char *name, size_t i);

/* Of a query that was checked: the value, or `fallback` when it is absent. */
int64_t query_get_int(const struct query *query, const char *name, int64_t fallback);
double query_get_decimal(const struct query *query, const char *name, double fallback);
bool query_get_bool(const struct query *query, const char *name, bool fallback);
int64_t query_get_time(const struct query *query, const char *name, int64_t fallback); /* seconds */
