/* handle_adopt: containers that are not the pool's come under management. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/adopt.h"
#include "core/control/engine_reach.h"
#include "core/net/docker.h"
#include "core/store/containers.h"
#include "fcgi/handle_operations.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "fcgi/worker.h"
#include "sql/statements.h"

/* The container as Docker tells of it now, and its image (NULL when that is gone). */
static bool inspect(struct request *request, const struct foreign *foreign, json_t **ret_container,
                    json_t **ret_image, struct error *err) {
    CLEANUP(engine_access_release) struct engine_access access = {0};
    const struct pool *pool = &request->worker->pool;
    if (!engine_open(request->db, pool, foreign->engine_id, &access, NULL, err))
        return false;
    const struct docker_engine engine = engine_reach(&access, pool);
    struct http_client *client = http_client_new();
    struct error gone = {0};
    bool ok = docker_inspect_wait(client, &engine, foreign->docker_id, ret_container, err);
    const char *image = ok ? json_get_text(*ret_container, "Image", "") : "";
    if (ok && *image && !docker_image_inspect_wait(client, &engine, image, ret_image, &gone) &&
        gone.kind != ERROR_NOT_FOUND) {
        *err = gone;
        ok = false;
    }
    http_client_free(client);
    if (ok && strcmp(json_get_text(*ret_container, "Id", ""), foreign->docker_id) != 0)
        ok =
            error_set(err, ERROR_ENGINE, "Engine %s tells of another container than was asked for.",
                      foreign->engine_id);
    return ok;
}

/* Not there, or under management already? */
static bool find(struct request *request, const char *id, struct foreign *foreign,
                 struct error *err) {
    struct container container = {0};
    bool managed = container_find(request->db, id, false, &container, err);
    if (managed)
        error_set(err, ERROR_CONFLICT, "Container %.12s is managed by berth already.",
                  container.id);
    container_release(&container);
    return !managed && err->kind == ERROR_NOT_FOUND && foreign_find(request->db, id, foreign, err);
}

/* All that stands in the way, not only the first of it. */
static enum request_result refuse(struct request *request, const struct adoption *adoption,
                                  const struct error *err) {
    CLEANUP(strbuf_release) struct strbuf members = {0};
    bool more = err->kind == ERROR_NOT_EXPRESSIBLE && json_len(adoption->reading.obstacles) > 0;
    if (more)
        strbuf_addf(&members, "\"obstacles\":%s", json_print(adoption->reading.obstacles));
    return respond_problem_members(request, err, more ? &members : NULL);
}

/* The container's document, with what is to be told besides. */
static enum request_result respond(struct request *request, const struct adoption *adoption) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    CLEANUP(strbuf_release) struct strbuf doc = {0};
    CLEANUP(strbuf_release) struct strbuf text = {0};
    struct error err = {0};
    if (!db_run(request->db, &sql_container_get, DB_PARAMS(DB_TEXT(adoption->id)), &row, &err))
        return respond_problem(request, &err);
    if (db_rows(row) == 0) {
        error_set(&err, ERROR_NOT_FOUND, "The container is gone already.");
        return respond_problem(request, &err);
    }
    container_print(&doc, row, 0);
    strbuf_add(&text, doc.data, doc.len - 1);
    strbuf_addf(&text, ",\"ignored\":%s", json_print(adoption->reading.ignored));
    strbuf_addf(&text, ",\"warnings\":%s}", json_print(adoption->warnings));
    return respond_json(request, 201, strbuf_text(&text), text.len);
}

enum request_result handle_container_adopt(struct request *request) {
    CLEANUP(strbuf_release) struct strbuf text = {0};
    CLEANUP(json_put) json_t *container = NULL;
    CLEANUP(json_put) json_t *image = NULL;
    const struct query *query = &request->query;
    const struct adopt_changes changes = {.cpus = query_get_decimal(query, "cpus", -1),
                                          .memory_mb = query_get_int(query, "memory", -1)};
    struct adoption adoption = {0};
    struct foreign foreign = {0};
    struct intent_client client;
    struct error err = {0};
    operation_client(request, &client, &text);
    bool ok = find(request, request_param(request, "id"), &foreign, &err) &&
              inspect(request, &foreign, &container, &image, &err) &&
              adopt_read(client.pool, container, image, &changes,
                         query_get_bool(query, "force", false), &adoption, &err) &&
              intent_adopt(&client, foreign.engine_id, &adoption, &err);
    enum request_result result =
        ok ? respond(request, &adoption) : refuse(request, &adoption, &err);
    adoption_release(&adoption);
    foreign_release(&foreign);
    return result;
}
