/* intent_cancel: taking back what an operation has not yet brought about; see intent.h. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/intent.h"
#include "core/control/place.h"
#include "sql/statements.h"

/* The items of an operation, sorted into those to undo and those that go on. */
struct plan {
    struct strbuf undo; /* Postgres array text of ids */
    json_t *notes;      /* [{"id", "note"}] */
};

static void plan_release(struct plan *plan) {
    strbuf_release(&plan->undo);
    json_put(&plan->notes);
}

static bool undo(const struct intent_client *client, const char *operation_id, const char *ids,
                 struct error *err) {
    return db_run(client->db, &sql_operation_cancel_undo,
                  DB_PARAMS(DB_TEXT(operation_id), DB_TEXT(ids)), NULL, err);
}

static void leave_alone(struct plan *plan, const char *id, const char *note) {
    json_t *entry = json_object_new_object();
    json_set_text(entry, "id", id);
    json_set_text(entry, "note", note);
    json_object_array_add(plan->notes, entry);
}

/* Is there still room for the reservation that comes back? *ret_room with the reason in `why`. */
static bool has_room(const struct intent_client *client, const struct db_result *rows, int i,
                     bool *ret_room, struct error *why, struct error *err) {
    CLEANUP(json_put) json_t *spec = db_json(rows, i, "image");
    const char *engine_id = db_text(rows, i, "engine_id");
    *ret_room = true;
    if (!engine_id || !db_is_true(rows, i, "needs_room") ||
        place_fits(client->db, client->pool, spec, engine_id, db_text(rows, i, "id"), why))
        return true;
    *ret_room = false;
    if (why->kind == ERROR_NO_CAPACITY)
        return true;
    *err = *why;
    return false;
}

/* One that takes its reservation back is undone at once, so that the next is measured against it;
 * the others together. */
static bool plan_item(const struct intent_client *client, const char *operation_id,
                      const struct db_result *rows, int i, struct plan *plan,
                      struct intent_cancelled *cancelled, struct error *err) {
    const char *id = db_text(rows, i, "id");
    struct error why = {0};
    char one[80];
    bool room = true;
    if (!db_is_true(rows, i, "undoable")) {
        leave_alone(plan, id, "It had begun when the operation was cancelled.");
        cancelled->left_alone++;
        return true;
    }
    if (!has_room(client, rows, i, &room, &why, err))
        return false;
    if (!room) {
        error_wrap(&why, "It could not be taken back");
        leave_alone(plan, id, why.message);
        cancelled->left_alone++;
        return true;
    }
    cancelled->undone++;
    if (!db_is_true(rows, i, "needs_room")) {
        strbuf_addf(&plan->undo, "%c%s", plan->undo.len ? ',' : '{', id);
        return true;
    }
    snprintf(one, sizeof one, "{%s}", id);
    return undo(client, operation_id, one, err);
}

static bool carry_out(const struct intent_client *client, const char *operation_id,
                      struct plan *plan, struct error *err) {
    if (plan->undo.len) {
        strbuf_putc(&plan->undo, '}');
        if (!undo(client, operation_id, strbuf_text(&plan->undo), err))
            return false;
    }
    return json_len(plan->notes) == 0 ||
           db_run(client->db, &sql_operation_cancel_note,
                  DB_PARAMS(DB_TEXT(operation_id), DB_TEXT(json_print(plan->notes))), NULL, err);
}

static bool cancel_items(const struct intent_client *client, const char *operation_id,
                         struct intent_cancelled *cancelled, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct plan plan = {.notes = json_object_new_array()};
    bool ok = db_run(client->db, &sql_operation_cancel_items, DB_PARAMS(DB_TEXT(operation_id)),
                     &rows, err);
    for (int i = 0; ok && i < db_rows(rows); i++)
        ok = plan_item(client, operation_id, rows, i, &plan, cancelled, err);
    ok = ok && carry_out(client, operation_id, &plan, err);
    plan_release(&plan);
    return ok;
}

/* Of a container that is not the pool's: one item at most. */
static bool cancel_foreign(const struct intent_client *client, const char *operation_id,
                           struct intent_cancelled *cancelled, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    if (!db_run(client->db, &sql_foreign_cancel, DB_PARAMS(DB_TEXT(operation_id)), &rows, err))
        return false;
    for (int i = 0; i < db_rows(rows); i++)
        *(db_is_true(rows, i, "undone") ? &cancelled->undone : &cancelled->left_alone) += 1;
    return true;
}

static bool load(const struct intent_client *client, const char *operation_id,
                 struct db_result **ret_row, struct error *err) {
    db_result_free(ret_row);
    if (!db_run(client->db, &sql_operation_get, DB_PARAMS(DB_TEXT(operation_id)), ret_row, err))
        return false;
    return db_rows(*ret_row) > 0 ||
           error_set(err, ERROR_NOT_FOUND, "There is no operation %s.", operation_id);
}

/* The locks in the order of all transactions that take several: group, placement, containers. */
static bool lock(const struct intent_client *client, const char *operation_id, const char *group,
                 struct error *err) {
    return (!group || db_run(client->db, &sql_group_lock, DB_PARAMS(DB_TEXT(group)), NULL, err)) &&
           db_run(client->db, &sql_placement_lock, NULL, 0, NULL, err) &&
           db_run(client->db, &sql_operation_cancel_lock, DB_PARAMS(DB_TEXT(operation_id)), NULL,
                  err);
}

static bool cancel_in_transaction(const struct intent_client *client, const char *operation_id,
                                  struct intent_cancelled *cancelled, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    char message[200];
    if (!load(client, operation_id, &row, err) ||
        !lock(client, operation_id, db_text(row, 0, "group_hash"), err) ||
        !load(client, operation_id, &row, err))
        return false;
    cancelled->ended = db_is_true(row, 0, "finished");
    if (!cancelled->ended && (!cancel_items(client, operation_id, cancelled, err) ||
                              !cancel_foreign(client, operation_id, cancelled, err) ||
                              !load(client, operation_id, &row, err)))
        return false;
    snprintf(cancelled->state, sizeof cancelled->state, "%s", db_text(row, 0, "state"));
    if (cancelled->undone + cancelled->left_alone == 0)
        return true;
    snprintf(message, sizeof message, "id=%.32s type=%.40s undone=%zu left-alone=%zu", operation_id,
             db_text(row, 0, "type"), cancelled->undone, cancelled->left_alone);
    return intent_event(client, "cancel-operation", NULL, message, err);
}

bool intent_cancel(const struct intent_client *client, const char *operation_id,
                   struct intent_cancelled *cancelled, struct error *err) {
    *cancelled = (struct intent_cancelled){0};
    bool ok = db_begin(client->db, err) &&
              cancel_in_transaction(client, operation_id, cancelled, err) &&
              db_commit(client->db, err);
    db_rollback(client->db);
    return ok;
}
