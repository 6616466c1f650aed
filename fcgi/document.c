/* document: see document.h. */
#include "fcgi/document.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "fcgi/respond.h"
#include "fcgi/routes.h"
#include "sql/statements.h"

enum { PARAMS_MAX = 16, WHOLE_ID = 64 };

bool document_asked(const struct request *request) {
    const struct route *route = request->route;
    return route->statement && (!route->choose || route->choose(request));
}

static const struct sql_statement *statement_of(const struct request *request) {
    const struct route *route = request->route;
    return route->choose ? route->choose(request) : route->statement;
}

static bool fill(struct request *request, struct db_param *params, struct error *err) {
    const struct route *route = request->route;
    const struct sql_statement *statement = statement_of(request);
    int count = statement->params;
    if (count > PARAMS_MAX)
        abort(); /* the route table is ours */
    if (route->fill)
        return route->fill(request, params, err);
    for (int i = 0; i < count; i++)
        params[i] = DB_TEXT(request->params[i]);
    return true;
}

static bool asks_by_id(const struct request *request) {
    return request->route->by_id && strlen(request->params[0]) == WHOLE_ID &&
           hex_is(request->params[0]);
}

/* The statement to begin with. */
static const struct sql_statement *first_statement(const struct request *request) {
    return asks_by_id(request) ? request->route->by_id : statement_of(request);
}

bool document_by_id(struct request *request, int64_t *ret_auth_version) {
    const struct sql_statement *statement = request->route->by_id;
    struct db_param params[PARAMS_MAX] = {0};
    struct error err = {0};
    if (!asks_by_id(request) || !fill(request, params, &err) ||
        !db_run(request->db, statement, params, (size_t)statement->params, &request->document,
                &err) ||
        db_rows(request->document) == 0) {
        db_result_free(&request->document);
        return false;
    }
    *ret_auth_version = db_int64(request->document, 0, "auth_version", 0);
    return true;
}

bool document_with_token(struct request *request, const char *token_id, struct db_result **ret_rows,
                         struct error *err) {
    const struct sql_statement *statement = first_statement(request);
    struct db_param params[PARAMS_MAX] = {0};
    struct db_param id = DB_TEXT(token_id);
    struct db_call calls[] = {{&sql_token_find, &id, 1, NULL},
                              {statement, params, (size_t)statement->params, NULL}};
    if (fill(request, params, &request->document_error) &&
        db_run_pipeline(request->db, calls, 2, &request->document_error)) {
        *ret_rows = calls[0].result;
        request->document = calls[1].result;
        return true;
    }
    if (request->document_error.kind == ERROR_UNAVAILABLE) {
        *err = request->document_error;
        return false;
    }
    /* Who may not know the route must not learn what is wrong with the request. */
    return db_run(request->db, &sql_token_find, &id, 1, ret_rows, err);
}

static bool ask(struct request *request, struct error *err) {
    const struct sql_statement *statement = statement_of(request);
    struct db_param params[PARAMS_MAX] = {0};
    return fill(request, params, err) && db_run(request->db, statement, params,
                                                (size_t)statement->params, &request->document, err);
}

static void print_row(struct strbuf *buf, const struct request *request, int row) {
    if (request->route->print)
        request->route->print(buf, request->document, row);
    else
        strbuf_add(buf, db_text(request->document, row, "document"),
                   db_text_len(request->document, row, "document"));
}

static enum request_result respond_rows(struct request *request) {
    CLEANUP(strbuf_release) struct strbuf buf = {0};
    bool list = request->route->list;
    if (request->route->finish)
        request->route->finish(request);
    if (list)
        strbuf_putc(&buf, '[');
    for (int i = 0; i < db_rows(request->document); i++) {
        if (!request->route->print && !db_text(request->document, i, "document"))
            continue;
        if (buf.len > 1)
            strbuf_putc(&buf, ',');
        print_row(&buf, request, i);
    }
    if (list)
        strbuf_putc(&buf, ']');
    return respond_json(request, 200, strbuf_text(&buf), buf.len);
}

enum request_result document_respond(struct request *request) {
    const struct route *route = request->route;
    struct error err = request->document_error;
    /* A whole id that is none of ours may still be Docker's. */
    if (request->document && db_rows(request->document) == 0 &&
        first_statement(request) != statement_of(request))
        db_result_free(&request->document);
    if (err.kind != ERROR_NONE || (!request->document && !ask(request, &err)))
        return respond_problem(request, &err);
    if (route->list || db_rows(request->document) == 1)
        return respond_rows(request);
    if (db_rows(request->document) == 0)
        error_set(&err, route->missing ? ERROR_NOT_FOUND : ERROR_INTERNAL, "%s",
                  route->missing ? route->missing : "A statement gave no row.");
    else
        error_set(&err, ERROR_AMBIGUOUS, "More than one begins like that: give more of the id.");
    return respond_problem(request, &err);
}
