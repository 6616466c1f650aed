/* handle_logs: a container's log, as it is or followed: from the engine to the client piece by
 * piece, as fast as the client takes it. As plain text, or with frames=true in Docker's 8-byte
 * frames, which keep the two streams apart, one frame a line (a very long one is cut); stream 3
 * then carries berth's and the engine's words: nothing at all as a sign of life, and "end: WHY" as
 * the last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/base/times.h"
#include "core/control/engine_reach.h"
#include "core/net/docker.h"
#include "fcgi/container_reach.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "fcgi/stream.h"
#include "fcgi/worker.h"

enum { FRAME_HEADER = 8, LINE_MAX_BYTES = 16 << 10, SIGN_TICKS = 15 };

struct follower {
    struct stream *stream;
    struct transfer *call; /* the inspection or the log itself, while it goes on */
    bool calling;          /* `done` has yet to come: then it is freed by that */
    bool closed;
    bool frames, tty;
    size_t frame_left;  /* of the frame that the client is being sent */
    struct strbuf line; /* of a terminal: until it is whole */
    int silent_ticks;
    const struct pool *pool;
    struct engine_access access;
    char *docker_id;
    char query[192]; /* Docker's */
    char failure[256];
};

static void follower_free(struct follower *follower) {
    strbuf_release(&follower->line);
    engine_access_release(&follower->access);
    free(follower->docker_id);
    free(follower);
}

static void put_header(struct strbuf *out, int stream, size_t len) {
    const unsigned char header[FRAME_HEADER] = {(unsigned char)stream,
                                                0,
                                                0,
                                                0,
                                                (unsigned char)(len >> 24),
                                                (unsigned char)(len >> 16),
                                                (unsigned char)(len >> 8),
                                                (unsigned char)len};
    strbuf_add(out, header, sizeof header);
}

static void send_header(struct follower *follower, int stream, size_t len) {
    CLEANUP(strbuf_release) struct strbuf header = {0};
    put_header(&header, stream, len);
    stream_write(follower->stream, header.data, header.len);
}

static void send_line(struct follower *follower) {
    if (follower->line.len == 0)
        return;
    send_header(follower, DOCKER_STDOUT, follower->line.len);
    stream_write(follower->stream, follower->line.data, follower->line.len);
    strbuf_clear(&follower->line);
}

/* A terminal's output has no frames of its own. */
static void frame_lines(struct follower *follower, const char *bytes, size_t len) {
    while (len) {
        const char *end = memchr(bytes, '\n', len);
        size_t part = end ? (size_t)(end - bytes) + 1 : len, room = LINE_MAX_BYTES;
        room -= follower->line.len;
        if (part > room)
            part = room;
        strbuf_add(&follower->line, bytes, part);
        if (bytes[part - 1] == '\n' || follower->line.len == LINE_MAX_BYTES)
            send_line(follower);
        bytes += part;
        len -= part;
    }
}

static void on_begun(void *context) {
    struct follower *follower = context;
    stream_begin(follower->stream);
}

static void on_silence(struct follower *follower) {
    if (!follower->frames || follower->frame_left || ++follower->silent_ticks < SIGN_TICKS)
        return;
    follower->silent_ticks = 0;
    send_header(follower, DOCKER_SYSTEM, 0);
}

static bool on_piece(void *context, const struct docker_piece *piece) {
    struct follower *follower = context;
    if (!piece) {
        on_silence(follower);
        return true;
    }
    follower->silent_ticks = 0;
    if (follower->frames && follower->tty) {
        frame_lines(follower, piece->bytes, piece->len);
    } else {
        if (follower->frames && piece->offset == 0)
            send_header(follower, piece->stream, piece->frame_len);
        follower->frame_left = piece->frame_len - piece->offset - piece->len;
        stream_write(follower->stream, piece->bytes, piece->len);
    }
    if (stream_is_full(follower->stream))
        http_pause(follower->call);
    return true;
}

static void on_room(struct stream *stream, void *context) {
    struct follower *follower = context;
    (void)stream;
    if (follower->call)
        http_resume(follower->call);
}

static void fail(struct follower *follower, const struct error *err) {
    snprintf(follower->failure, sizeof follower->failure, ": %.200s", err->message);
    stream_fail(follower->stream, err);
}

/* A call has ended. Is there anything to do with its answer? */
static bool is_answered(struct follower *follower, const struct docker_result *result) {
    follower->call = NULL;
    follower->calling = false;
    if (follower->closed)
        follower_free(follower);
    else if (!result->ok)
        fail(follower, &result->err);
    else
        return true;
    return false;
}

