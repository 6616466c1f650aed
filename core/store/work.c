/* work: see work.h. */
#include "core/store/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "sql/statements.h"

enum { SETTLE_TRIES = 3 };

void work_row_release(struct work_row *row) {
    char **texts[] = {&row->id,    &row->name,         &row->docker_id, &row->desired,
                      &row->state, &row->operation_id, &row->pull};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        mem_free_text(texts[i]);
    engine_access_release(&row->access);
    json_put(&row->spec);
    json_put(&row->ports);
    free(row->environment);
    row->environment = NULL;
}

static char *copy(const struct db_result *rows, int i, const char *column) {
    return mem_strdup(db_text(rows, i, column));
}

static void load_row(const struct db_result *rows, int i, struct work_row *row) {
    *row = (struct work_row){
        .id = copy(rows, i, "id"),
        .name = copy(rows, i, "name"),
        .docker_id = copy(rows, i, "docker_id"),
        .desired = copy(rows, i, "desired"),
        .state = copy(rows, i, "state"),
        .operation_id = copy(rows, i, "operation_id"),
        .pull = copy(rows, i, "pull"),
        .spec = db_json(rows, i, "image"),
        .ports = db_json(rows, i, "ports"),
        .intent_seq = db_int64(rows, i, "intent_seq", 0),
        .restart_seq = db_int64(rows, i, "restart_seq", 0),
        .restart_done = db_int64(rows, i, "restart_done", 0),
        .epoch = db_int64(rows, i, "epoch", 0),
        .generation = db_int64(rows, i, "generation", 0),
        .attempts = db_int64(rows, i, "attempts", 0),
        .exit_code = db_int64(rows, i, "exit_code", -1),
        .started = db_is_true(rows, i, "started"),
        .adopted = db_is_true(rows, i, "adopted"),
    };
    engine_access_load(&row->access, rows, i);
    engine_access_load_registry(&row->access, rows, i);
    row->engine_id = row->access.id;
    row->engine_addr = row->access.addr;
    row->api_version = row->access.api_version;
    row->environment = db_bytes(rows, i, "environment", &row->environment_len);
}

/* Postgres array text of the ids in `rows`; ids have no quotes or backslashes (engine ids are
 * checked). */
static void id_array(const struct db_result *rows, struct strbuf *array) {
    for (int i = 0; i < db_rows(rows); i++)
        strbuf_addf(array, "%c\"%s\"", i ? ',' : '{', db_text(rows, i, "id"));
    strbuf_putc(array, '}');
}

/* Two statements: the engines' rows are locked in the first, so that the second counts claims that
 * no other executor can change meanwhile. */
static bool claim(struct db *db, const char *name, int claim_s, int64_t engine_cap, size_t most,
                  struct db_result **ret_rows, struct error *err) {
    CLEANUP(db_result_free) struct db_result *engines = NULL;
    CLEANUP(strbuf_release) struct strbuf ids = {0};
    if (!db_run(db, &sql_work_engines, NULL, 0, &engines, err))
        return false;
    if (db_rows(engines) == 0)
        return true;
    id_array(engines, &ids);
    return db_run(db, &sql_work_claim,
                  DB_PARAMS(DB_TEXT(strbuf_text(&ids)), DB_TEXT(name), db_int(claim_s),
                            db_int(engine_cap), db_int((int64_t)most)),
                  ret_rows, err);
}

bool work_claim(struct db *db, const char *name, int claim_s, int64_t engine_cap, size_t most,
                struct work_row **ret_rows, size_t *ret_count, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    bool ok = db_begin(db, err) && claim(db, name, claim_s, engine_cap, most, &rows, err) &&
              db_commit(db, err);
    db_rollback(db);
    if (!ok)
        return false;
    size_t count = rows ? (size_t)db_rows(rows) : 0;
    struct work_row *list = mem_array(count, sizeof *list);
    for (size_t i = 0; i < count; i++)
        load_row(rows, (int)i, &list[i]);
    *ret_rows = list;
    *ret_count = count;
    return true;
}

bool work_renew(struct db *db, const char *name, int claim_s, const char *ids, struct error *err) {
    return db_run(db, &sql_work_renew, DB_PARAMS(DB_TEXT(name), db_int(claim_s), DB_TEXT(ids)),
                  NULL, err);
}

bool work_release(struct db *db, const char *name, struct error *err) {
    return db_run(db, &sql_work_release, DB_PARAMS(DB_TEXT(name)), NULL, err);
}

bool work_settle(struct db *db, const struct work_row *row, const struct work_outcome *outcome,
                 bool *ret_finished, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    CLEANUP(json_put) json_t *problem = NULL;
    char retry[32];
    struct db_param exit_code = outcome->exit_code < 0 ? DB_TEXT(NULL) : db_int(outcome->exit_code);
    snprintf(retry, sizeof retry, "%.3f", outcome->retry_s);
    if (outcome->error) {
        problem = json_object_new_object();
        json_set_text(problem, "code", error_info(outcome->kind)->code);
        json_set_text(problem, "detail", outcome->error);
    }
    const struct db_param params[] = {
        DB_TEXT(row->id),
        db_int(row->epoch),
        db_int(row->intent_seq),
        DB_TEXT(row->operation_id),
        DB_TEXT(outcome->state),
        DB_TEXT(outcome->docker_id),
        exit_code,
        db_int(row->restart_done),
        DB_TEXT(outcome->error),
        DB_TEXT(outcome->desired),
        DB_TEXT(outcome->retry_s < 0 ? NULL : retry),
        DB_TEXT(outcome->item),
        DB_TEXT(problem ? json_print(problem) : NULL),
        DB_TEXT(outcome->untouched ? "true" : "false"),
    };
    /* A transaction of its own: what a deadlock with others' links has undone is said again. */
    for (int tries = 1; !db_run(db, &sql_work_settle, params, ARRAY_LEN(params), &rows, err);
         tries++)
        if (!db_lock_missed(db) || tries == SETTLE_TRIES)
            return false;
    *ret_finished = db_is_true(rows, 0, "finished");
    return true;
}

bool work_progress(struct db *db, const struct work_row *const *rows, size_t count,
                   const char *progress, bool *ret_wanted, struct error *err) {
    CLEANUP(db_result_free) struct db_result *wanted = NULL;
    CLEANUP(strbuf_release) struct strbuf ids = {0};
    CLEANUP(strbuf_release) struct strbuf epochs = {0};
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(&ids, "%c%s", i ? ',' : '{', rows[i]->id);
        strbuf_addf(&epochs, "%c%lld", i ? ',' : '{', (long long)rows[i]->epoch);
    }
    strbuf_puts(&ids, count ? "}" : "{}");
    strbuf_puts(&epochs, count ? "}" : "{}");
    if (!db_run(db, &sql_pull_progress,
                DB_PARAMS(DB_TEXT(strbuf_text(&ids)), DB_TEXT(strbuf_text(&epochs)),
                          DB_TEXT(progress)),
                &wanted, err))
        return false;
    for (size_t i = 0; ret_wanted && i < count; i++) {
        ret_wanted[i] = false;
        for (int k = 0; k < db_rows(wanted) && !ret_wanted[i]; k++)
            ret_wanted[i] = strcmp(db_text(wanted, k, "id"), rows[i]->id) == 0;
    }
    return true;
}
