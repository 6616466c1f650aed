/* member: see member.h. */
#include "tests/api/member.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"

/* One step of the path, from *at on. */
static bool step(const char **at, json_t **value) {
    char name[64] = "";
    size_t len = strspn(*at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    if (isdigit((unsigned char)**at) || len == 0 || len >= sizeof name)
        return false;
    memcpy(name, *at, len);
    *at += len;
    if (*value && !json_object_is_type(*value, json_type_object))
        return false;
    *value = *value ? json_object_object_get(*value, name) : NULL;
    return true;
}

static bool element(const char **at, json_t **value) {
    char *end = NULL;
    if (!isdigit((unsigned char)(*at)[1]))
        return false;
    size_t i = strtoul(*at + 1, &end, 10);
    if (*end != ']' || (*value && !json_object_is_type(*value, json_type_array)))
        return false;
    *value = *value ? json_object_array_get_idx(*value, i) : NULL;
    *at = end + 1;
    return true;
}

static bool walk(const char *at, json_t **value) {
    if (*at != '.')
        return false;
    while (*at) {
        if (*at == '.' && at[1] != '[') {
            at++;
            if (!step(&at, value))
                return false;
            continue;
        }
        at += *at == '.';
        if (*at != '[' || !element(&at, value))
            return false;
    }
    return true;
}

static bool print(json_t *value, struct strbuf *out) {
    switch (json_object_get_type(value)) {
    case json_type_null:
        strbuf_puts(out, "null\n");
        return true;
    case json_type_boolean:
        strbuf_puts(out, json_object_get_boolean(value) ? "true\n" : "false\n");
        return true;
    case json_type_int:
        strbuf_addf(out, "%" PRId64 "\n", json_object_get_int64(value));
        return llabs(json_object_get_int64(value)) < INT64_C(1) << 53; /* exact for jq, too */
    case json_type_string:
        strbuf_add(out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
        strbuf_putc(out, '\n');
        return true;
    default:
        return false;
    }
}

bool member_find(const char *path, const char *document, struct strbuf *out) {
    struct error err = {0};
    json_t *doc = NULL;
    if (!json_parse(document, strlen(document), &doc, &err))
        return false;
    json_t *value = doc;
    bool found = walk(path, &value) && print(value, out);
    json_object_put(doc);
    return found;
}
