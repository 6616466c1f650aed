/* query: see query.h. */
#include "fcgi/query.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "fcgi/escape.h"

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
    if (query_find(query, pair))
        return error_field(err, pair, "The query parameter %s stands twice.", pair);
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

bool query_check_names(const struct query *query, const char *const *names, struct error *err) {
    for (size_t i = 0; i < query->count; i++) {
        const char *const *name = names;
        while (*name && strcmp(*name, query->params[i].name) != 0)
            name++;
        if (!*name)
            return error_field(err, query->params[i].name,
                               "%s is not a query parameter of this request.",
                               query->params[i].name);
    }
    return true;
}

const char *query_find(const struct query *query, const char *name) {
    for (size_t i = 0; i < query->count; i++)
        if (strcmp(query->params[i].name, name) == 0)
            return query->params[i].value;
    return NULL;
}

bool query_int(const struct query *query, const char *name, int64_t min, int64_t max,
               int64_t fallback, int64_t *ret_value, struct error *err) {
    const char *value = query_find(query, name);
    *ret_value = fallback;
    if (!value || parse_int(value, min, max, ret_value))
        return true;
    return error_field(err, name, "%s must be a whole number from %" PRId64 " to %" PRId64 ".",
                       name, min, max);
}

bool query_decimal(const struct query *query, const char *name, double min, double max,
                   double fallback, double *ret_value, struct error *err) {
    const char *value = query_find(query, name);
    *ret_value = fallback;
    if (!value || parse_decimal(value, min, max, ret_value))
        return true;
    return error_field(err, name, "%s must be a number from %g to %g.", name, min, max);
}

bool query_bool(const struct query *query, const char *name, bool fallback, bool *ret_value,
                struct error *err) {
    const char *value = query_find(query, name);
    *ret_value = value ? true : fallback;
    if (!value || !*value || parse_bool(value, ret_value))
        return true;
    return error_field(err, name, "%s must be true or false.", name);
}

bool query_text(const struct query *query, const char *name, size_t max, const char *fallback,
                const char **ret_value, struct error *err) {
    const char *value = query_find(query, name);
    *ret_value = value ? value : fallback;
    if (!value || (*value && strlen(value) <= max))
        return true;
    return error_field(err, name, "%s must have 1 to %zu bytes.", name, max);
}
