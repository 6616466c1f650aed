/* json: strict JSON (RFC 8259) over json-c, with typed getters that never coerce. */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/base/strbuf.h"

typedef struct json_object json_t;

/* Parse exactly one document. Refused, with ERROR_BAD_JSON: what is not RFC 8259 (NaN, comments,
 * trailing commas, leading zeros ...), invalid UTF-8, \u0000, duplicate keys, nesting deeper than
 * JSON_SCAN_DEPTH_MAX, more than JSON_SCAN_KEYS_MAX keys, numbers longer than JSON_SCAN_NUMBER_MAX
 * digits. *ret_doc (owned by the caller, json_object_put) is NULL for the document `null`. */
bool json_parse(const char *text, size_t len, json_t **ret_doc, struct error *err);

/* Like json_parse for text of a trusted or merely size-limited origin (our database, an engine):
 * lenient about duplicates and number of keys. Returns false when it is not JSON at all. */
bool json_parse_trusted(const char *text, json_t **ret_doc);

void json_put(json_t **doc); /* cleanup function */

/* What a document may hold: one row a field. A key without a row is refused, so is a wrong type. */
enum field_type {
    FIELD_TEXT,      /* string; min..max bytes; no control characters */
    FIELD_INT,       /* whole number min..max */
    FIELD_DECIMAL,   /* number min..max */
    FIELD_BOOL,      /* true or false */
    FIELD_TEXTS,     /* array of strings; at most `max` of them, each at most 64 KB */
    FIELD_TEXT_MAP,  /* object of strings; the same limits; names of 1 to 512 plain bytes */
    FIELD_TEXTS_MAP, /* object of arrays of strings */
    FIELD_OBJECT,    /* object; checked by its own table */
    FIELD_OBJECTS,   /* array of objects; each checked by its own table */
    FIELD_ANY_OBJECT /* object that is accepted and ignored */
};

struct json_field {
    const char *name;
    enum field_type type;
    bool required;
    double min, max;                 /* see enum field_type; max 0 = 1024 */
    const struct json_field *fields; /* of FIELD_OBJECT and FIELD_OBJECTS; of a FIELD_TEXT: the
                                        object that its reader takes instead; ends with {0} */
    const char *help;                /* unit and meaning, for messages and documentation */
};

/* Check `doc` against `fields` (ends with {0}): unknown keys, missing required ones, types, ranges.
 * A null value counts as absent. The error names the field ("bind_ports[0].port"). */
bool json_check(json_t *doc, const struct json_field *fields, struct error *err);

/* Getters: borrow; a missing key, a null or another type gives the default. */
const char *json_get_text(json_t *doc, const char *key, const char *fallback);
int64_t json_get_int(json_t *doc, const char *key, int64_t fallback);
double json_get_decimal(json_t *doc, const char *key, double fallback);
bool json_get_bool(json_t *doc, const char *key, bool fallback);
json_t *json_get(json_t *doc, const char *key);        /* NULL when absent or null */
json_t *json_get_object(json_t *doc, const char *key); /* NULL unless an object */
json_t *json_get_array(json_t *doc, const char *key);  /* NULL unless an array */
size_t json_len(json_t *array);                        /* 0 for what is no array */
json_t *json_at(json_t *array, size_t i);              /* NULL beyond its end */

/* Setters: take ownership of the value. */
void json_set(json_t *doc, const char *key, json_t *value);
void json_set_text(json_t *doc, const char *key, const char *value); /* NULL gives null */
void json_set_int(json_t *doc, const char *key, int64_t value);
void json_set_decimal(json_t *doc, const char *key, double value); /* printed in shortest form */
void json_set_bool(json_t *doc, const char *key, bool value);
json_t *json_copy(json_t *doc); /* deep; NULL gives NULL */

/* Compact text, borrowed from `doc` until it changes. */
const char *json_print(json_t *doc);

/* Canonical text: compact, keys sorted by bytes; the same for equal documents. */
void json_canonical(struct strbuf *buf, json_t *doc);
