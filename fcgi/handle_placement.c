/* handle_placement: why a container is where it is. */
#include "core/base/mem.h"
#include "core/control/explain.h"
#include "core/control/intent.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "sql/statements.h"

static json_t *document_of(const struct db_result *row, json_t *record) {
    json_t *doc = explain_step(record, (size_t)db_int64(row, 0, "placement_step", 1));
    json_set_text(doc, "engine", db_text(row, 0, "engine_id"));
    json_set_text(doc, "time", db_text(row, 0, "time"));
    json_set_int(doc, "generation", db_int64(row, 0, "generation", 0));
    json_set(doc, "tried", db_json(row, 0, "tried"));
    return doc;
}

enum request_result handle_container_placement(struct request *request) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    CLEANUP(json_put) json_t *record = NULL;
    struct container container = {0};
    struct error err = {0};
    bool ok = container_find(request->db, request_param(request, "id"), false, &container, &err) &&
              db_run(request->db, &sql_placement_get, DB_PARAMS(DB_TEXT(container.id)), &row, &err);
    if (ok && db_rows(row) > 0)
        record = db_json(row, 0, "doc");
    if (ok && !record)
        ok =
            error_set(&err, ERROR_NOT_FOUND,
                      "Nothing is known of the placement of %.12s: it was adopted where it ran, or "
                      "placed before berth kept the reasons.",
                      container.id);
    container_release(&container);
    return ok ? respond_document(request, 200, document_of(row, record))
              : respond_problem(request, &err);
}
