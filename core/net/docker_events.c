/* docker_events: see docker_events.h. */
#include "core/net/docker_events.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/net/docker_call.h"

enum { SECOND_MS = 1000, SECOND_BYTES_MAX = 8 << 20 };

/* Types of events that are wanted; the rest (networks, volumes ...) goes with a container's. */
static const char filters[] = "{\"type\":[\"container\",\"image\"]}";

static const struct docker_operation op_events = {.name = "events",
                                                  .method = "GET",
                                                  .answer = ANSWER_STREAM,
                                                  .not_found = ERROR_ENGINE};

/* "die", "exec_create: sh -c x" */
static bool action_is(const char *text) {
    size_t word = strspn(text, "abcdefghijklmnopqrstuvwxyz_-");
    return word > 0 && (text[word] == '\0' || text[word] == ':');
}

/* A whole number of Docker's, which gives it as text. */
static void copy_number(char *number, size_t size, const char *text) {
    size_t digits = strspn(text, "-0123456789");
    if (digits < size && text[digits] == '\0')
        snprintf(number, size, "%s", text);
}

static bool read_event(json_t *doc, bool is_container, struct docker_event *event) {
    json_t *actor = json_get_object(doc, "Actor");
    json_t *attributes = json_get_object(actor, "Attributes");
    const char *action = json_get_text(doc, "Action", "");
    const char *id = json_get_text(actor, "ID", "");
    *event = (struct docker_event){.is_container = is_container,
                                   .time_ns = json_get_int(doc, "timeNano", 0)};
    if (!action_is(action) || event->time_ns <= 0 || strlen(id) >= sizeof event->actor)
        return false;
    docker_words(event->action, sizeof event->action, action);
    docker_words(event->actor, sizeof event->actor, id);
    if (is_container && !docker_id_is(event->actor))
        return false;
    docker_words(event->name, sizeof event->name, json_get_text(attributes, "name", ""));
    if (!is_container)
        return true;
    docker_words(event->image, sizeof event->image, json_get_text(attributes, "image", ""));
    docker_words(event->pool, sizeof event->pool, json_get_text(attributes, "berth.pool", ""));
    docker_words(event->container, sizeof event->container,
                 json_get_text(attributes, "berth.container", ""));
    copy_number(event->exit_code, sizeof event->exit_code,
                json_get_text(attributes, "exitCode", ""));
    copy_number(event->signal, sizeof event->signal, json_get_text(attributes, "signal", ""));
    return true;
}

enum docker_event_reading docker_event_read(const char *line, struct docker_event *ret_event) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct docker_event event;
    if (!utf8_is_valid(line, strlen(line)) || !json_parse_trusted(line, &doc) ||
        !json_object_is_type(doc, json_type_object))
        return DOCKER_EVENT_NONSENSE;
    const char *type = json_get_text(doc, "Type", NULL);
    bool is_container = type && strcmp(type, "container") == 0;
    if (!type)
        return DOCKER_EVENT_NONSENSE;
    if (!is_container && strcmp(type, "image") != 0)
        return DOCKER_EVENT_OTHER;
    if (!read_event(doc, is_container, &event))
        return DOCKER_EVENT_NONSENSE;
    *ret_event = event;
    return DOCKER_EVENT_READ;
}

static bool read_line(struct docker_event_lines *lines, docker_event_sink *sink, void *context) {
    struct docker_event event;
    const char *text = strbuf_text(&lines->line);
    bool blank = text[strspn(text, " \t\r")] == '\0' && strlen(text) == lines->line.len;
    enum docker_event_reading reading = DOCKER_EVENT_OTHER;
    if (lines->skipped)
        sink(context, NULL);
    else if (strlen(text) != lines->line.len)
        reading = DOCKER_EVENT_NONSENSE;
    else if (!blank)
        reading = docker_event_read(text, &event);
    if (reading == DOCKER_EVENT_READ)
        sink(context, &event);
    strbuf_clear(&lines->line);
    lines->skipped = 0;
    return reading != DOCKER_EVENT_NONSENSE;
}

bool docker_event_lines_feed(struct docker_event_lines *lines, const char *bytes, size_t len,
                             docker_event_sink *sink, void *context) {
    while (len) {
        const char *end = memchr(bytes, '\n', len);
        size_t piece = end ? (size_t)(end - bytes) : len;
        if (lines->skipped || lines->line.len + piece > DOCKER_EVENT_LINE_MAX) {
            lines->skipped += lines->line.len + piece;
            strbuf_clear(&lines->line);
        } else {
            strbuf_add(&lines->line, bytes, piece);
        }
        if (lines->skipped > DOCKER_EVENT_ENDLESS)
            return false;
        if (end && !read_line(lines, sink, context))
            return false;
        piece += end != NULL;
        bytes += piece;
        len -= piece;
    }
    return true;
}

void docker_event_lines_release(struct docker_event_lines *lines) {
    strbuf_release(&lines->line);
}

/* One stream. */
struct events {
    char *engine_id;
    struct docker_event_lines lines;
    int64_t second_ms; /* begin of the second in which bytes are counted */
    size_t second_bytes;
    bool nonsense, flood;
    void (*begun)(void *context);
    docker_event_sink *each;
    docker_done *done;
    void *context;
};

static void on_begun(void *context) {
    struct events *events = context;
    events->begun(events->context);
}

static bool on_bytes(void *context, const char *bytes, size_t len) {
    struct events *events = context;
    int64_t now = clock_ms();
    if (len == 0)
        return true; /* nothing has happened */
    if (now - events->second_ms >= SECOND_MS) {
        events->second_ms = now;
        events->second_bytes = 0;
    }
    events->second_bytes += len;
    events->flood = events->second_bytes > SECOND_BYTES_MAX;
    if (!events->flood)
        events->nonsense =
            !docker_event_lines_feed(&events->lines, bytes, len, events->each, events->context);
    return !events->flood && !events->nonsense;
}

static void on_done(void *context, struct docker_result *result) {
    struct events *events = context;
    const char *why = events->nonsense ? "sent something else than Docker's events"
                      : events->flood  ? "sent more events than can be read"
                                       : "ended its stream of events";
    if (result->ok || events->nonsense || events->flood)
        result->ok = error_set(&result->err, ERROR_ENGINE, "engine %s %s", events->engine_id, why);
    events->done(events->context, result);
    docker_event_lines_release(&events->lines);
    free(events->engine_id);
    free(events);
}

struct transfer *docker_events(struct http_client *client, const struct docker_engine *engine,
                               int64_t since_ns, void (*begun)(void *context),
                               docker_event_sink *each, docker_done *done, void *context) {
    enum { NS_DIGITS = 1000000000 };
    CLEANUP(strbuf_release) struct strbuf path = {0};
    struct events *events = mem_alloc(sizeof *events);
    *events = (struct events){.engine_id = mem_strdup(engine->id),
                              .begun = begun,
                              .each = each,
                              .done = done,
                              .context = context};
    strbuf_puts(&path, "/events?filters=");
    strbuf_url(&path, filters);
    if (since_ns > 0)
        strbuf_addf(&path, "&since=%" PRId64 ".%09" PRId64, since_ns / NS_DIGITS,
                    since_ns % NS_DIGITS);
    struct docker_params params = {.path = strbuf_text(&path),
                                   .sink = on_bytes,
                                   .sink_context = events,
                                   .begun = on_begun};
    return docker_begin(client, engine, &op_events, &params, on_done, events);
}
