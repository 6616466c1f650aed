/* handle_operations: see handle_operations.h. */
#include "fcgi/handle_operations.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/store/containers.h"
#include "fcgi/prefer.h"
#include "fcgi/respond.h"
#include "fcgi/wake.h"
#include "fcgi/worker.h"
#include "sql/statements.h"

enum { WAITING_MAX = 64, IDEMPOTENCY_KEY_MAX = 128 };

/* An operation as loaded for an answer. */
struct operation {
    struct db_result *row, *items, *documents;
    const char *id, *type;
    bool finished;
    int total, done, failed, superseded, cancelled;
    const char *first_error; /* JSON text of the first failed item's error */
};

static void operation_release(struct operation *operation) {
    db_result_free(&operation->row);
    db_result_free(&operation->items);
    db_result_free(&operation->documents);
}

static void count_items(struct operation *operation) {
    operation->total = db_rows(operation->items);
    for (int i = 0; i < operation->total; i++) {
        const char *status = db_text(operation->items, i, "status");
        operation->done += strcmp(status, "done") == 0;
        operation->superseded += strcmp(status, "superseded") == 0;
        operation->cancelled += strcmp(status, "cancelled") == 0;
        if (strcmp(status, "failed") == 0 && operation->failed++ == 0)
            operation->first_error = db_text(operation->items, i, "error");
    }
}

static bool is_scale(const struct operation *operation) {
    return strcmp(operation->type, "scale-container") == 0;
}

static bool lists_containers(const struct operation *operation) {
    return is_scale(operation) || strcmp(operation->type, "run-container") == 0;
}

bool operation_find(const struct request *request, char **ret_id, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    const char *prefix = request_param(request, "id");
    if (!db_run(request->db, &sql_operation_find, DB_PARAMS(DB_TEXT(prefix)), &rows, err))
        return false;
    if (db_rows(rows) == 0)
        return error_set(err, ERROR_NOT_FOUND, "There is no operation %s.", prefix);
    if (db_rows(rows) > 1)
        return error_set(err, ERROR_AMBIGUOUS,
                         "%s fits more than one operation; give more digits of the id.", prefix);
    *ret_id = mem_strdup(db_text(rows, 0, "id"));
    return true;
}

static bool operation_load(struct db *db, const char *id, struct operation *operation,
                           struct error *err) {
    *operation = (struct operation){0};
    if (!db_run(db, &sql_operation_get, DB_PARAMS(DB_TEXT(id)), &operation->row, err))
        return false;
    if (db_rows(operation->row) == 0)
        return error_set(err, ERROR_NOT_FOUND, "There is no operation %s.", id);
    operation->id = db_text(operation->row, 0, "id");
    operation->type = db_text(operation->row, 0, "type");
    operation->finished = db_is_true(operation->row, 0, "finished");
    const char *group = db_text(operation->row, 0, "group_hash");
    bool ok = db_run(db, &sql_operation_items, DB_PARAMS(DB_TEXT(id)), &operation->items, err) &&
              (!lists_containers(operation) ||
               (is_scale(operation) ? db_run(db, &sql_group_documents, DB_PARAMS(DB_TEXT(group)),
                                             &operation->documents, err)
                                    : db_run(db, &sql_operation_documents, DB_PARAMS(DB_TEXT(id)),
                                             &operation->documents, err)));
    if (ok)
        count_items(operation);
    return ok;
}

void operation_print_item(struct strbuf *buf, const struct db_result *rows, int row) {
    const char *error = db_text(rows, row, "error");
    strbuf_puts(buf, "{\"container\":");
    strbuf_json(buf, db_text(rows, row, "container_id"));
    strbuf_puts(buf, ",\"engine\":");
    strbuf_json(buf, db_text(rows, row, "engine_id"));
    strbuf_addf(buf, ",\"status\":\"%s\",\"phase\":\"%s\",\"state\":\"%s\",\"error\":%s",
                db_text(rows, row, "status"), db_text(rows, row, "phase"),
                db_text(rows, row, "state"), error ? error : "null");
    if (db_text(rows, row, "progress"))
        strbuf_addf(buf, ",\"progress\":%s", db_text(rows, row, "progress"));
    if (db_text(rows, row, "note")) {
        strbuf_puts(buf, ",\"note\":");
        strbuf_json(buf, db_text(rows, row, "note"));
    }
    strbuf_putc(buf, '}');
}

/* The engines that pending items wait for, because they are away; each once. */
static void add_waiting(struct strbuf *buf, const struct db_result *rows) {
    const char *seen[WAITING_MAX];
    int count = 0;
    strbuf_putc(buf, '[');
    for (int i = 0; i < db_rows(rows) && count < WAITING_MAX; i++) {
        const char *id = db_text(rows, i, "engine_id");
        bool known = strcmp(db_text(rows, i, "phase"), "waiting") != 0;
        for (int k = 0; !known && k < count; k++)
            known = strcmp(seen[k], id) == 0;
        if (known)
            continue;
        strbuf_puts(buf, count ? ",{\"id\":" : "{\"id\":");
        strbuf_json(buf, id);
        strbuf_puts(buf, ",\"reason\":");
        strbuf_json(buf, db_text(rows, i, "engine_reason"));
        strbuf_putc(buf, '}');
        seen[count++] = id;
    }
    strbuf_putc(buf, ']');
}

