/* etcd_answer: what etcd's JSON gateway answers, read strictly: keys and values in base64, 64-bit
 * integers as text, members with their default value left out (etcd API v3, "gRPC gateway"). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/json.h"

/* A key and what is behind it. A value that has a NUL in it is no text and reads as "". */
struct etcd_pair {
    char *key, *value;
    int64_t lease; /* 0 = none */
    int64_t mod_revision;
};

struct etcd_range {
    int64_t revision; /* of the store, when this was so */
    struct etcd_pair *pairs;
    size_t count;
};
void etcd_range_release(struct etcd_range *range);

struct etcd_event {
    bool gone; /* the key was deleted, or its lease ran out; it has no value then */
    struct etcd_pair pair;
};

/* A line of a watch's answer. */
struct etcd_watched {
    bool created, canceled;
    int64_t compact_revision; /* > 0: what was asked for has been compacted away */
    int64_t revision;
    struct etcd_event *events;
    size_t count;
    char error[200]; /* etcd's words, "" when it has not refused */
};
void etcd_watched_release(struct etcd_watched *watched);

/* Readers of whole answers. *ret_* is set only on success and the caller's. ERROR_UNAVAILABLE: it
 * is not etcd that answers. */
bool etcd_read_range(json_t *doc, struct etcd_range *ret_range, struct error *err);
bool etcd_read_watched(const char *line, struct etcd_watched *ret_watched, struct error *err);

/* The header's revision; 0 without one. */
int64_t etcd_revision(json_t *doc);

/* A whole number that etcd writes as text (some versions as a number); 0 when it is left out. False
 * for anything else. */
bool etcd_read_int(json_t *doc, const char *key, int64_t *ret_value);

/* What a refusal says, without control characters. */
void etcd_read_error(json_t *doc, char *words, size_t size);
