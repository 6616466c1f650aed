/* docker_lines: answers that are a stream of JSON lines, which tell of progress and of failure. */
#include <string.h>

#include "core/net/docker_call.h"

enum { LINE_MAX_BYTES = 64 << 10 };

/* {"status":...,"progress":...} or {"error":"...","errorDetail":{"message":"..."}} */
static void read_line(struct docker_lines *lines) {
    CLEANUP(json_put) json_t *doc = NULL;
    const char *text = strbuf_text(&lines->line);
    bool blank = text[strspn(text, " \t\r")] == '\0' && !lines->line.full;
    if (!blank && (lines->line.full || !json_parse_trusted(text, &doc) ||
                   !json_object_is_type(doc, json_type_object)))
        lines->nonsense = true;
    else if (!blank)
        lines->count++;
    const char *error = json_get_text(json_get_object(doc, "errorDetail"), "message", NULL);
    error = error ? error : json_get_text(doc, "error", NULL);
    if (error && !lines->error[0])
        docker_words(lines->error, sizeof lines->error, error[0] ? error : "unknown error");
    if (lines->each)
        lines->each(lines->context, doc);
    strbuf_clear(&lines->line);
}

void docker_lines_feed(struct docker_lines *lines, const char *bytes, size_t len) {
    lines->line.max = LINE_MAX_BYTES;
    while (len) {
        const char *end = memchr(bytes, '\n', len);
        size_t piece = end ? (size_t)(end - bytes) : len;
        strbuf_add(&lines->line, bytes, piece);
        if (end) {
            read_line(lines);
            piece++;
        }
        bytes += piece;
        len -= piece;
    }
}

void docker_lines_end(struct docker_lines *lines, const char *what, const char *engine_id,
                      struct docker_result *result) {
    if (lines->line.len || lines->line.full)
        read_line(lines);
    strbuf_release(&lines->line);
    if (!result->ok)
        return;
    if (lines->error[0])
        result->ok = error_set(&result->err, ERROR_IMAGE, "engine %s: %s", engine_id, lines->error);
    else if (lines->nonsense || lines->count == 0)
        result->ok =
            error_set(&result->err, ERROR_ENGINE,
                      "engine %s: %s was answered with something else than Docker's progress",
                      engine_id, what);
}
