/* query: see query.h. */
#include "fcgi/query.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/base/times.h"
#include "fcgi/escape.h"
#include "fcgi/params.h"

/* Decode text[0..len) in place. */
static bool decode(char *text, size_t len) {
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        int c = (unsigned char)text[i];
        if (c == '%') {
            c = len - i > 2 ? escape_byte(text + i + 1, false) : -1;
            i += 2;
        } else if (c == '+')
            c = ' ';
        else if (c <= 0x20 || c >= 0x7f || c == '#')
            c = -1;
        if (c < 0)
            return false;
        text[used++] = (char)c;
    }
    text[used] = '\0';
    return escape_is_text(text, used);
}

static bool add(struct query *query, char *pair, struct error *err) {
    size_t name_len = strcspn(pair, "=");
    char *value = pair[name_len] ? pair + name_len + 1 : pair + name_len;
    if (query->count == QUERY_PARAMS_MAX)
        return error_set(err, ERROR_BAD_REQUEST, "At most %d query parameters are accepted.",
                         QUERY_PARAMS_MAX);
    if (!decode(value, strlen(value)))
        return error_set(err, ERROR_BAD_REQUEST, "The query string is malformed.");
    pair[name_len] = '\0';
    if (!decode(pair, name_len) || !*pair)
        return error_set(err, ERROR_BAD_REQUEST, "The query string is malformed.");
    query->params[query->count++] = (struct query_param){pair, value};
    return true;
}

bool query_parse(struct query *query, const char *raw, struct error *err) {
    char *rest;
    *query = (struct query){0};
    if (strlen(raw) > QUERY_BYTES_MAX)
        return error_set(err, ERROR_BAD_REQUEST, "A query string may have at most %d bytes.",
                         QUERY_BYTES_MAX);
    if (!*raw)
        return true;
    rest = query->text = mem_strdup(raw);
    for (char *pair; (pair = strsep(&rest, "&"));)
        if (!add(query, pair, err)) {
            query_release(query);
            return false;
        }
    return true;
}

void query_release(struct query *query) {
    free(query->text);
    *query = (struct query){0};
}

static bool check_param(const struct query *query, size_t i, const char *pattern,
                        const char *const *names, struct error *err) {
    const char *name = query->params[i].name;
    while (*names && strcmp(*names, name) != 0)
        names++;
    if (!*names)
        return error_field(err, name, "%s is not a query parameter of this request.", name);
    const struct param *param = param_find(pattern, name);
    if (!(param && param->repeat) && query_find(query, name) != query->params[i].value)
        return error_field(err, name, "The query parameter %s stands twice.", name);
    return !param || param_check(param, query->params[i].value, err);
}

bool query_check(const struct query *query, const char *pattern, const char *const *names,
                 struct error *err) {
    for (size_t i = 0; i < query->count; i++)
        if (!check_param(query, i, pattern, names, err))
            return false;
    return true;
}

const char *query_at(const struct query *query, const char *name, size_t i) {
    for (size_t k = 0; k < query->count; k++)
        if (strcmp(query->params[k].name, name) == 0 && i-- == 0)
            return query->params[k].value;
    return NULL;
}

const char *query_find(const struct query *query, const char *name) {
    return query_at(query, name, 0);
}

int64_t query_get_int(const struct query *query, const char *name, int64_t fallback) {
    const char *value = query_find(query, name);
    if (value)
        parse_int(value, INT64_MIN, INT64_MAX, &fallback);
    return fallback;
}

double query_get_decimal(const struct query *query, const char *name, double fallback) {
    const char *value = query_find(query, name);
    if (value)
        parse_decimal(value, -DBL_MAX, DBL_MAX, &fallback);
    return fallback;
}

bool query_get_bool(const struct query *query, const char *name, bool fallback) {
    const char *value = query_find(query, name);
    if (value && !*value)
        return true;
    if (value)
        parse_bool(value, &fallback);
    return fallback;
}

int64_t query_get_time(const struct query *query, const char *name, int64_t fallback) {
    const char *value = query_find(query, name);
    if (value)
        time_parse(value, time(NULL), &fallback);
    return fallback;
}
