/* event_query: see event_query.h. */
#include "fcgi/event_query.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "fcgi/cursor.h"

enum { EVENTS_DEFAULT = 100, ID_LEN = 64 };

static const char letter = 'e'; /* of our cursors */

int64_t event_query_count(const struct request *request) {
    return query_get_int(&request->query, "count", EVENTS_DEFAULT);
}

void event_query_set_cursor(struct db_param *params, int64_t txid, int64_t id) {
    params[8] = db_int(txid);
    params[9] = db_int(id);
}

void event_query_print_cursor(char *cursor, int64_t txid, int64_t id) {
    cursor_print(cursor, letter, (uint64_t)txid, (uint64_t)id);
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
    params[0] = db_int(event_query_count(request));
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
    event_query_set_cursor(params, (int64_t)txid, (int64_t)id);
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

bool event_query_fill(const struct request *request, bool forward, struct db_param *params,
                      struct error *err) {
    return fill_filters(request, params, err) &&
           (forward ? fill_after(request, params, err)
                    : fill_cursor(request, "cursor", params, err));
}

bool event_query_resume(const struct request *request, const char *last_id, struct db_param *params,
                        struct error *err) {
    uint64_t txid, id;
    if (!fill_filters(request, params, err))
        return false;
    if (!cursor_read(last_id, letter, &txid, &id) || txid > INT64_MAX || id > INT64_MAX)
        return error_field(err, "Last-Event-ID", "Last-Event-ID is not the id of an event.");
    event_query_set_cursor(params, (int64_t)txid, (int64_t)id);
    return true;
}
