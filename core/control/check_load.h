/* check_load: the pool in memory, as check.c goes through it. */
#pragma once

#include "core/control/place_parts.h"

/* A port or an image that is on an engine. */
struct presence {
    const char *image; /* or NULL */
    json_t *port;      /* {proto,host_ip,port}, or NULL; borrowed */
    struct presence *next;
};

struct check_container {
    const char *id, *name, *image;
    struct placement_request request;
    json_t *ports;     /* those that it asks for by number; owned */
    json_t *links;     /* names; owned, NULL = none */
    const char *stays; /* why it would not go elsewhere; NULL = it would */
    size_t unit;       /* index of the first member of its unit */
    bool left_out;
};

struct check {
    struct place place; /* owns the engines' rows */
    struct placement_engine *engines;
    size_t engine_count;
    struct check_container *containers; /* by engine, then by age */
    size_t container_count;
    size_t *first_container;   /* of each engine; one more at the end */
    struct presence **present; /* of each engine; what is placed for a trial stands in front */
    struct presence **first_present; /* what was there at first */
    json_t *ports;                   /* owns the ports of presences */
    struct db_result *rows, *others; /* what the texts are borrowed from */
    int64_t judgements;
};

/* `made`: this container, and those made together with it, are left out, of the engines' load too;
 * NULL = none. */
bool check_load(struct db *db, const struct pool *pool, const char *made, struct check *check,
                struct error *err);
void check_release(struct check *check);
