/* docker_logs: a container's output, with Docker's frames taken off. */
#include <string.h>

#include "core/net/docker_call.h"

enum { SILENT_TICKS_MAX = 30 }; /* seconds, see http_sink */

struct logs {
    struct docker_frames frames;
    bool tty, follow;
    int silent_ticks;
    bool nonsense, too_slow;
    http_sink *sink;
    void *sink_context;
};

static const struct docker_operation op_logs = {.name = "logs",
                                                .method = "GET",
                                                .answer = ANSWER_STREAM,
                                                .not_found = ERROR_NOT_FOUND};

/* Stream 3 carries the engine's own words, "Error grabbing logs: ...", in the middle of the output.
 */
static bool is_header(const unsigned char header[8]) {
    return header[0] <= 3 && header[1] == 0 && header[2] == 0 && header[3] == 0;
}

bool docker_frames_feed(struct docker_frames *frames, const char *bytes, size_t len,
                        http_sink *sink, void *sink_context) {
    while (len) {
        if (frames->remaining) {
            size_t piece = len < frames->remaining ? len : frames->remaining;
            if (!sink(sink_context, bytes, piece))
                return false;
            frames->remaining -= piece;
            bytes += piece;
            len -= piece;
            continue;
        }
        frames->header[frames->have++] = (unsigned char)*bytes++;
        len--;
        if (frames->have < sizeof frames->header)
            continue;
        const unsigned char *h = frames->header;
        if (!is_header(h))
            return false;
        frames->have = 0;
        frames->remaining = (size_t)h[4] << 24 | (size_t)h[5] << 16 | (size_t)h[6] << 8 | h[7];
    }
    return true;
}

static bool on_bytes(void *context, const char *bytes, size_t len) {
    struct logs *logs = context;
    if (len == 0) {
        logs->too_slow = !logs->follow && ++logs->silent_ticks >= SILENT_TICKS_MAX;
        return !logs->too_slow && logs->sink(logs->sink_context, bytes, 0);
    }
    logs->silent_ticks = 0;
    if (logs->tty)
        return logs->sink(logs->sink_context, bytes, len);
    if (docker_frames_feed(&logs->frames, bytes, len, logs->sink, logs->sink_context))
        return true;
    logs->nonsense = logs->frames.have == sizeof logs->frames.header;
    return false;
}

static bool is_follow(const char *query) {
    return strstr(query, "follow=1") || strstr(query, "follow=true");
}

bool docker_logs(struct http_client *client, const struct docker_engine *engine,
                 const char *docker_id, const char *query, bool tty, http_sink *sink,
                 void *sink_context, struct error *err) {
    struct logs logs = {.tty = tty,
                        .follow = is_follow(query),
                        .sink = sink,
                        .sink_context = sink_context};
    struct docker_result result;
    if (!docker_id_is(docker_id))
        return error_set(err, ERROR_INTERNAL, "engine %s: logs needs a Docker id", engine->id);
    CLEANUP(strbuf_release) struct strbuf path = {0};
    strbuf_puts(&path, "/containers/");
    strbuf_url(&path, docker_id);
    strbuf_addf(&path, "/logs?%s", query);
    struct docker_params params = {.path = strbuf_text(&path),
                                   .sink = on_bytes,
                                   .sink_context = &logs};
    docker_wait(client, engine, &op_logs, &params, &result);
    if (result.ok && (logs.frames.have || logs.frames.remaining))
        return error_set(err, ERROR_ENGINE, "engine %s: the log ends within a frame", engine->id);
    if (result.ok)
        return true;
    if (err)
        *err = result.err;
    if (logs.nonsense)
        error_set(err, ERROR_ENGINE, "engine %s: the log is not in Docker's stream format",
                  engine->id);
    else if (logs.too_slow)
        error_set(err, ERROR_TIMEOUT, "engine %s sent nothing of the log for %d s", engine->id,
                  SILENT_TICKS_MAX);
    return false;
}
