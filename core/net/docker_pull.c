/* docker_pull: pulling an image, whose answer is a stream of progress lines. */
#include <stdlib.h>
#include <string.h>

#include "core/net/docker_call.h"

enum { LINE_MAX_BYTES = 64 << 10, PULL_TIMEOUT_MS = 15 * 60 * 1000 };

struct pull {
    docker_done *done;
    void *context;
    char *engine_id;
    struct strbuf line;
    size_t lines;    /* read as JSON objects */
    bool nonsense;   /* one that was not, or was too long */
    char error[800]; /* the first that the stream told of */
};

static const struct docker_operation op_pull = {.name = "pull",
                                                .method = "POST",
                                                .changes = true,
                                                .timeout_ms = PULL_TIMEOUT_MS,
                                                .answer = ANSWER_STREAM,
                                                .refused = ERROR_IMAGE};

/* {"status":...,"progress":...} or {"error":"...","errorDetail":{"message":"..."}} */
static void read_line(struct pull *pull) {
    CLEANUP(json_put) json_t *doc = NULL;
    const char *text = strbuf_text(&pull->line);
    bool blank = text[strspn(text, " \t\r")] == '\0' && !pull->line.full;
    if (!blank && (pull->line.full || !json_parse_trusted(text, &doc) ||
                   !json_object_is_type(doc, json_type_object)))
        pull->nonsense = true;
    else if (!blank)
        pull->lines++;
    const char *error = json_get_text(json_get_object(doc, "errorDetail"), "message", NULL);
    error = error ? error : json_get_text(doc, "error", NULL);
    if (error && !pull->error[0])
        docker_words(pull->error, sizeof pull->error, error[0] ? error : "unknown error");
    strbuf_clear(&pull->line);
}

static bool on_progress(void *context, const char *bytes, size_t len) {
    struct pull *pull = context;
    while (len) {
        const char *end = memchr(bytes, '\n', len);
        size_t piece = end ? (size_t)(end - bytes) : len;
        strbuf_add(&pull->line, bytes, piece);
        if (end) {
            read_line(pull);
            piece++;
        }
        bytes += piece;
        len -= piece;
    }
    return true;
}

static void fail(struct docker_result *result, const struct pull *pull, enum error_kind kind,
                 const char *message) {
    result->ok = false;
    error_set(&result->err, kind, "engine %s: %s", pull->engine_id, message);
}

static void on_pulled(void *context, struct docker_result *result) {
    struct pull *pull = context;
    if (pull->line.len || pull->line.full)
        read_line(pull);
    if (result->ok && pull->error[0])
        fail(result, pull, ERROR_IMAGE, pull->error);
    else if (result->ok && (pull->nonsense || pull->lines == 0))
        fail(result, pull, ERROR_ENGINE,
             "pull was answered with something else than Docker's progress");
    pull->done(pull->context, result);
    strbuf_release(&pull->line);
    free(pull->engine_id);
    free(pull);
}

void docker_pull(struct http_client *client, const struct docker_engine *engine, const char *image,
                 const char *registry_auth, docker_done *done, void *context) {
    struct docker_image parts;
    struct error err = {0};
    if (!docker_image_split(image, &parts, &err)) {
        docker_begin_failed(client, engine, &err, done, context);
        return;
    }
    struct pull *pull = mem_alloc(sizeof *pull);
    pull->done = done;
    pull->context = context;
    pull->engine_id = mem_strdup(engine->id);
    pull->line.max = LINE_MAX_BYTES;
    CLEANUP(strbuf_release) struct strbuf path = {0};
    strbuf_puts(&path, "/images/create?fromImage=");
    strbuf_url(&path, parts.name);
    strbuf_puts(&path, "&tag=");
    strbuf_url(&path, parts.tag);
    CLEANUP(mem_free_text)
    char *header = registry_auth ? mem_format("X-Registry-Auth: %s", registry_auth) : NULL;
    struct docker_params params = {.path = strbuf_text(&path),
                                   .header = header,
                                   .sink = on_progress,
                                   .sink_context = pull};
    docker_begin(client, engine, &op_pull, &params, on_pulled, pull);
}
