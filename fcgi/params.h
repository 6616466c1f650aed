/* params: the table of all query parameters: what a value may be, and what it means. Requests are
 * checked against it before their handler, and the description of the API is made of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

enum param_type {
    PARAM_INT,     /* whole number min..max */
    PARAM_DECIMAL, /* number min..max */
    PARAM_BOOL,    /* true, 1, false, 0; the name alone means true */
    PARAM_TEXT,    /* min..max bytes; min 0 = 1 */
    PARAM_WORD,    /* one of `words` */
    PARAM_TIME     /* RFC 3339, or seconds since 1970, or how long ago ("10m"); see times.h */
};

struct param {
    const char *name;
    const char *pattern; /* of the one route that it means this in; NULL = of all others */
    enum param_type type;
    double min, max;
    const char *const *words; /* ends with NULL */
    bool repeat;              /* may be given several times */
    const char *help;
};

/* The row of the parameter `name` of the route `pattern`, or NULL. */
const struct param *param_find(const char *pattern, const char *name);

/* Is `value` what the row allows? ERROR_BAD_FIELD otherwise. */
bool param_check(const struct param *param, const char *value, struct error *err);
