/* handle_event_follow: events as they happen, as lines of JSON, or as server-sent events (WHATWG
 * HTML, section 9.2) for who accepts those. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "fcgi/cursor.h"
#include "fcgi/event_query.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "fcgi/stream.h"
#include "sql/statements.h"

/* PAGE: events at once; POLL_MS: how often the process asks the database whether there is news. */
enum { PAGE = 200, POLL_MS = 1000 };

static const char sse_silence[] = ":\n\n", lines_silence[] = "\n";

struct place {
    int64_t txid, id;
};

struct follower {
    struct db_param params[EVENT_PARAMS]; /* texts of the request, which outlives it */
    struct place place;
    bool placed; /* `place` is known: else it begins with what comes */
    bool sse;
    bool greeted; /* it has got something: nginx keeps the head until then */
};

/* What all followers of the process know together, so that only one of them asks. */
static struct {
    pthread_mutex_t lock;
    int64_t asked_ms;
    struct place newest, horizon;
} news = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool is_after(struct place a, struct place b) {
    return a.txid > b.txid || (a.txid == b.txid && a.id > b.id);
}

/* Where the history ends now. */
static bool look_for_news(struct db *db, bool now, struct place *ret_newest,
                          struct place *ret_horizon) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    bool ok = true;
    pthread_mutex_lock(&news.lock);
    if (now || clock_ms() - news.asked_ms >= POLL_MS / 2) {
        ok = db_run(db, &sql_event_newest, NULL, 0, &row, NULL);
        if (ok) {
            news.asked_ms = clock_ms();
            news.newest = (struct place){db_int64(row, 0, "txid", 0), db_int64(row, 0, "id", 0)};
            news.horizon = (struct place){db_int64(row, 0, "horizon", 0), 0};
        }
    }
    *ret_newest = news.newest;
    *ret_horizon = news.horizon;
    pthread_mutex_unlock(&news.lock);
    return ok;
}

/* The document, with its place as one member more, so that whoever is cut off can go on there. */
static void add_event(const struct follower *follower, const struct db_result *rows, int row,
                      struct strbuf *out) {
    char cursor[CURSOR_BYTES];
    event_query_print_cursor(cursor, follower->place.txid, follower->place.id);
    if (follower->sse)
        strbuf_addf(out, "id: %s\ndata: ", cursor);
    strbuf_add(out, db_text(rows, row, "document"), db_text_len(rows, row, "document") - 1);
    strbuf_addf(out, ",\"cursor\":\"%s\"}\n", cursor);
    if (follower->sse)
        strbuf_putc(out, '\n');
}

static enum stream_look follow_look(void *context, struct db *db, struct strbuf *out) {
    struct follower *follower = context;
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct place newest, horizon;
    if (!follower->greeted)
        strbuf_puts(out, follower->sse ? sse_silence : lines_silence);
    follower->greeted = true;
    if (!look_for_news(db, !follower->placed, &newest, &horizon))
        return STREAM_GO_ON;
    if (!follower->placed) {
        follower->place = horizon;
        follower->placed = true;
    }
    if (!is_after(newest, follower->place))
        return STREAM_GO_ON;
    event_query_set_cursor(follower->params, follower->place.txid, follower->place.id);
    if (!db_run(db, &sql_event_after, follower->params, EVENT_PARAMS, &rows, NULL))
        return STREAM_GO_ON;
    int count = db_text(rows, 0, "document") ? db_rows(rows) : 0;
    for (int i = 0; i < count; i++) {
        follower->place = (struct place){db_int64(rows, i, "txid", 0), db_int64(rows, i, "id", 0)};
        add_event(follower, rows, i, out);
    }
    if (count == PAGE)
        return STREAM_LOOK_AGAIN;
    horizon = (struct place){db_int64(rows, 0, "horizon", 0), 0};
    if (is_after(horizon, follower->place))
        follower->place = horizon;
    return STREAM_GO_ON;
}

static bool follow_farewell(void *context, enum stream_end why, struct strbuf *out) {
    const struct follower *follower = context;
    char cursor[CURSOR_BYTES];
    event_query_print_cursor(cursor, follower->place.txid, follower->place.id);
    strbuf_addf(out, "%s{\"end\":\"%s\",\"cursor\":\"%s\"}\n%s",
                follower->sse ? "event: end\ndata: " : "", stream_end_name(why), cursor,
                follower->sse ? "\n" : "");
    return true;
}

static const struct stream_kind lines = {.content_type = "application/x-ndjson",
                                         .look = follow_look,
                                         .look_ms = POLL_MS,
                                         .farewell = follow_farewell,
                                         .silence = lines_silence,
                                         .close = free};
static const struct stream_kind sse = {.content_type = "text/event-stream",
                                       .look = follow_look,
                                       .look_ms = POLL_MS,
                                       .farewell = follow_farewell,
                                       .silence = sse_silence,
                                       .close = free};

/* Where it begins. A browser that was cut off asks again as it did at first, with the id of the
 * last event that it got. */
static bool find_place(struct request *request, struct follower *follower, struct error *err) {
    const char *after = query_find(&request->query, "after");
    const char *last_id = follower->sse ? request_header(request, "Last-Event-ID") : NULL;
    bool resumes = last_id && *last_id;
    follower->placed = resumes || (after && strcmp(after, "now") != 0);
    return resumes ? event_query_resume(request, last_id, follower->params, err)
                   : event_query_fill(request, after != NULL, follower->params, err);
}

enum request_result handle_event_follow(struct request *request) {
    const char *accept = request_header(request, "Accept");
    struct follower follower = {0};
    struct error err = {0};
    follower.sse = accept && strstr(accept, "text/event-stream");
    if (query_find(&request->query, "count") || query_find(&request->query, "cursor") ||
        query_find(&request->query, "until"))
        error_field(&err, "follow",
                    "follow goes with after and filters, not with count, cursor or until.");
    if (err.kind != ERROR_NONE || !find_place(request, &follower, &err))
        return respond_problem(request, &err);
    follower.params[0] = db_int(PAGE);
    parse_int(follower.params[8].number, 0, INT64_MAX, &follower.place.txid);
    parse_int(follower.params[9].number, 0, INT64_MAX, &follower.place.id);
    struct follower *context = mem_alloc(sizeof *context);
    *context = follower;
    return stream_open(request, follower.sse ? &sse : &lines, context);
}
