/* registration: what stands behind the key engines/ID in etcd: how a host asks to be an engine of
 * the pool. Read strictly, because whoever can write to etcd can write anything there. */
#pragma once

#include "core/base/json.h"

#define REGISTRATION_PREFIX "engines/"
/* Beside it, under the same lease: what the host uses at present. A prefix of its own, since nobody
 * has to judge the host anew for it. */
#define USAGE_PREFIX "usage/"

enum { REGISTRATION_ID_MAX = 64, REGISTRATION_VALUE_MAX = 16 << 10, REGISTRATION_LABELS_MAX = 64 };

/* Who wrote a registration. */
enum registration_by {
    REGISTRATION_HOST,  /* berth-join, or anything else that speaks for a host */
    REGISTRATION_POOL,  /* the pool itself tells what it knows */
    REGISTRATION_LEAVE, /* the host asks to be forgotten */
    REGISTRATION_LEFT   /* and the pool has done so */
};

/* All of it the registration's own. "" and 0 = not said. */
struct registration {
    char *addr;     /* whole URL, "tcp://10.0.0.1:2375" */
    char *identity; /* Docker's engine ID */
    char *version;  /* of Docker */
    double cpus;
    int64_t memory_mb;
    json_t *labels; /* array of text; never NULL */
    enum registration_by by;
};
void registration_release(struct registration *registration);

/* An engine id: 1..REGISTRATION_ID_MAX of letters, digits, '_', '.', '-', beginning with a letter
 * or digit. */
bool registration_id_valid(const char *id);

/* What a host uses, whoever on it does. */
struct host_usage {
    double cpus; /* cores */
    int64_t memory_mb;
};
void usage_write(struct strbuf *value, const struct host_usage *usage);
/* False: it is none. */
bool usage_read(const char *value, struct host_usage *ret_usage);

/* "ABCD:EFGH:..." of Docker -> "abcdefgh...", the default id of an engine. */
void registration_id_of(const char *identity, char id[17]);

/* The value of a key. Three forms are understood: berth's JSON, and the thesis's IP:PORT-CPUS-MB
 * and IP:PORT, which are an address over plain TCP. BAD_FIELD says what is wrong with it. */
bool registration_read(const char *value, struct registration *ret_registration, struct error *err);

/* As berth's JSON, appended. */
void registration_write(struct strbuf *value, const struct registration *registration);
