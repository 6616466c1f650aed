/* openapi_schema: what tables allow, as JSON schemas (draft 2020-12); see openapi.h. */
#include <math.h>

#include "fcgi/openapi.h"

enum { TEXTS_MAX = 1024 }; /* see enum field_type */

static json_t *schema_new(const char *type) {
    json_t *schema = json_object_new_object();
    json_set_text(schema, "type", type);
    return schema;
}

static json_t *string_array(size_t max) {
    json_t *schema = schema_new("array");
    json_set(schema, "items", schema_new("string"));
    json_set_int(schema, "maxItems", (int64_t)max);
    return schema;
}

static json_t *map_of(json_t *value, size_t max) {
    json_t *schema = schema_new("object");
    json_set(schema, "additionalProperties", value);
    json_set_int(schema, "maxProperties", (int64_t)max);
    return schema;
}

static void set_number(json_t *schema, const char *key, double number) {
    if (number == floor(number) && fabs(number) < 1e15)
        json_set_int(schema, key, (int64_t)number);
    else
        json_set_decimal(schema, key, number);
}

static json_t *number_schema(const char *type, double min, double max) {
    json_t *schema = schema_new(type);
    set_number(schema, "minimum", min);
    set_number(schema, "maximum", max);
    return schema;
}

/* Ours are limits of bytes, JSON's of characters, of which there may be fewer: what we take is
 * within the schema. */
static json_t *text_schema(double min, double max) {
    json_t *schema = schema_new("string");
    if (min > 0)
        json_set_int(schema, "minLength", 1);
    set_number(schema, "maxLength", max);
    return schema;
}

static json_t *words_schema(const char *const *words) {
    json_t *schema = schema_new("string"), *list = json_object_new_array();
    for (; *words; words++)
        json_object_array_add(list, json_object_new_string(*words));
    json_set(schema, "enum", list);
    return schema;
}

static json_t *value_schema(const struct param *param) {
    switch (param->type) {
    case PARAM_INT:
        return number_schema("integer", param->min, param->max);
    case PARAM_DECIMAL:
        return number_schema("number", param->min, param->max);
    case PARAM_BOOL:
        return schema_new("boolean");
    case PARAM_WORD:
        return words_schema(param->words);
    case PARAM_TEXT:
        return text_schema(1, param->max);
    case PARAM_TIME:
        break;
    }
    json_t *schema = schema_new("string");
    json_set_text(schema, "description",
                  "RFC 3339, or seconds since 1970, or how long ago as in 30s, 10m, 2h, 7d");
    return schema;
}

json_t *openapi_param_schema(const struct param *param) {
    if (!param->repeat)
        return value_schema(param);
    json_t *schema = schema_new("array");
    json_set(schema, "items", value_schema(param));
    return schema;
}

static json_t *array_of_objects(const struct json_field *field, size_t max) {
    json_t *schema = schema_new("array");
    json_set(schema, "items", openapi_fields_schema(field->fields));
    json_set_int(schema, "maxItems", (int64_t)max);
    return schema;
}

static json_t *either(json_t *first, json_t *second) {
    json_t *schema = json_object_new_object(), *list = json_object_new_array();
    json_object_array_add(list, first);
    json_object_array_add(list, second);
    json_set(schema, "oneOf", list);
    return schema;
}

static json_t *field_schema(const struct json_field *field) {
    size_t most = field->max > 0 ? (size_t)field->max : TEXTS_MAX;
    json_t *text;
    switch (field->type) {
    case FIELD_TEXT:
        text = text_schema(field->min, (double)most);
        return field->fields ? either(text, openapi_fields_schema(field->fields)) : text;
    case FIELD_INT:
        return number_schema("integer", field->min, field->max);
    case FIELD_DECIMAL:
        return number_schema("number", field->min, field->max);
    case FIELD_BOOL:
        return schema_new("boolean");
    case FIELD_TEXTS:
        return string_array(most);
    case FIELD_TEXT_MAP:
        return map_of(schema_new("string"), most);
    case FIELD_TEXTS_MAP:
        return map_of(string_array(most), most);
    case FIELD_OBJECT:
        return openapi_fields_schema(field->fields);
    case FIELD_OBJECTS:
        return array_of_objects(field, most);
    case FIELD_ANY_OBJECT:
        break;
    }
    return schema_new("object");
}

json_t *openapi_fields_schema(const struct json_field *fields) {
    json_t *schema = schema_new("object"), *properties = json_object_new_object(),
           *required = json_object_new_array();
    for (; fields->name; fields++) {
        json_t *property = field_schema(fields);
        if (fields->help)
            json_set_text(property, "description", fields->help);
        json_set(properties, fields->name, property);
        if (fields->required)
            json_object_array_add(required, json_object_new_string(fields->name));
    }
    json_set(schema, "properties", properties);
    if (json_len(required) > 0)
        json_set(schema, "required", required);
    else
        json_put(&required);
    json_set_bool(schema, "additionalProperties", false);
    return schema;
}
