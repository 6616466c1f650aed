/* handle_events: the history page by page, followed, and verified; the cluster's summary. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/store/history.h"
#include "fcgi/cursor.h"
#include "fcgi/document.h"
#include "fcgi/event_query.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "fcgi/worker.h"
#include "sql/statements.h"

enum { VERIFY_MS = 5000, DIGEST_HEX = 64 };

const struct sql_statement *choose_event_list(const struct request *request) {
    const struct query *query = &request->query;
    if (query_get_bool(query, "follow", false))
        return NULL;
    if (query_find(query, "after"))
        return &sql_event_after;
    bool plain = query->count == 0 || (query->count == 1 && query_find(query, "count"));
    return plain ? &sql_event_list : &sql_event_find;
}

bool fill_event_list(struct request *request, struct db_param *params, struct error *err) {
    const struct sql_statement *statement = choose_event_list(request);
    if (statement == &sql_event_list) {
        params[0] = db_int(event_query_count(request));
        return true;
    }
    return event_query_fill(request, statement == &sql_event_after, params, err);
}

static void cursor_of_row(const struct db_result *rows, int row, char cursor[CURSOR_BYTES]) {
    event_query_print_cursor(cursor, db_int64(rows, row, "txid", 0), db_int64(rows, row, "id", 0));
}

/* Forward there is always a next page, be it empty yet: after the last event, or, when there were
 * no more, from the oldest running transaction on. */
static void finish_after(struct request *request) {
    const struct db_result *rows = request->document;
    struct db_param params[EVENT_PARAMS] = {0};
    char cursor[CURSOR_BYTES];
    struct error err = {0};
    int64_t given = 0;
    int last = db_rows(rows) - 1;
    int64_t horizon = db_int64(rows, last, "horizon", 0);
    event_query_fill(request, true, params, &err);
    parse_int(params[8].number, 0, INT64_MAX, &given);
    if (db_rows(rows) == event_query_count(request) && db_text(rows, last, "document"))
        cursor_of_row(rows, last, cursor);
    else if (given >= horizon)
        snprintf(cursor, sizeof cursor, "%s", query_find(&request->query, "after"));
    else
        event_query_print_cursor(cursor, horizon, 0);
    cursor_respond(request, "after", cursor);
}

void finish_event_list(struct request *request) {
    const struct db_result *rows = request->document;
    char cursor[CURSOR_BYTES];
    if (choose_event_list(request) == &sql_event_after) {
        finish_after(request);
    } else if (db_rows(rows) == event_query_count(request)) {
        cursor_of_row(rows, db_rows(rows) - 1, cursor);
        cursor_respond(request, "cursor", cursor);
    }
}

enum request_result handle_event_list(struct request *request) {
    if (query_get_bool(&request->query, "follow", false))
        return handle_event_follow(request);
    return document_respond(request);
}

static void set_text_or_null(json_t *doc, const char *key, const char *text) {
    json_set_text(doc, key, *text ? text : NULL);
}

static json_t *report_document(const struct history_report *report) {
    json_t *doc = json_object_new_object();
    char cursor[24];
    snprintf(cursor, sizeof cursor, "%lld", (long long)report->last);
    json_set_bool(doc, "ok", report->ok);
    json_set_bool(doc, "complete", report->ok && report->complete);
    set_text_or_null(doc, "problem", report->problem);
    json_set_text(doc, "cursor", report->ok && !report->complete ? cursor : NULL);
    json_set_int(doc, "seals", report->seals);
    json_set_int(doc, "events", report->events);
    json_set_int(doc, "unsealed", report->unsealed);
    json_set_int(doc, "dropped_seals", report->first);
    json_set_int(doc, "head", report->head);
    set_text_or_null(doc, "digest", report->digest);
    return doc;
}

enum request_result handle_event_verify(struct request *request) {
    const char *head = query_find(&request->query, "head");
    struct history_report report;
    struct error err = {0};
    if (head && (!hex_is(head) || strlen(head) != DIGEST_HEX)) {
        error_field(&err, "head", "head must be a digest as the keeper logs it: 64 hex digits.");
        return respond_problem(request, &err);
    }
    if (!history_verify(request->db, query_get_int(&request->query, "cursor", 0), head, VERIFY_MS,
                        &report, &err))
        return respond_problem(request, &err);
    return respond_document(request, 200, report_document(&report));
}

bool fill_cluster_info(struct request *request, struct db_param *params, struct error *err) {
    (void)err;
    params[0] = DB_TEXT(PACKAGE_VERSION);
    params[1] = DB_TEXT(request->worker->config->etcd_endpoints);
    return true;
}
