/* etcd_mirror: the keys of a prefix in etcd as they are now, kept so by a watch; what differs is
 * told once. Range first, then watch from the next revision on. It begins anew, by itself, when the
 * watch breaks or is cancelled (compaction), when the store's revision went back (it was wiped: an
 * old watch stays silent then), and when the range that is made now and then besides shows what the
 * watch has not told. Failures are waited out; what is known stays meanwhile. */
#pragma once

#include "core/net/etcd.h"

struct etcd_mirror_options {
    const char *prefix; /* borrowed for good; 1..ETCD_PREFIX_MAX - 1 bytes */
    int64_t resync_ms;  /* from range to range */
    /* A key is new or has changed; or is gone, with the value and lease that it had. The pair is
     * borrowed for the call. None of these may poll the mirror; calls on its etcd they may make. */
    void (*changed)(void *context, const struct etcd_pair *pair, bool gone);
    /* After a range, once everything that it showed has been told. `anew`: the first one, or the
     * first since the store was wiped. */
    void (*synced)(void *context, bool anew);
    /* etcd does not answer; told once until it answers again. */
    void (*lost)(void *context, const struct error *why);
    void *context;
};

struct etcd_mirror;

struct etcd_mirror *etcd_mirror_new(struct etcd *etcd, const struct etcd_mirror_options *options);
void etcd_mirror_free(struct etcd_mirror *mirror); /* before its etcd */

/* Go on for about timeout_ms (>= 0); wake_fd (>= 0) ends it early, see http_client_poll. */
void etcd_mirror_poll(struct etcd_mirror *mirror, int wake_fd, int timeout_ms);

/* What is known of a key; NULL = nothing. Borrowed until the next poll. */
const struct etcd_pair *etcd_mirror_find(const struct etcd_mirror *mirror, const char *key);
size_t etcd_mirror_count(const struct etcd_mirror *mirror);
const struct etcd_pair *etcd_mirror_at(const struct etcd_mirror *mirror, size_t i);