static void add_items(struct strbuf *buf, const struct db_result *rows) {
    strbuf_putc(buf, '[');
    for (int i = 0; i < db_rows(rows); i++) {
        if (i)
            strbuf_putc(buf, ',');
        operation_print_item(buf, rows, i);
    }
    strbuf_putc(buf, ']');
}

/* A destroy that another destroy has overtaken did happen. */
static bool is_done(const struct operation *operation) {
    return operation->failed + operation->cancelled == 0 &&
           (operation->superseded == 0 || strcmp(operation->type, "destroy-container") == 0);
}

/* The status of the synchronous answer: what exists now decides; where nothing does, why not. */
static int http_status(const struct operation *operation) {
    if (!operation->finished)
        return 202;
    if (is_done(operation))
        return is_scale(operation) ? 200 : lists_containers(operation) ? 201 : 204;
    if (operation->done > 0 && lists_containers(operation))
        return 207;
    if (operation->first_error) {
        CLEANUP(json_put) json_t *error = NULL;
        json_parse_trusted(operation->first_error, &error);
        return error_info(error_kind_of_code(json_get_text(error, "code", "")))->status;
    }
    return 409;
}

static const char *status_word(const struct operation *operation) {
    if (!operation->finished)
        return "running";
    if (is_done(operation))
        return "done";
    if (operation->cancelled)
        return "cancelled";
    return operation->done ? "partial" : "failed";
}

static void add_document(struct strbuf *buf, const struct operation *operation) {
    const char *finished = db_text(operation->row, 0, "finished_at");
    strbuf_addf(
        buf,
        "{\"id\":\"%s\",\"type\":\"%s\",\"status\":\"%s\",\"state\":\"%s\",\"created\":\"%s\","
        "\"finished\":",
        operation->id, operation->type, status_word(operation), db_text(operation->row, 0, "state"),
        db_text(operation->row, 0, "created"));
    strbuf_json(buf, finished);
    strbuf_addf(buf,
                ",\"total\":%d,\"done\":%d,\"failed\":%d,\"superseded\":%d,\"cancelled\":%d,"
                "\"pending\":%d,\"http_status\":%d,\"waits_for\":",
                operation->total, operation->done, operation->failed, operation->superseded,
                operation->cancelled,
                operation->total - operation->done - operation->failed - operation->superseded -
                    operation->cancelled,
                http_status(operation));
    add_waiting(buf, operation->items);
    strbuf_puts(buf, ",\"items\":");
    add_items(buf, operation->items);
    strbuf_puts(buf, ",\"result\":");
    if (operation->documents)
        container_print_list(buf, operation->documents);
    else
        strbuf_puts(buf, "null");
    strbuf_putc(buf, '}');
}

bool operation_document(struct db *db, const char *id, struct strbuf *buf, struct error *err) {
    struct operation operation;
    bool ok = operation_load(db, id, &operation, err);
    if (ok)
        add_document(buf, &operation);
    operation_release(&operation);
    return ok;
}

static enum request_result respond_buffer(struct request *request, int status, struct strbuf *buf) {
    respond_json(request, status, strbuf_text(buf), buf->len);
    strbuf_release(buf);
    return REQUEST_DONE;
}

static enum request_result respond_operation(struct request *request, int status,
                                             const struct operation *operation) {
    struct strbuf buf = {0};
    add_document(&buf, operation);
    return respond_buffer(request, status, &buf);
}

/* Nothing came of it: the first item's error as a problem, all items as its members. */
static enum request_result respond_failure(struct request *request,
                                           const struct operation *operation) {
    CLEANUP(strbuf_release) struct strbuf members = {0};
    CLEANUP(json_put) json_t *error = NULL;
    struct error err = {0};
    if (operation->first_error && json_parse_trusted(operation->first_error, &error))
        error_set(&err, error_kind_of_code(json_get_text(error, "code", "")), "%s",
                  json_get_text(error, "detail", ""));
    else if (operation->cancelled)
        error_set(&err, ERROR_CONFLICT, "The operation was cancelled.");
    else
        error_set(&err, ERROR_CONFLICT, "Another request has changed the container meanwhile.");
    strbuf_addf(&members, "\"operation\":\"%s\",\"items\":", operation->id);
    add_items(&members, operation->items);
    return respond_problem_members(request, &err, &members);
}

static enum request_result respond_partial(struct request *request,
                                           const struct operation *operation) {
    struct strbuf buf = {0};
    strbuf_addf(&buf, "{\"operation\":\"%s\",\"items\":", operation->id);
    add_items(&buf, operation->items);
    strbuf_puts(&buf, ",\"containers\":");
    container_print_list(&buf, operation->documents);
    strbuf_putc(&buf, '}');
    return respond_buffer(request, 207, &buf);
}

