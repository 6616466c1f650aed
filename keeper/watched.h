/* watched: one engine that the keeper looks at; private to watch.c and look.c. */
#pragma once

#include "core/control/pool.h"
#include "core/net/docker.h"
#include "core/store/db.h"
#include "core/store/engines.h"
#include "keeper/heartbeat.h"
#include "keeper/observe.h"

/* One engine that is looked at. */
struct watched {
    struct watch *watch;
    char *id, *api_version, *state, *identity;
    struct engine_access access;
    struct docker_engine engine;  /* borrows from the above */
    struct error trouble;         /* kind != 0: a secret of it cannot be opened */
    bool busy;                    /* a call is under way */
    bool listed;                  /* still in the database */
    bool answers;                 /* Docker does, as the heartbeat says */
    bool lost;                    /* down, and its host is silent, as the heartbeat says */
    bool live;                    /* its events are heard */
    bool missing;                 /* some are for certain, since its last list was taken in */
    bool rung;                    /* one of them asks for a look */
    size_t calls;                 /* under way, besides the look */
    struct sockaddr_storage host; /* where its echoes go; ss_family 0 = nowhere */
    char *name;                   /* its host's; NULL = it has an address */
    struct lookup *lookup;        /* of the name, under way; or NULL */
    struct stream_position position;
    int echo_ms;  /* after what rang it is looked at again, so much later; 0 = no more */
    int misses;   /* looks in a row that failed */
    enum gap gap; /* since the last list that was taken in */
    /* Monotonic: the next look; the last facts written; begin and end of the last list; when its
     * host's name is resolved again; until when it is open what was missed. */
    int64_t next_ms, facts_ms, list_ms, listed_ms, resolve_ms, open_ms;
    struct watched *next;
};

struct watch {
    const struct pool *pool;
    struct db *db;
    struct http_client *client;
    struct heartbeat *heartbeat;
    int stop_fd, wait_fd; /* that, or what the heartbeat tells */
    struct watched *engines;
    bool drained; /* all that the heartbeat had found has been written down of late */
    int64_t refresh_ms, write_ms; /* monotonic: the next refresh; the next try to write */
};

/* Look closer at it: what Docker says of itself at first and every half minute, then its list.
 * Errors are logged, and told to the heartbeat. */
void look(struct watched *engine);

/* Look at it soon, but not all the time. */
void look_soon(struct watched *engine);

/* What only inspections of these containers (Docker ids) say. */
void look_into(struct watched *engine, json_t *ids);

void watched_set(char **text, const char *value);
void watched_log(const struct watched *engine, const char *what, const struct error *err);