static void on_log_end(void *context, struct docker_result *result) {
    struct follower *follower = context;
    if (!is_answered(follower, result))
        return;
    if (follower->frames)
        send_line(follower);
    stream_begin(follower->stream);
    stream_end(follower->stream, STREAM_DONE);
}

static void on_inspected(void *context, struct docker_result *result) {
    struct follower *follower = context;
    if (!is_answered(follower, result))
        return;
    struct docker_engine engine = engine_reach(&follower->access, follower->pool);
    follower->tty = json_get_bool(json_get_object(result->doc, "Config"), "Tty", false);
    follower->calling = true;
    follower->call =
        docker_logs(stream_http(follower->stream), &engine, follower->docker_id, follower->query,
                    follower->tty, on_begun, on_piece, follower, on_log_end, follower);
}

static void follower_start(struct stream *stream, void *context) {
    struct follower *follower = context;
    struct docker_engine engine = engine_reach(&follower->access, follower->pool);
    follower->stream = stream;
    follower->calling = true;
    follower->call =
        docker_inspect(stream_http(stream), &engine, follower->docker_id, on_inspected, follower);
}

static bool follower_farewell(void *context, enum stream_end why, struct strbuf *out) {
    struct follower *follower = context;
    if (!follower->frames || follower->frame_left)
        return false;
    CLEANUP(mem_free_text)
    char *words = mem_format("end: %s%s", stream_end_name(why), follower->failure);
    put_header(out, DOCKER_SYSTEM, strlen(words));
    strbuf_puts(out, words);
    return true;
}

static void follower_close(void *context) {
    struct follower *follower = context;
    follower->closed = true;
    follower->stream = NULL;
    if (follower->call)
        http_cancel(follower->call); /* or its connection would stay for as long as it hangs */
    if (!follower->calling)
        follower_free(follower);
}

#define LOG_KIND(type, ends)                                                                       \
    {                                                                                              \
        .content_type = (type), .finite = (ends), .start = follower_start, .room = on_room,        \
        .farewell = follower_farewell, .close = follower_close                                     \
    }

static const struct stream_kind log_kinds[2][2] = {
    {LOG_KIND("text/plain; charset=utf-8", true),
     LOG_KIND("application/vnd.docker.multiplexed-stream", true)},
    {LOG_KIND("text/plain; charset=utf-8", false),
     LOG_KIND("application/vnd.docker.multiplexed-stream", false)},
};

static void add_time(struct strbuf *text, const struct query *query, const char *name) {
    struct timespec now, time;
    const char *value = query_find(query, name);
    clock_gettime(CLOCK_REALTIME, &now);
    if (value && time_parse_exact(value, now, &time))
        strbuf_addf(text, "&%s=%lld.%09ld", name, (long long)time.tv_sec, time.tv_nsec);
}

/* Docker's query from ours. */
static bool log_query(const struct query *query, struct follower *follower, struct error *err) {
    CLEANUP(strbuf_release) struct strbuf text = {0};
    bool out = query_get_bool(query, "stdout", !query_find(query, "stderr"));
    bool errors = query_get_bool(query, "stderr", !query_find(query, "stdout"));
    int64_t tail = query_get_int(query, "tail", -1);
    if (!out && !errors)
        return error_field(err, "stdout", "One of stdout and stderr must be true.");
    strbuf_addf(&text, "stdout=%d&stderr=%d&timestamps=%d&follow=%d", out, errors,
                query_get_bool(query, "timestamps", false), query_get_bool(query, "follow", false));
    add_time(&text, query, "since");
    add_time(&text, query, "until");
    if (tail >= 0)
        strbuf_addf(&text, "&tail=%lld", (long long)tail);
    snprintf(follower->query, sizeof follower->query, "%s", strbuf_text(&text));
    return true;
}

enum request_result handle_container_logs(struct request *request) {
    struct follower *follower = mem_alloc(sizeof *follower);
    struct error err = {0};
    follower->pool = &request->worker->pool;
    if (!log_query(&request->query, follower, &err) ||
        !container_reach(request, &follower->access, &follower->docker_id, &err)) {
        follower_free(follower);
        return respond_problem(request, &err);
    }
    follower->frames = query_get_bool(&request->query, "frames", false);
    bool follows = query_get_bool(&request->query, "follow", false);
    return stream_open(request, &log_kinds[follows][follower->frames], follower);
}
