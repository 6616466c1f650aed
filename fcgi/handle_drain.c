/* handle_drain: what moves containers at an administrator's word: an engine is drained, or not any
 * more; a freeze ends. */
#include "core/base/mem.h"
#include "core/control/restored.h"
#include "core/store/events.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "sql/statements.h"

static bool tell(struct request *request, const char *type, const char *engine_id,
                 const char *message, struct error *err) {
    const struct event event = {.type = type,
                                .tag = "cluster",
                                .message = message,
                                .engine_id = engine_id,
                                .account = request->identity.username,
                                .request_id = request->id};
    return event_insert(request->db, &event, err);
}

static bool tell_engine(struct request *request, const char *type, const char *id,
                        struct error *err) {
    CLEANUP(mem_free_text) char *message = mem_format("id=%s", id);
    return tell(request, type, id, message, err);
}

static bool no_engine(const char *id, struct error *err) {
    return error_set(err, ERROR_NOT_FOUND, "There is no engine %s.", id);
}

/* The keeper does the rest. */
static bool drain(struct request *request, const char *id, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    if (!db_run(request->db, &sql_engine_drain,
                DB_PARAMS(DB_TEXT(id), DB_TEXT(request->identity.username)), &row, err))
        return false;
    if (db_rows(row) == 0)
        return no_engine(id, err);
    return !db_is_true(row, 0, "began") || tell_engine(request, "drain-engine", id, err);
}

/* What has not come up elsewhere goes back to its old copy. */
static bool uncordon(struct request *request, const char *id, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    struct db *db = request->db;
    if (!db_run(db, &sql_engine_uncordon, DB_PARAMS(DB_TEXT(id)), &row, err))
        return false;
    if (db_rows(row) == 0)
        return no_engine(id, err);
    return !db_is_true(row, 0, "ended") ||
           (db_run(db, &sql_replacement_done, NULL, 0, NULL, err) &&
            db_run(db, &sql_replacement_undo,
                   DB_PARAMS(DB_TEXT(id), db_int(0), DB_TEXT("true"), DB_TEXT(NULL)), NULL, err) &&
            tell_engine(request, "uncordon-engine", id, err));
}

static enum request_result change(struct request *request,
                                  bool (*how)(struct request *, const char *, struct error *)) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    const char *id = request_param(request, "id");
    struct error err = {0};
    bool ok = db_begin(request->db, &err) && how(request, id, &err) &&
              db_run(request->db, &sql_engine_get, DB_PARAMS(DB_TEXT(id)), &row, &err) &&
              db_commit(request->db, &err);
    db_rollback(request->db);
    return ok ? respond_json(request, 200, db_text(row, 0, "document"),
                             db_text_len(row, 0, "document"))
              : respond_problem(request, &err);
}

enum request_result handle_engine_drain(struct request *request) {
    return change(request, drain);
}

enum request_result handle_engine_uncordon(struct request *request) {
    return change(request, uncordon);
}

/* Engines that are lost now are known to be: they freeze nothing again. */
static bool thaw(struct request *request, json_t *list, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    bool ok = db_run(request->db, &sql_freeze_end, DB_PARAMS(DB_TEXT(NULL)), &rows, err) &&
              (db_rows(rows) == 0 || db_run(request->db, &sql_losses_accept, NULL, 0, NULL, err));
    for (int i = 0; ok && i < db_rows(rows); i++) {
        json_t *item = json_object_new_object();
        CLEANUP(mem_free_text)
        char *message =
            mem_format("kind=%s was=%s", db_text(rows, i, "kind"), db_text(rows, i, "reason"));
        json_set_text(item, "kind", db_text(rows, i, "kind"));
        json_set_text(item, "reason", db_text(rows, i, "reason"));
        json_object_array_add(list, item);
        ok = restored_accept(request->db, db_text(rows, i, "kind"), err) &&
             tell(request, "thaw-rescheduling", NULL, message, err);
    }
    return ok;
}

enum request_result handle_thaw(struct request *request) {
    CLEANUP(json_put) json_t *answer = json_object_new_object();
    json_t *list = json_object_new_array();
    struct error err = {0};
    json_set(answer, "thawed", list);
    bool ok =
        db_begin(request->db, &err) && thaw(request, list, &err) && db_commit(request->db, &err);
    db_rollback(request->db);
    return ok ? respond_document(request, 200, STEAL(answer)) : respond_problem(request, &err);
}
