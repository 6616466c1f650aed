/* handle_progress: an operation as a stream: a line for each change of an item, the last one with
 * what came of it; JSON lines, or server-sent events (https://html.spec.whatwg.org/multipage/
 * server-sent-events.html) for who accepts those. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "fcgi/handle_operations.h"
#include "fcgi/handlers.h"
#include "fcgi/progress.h"
#include "fcgi/respond.h"
#include "fcgi/stream.h"
#include "fcgi/worker.h"

enum { LOOK_MS = 1000 };

/* {"event":"item","container":...}: the object with its event put in front. */
static void tell_line(void *context, const char *event, const char *json) {
    strbuf_addf(context, "{\"event\":\"%s\",%s\n", event, json + 1);
}

static void tell_event(void *context, const char *event, const char *json) {
    strbuf_addf(context, "event: %s\ndata: %s\n\n", event, json);
}

static enum stream_look look(void *context, struct db *db, struct strbuf *out,
                             progress_tell *tell) {
    return progress_watch_look(context, db, tell, out) ? STREAM_IS_DONE : STREAM_GO_ON;
}

static enum stream_look look_lines(void *context, struct db *db, struct strbuf *out) {
    return look(context, db, out, tell_line);
}

static enum stream_look look_events(void *context, struct db *db, struct strbuf *out) {
    return look(context, db, out, tell_event);
}

/* After the result nothing more is to be said. */
static bool farewell(enum stream_end why, struct strbuf *out, progress_tell *tell) {
    CLEANUP(strbuf_release) struct strbuf json = {0};
    strbuf_addf(&json, "{\"reason\":\"%s\"}", stream_end_name(why));
    if (why != STREAM_DONE)
        tell(out, "end", strbuf_text(&json));
    return true;
}

static bool farewell_lines(void *context, enum stream_end why, struct strbuf *out) {
    (void)context;
    return farewell(why, out, tell_line);
}

static bool farewell_events(void *context, enum stream_end why, struct strbuf *out) {
    (void)context;
    return farewell(why, out, tell_event);
}

static void close_watch(void *context) {
    progress_watch_free(context);
}

static const struct stream_kind lines = {.content_type = "application/x-ndjson",
                                         .look_ms = LOOK_MS,
                                         .look = look_lines,
                                         .farewell = farewell_lines,
                                         .silence = "\n",
                                         .close = close_watch};
static const struct stream_kind events = {.content_type = "text/event-stream",
                                          .look_ms = LOOK_MS,
                                          .look = look_events,
                                          .farewell = farewell_events,
                                          .silence = ":\n\n",
                                          .close = close_watch};

enum request_result handle_operation_progress(struct request *request) {
    CLEANUP(mem_free_text) char *id = NULL;
    struct error err = {0};
    const char *accept = request_header(request, "Accept");
    if (!operation_find(request, &id, &err))
        return respond_problem(request, &err);
    return stream_open(request, accept && strstr(accept, "text/event-stream") ? &events : &lines,
                       progress_watch_new(request->worker->progress, id));
}
