/* etcd_mirror: see etcd_mirror.h. */
#include "core/net/etcd_mirror.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"

enum { LINE_MAX_BYTES = 16 << 20, LINES_MAX = 100000, RETRY_MIN_MS = 200, RETRY_MAX_MS = 3000 };

/* A watch under way. It outlives the mirror's interest in it until the client has ended it. */
struct watch_call {
    struct etcd_mirror *mirror; /* NULL = nobody is interested any more */
    struct transfer *transfer;
};

struct etcd_mirror {
    struct etcd *etcd;
    struct etcd_mirror_options options;
    struct etcd_pair *pairs; /* in the order of their keys */
    size_t count, room;
    bool synced;           /* once at least */
    bool told_lost;        /* until the next answer */
    int64_t revision;      /* the newest seen; 0 = none */
    int64_t base_revision; /* of the last range: what the watch tells of up to it is old */
    int64_t range_ms;      /* when the next range is due */
    int64_t retry_ms;      /* how long to wait after the next failure */
    struct watch_call *watch;
    struct strbuf line;
    char **lines; /* whole ones that have not been read yet */
    size_t line_count, line_room;
};

struct etcd_mirror *etcd_mirror_new(struct etcd *etcd, const struct etcd_mirror_options *options) {
    struct etcd_mirror *mirror = mem_alloc(sizeof *mirror);
    mirror->etcd = etcd;
    mirror->options = *options;
    mirror->line.max = LINE_MAX_BYTES;
    mirror->retry_ms = RETRY_MIN_MS;
    return mirror;
}

static void drop_lines(struct etcd_mirror *mirror) {
    for (size_t i = 0; i < mirror->line_count; i++)
        free(mirror->lines[i]);
    mirror->line_count = 0;
    strbuf_clear(&mirror->line);
    mirror->line.full = false;
}

static void end_watch(struct etcd_mirror *mirror) {
    drop_lines(mirror);
    if (!mirror->watch)
        return;
    mirror->watch->mirror = NULL;
    http_cancel(mirror->watch->transfer);
    mirror->watch = NULL;
}

static void pair_release(struct etcd_pair *pair) {
    free(pair->key);
    free(pair->value);
}

void etcd_mirror_free(struct etcd_mirror *mirror) {
    if (!mirror)
        return;
    end_watch(mirror);
    for (size_t i = 0; i < mirror->count; i++)
        pair_release(&mirror->pairs[i]);
    free(mirror->pairs);
    free(mirror->lines);
    strbuf_release(&mirror->line);
    free(mirror);
}

/* Where `key` is, or would be. */
static bool locate(const struct etcd_mirror *mirror, const char *key, size_t *ret_at) {
    size_t low = 0, high = mirror->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(mirror->pairs[middle].key, key);
        *ret_at = middle;
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_at = low;
    return false;
}

const struct etcd_pair *etcd_mirror_find(const struct etcd_mirror *mirror, const char *key) {
    size_t at;
    return locate(mirror, key, &at) ? &mirror->pairs[at] : NULL;
}

size_t etcd_mirror_count(const struct etcd_mirror *mirror) {
    return mirror->count;
}

const struct etcd_pair *etcd_mirror_at(const struct etcd_mirror *mirror, size_t i) {
    return i < mirror->count ? &mirror->pairs[i] : NULL;
}

static struct etcd_pair *insert_at(struct etcd_mirror *mirror, size_t at) {
    if (mirror->count == mirror->room) {
        mirror->room = mirror->room ? 2 * mirror->room : 16;
        mirror->pairs = mem_resize(mirror->pairs, mirror->room, sizeof *mirror->pairs);
    }
    memmove(&mirror->pairs[at + 1], &mirror->pairs[at],
            (mirror->count - at) * sizeof *mirror->pairs);
    mirror->count++;
    return &mirror->pairs[at];
}

/* True: it was told. A new lease under an old value is no change. */
static bool put(struct etcd_mirror *mirror, const struct etcd_pair *pair) {
    size_t at;
    bool known = locate(mirror, pair->key, &at);
    bool same = known && strcmp(mirror->pairs[at].value, pair->value) == 0;
    if (same) {
        mirror->pairs[at].lease = pair->lease;
        mirror->pairs[at].mod_revision = pair->mod_revision;
        return false;
    }
    struct etcd_pair *to = known ? &mirror->pairs[at] : insert_at(mirror, at);
    if (known)
        pair_release(to);
    *to = *pair;
    to->key = mem_strdup(pair->key);
    to->value = mem_strdup(pair->value);
    mirror->options.changed(mirror->options.context, to, false);
    return true;
}

static void take_out(struct etcd_mirror *mirror, size_t at) {
    struct etcd_pair pair = mirror->pairs[at];
    mirror->count--;
    memmove(&mirror->pairs[at], &mirror->pairs[at + 1],
            (mirror->count - at) * sizeof *mirror->pairs);
    mirror->options.changed(mirror->options.context, &pair, true);
    pair_release(&pair);
}

/* Become what a range shows. True: something differed. */
static bool become(struct etcd_mirror *mirror, const struct etcd_range *range) {
    bool differed = false;
    size_t next = 0;
    for (size_t i = 0; i < mirror->count;) {
        while (next < range->count && strcmp(range->pairs[next].key, mirror->pairs[i].key) < 0)
            next++;
        if (next < range->count && strcmp(range->pairs[next].key, mirror->pairs[i].key) == 0) {
            i++;
            continue;
        }
        take_out(mirror, i);
        differed = true;
    }
    for (size_t i = 0; i < range->count; i++)
        differed |= put(mirror, &range->pairs[i]);
    return differed;
}

