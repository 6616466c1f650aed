/* docker_copy: an image from one engine to another: what the one exports is sent to the other as it
 * comes; whichever is slower holds the other up. */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/docker_call.h"

/* The source is paused before the buffer is full, by more than one read of its (see http_pause). */
enum {
    BUFFER_BYTES = 256 << 10,
    PAUSE_BYTES = BUFFER_BYTES - (64 << 10),
    RESUME_BYTES = BUFFER_BYTES / 2,
    COPY_TIMEOUT_MS = 60 * 60 * 1000
};

struct copy {
    struct http_client *client;
    const struct docker_engine *source, *target;
    int64_t expected;
    struct docker_copy_limits limits;
    docker_watch *watch;
    docker_done *done;
    void *context;
    struct transfer *get, *load; /* NULL: not under way */
    int open_calls;
    bool got;                  /* all of it has come */
    struct docker_lines lines; /* of the target's answer */
    struct error failure;      /* the first */
    int64_t moved_ms;          /* monotonic: when a byte last came or went */
    int64_t bytes;             /* that have come */
    size_t start, len;         /* of what is in the buffer */
    char buffer[BUFFER_BYTES];
};

static const struct docker_operation op_get = {.name = "export",
                                               .method = "GET",
                                               .timeout_ms = COPY_TIMEOUT_MS,
                                               .answer = ANSWER_STREAM,
                                               .refused = ERROR_IMAGE};
static const struct docker_operation op_load = {.name = "load",
                                                .method = "POST",
                                                .changes = true,
                                                .timeout_ms = COPY_TIMEOUT_MS,
                                                .answer = ANSWER_STREAM,
                                                .refused = ERROR_IMAGE};

static void call_over(struct copy *copy) {
    if (--copy->open_calls > 0)
        return;
    struct docker_result result = {.ok = !copy->failure.kind, .err = copy->failure};
    copy->done(copy->context, &result);
    free(copy);
}

static bool fail(struct copy *copy, const struct error *why) {
    if (!copy->failure.kind)
        copy->failure = *why;
    return false;
}

/* Something or nothing has moved: go on? */
static bool look(struct copy *copy, bool moved) {
    const struct docker_progress progress = {.phase = "copying",
                                             .bytes_done = copy->bytes,
                                             .bytes = copy->expected};
    struct error err = {0};
    int64_t now = clock_ms();
    if (moved)
        copy->moved_ms = now;
    if (now - copy->moved_ms >= copy->limits.stall_ms)
        error_set(&err, ERROR_TIMEOUT, "engine %s %s for %lld s",
                  copy->got || copy->len ? copy->target->id : copy->source->id,
                  copy->got || copy->len ? "took nothing of the image"
                                         : "sent nothing of the image",
                  (long long)copy->limits.stall_ms / 1000);
    else if (copy->bytes > copy->limits.bytes)
        error_set(&err, ERROR_IMAGE,
                  "engine %s: the image is larger than the %lld MB that are copied",
                  copy->source->id, (long long)copy->limits.bytes >> 20);
    else if (copy->watch && !copy->watch(copy->context, &progress))
        error_set(&err, ERROR_UNAVAILABLE, "the image is not wanted any more");
    if (err.kind)
        fail(copy, &err);
    return !copy->failure.kind;
}

/* Of the image; also called from within on_source, which has taken its part by then. */
static bool on_get(void *context, const char *bytes, size_t len) {
    struct copy *copy = context;
    copy->bytes += (int64_t)len;
    if (!look(copy, len > 0) || len > BUFFER_BYTES - copy->len)
        return false;
    while (len) {
        size_t end = (copy->start + copy->len) % BUFFER_BYTES;
        size_t piece = len < BUFFER_BYTES - end ? len : BUFFER_BYTES - end;
        memcpy(copy->buffer + end, bytes, piece);
        copy->len += piece;
        bytes += piece;
        len -= piece;
    }
    if (copy->len >= PAUSE_BYTES)
        http_pause(copy->get);
    if (copy->load && copy->len)
        http_resume(copy->load);
    return true;
}

static size_t on_source(void *context, char *bytes, size_t size) {
    struct copy *copy = context;
    if (copy->failure.kind)
        return HTTP_SOURCE_FAIL;
    if (copy->len == 0)
        return copy->got ? 0 : HTTP_SOURCE_WAIT;
    size_t len = copy->len < size ? copy->len : size;
    if (len > BUFFER_BYTES - copy->start)
        len = BUFFER_BYTES - copy->start;
    memcpy(bytes, copy->buffer + copy->start, len);
    copy->start = (copy->start + len) % BUFFER_BYTES;
    copy->len -= len;
    copy->moved_ms = clock_ms();
    if (copy->get && copy->len <= RESUME_BYTES)
        http_resume(copy->get);
    return len;
}

/* Of the target's answer. */
static bool on_answer(void *context, const char *bytes, size_t len) {
    struct copy *copy = context;
    docker_lines_feed(&copy->lines, bytes, len);
    return look(copy, len > 0);
}

static void on_loaded(void *context, struct docker_result *result) {
    struct copy *copy = context;
    copy->load = NULL;
    docker_lines_end(&copy->lines, "load", copy->target->id, result);
    if (!result->ok)
        fail(copy, &result->err);
    if (copy->get)
        http_resume(copy->get);
    call_over(copy);
}

/* The source has the image and begins to send it. */
static void on_begun(void *context) {
    struct copy *copy = context;
    struct docker_params params = {.path = "/images/load?quiet=0",
                                   .header = "Content-Type: application/x-tar",
                                   .source = on_source,
                                   .source_context = copy,
                                   .sink = on_answer,
                                   .sink_context = copy};
    copy->open_calls++;
    copy->load = docker_begin(copy->client, copy->target, &op_load, &params, on_loaded, copy);
}

static void on_got(void *context, struct docker_result *result) {
    struct copy *copy = context;
    copy->get = NULL;
    copy->got = result->ok;
    if (!result->ok)
        fail(copy, &result->err);
    if (copy->load)
        http_resume(copy->load);
    call_over(copy);
}

void docker_copy(struct http_client *client, const struct docker_engine *source,
                 const struct docker_engine *target, const char *image, int64_t expected,
                 const struct docker_copy_limits *limits, docker_watch *watch, docker_done *done,
                 void *context) {
    struct docker_image parts;
    struct error err = {0};
    /* Only a registry gives a digest: the copy would not have it. */
    if (docker_image_split(image, &parts, &err) && strchr(parts.tag, ':'))
        error_set(&err, ERROR_IMAGE, "an image asked for by digest comes from a registry only");
    if (err.kind) {
        docker_begin_failed(client, source, &err, done, context);
        return;
    }
    struct copy *copy = mem_alloc(sizeof *copy);
    *copy = (struct copy){.client = client,
                          .source = source,
                          .target = target,
                          .expected = expected,
                          .limits = *limits,
                          .watch = watch,
                          .done = done,
                          .context = context,
                          .open_calls = 1,
                          .moved_ms = clock_ms()};
    CLEANUP(strbuf_release) struct strbuf path = {0};
    strbuf_puts(&path, "/images/");
    strbuf_url(&path, parts.name);
    strbuf_puts(&path, ":"); /* without a tag all of the name's tags would come */
    strbuf_url(&path, parts.tag);
    strbuf_puts(&path, "/get");
    const struct docker_params params = {.path = strbuf_text(&path),
                                         .sink = on_get,
                                         .sink_context = copy,
                                         .begun = on_begun};
    copy->get = docker_begin(client, source, &op_get, &params, on_got, copy);
}
