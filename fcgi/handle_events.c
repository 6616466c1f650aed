/* handle_events: the history, page by page; the cluster's summary. Both are document routes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "fcgi/cursor.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "sql/statements.h"

enum { EVENTS_DEFAULT = 100, ID_LEN = 64 };

static const char letter = 'e'; /* of our cursors */

static int64_t count_of(const struct request *request) {
    return query_get_int(&request->query, "count", EVENTS_DEFAULT);
}

const struct sql_statement *choose_event_list(const struct request *request) {
    const struct query *query = &request->query;
    if (query_find(query, "after"))
        return &sql_event_after;
    bool plain = query->count == 0 || (query->count == 1 && query_find(query, "count"));
    return plain ? &sql_event_list : &sql_event_find;
}

/* The parameters that event_find and event_after share, but for the cursor. */
static bool fill_filters(const struct request *request, struct db_param *params,
                         struct error *err) {
    static const char *const names[] = {"type", "tag", "container", "engine", "account"};
    static const char *const times[] = {"since", "until"};
    const struct query *query = &request->query;
    const char *container = query_find(query, "container");
    if (container && (!hex_is(container) || strlen(container) > ID_LEN))
        return error_field(err, "container", "container must be an id, or the beginning of one.");
    params[0] = db_int(count_of(request));
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        if (query_find(query, times[i]))
            params[1 + i] = db_int(query_get_time(query, times[i], 0));
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        params[3 + i] = DB_TEXT(query_find(query, names[i]));
    return true;
}

static bool fill_cursor(const struct request *request, const char *name, struct db_param *params,
                        struct error *err) {
    uint64_t txid, id;
    if (!query_find(&request->query, name))
        return true;
    if (!cursor_parse(request, name, letter, &txid, &id, err))
        return false;
    if (txid > INT64_MAX || id > INT64_MAX)
        return error_field(err, name, "%s is not a cursor of this list.", name);
    params[8] = db_int((int64_t)txid);
    params[9] = db_int((int64_t)id);
    return true;
}

/* Forward: from the oldest on, from now on, or from a cursor. */
static bool fill_after(const struct request *request, struct db_param *params, struct error *err) {
    const char *after = query_find(&request->query, "after");
    if (query_find(&request->query, "cursor"))
        return error_field(err, "cursor",
                           "cursor goes back, after goes forward: give one of them.");
    if (strcmp(after, "now") == 0)
        params[0] = db_int(0);
    if (strcmp(after, "now") == 0 || strcmp(after, "oldest") == 0)
        return true;
    return fill_cursor(request, "after", params, err);
}

bool fill_event_list(struct request *request, struct db_param *params, struct error *err) {
    const struct sql_statement *statement = choose_event_list(request);
    if (statement == &sql_event_list) {
        params[0] = db_int(count_of(request));
        return true;
    }
    return fill_filters(request, params, err) &&
           (statement == &sql_event_after ? fill_after(request, params, err)
                                          : fill_cursor(request, "cursor", params, err));
}

static void cursor_of_row(const struct db_result *rows, int row, char cursor[CURSOR_BYTES]) {
    cursor_print(cursor, letter, (uint64_t)db_int64(rows, row, "txid", 0),
                 (uint64_t)db_int64(rows, row, "id", 0));
}

/* Forward there is always a next page, be it empty yet: after the last event, or, when there were
 * no more, from the oldest running transaction on. */
static void finish_after(struct request *request) {
    const struct db_result *rows = request->document;
    char cursor[CURSOR_BYTES];
    uint64_t txid = 0, id = 0;
    struct error err = {0};
    int last = db_rows(rows) - 1;
    uint64_t horizon = (uint64_t)db_int64(rows, last, "horizon", 0);
    if (db_rows(rows) == count_of(request) && db_text(rows, last, "document"))
        cursor_of_row(rows, last, cursor);
    else if (cursor_parse(request, "after", letter, &txid, &id, &err) && txid >= horizon)
        cursor_print(cursor, letter, txid, id);
    else
        cursor_print(cursor, letter, horizon, 0);
    cursor_respond(request, "after", cursor);
}

void finish_event_list(struct request *request) {
    const struct db_result *rows = request->document;
    char cursor[CURSOR_BYTES];
    if (choose_event_list(request) == &sql_event_after) {
        finish_after(request);
    } else if (db_rows(rows) == count_of(request)) {
        cursor_of_row(rows, db_rows(rows) - 1, cursor);
        cursor_respond(request, "cursor", cursor);
    }
}

bool fill_cluster_info(struct request *request, struct db_param *params, struct error *err) {
    (void)request;
    (void)err;
    params[0] = DB_TEXT(PACKAGE_VERSION);
    return true;
}