/* The synchronous answer of the route that began the operation. */
static enum request_result respond_result(struct request *request,
                                          const struct operation *operation) {
    struct strbuf buf = {0};
    int status = http_status(operation);
    /* The thesis's GET on scale answers with nothing but success. */
    if (status == 204 || (status == 200 && strcmp(request->method, "GET") == 0))
        return respond_empty(request);
    if (status == 207)
        return respond_partial(request, operation);
    if (status >= 400)
        return respond_failure(request, operation);
    container_print_list(&buf, operation->documents);
    return respond_buffer(request, status, &buf);
}

static void set_location(struct request *request, const char *operation_id) {
    char location[80];
    snprintf(location, sizeof location, "/api/operations/%s", operation_id);
    respond_header(request, "Location", location);
}

static struct preference preference_of(const struct request *request) {
    return prefer_parse(request_header(request, "Prefer"));
}

static double wait_of(const struct request *request, const struct preference *preference) {
    return prefer_wait_s(preference, (double)request->worker->config->operation_wait_s);
}

static void tell_preference(struct request *request, bool async) {
    const struct preference preference = preference_of(request);
    char text[48];
    prefer_applied(&preference, async, text, sizeof text);
    if (*text)
        respond_header(request, "Preference-Applied", text);
}

enum request_result operation_answer(struct request *request, const char *operation_id,
                                     operation_respond *respond) {
    struct operation operation;
    struct error err = {0};
    if (!operation_load(request->db, operation_id, &operation, &err))
        respond_problem(request, &err);
    else
        respond(request, &operation);
    operation_release(&operation);
    return REQUEST_DONE;
}

/* Who does not want to wait gets the operation even where it is over already. */
static enum request_result respond_begun(struct request *request,
                                         const struct operation *operation) {
    const struct preference preference = preference_of(request);
    bool async = !operation->finished || wait_of(request, &preference) <= 0;
    tell_preference(request, async);
    if (!async)
        return respond_result(request, operation);
    set_location(request, operation->id);
    return respond_operation(request, 202, operation);
}

enum request_result operation_respond_cancelled(struct request *request,
                                                const struct operation *operation) {
    tell_preference(request, !operation->finished);
    if (operation->finished)
        return respond_operation(request, 200, operation);
    set_location(request, operation->id);
    return respond_operation(request, 202, operation);
}

enum request_result operation_respond_whole(struct request *request,
                                            const struct operation *operation) {
    return respond_operation(request, 200, operation);
}

enum request_result operation_respond_ended(struct request *request,
                                            const struct operation *operation) {
    CLEANUP(strbuf_release) struct strbuf members = {0};
    struct error err = {0};
    error_set(&err, ERROR_CONFLICT, "The operation is over (%s): there is nothing left to cancel.",
              status_word(operation));
    strbuf_addf(&members, "\"operation\":\"%s\",\"state\":\"%s\",\"items\":", operation->id,
                db_text(operation->row, 0, "state"));
    add_items(&members, operation->items);
    return respond_problem_members(request, &err, &members);
}

void operation_client(struct request *request, struct intent_client *client,
                      struct strbuf *request_text) {
    strbuf_addf(request_text, "%s %s?", request->method, request->path.text);
    for (size_t i = 0; i < request->query.count; i++)
        strbuf_addf(request_text, "%s=%s&", request->query.params[i].name,
                    request->query.params[i].value);
    strbuf_putc(request_text, '\n');
    strbuf_add(request_text, request->body, request->body_len);
    *client = (struct intent_client){
        .db = request->db,
        .pool = &request->worker->pool,
        .account_id = request->identity.account_id,
        .username = request->identity.username,
        .role = request->identity.role,
        .grants = request->identity.grants,
        .request_id = request->id,
        .idempotency_key = request_header(request, "Idempotency-Key"),
        .request_text = strbuf_text(request_text),
    };
}

bool operation_check_key(const struct request *request, struct error *err) {
    const char *key = request_header(request, "Idempotency-Key");
    if (key && (!*key || strlen(key) > IDEMPOTENCY_KEY_MAX))
        return error_field(err, "Idempotency-Key", "Idempotency-Key must have 1 to %d bytes.",
                           IDEMPOTENCY_KEY_MAX);
    return true;
}

enum request_result operation_begin(struct request *request, const struct intent_result *result) {
    wake_slot(request->worker->slot);
    return operation_wait(request, result->operation_id, respond_begun);
}

enum request_result operation_wait(struct request *request, const char *operation_id,
                                   operation_respond *respond) {
    const struct preference preference = preference_of(request);
    double wait_s = wait_of(request, &preference);
    if (wait_s <= 0)
        return operation_answer(request, operation_id, respond);
    return request_park(request, operation_id, (int64_t)(wait_s * 1000));
}

enum request_result operation_refused(struct request *request, struct intent_result *result,
                                      const struct error *err) {
    CLEANUP(strbuf_release) struct strbuf members = {0};
    if (result->reasons)
        strbuf_addf(&members, "\"engines\":%s", json_print(result->reasons));
    json_put(&result->reasons);
    return respond_problem_members(request, err, members.len ? &members : NULL);
}

enum request_result operation_resume(struct request *request) {
    return operation_answer(request, request->operation_id, respond_begun);
}
