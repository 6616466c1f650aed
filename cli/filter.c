/* filter: see filter.h. */
#include "cli/filter.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/cmd.h"

/* "KEY=VALUE" cut in two; *ret_value is borrowed from `text`. NULL when it is nothing of the kind;
 * else the caller's. */
static char *cut_filter(const char *text, const char **ret_value) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return NULL;
    *ret_value = equals + 1;
    return mem_strndup(text, (size_t)(equals - text));
}

/* The server knows some keys, but neither patterns nor empty values. */
static bool is_servers(const struct cli *cli, const char *key, const char *value) {
    const char *keys = cli->given.command->filters;
    return keys && words_have(keys, key) && *value && !strchr(value, '*');
}

bool filter_query(const struct cli *cli, struct strbuf *path, struct error *err) {
    const char *text, *value = NULL;
    for (size_t i = 0; (text = given_at(&cli->given, "filter", i)); i++) {
        CLEANUP(mem_free_text) char *key = cut_filter(text, &value);
        if (!key)
            return error_field(err, "filter", "--filter must be KEY=VALUE, not %s.", text);
        if (is_servers(cli, key, value))
            add_query(path, key, value);
    }
    return true;
}

bool filter_is_servers(const struct cli *cli) {
    const char *text, *value = NULL;
    for (size_t i = 0; (text = given_at(&cli->given, "filter", i)); i++) {
        CLEANUP(mem_free_text) char *key = cut_filter(text, &value);
        if (!key || !is_servers(cli, key, value))
            return false;
    }
    return true;
}

static bool text_fits(const char *text, const char *pattern) {
    struct strbuf escaped = {0};
    if (!strchr(pattern, '*'))
        return strcasecmp(text, pattern) == 0;
    for (; *pattern; pattern++) {
        if (strchr("?[\\", *pattern))
            strbuf_putc(&escaped, '\\');
        strbuf_putc(&escaped, *pattern);
    }
    bool fits = fnmatch(strbuf_text(&escaped), text, FNM_CASEFOLD) == 0;
    strbuf_release(&escaped);
    return fits;
}

static bool value_fits(json_t *value, const char *pattern) {
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_len(value); i++)
            if (value_fits(json_at(value, i), pattern))
                return true;
        return json_len(value) == 0 && !*pattern;
    }
    if (json_object_is_type(value, json_type_object)) {
        json_t *name = json_get(value, "name"), *id = json_get(value, "id");
        return (name && value_fits(name, pattern)) || (id && value_fits(id, pattern));
    }
    return text_fits(value ? json_object_get_string(value) : "", pattern);
}

/* The member at "a.b.c"; a name that itself has dots is tried first, whole. */
static bool member_at(json_t *record, const char *key, json_t **ret_value) {
    if (!json_object_is_type(record, json_type_object))
        return false;
    if (json_object_object_get_ex(record, key, ret_value))
        return true;
    const char *dot = strchr(key, '.');
    CLEANUP(mem_free_text) char *first = dot ? mem_strndup(key, (size_t)(dot - key)) : NULL;
    json_t *inner;
    return first && json_object_object_get_ex(record, first, &inner) &&
           member_at(inner, dot + 1, ret_value);
}

bool filter_fits(json_t *record, const char *key, const char *value, bool *ret_known) {
    json_t *field = NULL;
    *ret_known = member_at(record, key, &field);
    return *ret_known && value_fits(field, value);
}

static json_t *records_that_fit(json_t *list, const char *key, const char *value, bool *ret_known) {
    json_t *kept = json_object_new_array();
    for (size_t i = 0; i < json_len(list); i++) {
        bool known;
        if (filter_fits(json_at(list, i), key, value, &known))
            json_object_array_add(kept, json_object_get(json_at(list, i)));
        *ret_known |= known;
    }
    return kept;
}

static bool unknown_key(json_t *list, const char *key, struct error *err) {
    struct strbuf names = {0};
    json_object_object_foreach(json_at(list, 0), name, value) {
        (void)value;
        strbuf_addf(&names, "%s%s", names.len ? ", " : "", name);
    }
    error_field(err, "filter", "--filter: there is no field %s here; there are %s.", key,
                strbuf_text(&names));
    strbuf_release(&names);
    return false;
}

bool filter_records(const struct cli *cli, json_t **list, struct error *err) {
    const char *text, *value = NULL;
    CLEANUP(json_put) json_t *all = json_object_get(*list);
    for (size_t i = 0; (text = given_at(&cli->given, "filter", i)); i++) {
        CLEANUP(mem_free_text) char *key = cut_filter(text, &value);
        bool known = json_len(all) == 0;
        if (!key || is_servers(cli, key, value))
            continue;
        /* Whether the key exists is seen on all records, not only on those that are left. */
        json_t *probe = records_that_fit(all, key, value, &known);
        json_put(&probe);
        if (!known)
            return unknown_key(all, key, err);
        json_t *kept = records_that_fit(*list, key, value, &known);
        json_put(list);
        *list = kept;
    }
    return true;
}

bool filter_lets(const struct cli *cli, json_t *record) {
    const char *text, *value = NULL;
    bool known;
    for (size_t i = 0; (text = given_at(&cli->given, "filter", i)); i++) {
        CLEANUP(mem_free_text) char *key = cut_filter(text, &value);
        if (key && !is_servers(cli, key, value) && !filter_fits(record, key, value, &known))
            return false;
    }
    return true;
}
