/* heartbeat: a thread that asks every engine once an interval whether it lives: an ICMP echo to its
 * host, and a ping of Docker over a connection that is kept; and that listens to the events of
 * those that do (stream.h). It never calls the database, so that a slow one delays no heartbeat;
 * what it finds waits in queues for whoever writes it down. */
#pragma once

#include "core/control/pool.h"
#include "core/store/engines.h"
#include "keeper/stream_queue.h"
#include "keeper/strip.h"
#include "keeper/verdict.h"

struct heartbeat;

struct heartbeat_report {
    int64_t number; /* of the report */
    char engine_id[256];
    struct verdict verdict;
    bool answers;           /* Docker answered its last probe */
    double api_ms, echo_ms; /* of the last answers; 0 = none */
    int64_t heard_ms;       /* clock_ms() of the last sign of life */
    char strip[STRIP_TEXT]; /* how Docker has answered lately; "" = not known yet */
    int64_t strip_ms;       /* clock_ms() of its end */
};

/* `pool` is needed until heartbeat_free. */
struct heartbeat *heartbeat_new(const struct pool *pool);
void heartbeat_free(struct heartbeat *heartbeat);

/* Readable while there are reports. */
int heartbeat_fd(const struct heartbeat *heartbeat);

/* Ask this engine (opened; copied) from now on, or at another address or with other credentials.
 * `host`: where its echoes go, NULL = nowhere. `was`, and where its stream of events goes on from,
 * count for one that is new. */
void heartbeat_ask(struct heartbeat *heartbeat, const struct engine_access *access,
                   const struct sockaddr_storage *host, enum engine_state was,
                   const struct stream_position *position);
void heartbeat_forget(struct heartbeat *heartbeat, const char *engine_id);

/* What a closer look at it has shown: it is fit for use; or what is against that; or, against who
 * it is, for which it is quarantined. */
void heartbeat_fit(struct heartbeat *heartbeat, const char *engine_id);
void heartbeat_object(struct heartbeat *heartbeat, const char *engine_id, const char *objection);
void heartbeat_quarantine(struct heartbeat *heartbeat, const char *engine_id,
                          const char *objection);

/* What the streams of events tell. */
struct stream_queue *heartbeat_streams(struct heartbeat *heartbeat);

/* The oldest report, of each change of an engine's state and now and then; false: there is none. It
 * stays until it is done with. Later ones without a change take the place of earlier ones. */
bool heartbeat_next(struct heartbeat *heartbeat, struct heartbeat_report *ret_report);
/* Is there a report of this engine? */
bool heartbeat_waits(struct heartbeat *heartbeat, const char *engine_id);
void heartbeat_done(struct heartbeat *heartbeat, int64_t number);
