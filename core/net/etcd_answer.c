/* etcd_answer: see etcd_answer.h. */
#include "core/net/etcd_answer.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/base64.h"
#include "core/base/mem.h"
#include "core/base/parse.h"

static bool nonsense(struct error *err, const char *what) {
    return error_set(err, ERROR_UNAVAILABLE, "%s is not what etcd answers", what);
}

bool etcd_read_int(json_t *doc, const char *key, int64_t *ret_value) {
    json_t *value = json_get(doc, key);
    *ret_value = 0;
    if (!value)
        return true;
    if (json_object_is_type(value, json_type_int)) {
        *ret_value = json_object_get_int64(value);
        return true;
    }
    return json_object_is_type(value, json_type_string) &&
           parse_int(json_object_get_string(value), INT64_MIN, INT64_MAX, ret_value);
}

int64_t etcd_revision(json_t *doc) {
    int64_t revision = 0;
    etcd_read_int(json_get_object(doc, "header"), "revision", &revision);
    return revision;
}

void etcd_read_error(json_t *doc, char *words, size_t size) {
    json_t *inner = json_get_object(doc, "error"); /* of a stream */
    const char *text = json_get_text(inner ? inner : doc, "message", NULL);
    if (!text)
        text = json_get_text(doc, "error", "it refuses without a word");
    size_t len = 0;
    for (; len < size - 1 && text[len]; len++)
        words[len] = (unsigned char)text[len] < ' ' || text[len] == 0x7f ? ' ' : text[len];
    words[len] = '\0';
}

static void pair_release(struct etcd_pair *pair) {
    free(pair->key);
    free(pair->value);
}

/* Text behind base64; a missing one is "". */
static bool read_text(json_t *doc, const char *name, char **ret_text, bool *ret_whole) {
    size_t len = 0;
    if (!base64_decode(json_get_text(doc, name, ""), ret_text, &len))
        return false;
    *ret_whole = strlen(*ret_text) == len;
    return true;
}

static bool read_pair(json_t *doc, struct etcd_pair *ret_pair) {
    struct etcd_pair pair = {0};
    bool key_whole = false, value_whole = false;
    bool ok = read_text(doc, "key", &pair.key, &key_whole) &&
              read_text(doc, "value", &pair.value, &value_whole) &&
              etcd_read_int(doc, "lease", &pair.lease) &&
              etcd_read_int(doc, "mod_revision", &pair.mod_revision) && key_whole && *pair.key;
    if (!ok) {
        pair_release(&pair);
        return false;
    }
    if (!value_whole)
        *pair.value = '\0';
    *ret_pair = pair;
    return true;
}

void etcd_range_release(struct etcd_range *range) {
    for (size_t i = 0; i < range->count; i++)
        pair_release(&range->pairs[i]);
    free(range->pairs);
    *range = (struct etcd_range){0};
}

bool etcd_read_range(json_t *doc, struct etcd_range *ret_range, struct error *err) {
    struct etcd_range range = {.revision = etcd_revision(doc)};
    json_t *pairs = json_get_array(doc, "kvs");
    if (range.revision <= 0)
        return nonsense(err, "the answer to a range");
    range.pairs = mem_array(json_len(pairs) + 1, sizeof *range.pairs);
    for (size_t i = 0; i < json_len(pairs); i++) {
        if (!read_pair(json_at(pairs, i), &range.pairs[range.count])) {
            etcd_range_release(&range);
            return nonsense(err, "a key in the answer to a range");
        }
        range.count++;
    }
    *ret_range = range;
    return true;
}

void etcd_watched_release(struct etcd_watched *watched) {
    for (size_t i = 0; i < watched->count; i++)
        pair_release(&watched->events[i].pair);
    free(watched->events);
    *watched = (struct etcd_watched){0};
}

static bool read_events(json_t *events, struct etcd_watched *watched) {
    watched->events = mem_array(json_len(events) + 1, sizeof *watched->events);
    for (size_t i = 0; i < json_len(events); i++) {
        json_t *doc = json_at(events, i);
        struct etcd_event *event = &watched->events[watched->count];
        if (!read_pair(json_get_object(doc, "kv"), &event->pair))
            return false;
        event->gone = strcmp(json_get_text(doc, "type", "PUT"), "DELETE") == 0;
        watched->count++;
    }
    return true;
}

bool etcd_read_watched(const char *line, struct etcd_watched *ret_watched, struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct etcd_watched watched = {0};
    if (!json_parse_trusted(line, &doc) || !json_object_is_type(doc, json_type_object))
        return nonsense(err, "a line of a watch");
    json_t *result = json_get_object(doc, "result");
    if (!result) {
        etcd_read_error(doc, watched.error, sizeof watched.error);
        *ret_watched = watched;
        return true;
    }
    watched.created = json_get_bool(result, "created", false);
    watched.canceled = json_get_bool(result, "canceled", false);
    watched.revision = etcd_revision(result);
    if (!etcd_read_int(result, "compact_revision", &watched.compact_revision) ||
        !read_events(json_get_array(result, "events"), &watched)) {
        etcd_watched_release(&watched);
        return nonsense(err, "an event of a watch");
    }
    *ret_watched = watched;
    return true;
}
