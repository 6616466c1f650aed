/* streams: all streamed answers of a process and the thread that serves them; see stream.h for the
 * use. Calls are safe in any thread. */
#pragma once

#include <stdbool.h>

struct stream;
struct streams;
struct worker;

/* Starts the thread. */
struct streams *streams_new(struct worker *worker);
/* Ends it; every stream must be over. */
void streams_free(struct streams *streams);

/* The worker drains: end what does not end by itself. */
void streams_drain(struct streams *streams);

/* Something has changed in the database: look at once. */
void streams_look_now(struct streams *streams);

/* For the chain: serve a stream that stream_open has made. */
void streams_add(struct streams *streams, struct stream *stream);
