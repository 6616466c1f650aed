/* stream: one engine's stream of Docker's events, kept open while its heart beats; part of the
 * heartbeat's thread, so that it never calls the database. A link that was cut shows no error: the
 * heartbeat's verdict ends the stream, and it goes on from the last event when the engine is back.
 *
 * That nothing is missing then is proved by that last event coming again: dockerd remembers its
 * last 256 events, and none beyond its own end. What comes twice is told twice (the database knows
 * its events). What is told of an engine is bounded: 20 events a second in the long run, 2,000 at
 * once; more of them are dropped, which is told (STREAM_LOST). Not told at all: what happens within
 * a container (exec_*, resize, top), and a health that is the same as before, which some engines
 * repeat with every probe. */
#pragma once

#include "core/control/pool.h"
#include "core/net/docker.h"
#include "keeper/stream_queue.h"

struct stream;

/* `position`: the last event of it that was written down; where there is none (time_ns 0) its
 * stream begins with what happens from now on, also before it is open. All but `position` and
 * `engine_id` is needed until stream_free. */
struct stream *stream_new(const struct pool *pool, struct http_client *client,
                          struct stream_queue *queue, const char *engine_id,
                          const struct stream_position *position);
/* Not while it is open. */
void stream_free(struct stream *stream);
bool stream_is_open(const struct stream *stream);

/* To be called several times a second. `engine` is needed for this call only; `wanted`: it is well
 * enough to be listened to. */
void stream_beat(struct stream *stream, const struct docker_engine *engine, bool wanted,
                 int64_t now);