static void range_within(struct etcd_mirror *mirror, int64_t ms) {
    int64_t due = clock_ms() + ms;
    if (mirror->range_ms > due)
        mirror->range_ms = due;
}

static void keep_line(struct etcd_mirror *mirror) {
    if (mirror->line_count == mirror->line_room) {
        mirror->line_room = mirror->line_room ? 2 * mirror->line_room : 16;
        mirror->lines = mem_resize(mirror->lines, mirror->line_room, sizeof *mirror->lines);
    }
    mirror->lines[mirror->line_count++] = mem_strdup(strbuf_text(&mirror->line));
    strbuf_clear(&mirror->line);
}

/* Lines are only kept here: they are read when nothing else is under way on the mirror. */
static bool on_bytes(void *context, const char *bytes, size_t len) {
    struct watch_call *call = context;
    struct etcd_mirror *mirror = call->mirror;
    while (mirror && len) {
        const char *end = memchr(bytes, '\n', len);
        size_t piece = end ? (size_t)(end - bytes) : len;
        strbuf_add(&mirror->line, bytes, piece);
        if (mirror->line.full || mirror->line_count == LINES_MAX)
            return false;
        if (end) {
            if (mirror->line.len)
                keep_line(mirror);
            piece++;
        }
        bytes += piece;
        len -= piece;
    }
    return mirror != NULL;
}

static void on_watch_done(void *context, const struct http_response *response,
                          const struct error *failure) {
    struct watch_call *call = context;
    (void)response, (void)failure; /* the range that follows says whether etcd is well */
    if (call->mirror) {
        call->mirror->watch = NULL;
        range_within(call->mirror, RETRY_MIN_MS);
    }
    free(call);
}

static void begin_watch(struct etcd_mirror *mirror) {
    struct watch_call *call = mem_alloc(sizeof *call);
    call->mirror = mirror;
    mirror->watch = call;
    call->transfer = etcd_watch(mirror->etcd, mirror->options.prefix, mirror->base_revision + 1,
                                on_bytes, on_watch_done, call);
}

/* False: the watch is no good any more. */
static bool read_line(struct etcd_mirror *mirror, const char *line) {
    struct etcd_watched watched = {0};
    if (!etcd_read_watched(line, &watched, NULL))
        return false;
    bool good = !watched.canceled && watched.compact_revision == 0 && !watched.error[0];
    for (size_t i = 0; i < watched.count; i++) {
        const struct etcd_event *event = &watched.events[i];
        size_t at;
        if (event->pair.mod_revision <= mirror->base_revision)
            continue;
        if (!event->gone)
            put(mirror, &event->pair);
        else if (locate(mirror, event->pair.key, &at))
            take_out(mirror, at);
    }
    if (watched.revision > mirror->revision)
        mirror->revision = watched.revision;
    etcd_watched_release(&watched);
    return good;
}

static void read_lines(struct etcd_mirror *mirror) {
    bool good = true;
    for (size_t i = 0; i < mirror->line_count && good; i++)
        good = read_line(mirror, mirror->lines[i]);
    if (good) {
        for (size_t i = 0; i < mirror->line_count; i++)
            free(mirror->lines[i]);
        mirror->line_count = 0;
        return;
    }
    end_watch(mirror);
    range_within(mirror, RETRY_MIN_MS);
}

static void fail(struct etcd_mirror *mirror, const struct error *why) {
    if (!mirror->told_lost)
        mirror->options.lost(mirror->options.context, why);
    mirror->told_lost = true;
    end_watch(mirror);
    mirror->range_ms = clock_ms() + mirror->retry_ms;
    mirror->retry_ms = 2 * mirror->retry_ms < RETRY_MAX_MS ? 2 * mirror->retry_ms : RETRY_MAX_MS;
}

static void synchronise(struct etcd_mirror *mirror) {
    struct etcd_range range = {0};
    struct error err = {0};
    int64_t seen = mirror->revision;
    if (!etcd_range_prefix(mirror->etcd, mirror->options.prefix, &range, &err)) {
        fail(mirror, &err);
        return;
    }
    bool wiped = range.revision < seen;
    bool anew = wiped || !mirror->synced;
    if (wiped)
        end_watch(mirror);
    mirror->base_revision = range.revision;
    mirror->revision = range.revision;
    if (become(mirror, &range))
        end_watch(mirror); /* it has kept silent, or would have told in a moment */
    etcd_range_release(&range);
    mirror->synced = true;
    mirror->told_lost = false;
    mirror->retry_ms = RETRY_MIN_MS;
    mirror->range_ms = clock_ms() + mirror->options.resync_ms;
    if (!mirror->watch)
        begin_watch(mirror);
    mirror->options.synced(mirror->options.context, anew);
}

void etcd_mirror_poll(struct etcd_mirror *mirror, int wake_fd, int timeout_ms) {
    read_lines(mirror);
    if (clock_ms() >= mirror->range_ms)
        synchronise(mirror);
    int64_t left_ms = mirror->range_ms - clock_ms();
    if (left_ms < timeout_ms)
        timeout_ms = left_ms > 0 ? (int)left_ms : 0;
    http_client_poll(etcd_http(mirror->etcd), wake_fd, timeout_ms);
    read_lines(mirror);
}
