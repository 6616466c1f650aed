/* docker_logs: a container's output, with Docker's frames taken off. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/docker_call.h"

enum { SILENT_TICKS_MAX = 30 }; /* seconds, see http_sink */

struct logs {
    struct docker_frames frames;
    struct transfer *call;
    char *engine_id;
    bool tty, follow;
    int silent_ticks;
    bool nonsense, too_slow;
    void (*begun)(void *sink_context);
    docker_piece_sink *sink;
    void *sink_context;
    docker_done *done;
    void *context;
};

static const struct docker_operation op_logs = {.name = "logs",
                                                .method = "GET",
                                                .answer = ANSWER_STREAM,
                                                .not_found = ERROR_NOT_FOUND};

static bool is_header(const unsigned char header[8]) {
    return header[0] <= DOCKER_SYSTEM && header[1] == 0 && header[2] == 0 && header[3] == 0;
}

static size_t frame_len(const unsigned char header[8]) {
    return (size_t)header[4] << 24 | (size_t)header[5] << 16 | (size_t)header[6] << 8 | header[7];
}

bool docker_frames_feed(struct docker_frames *frames, const char *bytes, size_t len,
                        docker_piece_sink *sink, void *sink_context) {
    const unsigned char *header = frames->header;
    while (len) {
        if (frames->remaining) {
            struct docker_piece piece = {.stream = header[0] ? header[0] : DOCKER_STDOUT,
                                         .frame_len = frame_len(header),
                                         .offset = frame_len(header) - frames->remaining,
                                         .bytes = bytes,
                                         .len = len};
            if (piece.len > frames->remaining)
                piece.len = frames->remaining;
            if (!sink(sink_context, &piece))
                return false;
            frames->remaining -= piece.len;
            bytes += piece.len;
            len -= piece.len;
            continue;
        }
        frames->header[frames->have++] = (unsigned char)*bytes++;
        len--;
        if (frames->have < sizeof frames->header)
            continue;
        if (!is_header(header))
            return false;
        frames->have = 0;
        frames->remaining = frame_len(header);
    }
    return true;
}

static bool on_tick(struct logs *logs) {
    bool slow = !logs->follow && !http_is_paused(logs->call);
    logs->silent_ticks = slow ? logs->silent_ticks + 1 : 0;
    logs->too_slow = logs->silent_ticks >= SILENT_TICKS_MAX;
    return !logs->too_slow && logs->sink(logs->sink_context, NULL);
}

static bool on_bytes(void *context, const char *bytes, size_t len) {
    struct logs *logs = context;
    if (len == 0)
        return on_tick(logs);
    logs->silent_ticks = 0;
    if (logs->tty)
        return logs->sink(logs->sink_context, &(struct docker_piece){.stream = DOCKER_STDOUT,
                                                                     .frame_len = len,
                                                                     .bytes = bytes,
                                                                     .len = len});
    if (docker_frames_feed(&logs->frames, bytes, len, logs->sink, logs->sink_context))
        return true;
    logs->nonsense = logs->frames.have == sizeof logs->frames.header;
    return false;
}

static void on_begun(void *context) {
    struct logs *logs = context;
    if (logs->begun)
        logs->begun(logs->sink_context);
}

static void on_done(void *context, struct docker_result *result) {
    struct logs *logs = context;
    struct error *err = &result->err;
    if (result->ok && (logs->frames.have || logs->frames.remaining))
        result->ok =
            error_set(err, ERROR_ENGINE, "engine %s: the log ends within a frame", logs->engine_id);
    else if (logs->nonsense)
        error_set(err, ERROR_ENGINE, "engine %s: the log is not in Docker's stream format",
                  logs->engine_id);
    else if (logs->too_slow)
        error_set(err, ERROR_TIMEOUT, "engine %s sent nothing of the log for %d s", logs->engine_id,
                  SILENT_TICKS_MAX);
    logs->done(logs->context, result);
    free(logs->engine_id);
    free(logs);
}

static bool is_follow(const char *query) {
    return strstr(query, "follow=1") || strstr(query, "follow=true");
}

struct transfer *docker_logs(struct http_client *client, const struct docker_engine *engine,
                             const char *docker_id, const char *query, bool tty,
                             void (*begun)(void *sink_context), docker_piece_sink *sink,
                             void *sink_context, docker_done *done, void *context) {
    CLEANUP(strbuf_release) struct strbuf path = {0};
    if (!docker_id_is(docker_id)) {
        struct error err = {0};
        error_set(&err, ERROR_INTERNAL, "logs needs a Docker id");
        docker_begin_failed(client, engine, &err, done, context);
        return NULL;
    }
    struct logs *logs = mem_alloc(sizeof *logs);
    *logs = (struct logs){.engine_id = mem_strdup(engine->id),
                          .tty = tty,
                          .follow = is_follow(query),
                          .begun = begun,
                          .sink = sink,
                          .sink_context = sink_context,
                          .done = done,
                          .context = context};
    strbuf_puts(&path, "/containers/");
    strbuf_url(&path, docker_id);
    strbuf_addf(&path, "/logs?%s", query);
    struct docker_params params = {.path = strbuf_text(&path),
                                   .sink = on_bytes,
                                   .sink_context = logs,
                                   .begun = on_begun};
    logs->call = docker_begin(client, engine, &op_logs, &params, on_done, logs);
    return logs->call;
}
