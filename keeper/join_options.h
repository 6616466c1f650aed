/* join_options: the command line of berth-join; everything can also be said in the environment. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"

enum { JOIN_LABELS_MAX = 64, JOIN_TTL_MIN_S = 3, JOIN_TTL_MAX_S = 3600 };

/* Texts are borrowed from argv and the environment; "" = not given. */
struct join_options {
    const char *etcd, *etcd_ca, *etcd_cert, *etcd_key;
    const char *id;
    const char *address; /* HOST, or a whole URL */
    const char *docker;  /* where this host itself reaches Docker */
    const char *labels[JOIN_LABELS_MAX];
    size_t label_count;
    double cpus;       /* 0 = as Docker says */
    int64_t memory_mb; /* 0 = as Docker says */
    int64_t ttl_s;
    bool leave;
};

/* true: go on. false: all is said, end with *ret_status. */
bool join_options_read(int argc, char **argv, struct join_options *options, int *ret_status);
