/* json: see json.h. */
#include "core/base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json_scan.h"

static size_t count_keys(json_t *doc) {
    size_t n = 0;
    if (json_object_is_type(doc, json_type_object)) {
        json_object_object_foreach(doc, key, value) {
            (void)key;
            n += 1 + count_keys(value);
        }
    } else if (json_object_is_type(doc, json_type_array)) {
        for (size_t i = 0; i < json_len(doc); i++)
            n += count_keys(json_at(doc, i));
    }
    return n;
}

static bool parse_with(const char *text, size_t len, int flags, json_t **ret_doc) {
    struct json_tokener *tok = json_tokener_new_ex(JSON_SCAN_DEPTH_MAX + 1);
    if (!tok)
        abort();
    json_tokener_set_flags(tok, flags);
    /* The terminating NUL ends a bare number; json_scan has seen that nothing else follows. */
    json_t *doc = json_tokener_parse_ex(tok, text, (int)len + 1);
    bool ok = json_tokener_get_error(tok) == json_tokener_success;
    json_tokener_free(tok);
    if (!ok) {
        json_object_put(doc);
        return false;
    }
    *ret_doc = doc;
    return true;
}

bool json_parse(const char *text, size_t len, json_t **ret_doc, struct error *err) {
    size_t keys = 0;
    json_t *doc = NULL;
    /* json-c's own check lets overlong forms pass. */
    const char *problem = len > 64 << 20              ? "it is too long"
                          : !utf8_is_valid(text, len) ? "invalid UTF-8"
                                                      : json_scan(text, len, &keys);
    if (problem)
        return error_set(err, ERROR_BAD_JSON, "The body is not acceptable JSON: %s.", problem);
    CLEANUP(mem_free_text) char *copy = mem_strndup(text, len);
    if (!parse_with(copy, len, JSON_TOKENER_STRICT, &doc))
        return error_set(err, ERROR_BAD_JSON, "The body is not acceptable JSON.");
    if (count_keys(doc) != keys) {
        json_object_put(doc);
        return error_set(err, ERROR_BAD_JSON,
                         "The body is not acceptable JSON: a key stands twice in one object.");
    }
    *ret_doc = doc;
    return true;
}

bool json_parse_trusted(const char *text, json_t **ret_doc) {
    return parse_with(text, strlen(text), 0, ret_doc);
}

void json_put(json_t **doc) {
    json_object_put(*doc);
    *doc = NULL;
}

json_t *json_get(json_t *doc, const char *key) {
    json_t *value = NULL;
    if (!json_object_is_type(doc, json_type_object))
        return NULL;
    json_object_object_get_ex(doc, key, &value);
    return value;
}

static json_t *typed(json_t *doc, const char *key, enum json_type type) {
    json_t *value = json_get(doc, key);
    return json_object_is_type(value, type) ? value : NULL;
}

const char *json_get_text(json_t *doc, const char *key, const char *fallback) {
    json_t *value = typed(doc, key, json_type_string);
    return value ? json_object_get_string(value) : fallback;
}

int64_t json_get_int(json_t *doc, const char *key, int64_t fallback) {
    json_t *value = typed(doc, key, json_type_int);
    return value ? json_object_get_int64(value) : fallback;
}

double json_get_decimal(json_t *doc, const char *key, double fallback) {
    json_t *value = json_get(doc, key);
    if (json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double))
        return json_object_get_double(value);
    return fallback;
}

bool json_get_bool(json_t *doc, const char *key, bool fallback) {
    json_t *value = typed(doc, key, json_type_boolean);
    return value ? json_object_get_boolean(value) : fallback;
}

json_t *json_get_object(json_t *doc, const char *key) {
    return typed(doc, key, json_type_object);
}

json_t *json_get_array(json_t *doc, const char *key) {
    return typed(doc, key, json_type_array);
}

size_t json_len(json_t *array) {
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

json_t *json_at(json_t *array, size_t i) {
    return i < json_len(array) ? json_object_array_get_idx(array, i) : NULL;
}

void json_set(json_t *doc, const char *key, json_t *value) {
    json_object_object_add(doc, key, value);
}

void json_set_text(json_t *doc, const char *key, const char *value) {
    json_set(doc, key, value ? json_object_new_string(value) : NULL);
}

void json_set_int(json_t *doc, const char *key, int64_t value) {
    json_set(doc, key, json_object_new_int64(value));
}

void json_set_decimal(json_t *doc, const char *key, double value) {
    char text[32];
    snprintf(text, sizeof text, "%.10g", value);
    json_set(doc, key, json_object_new_double_s(value, text));
}

void json_set_bool(json_t *doc, const char *key, bool value) {
    json_set(doc, key, json_object_new_boolean(value));
}

json_t *json_copy(json_t *doc) {
    json_t *copy = NULL;
    if (doc && json_object_deep_copy(doc, &copy, NULL) != 0)
        abort();
    return copy;
}

const char *json_print(json_t *doc) {
    return json_object_to_json_string_ext(doc,
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static int by_key(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void canonical_object(struct strbuf *buf, json_t *doc) {
    size_t n = 0;
    const char **keys = mem_array((size_t)json_object_object_length(doc), sizeof *keys);
    json_object_object_foreach(doc, key, value) {
        (void)value;
        keys[n++] = key;
    }
    qsort(keys, n, sizeof *keys, by_key);
    strbuf_putc(buf, '{');
    for (size_t i = 0; i < n; i++) {
        if (i)
            strbuf_putc(buf, ',');
        strbuf_json(buf, keys[i]);
        strbuf_putc(buf, ':');
        json_canonical(buf, json_get(doc, keys[i]));
    }
    strbuf_putc(buf, '}');
    free(keys);
}

void json_canonical(struct strbuf *buf, json_t *doc) {
    if (json_object_is_type(doc, json_type_object)) {
        canonical_object(buf, doc);
    } else if (json_object_is_type(doc, json_type_array)) {
        strbuf_putc(buf, '[');
        for (size_t i = 0; i < json_len(doc); i++) {
            if (i)
                strbuf_putc(buf, ',');
            json_canonical(buf, json_at(doc, i));
        }
        strbuf_putc(buf, ']');
    } else {
        strbuf_puts(buf, json_print(doc));
    }
}
