/* stream: see stream.h. */
#include "fcgi/stream.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "fcgi/fcgx.h"
#include "fcgi/respond.h"
#include "fcgi/streams_private.h"
#include "fcgi/worker.h"

/* FULL_BYTES: that wait for a client, above which nothing should be added. LAST_MS, CUT_MS: for a
 * client to take what waits for it when the answer is complete; when it ends otherwise. */
enum { FULL_BYTES = 64 << 10, LAST_MS = 30000, CUT_MS = 1000 };

const char *stream_end_name(enum stream_end why) {
    static const char *const names[] = {[STREAM_DONE] = "done",
                                        [STREAM_LEFT] = "left",
                                        [STREAM_DRAIN] = "drain",
                                        [STREAM_REVOKED] = "revoked",
                                        [STREAM_BROKEN] = "broken"};
    return names[why];
}

enum request_result stream_open(struct request *request, const struct stream_kind *kind,
                                void *context) {
    struct streams *streams = request->worker->streams;
    struct error err = {0};
    if (!streams_admit(streams, request, &err)) {
        kind->close(context);
        return respond_problem(request, &err);
    }
    struct stream *stream = mem_alloc(sizeof *stream);
    stream->streams = streams;
    stream->request = request;
    stream->kind = kind;
    stream->context = context;
    stream->fd = fcgx_fd(request->fcgx);
    stream->outbox.request_id = fcgx_request_id(request->fcgx);
    request->stream = stream;
    return REQUEST_STREAM;
}

void stream_begin(struct stream *stream) {
    if (stream->begun || stream->over)
        return;
    stream->begun = true;
    stream->wrote_ms = clock_ms();
    /* The first bytes on this connection: its buffer has room for them. */
    if (!respond_begin(stream->request, 200, stream->kind->content_type))
        stream_end(stream, STREAM_LEFT);
}

bool stream_write(struct stream *stream, const void *bytes, size_t len) {
    stream_begin(stream);
    if (stream->over)
        return false;
    outbox_put(&stream->outbox, bytes, len);
    stream->request->response.bytes += len;
    stream->wrote_ms = clock_ms();
    return true;
}

bool stream_is_full(const struct stream *stream) {
    return outbox_waiting(&stream->outbox) >= FULL_BYTES;
}

void stream_end(struct stream *stream, enum stream_end why) {
    if (stream->over)
        return;
    stream->over = true;
    stream->why = why;
    stream->flush_ms = clock_ms() + (why == STREAM_DONE ? LAST_MS : CUT_MS);
    streams_wake(stream->streams);
}

void stream_fail(struct stream *stream, const struct error *err) {
    if (stream->over)
        return;
    respond_problem(stream->request, err); /* says nothing when the answer has begun */
    stream->refused = !stream->begun;
    stream_end(stream, STREAM_BROKEN);
}

struct http_client *stream_http(struct stream *stream) {
    return stream->streams->http;
}
