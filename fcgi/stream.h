/* stream: answers that last: a log that is followed, events as they happen, an operation's
 * progress.
 *
 * One thread of each process serves all of its streams; a stream costs no thread and no database
 * connection. A handler of any pool (POOL_QUICK will do) checks what is asked for, makes a context
 * and ends with `return stream_open(request, &kind, context)`. From then on the functions of `kind`
 * are called, one at a time for each stream, and the framework does the rest:
 *   - the head of the answer, passed on by nginx as it comes (X-Accel-Buffering: no);
 *   - a client that has left is noticed at once, its stream closed;
 *   - the token and the role's right to the path are looked up every 2 s (while the database is
 * away they count as good);
 *   - a worker that drains ends its streams; a `finite` one goes on to its own end;
 *   - bounded memory: `look` is not called while the client has not taken what there is, and a kind
 *     that writes by itself asks stream_is_full();
 *   - limits: `stream_followers` for a process, `stream_followers_account` for an account in it,
 *     beyond them a 503 with Retry-After;
 *   - the access log, when it is over.
 *
 * The usual kind has only `look`: it asks the database for what is new. Example, live events:
 *
 *     static enum stream_look events_look(void *context, struct db *db, struct strbuf *out) {
 *         ... append JSON lines to out ...; return STREAM_GO_ON;
 *     }
 *     static bool events_farewell(void *context, enum stream_end why, struct strbuf *out) {
 *         strbuf_addf(out, "{\"end\":\"%s\"}\n", stream_end_name(why)); return true;
 *     }
 *     static const struct stream_kind events_kind = {.content_type = "application/x-ndjson",
 *         .look_ms = 1000, .look = events_look, .farewell = events_farewell,
 *         .silence = "\n", .close = events_close};
 */
#pragma once

#include <stdint.h>

#include "fcgi/request.h"

struct http_client;
struct stream;

/* Why a stream is over. */
enum stream_end {
    STREAM_DONE,    /* all has been told */
    STREAM_LEFT,    /* the client has gone */
    STREAM_DRAIN,   /* this worker ends; whoever asks again is served by another */
    STREAM_REVOKED, /* the token has ended, or the right to see this */
    STREAM_BROKEN   /* what it is fed from has failed */
};
/* "done", "left", "drain", "revoked", "broken": for the last mark. */
const char *stream_end_name(enum stream_end why);

enum stream_look {
    STREAM_GO_ON,
    STREAM_LOOK_AGAIN, /* there is more: soon, not only after look_ms */
    STREAM_IS_DONE     /* that was the last: it ends with STREAM_DONE */
};

struct stream_kind {
    const char *content_type;
    bool finite; /* ends soon by itself: a drain waits for it */

    /* In one of a few other threads, with a database connection borrowed for this call: append what
     * is new since the last time to `out`, at most a few hundred KB. May wait for the database. It
     * is called first at the beginning, then `look_ms` later, and sooner after streams_look_now().
     * NULL = never. A failure of the database is passed over: GO_ON. */
    enum stream_look (*look)(void *context, struct db *db, struct strbuf *out);
    int look_ms;

    /* In the streams' thread, which must not wait for anything. Each may be NULL but `close`. */
    void (*start)(struct stream *stream, void *context); /* once, first of all */
    void (*room)(struct stream *stream, void *context);  /* it was full, and no longer is */
    /* Append the last mark to `out` (never asked for STREAM_LEFT). true: the client can tell by it
     * why this is the end. false, or NULL: an end other than STREAM_DONE shows as an answer that
     * breaks off. */
    bool (*farewell)(void *context, enum stream_end why, struct strbuf *out);
    const char *silence; /* sent after 15 s without anything else; NULL = nothing */
    /* Once, last of all; no call of this kind follows, and `stream` is no more: frees the context
     * (or lets it free itself when what it waits for has ended). Also when stream_open refused. */
    void (*close)(void *context);
};

/* A handler's last act; the request and `context` belong to the stream now. The answer begins at
 * once, or with the first stream_write when there is a `start`. */
enum request_result stream_open(struct request *request, const struct stream_kind *kind,
                                void *context);

/* The following in the streams' thread only, between `start` and `close`. */

/* The head of the answer, status 200, if it has not been sent yet. */
void stream_begin(struct stream *stream);
/* Append to the answer. false: it is over, do not go on. */
bool stream_write(struct stream *stream, const void *bytes, size_t len);
/* Does the client have so much to take that no more should be written before `room`? */
bool stream_is_full(const struct stream *stream);
/* It is over, after what was written; `close` is called soon, not from here. */
void stream_end(struct stream *stream, enum stream_end why);
/* It has failed: a problem document if the answer has not begun, else STREAM_BROKEN. */
void stream_fail(struct stream *stream, const struct error *err);
/* The streams' own client of the engines: calls are begun on it and driven by the framework. */
struct http_client *stream_http(struct stream *stream);
