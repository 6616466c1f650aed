/* json_check: holds a document against a table of fields; see json.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"

enum { TEXT_BYTES_MAX = 65536, KEY_BYTES_MAX = 512, DEFAULT_MAX = 1024 };

static const struct json_field *find_field(const struct json_field *fields, const char *name) {
    for (; fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

static bool check_text(json_t *value, const char *path, double min, double max, struct error *err) {
    const char *text = json_object_get_string(value);
    size_t len = (size_t)json_object_get_string_len(value);
    if (!json_object_is_type(value, json_type_string))
        return error_field(err, path, "%s must be a string.", path);
    if ((double)len < min || (double)len > max)
        return error_field(err, path, "%s must have %.0f to %.0f bytes, not %zu.", path, min, max,
                           len);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 && !memchr("\t\n\r", text[i], 3))
            return error_field(err, path, "%s holds a control character.", path);
    return true;
}

static bool check_number(json_t *value, const struct json_field *field, const char *path,
                         struct error *err) {
    bool whole = json_object_is_type(value, json_type_int);
    double number = json_object_get_double(value);
    if (!whole && (field->type == FIELD_INT || !json_object_is_type(value, json_type_double)))
        return error_field(err, path, "%s must be a %s.", path,
                           field->type == FIELD_INT ? "whole number" : "number");
    if (!isfinite(number) || number < field->min || number > field->max)
        return error_field(err, path, "%s must be from %.15g to %.15g.", path, field->min,
                           field->max);
    return true;
}

static bool check_texts(json_t *value, const char *path, size_t most, struct error *err) {
    if (!json_object_is_type(value, json_type_array))
        return error_field(err, path, "%s must be an array of strings.", path);
    if (json_len(value) > most)
        return error_field(err, path, "%s has more than %zu entries.", path, most);
    for (size_t i = 0; i < json_len(value); i++) {
        char at[96];
        snprintf(at, sizeof at, "%s[%zu]", path, i);
        if (!check_text(json_at(value, i), at, 0, TEXT_BYTES_MAX, err))
            return false;
    }
    return true;
}

/* A key that a client chose is shown to people, and in the error that names it. */
static bool check_key(const char *key, const char *path, struct error *err) {
    size_t len = strlen(key);
    char shown[64];
    snprintf(shown, sizeof shown, "%s.%.24s", path, key);
    for (char *c = shown; *c; c++)
        *c = (unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c;
    if (len == 0 || len > KEY_BYTES_MAX)
        return error_field(err, shown, "A name in %s must have 1 to %d bytes.", path,
                           KEY_BYTES_MAX);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)key[i] < 0x20 || key[i] == 0x7f)
            return error_field(err, shown, "A name in %s holds a control character.", path);
    return true;
}

static bool check_map(json_t *value, const struct json_field *field, const char *path, size_t most,
                      struct error *err) {
    if (!json_object_is_type(value, json_type_object))
        return error_field(err, path, "%s must be an object.", path);
    if ((size_t)json_object_object_length(value) > most)
        return error_field(err, path, "%s has more than %zu entries.", path, most);
    json_object_object_foreach(value, key, entry) {
        char at[96];
        if (!check_key(key, path, err))
            return false;
        snprintf(at, sizeof at, "%s.%s", path, key);
        if (field->type == FIELD_TEXT_MAP ? !check_text(entry, at, 0, TEXT_BYTES_MAX, err)
                                          : !check_texts(entry, at, most, err))
            return false;
    }
    return true;
}

static bool check_object(json_t *doc, const struct json_field *fields, const char *path,
                         struct error *err);

static bool check_value(json_t *value, const struct json_field *field, const char *path,
                        struct error *err) {
    size_t most = field->max > 0 ? (size_t)field->max : DEFAULT_MAX;
    switch (field->type) {
    case FIELD_TEXT:
        return check_text(value, path, field->min, field->max > 0 ? field->max : DEFAULT_MAX, err);
    case FIELD_INT:
    case FIELD_DECIMAL:
        return check_number(value, field, path, err);
    case FIELD_BOOL:
        return json_object_is_type(value, json_type_boolean) ||
               error_field(err, path, "%s must be true or false.", path);
    case FIELD_TEXTS:
        return check_texts(value, path, most, err);
    case FIELD_TEXT_MAP:
    case FIELD_TEXTS_MAP:
        return check_map(value, field, path, most, err);
    case FIELD_ANY_OBJECT:
        return json_object_is_type(value, json_type_object) ||
               error_field(err, path, "%s must be an object.", path);
    case FIELD_OBJECT:
        return check_object(value, field->fields, path, err);
    case FIELD_OBJECTS:
        break;
    }
    if (!json_object_is_type(value, json_type_array) || json_len(value) > most)
        return error_field(err, path, "%s must be an array of at most %zu objects.", path, most);
    for (size_t i = 0; i < json_len(value); i++) {
        char at[96];
        snprintf(at, sizeof at, "%s[%zu]", path, i);
        if (!check_object(json_at(value, i), field->fields, at, err))
            return false;
    }
    return true;
}

static bool check_object(json_t *doc, const struct json_field *fields, const char *path,
                         struct error *err) {
    const char *dot = *path ? "." : "";
    if (!json_object_is_type(doc, json_type_object))
        return error_field(err, path, "%s must be an object.", *path ? path : "The body");
    json_object_object_foreach(doc, key, value) {
        char at[96];
        const struct json_field *field = find_field(fields, key);
        snprintf(at, sizeof at, "%s%s%s", path, dot, key);
        if (!field)
            return error_field(err, at, "%s is not a known field.", at);
        if (value && !check_value(value, field, at, err))
            return false;
    }
    for (; fields->name; fields++) {
        if (fields->required && !json_get(doc, fields->name)) {
            char at[96];
            snprintf(at, sizeof at, "%s%s%s", path, dot, fields->name);
            return error_field(err, at, "%s is missing%s%s.", at, fields->help ? ": " : "",
                               fields->help ? fields->help : "");
        }
    }
    return true;
}

bool json_check(json_t *doc, const struct json_field *fields, struct error *err) {
    return check_object(doc, fields, "", err);
}
