/* drain: see drain.h. */
#include "keeper/drain.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/control/move.h"
#include "core/store/events.h"
#include "sql/statements.h"

enum { GIVE_BACK_S = 60 };

static const char reason[] = "the engine is drained";

/* A new copy that does not come up makes way for another container's. */
static bool give_back(struct db *db, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    bool ok = db_begin(db, err) &&
              db_run(db, &sql_replacement_undo,
                     DB_PARAMS(DB_TEXT(NULL), db_int(GIVE_BACK_S), DB_TEXT("false"), DB_TEXT(NULL)),
                     &rows, err);
    for (int i = 0; ok && i < db_rows(rows); i++) {
        const struct move move = {.container_id = db_text(rows, i, "container_id"),
                                  .from = db_text(rows, i, "engine_id")};
        ok = move_block(db, &move, db_text(rows, i, "reason"), err);
    }
    ok = ok && db_commit(db, err);
    db_rollback(db);
    return ok;
}

static bool move_next(struct db *db, const struct pool *pool, size_t *ret_moved,
                      struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    bool ok = db_run(db, &sql_drain_due, NULL, 0, &rows, err);
    for (int i = 0; ok && i < db_rows(rows); i++) {
        const struct move move = {.container_id = db_text(rows, i, "id"),
                                  .from = db_text(rows, i, "engine_id"),
                                  .reason = reason,
                                  .keep_old = true};
        enum move_end end = MOVE_OVER;
        ok = move_container(db, pool, &move, &end, err);
        *ret_moved += ok && end == MOVE_DONE;
    }
    return ok;
}

static bool tell_done(struct db *db, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    bool ok = db_begin(db, err) && db_run(db, &sql_drain_done, NULL, 0, &rows, err);
    for (int i = 0; ok && i < db_rows(rows); i++) {
        char message[160];
        snprintf(message, sizeof message, "id=%s", db_text(rows, i, "id"));
        const struct event event = {.type = "engine-drained",
                                    .tag = "cluster",
                                    .message = message,
                                    .engine_id = db_text(rows, i, "id")};
        ok = event_insert(db, &event, err);
    }
    ok = ok && db_commit(db, err);
    db_rollback(db);
    return ok;
}

bool drain_pass(struct db *db, const struct pool *pool, bool go, size_t *ret_moved,
                struct error *err) {
    return db_run(db, &sql_replacement_done, NULL, 0, NULL, err) && give_back(db, err) &&
           (!go || move_next(db, pool, ret_moved, err)) && tell_done(db, err);
}
