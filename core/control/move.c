/* move: see move.h. */
#include "core/control/move.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/place.h"
#include "core/store/events.h"
#include "sql/statements.h"

enum { REASONS_MAX = 5 };

static bool tell(struct db *db, const struct move *move, const char *type, const char *to,
                 const char *reason, struct error *err) {
    CLEANUP(mem_free_text)
    char *message = mem_format("id=%s from=%s%s%s reason=%s", move->container_id, move->from,
                               to ? " to=" : "", to ? to : "", reason);
    const struct event event = {.type = type,
                                .tag = "cluster",
                                .message = message,
                                .container_id = move->container_id,
                                .engine_id = to ? to : move->from};
    return event_insert(db, &event, err);
}

static json_t *item_of(const struct move *move, const struct place_item *item) {
    json_t *row = json_object_new_object();
    json_set_text(row, "id", move->container_id);
    json_set_text(row, "engine_id", item->engine_id);
    json_set(row, "ports", json_object_get(item->ports));
    return row;
}

static bool write_down(struct db *db, const struct move *move, const struct place *place,
                       struct error *err) {
    CLEANUP(json_put) json_t *items = json_object_new_array();
    const struct place_item *item = &place->items[0];
    json_object_array_add(items, item_of(move, item));
    return db_run(db, &sql_move_containers,
                  DB_PARAMS(DB_TEXT(json_print(items)), DB_TEXT(json_print(place->record))), NULL,
                  err) &&
           db_run(db, &sql_ports_bind,
                  DB_PARAMS(DB_TEXT(move->container_id), DB_TEXT(item->engine_id),
                            DB_TEXT(json_print(item->ports))),
                  NULL, err) &&
           tell(db, move, "move-container", item->engine_id, move->reason, err);
}

/* Why none could take it; of the first engines. */
static void explain(const struct place *place, struct strbuf *why, const struct error *err) {
    strbuf_puts(why, err->message);
    for (size_t i = 0; i < place->engine_count && i < REASONS_MAX; i++)
        strbuf_addf(why, " %s: %s.", place->engines[i].id, place->engines[i].why_not);
}

/* The placement lock comes first, as in every transaction that takes both. */
static bool move_in_transaction(struct db *db, const struct pool *pool, const struct move *move,
                                enum move_end *ret_end, struct strbuf *why, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    CLEANUP(json_put) json_t *spec = NULL;
    struct place place = {0};
    char ids[80];
    snprintf(ids, sizeof ids, "{%s}", move->container_id);
    if (!db_run(db, &sql_placement_lock, NULL, 0, NULL, err) ||
        !db_run(db, &sql_move_lock, DB_PARAMS(DB_TEXT(ids), DB_TEXT(move->from)), &rows, err))
        return false;
    if (db_rows(rows) == 0) {
        *ret_end = MOVE_OVER;
        return true;
    }
    spec = db_json(rows, 0, "image");
    bool placed = place_containers(db, pool, spec, 1, NULL, move->container_id, &place, err);
    bool ok = placed && write_down(db, move, &place, err);
    if (ok)
        *ret_end = MOVE_DONE;
    if (!placed && err->kind == ERROR_NO_CAPACITY) {
        *ret_end = MOVE_BLOCKED;
        explain(&place, why, err);
        *err = (struct error){0};
        ok = true;
    }
    place_release(&place);
    return ok;
}

static bool block(struct db *db, const struct move *move, const char *why, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    bool ok = db_run(db, &sql_move_blocked,
                     DB_PARAMS(DB_TEXT(move->container_id), DB_TEXT(move->from), DB_TEXT(why)),
                     &row, err);
    bool first = ok && db_int64(row, 0, "attempts", 0) == 1;
    return ok && (!first || tell(db, move, "move-blocked", NULL, why, err));
}

bool move_container(struct db *db, const struct pool *pool, const struct move *move,
                    enum move_end *ret_end, struct error *err) {
    CLEANUP(strbuf_release) struct strbuf why = {0};
    enum move_end end = MOVE_OVER;
    bool ok = db_begin(db, err) && move_in_transaction(db, pool, move, &end, &why, err) &&
              (end != MOVE_BLOCKED || block(db, move, strbuf_text(&why), err)) &&
              db_commit(db, err);
    db_rollback(db);
    if (ok)
        *ret_end = end;
    return ok;
}
