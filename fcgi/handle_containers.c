/* handle_containers: running, scaling and changing containers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/intent.h"
#include "core/control/spec.h"
#include "core/store/containers.h"
#include "fcgi/handle_operations.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "fcgi/worker.h"
#include "sql/statements.h"

static const char *pull_policy(const struct request *request) {
    if (!query_find(&request->query, "pull"))
        return "missing";
    return query_get_bool(&request->query, "pull", false) ? "always" : "never";
}

/* The specification in normal form. */
static bool read_spec(struct request *request, json_t **ret_spec, struct error *err) {
    CLEANUP(json_put) json_t *body = NULL;
    const struct spec_defaults defaults = {.memory_mb = request->worker->config->default_memory_mb};
    return request_json(request, spec_fields, &body, err) &&
           spec_normalize(body, &defaults, ret_spec, err);
}

/* Tell where they would go, and why. */
static enum request_result plan(struct request *request, const struct intent_client *client,
                                json_t *spec, size_t count) {
    struct intent_result result = {0};
    struct error err = {0};
    json_t *doc = NULL;
    if (!intent_plan(client, spec, count, &doc, &result, &err))
        return operation_refused(request, &result, &err);
    return respond_document(request, 200, doc);
}

enum request_result handle_container_run(struct request *request) {
    CLEANUP(strbuf_release) struct strbuf text = {0};
    CLEANUP(json_put) json_t *spec = NULL;
    struct intent_client client;
    struct intent_result result = {0};
    struct error err = {0};
    const size_t count = (size_t)query_get_int(&request->query, "count", 1);
    operation_client(request, &client, &text);
    if (!operation_check_key(request, &err) || !read_spec(request, &spec, &err))
        return operation_refused(request, &result, &err);
    if (query_get_bool(&request->query, "dry_run", false))
        return plan(request, &client, spec, count);
    if (!intent_run(&client, spec, count, pull_policy(request), &result, &err))
        return operation_refused(request, &result, &err);
    return operation_begin(request, &result);
}

/* Nothing had to be done: the group as it is. */
static enum request_result respond_group(struct request *request, const char *prefix) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    CLEANUP(strbuf_release) struct strbuf list = {0};
    struct container container = {0};
    struct error err = {0};
    bool ok = container_find(request->db, prefix, true, &container, &err) &&
              db_run(request->db, &sql_group_documents, DB_PARAMS(DB_TEXT(container.group_hash)),
                     &rows, &err);
    container_release(&container);
    if (!ok)
        return respond_problem(request, &err);
    if (strcmp(request->method, "GET") == 0)
        return respond_empty(request);
    container_print_list(&list, rows);
    return respond_json(request, 200, strbuf_text(&list), list.len);
}

enum request_result handle_container_scale(struct request *request) {
    CLEANUP(strbuf_release) struct strbuf text = {0};
    struct intent_client client;
    struct intent_result result = {0};
    struct error err = {0};
    const char *id = request_param(request, "id");
    const int64_t count = query_get_int(&request->query, "count", -1);
    operation_client(request, &client, &text);
    if (!operation_check_key(request, &err) ||
        (count < 0 && !error_field(&err, "count", "count is missing: how many containers?")) ||
        !intent_scale(&client, id, (size_t)count, &result, &err))
        return operation_refused(request, &result, &err);
    if (result.nothing)
        return respond_group(request, id);
    return operation_begin(request, &result);
}

static enum request_result change(struct request *request, enum intent_change what) {
    CLEANUP(strbuf_release) struct strbuf text = {0};
    struct intent_client client;
    struct intent_result result = {0};
    struct error err = {0};
    operation_client(request, &client, &text);
    if (!operation_check_key(request, &err) ||
        !intent_change(&client, request_param(request, "id"), what, &result, &err))
        return operation_refused(request, &result, &err);
    return operation_begin(request, &result);
}

enum request_result handle_container_start(struct request *request) {
    return change(request, INTENT_START);
}

enum request_result handle_container_stop(struct request *request) {
    return change(request, INTENT_STOP);
}

enum request_result handle_container_restart(struct request *request) {
    return change(request, INTENT_RESTART);
}

enum request_result handle_container_destroy(struct request *request) {
    return change(request, INTENT_DESTROY);
}
