/* foreign: see foreign.h. */
#include "core/store/foreign.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "sql/statements.h"

static char *copy(const struct db_result *rows, int i, const char *column) {
    return mem_strdup(db_text(rows, i, column));
}

bool foreign_find(struct db *db, const char *prefix, struct foreign *ret_foreign,
                  struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    *ret_foreign = (struct foreign){0};
    if (!db_run(db, &sql_foreign_find, DB_PARAMS(DB_TEXT(prefix)), &rows, err))
        return false;
    if (db_rows(rows) == 0)
        return error_set(err, ERROR_NOT_FOUND, "There is no container %s.", prefix);
    if (db_rows(rows) > 1)
        return error_set(err, ERROR_AMBIGUOUS,
                         "%s fits more than one container; give more digits of the id.", prefix);
    *ret_foreign = (struct foreign){
        .docker_id = copy(rows, 0, "docker_id"),
        .engine_id = copy(rows, 0, "engine_id"),
        .name = copy(rows, 0, "name"),
        .inspected = db_is_true(rows, 0, "limits_known"),
        .spec = db_json(rows, 0, "spec"),
        .power = copy(rows, 0, "power"),
    };
    return true;
}

void foreign_release(struct foreign *foreign) {
    char **texts[] = {&foreign->docker_id, &foreign->engine_id, &foreign->name, &foreign->power};
    json_put(&foreign->spec);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        mem_free_text(texts[i]);
}

void foreign_work_release(struct foreign_work *work) {
    char **texts[] = {&work->operation_id, &work->docker_id,      &work->engine_id,
                      &work->action,       &work->started_before, &work->last_error};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        mem_free_text(texts[i]);
}

bool foreign_claim(struct db *db, const char *name, int claim_s, size_t most,
                   struct foreign_work **ret_work, size_t *ret_count, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    if (!db_run(db, &sql_foreign_claim,
                DB_PARAMS(DB_TEXT(name), db_int(claim_s), db_int((int64_t)most)), &rows, err))
        return false;
    size_t count = (size_t)db_rows(rows);
    struct foreign_work *list = mem_array(count, sizeof *list);
    for (size_t k = 0; k < count; k++) {
        int i = (int)k;
        list[k] = (struct foreign_work){
            .operation_id = copy(rows, i, "operation_id"),
            .docker_id = copy(rows, i, "docker_id"),
            .engine_id = copy(rows, i, "engine_id"),
            .action = copy(rows, i, "action"),
            .started_before = copy(rows, i, "started_before"),
            .last_error = copy(rows, i, "last_error"),
            .epoch = db_int64(rows, i, "epoch", 0),
            .attempts = db_int64(rows, i, "attempts", 0),
        };
    }
    *ret_work = list;
    *ret_count = count;
    return true;
}

bool foreign_sending(struct db *db, const struct foreign_work *work, const char *started_at,
                     bool *ret_ours, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    bool ok =
        db_begin(db, err) &&
        db_run(db, &sql_foreign_sending,
               DB_PARAMS(DB_TEXT(work->operation_id), db_int(work->epoch), DB_TEXT(started_at)),
               &rows, err) &&
        db_commit(db, err);
    db_rollback(db);
    *ret_ours = ok && db_rows(rows) > 0;
    return ok;
}

bool foreign_settle(struct db *db, const struct foreign_work *work, const char *state,
                    const struct error *failure, double retry_s, bool *ret_finished,
                    struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    CLEANUP(json_put) json_t *problem = NULL;
    char retry[32];
    const char *status = retry_s >= 0 ? NULL : failure ? "failed" : "done";
    snprintf(retry, sizeof retry, "%.3f", retry_s >= 0 ? retry_s : 0);
    if (failure) {
        problem = json_object_new_object();
        json_set_text(problem, "code", error_info(failure->kind)->code);
        json_set_text(problem, "detail", failure->message);
    }
    if (!db_run(db, &sql_foreign_settle,
                DB_PARAMS(DB_TEXT(work->operation_id), db_int(work->epoch), DB_TEXT(status),
                          DB_TEXT(problem ? json_print(problem) : NULL), DB_TEXT(retry),
                          DB_TEXT(state)),
                &rows, err))
        return false;
    *ret_finished = db_is_true(rows, 0, "finished");
    return true;
}
