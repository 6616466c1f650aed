/* move: see move.h. */
#include "core/control/move.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/links.h"
#include "core/control/unit.h"
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

static json_t *items_of(const struct unit *unit, const struct place *place) {
    json_t *items = json_object_new_array();
    for (size_t i = 0; i < unit->count; i++) {
        json_t *row = json_object_new_object();
        json_set_text(row, "id", unit->members[i].id);
        json_set_text(row, "engine_id", place->items[i].engine_id);
        json_set(row, "ports", json_object_get(place->items[i].ports));
        json_object_array_add(items, row);
    }
    return items;
}

static bool write_down(struct db *db, const struct move *move, const struct unit *unit,
                       const struct place *place, struct error *err) {
    CLEANUP(json_put) json_t *items = items_of(unit, place);
    bool ok = db_run(db, &sql_move_containers,
                     DB_PARAMS(DB_TEXT(json_print(items)), DB_TEXT(json_print(place->record)),
                               DB_TEXT(move->keep_old ? "true" : "false")),
                     NULL, err);
    for (size_t i = 0; ok && i < unit->count; i++) {
        const struct place_item *item = &place->items[i];
        struct move member = *move;
        member.container_id = unit->members[i].id;
        ok = db_run(db, &sql_ports_bind,
                    DB_PARAMS(DB_TEXT(member.container_id), DB_TEXT(item->engine_id),
                              DB_TEXT(json_print(item->ports))),
                    NULL, err) &&
             tell(db, &member, "move-container", item->engine_id, move->reason, err);
    }
    return ok;
}

/* Why none could take it; of the first engines. */
static void explain(const struct place *place, const struct move *move, struct strbuf *why,
                    const struct error *err) {
    strbuf_puts(why, err->message);
    for (size_t i = 0, n = 0; i < place->engine_count && n < REASONS_MAX; i++) {
        if (strcmp(place->engines[i].id, move->from) == 0)
            continue;
        n++;
        strbuf_addf(why, " %s: %s.", place->engines[i].id, place->engines[i].why_not);
    }
}

/* Is the whole unit still to be had, and may it leave? */
static bool lock_unit(struct db *db, const struct move *move, const struct unit *unit,
                      enum move_end *ret_end, struct strbuf *why, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    CLEANUP(strbuf_release) struct strbuf ids = {0};
    bool wanted = false;
    for (size_t i = 0; i < unit->count; i++)
        strbuf_addf(&ids, "%c%s", i ? ',' : '{', unit->members[i].id);
    strbuf_puts(&ids, unit->count ? "}" : "{}");
    if (!db_run(db, &sql_move_lock, DB_PARAMS(DB_TEXT(strbuf_text(&ids)), DB_TEXT(move->from)),
                &rows, err))
        return false;
    *ret_end = MOVE_DONE;
    for (int i = 0; i < db_rows(rows); i++) {
        const char *id = db_text(rows, i, "id");
        wanted |= strcmp(id, move->container_id) == 0 &&
                  strcmp(db_text(rows, i, "desired"), "running") == 0;
        if (db_is_true(rows, i, "stays")) {
            *ret_end = MOVE_BLOCKED;
            strbuf_addf(why, "Its links join it with %.12s, whose reschedule policy is never.", id);
        }
    }
    if (!wanted || (size_t)db_rows(rows) != unit->count)
        *ret_end = MOVE_OVER;
    return true;
}

/* Whoever lacks what it is linked to starts nowhere else, and runs on where it is. */
static bool links_hold(struct db *db, const struct unit *unit, struct error *err) {
    bool ok = true, ready;
    for (size_t i = 0; ok && i < unit->count; i++)
        ok =
            !unit->members[i].running || links_ready(db, unit->members[i].spec, false, &ready, err);
    return ok;
}

static bool place_unit(struct db *db, const struct pool *pool, const struct move *move,
                       const struct unit *unit, enum move_end *ret_end, struct strbuf *why,
                       struct error *err) {
    CLEANUP(json_put) json_t *left = json_object_new_array();
    struct place place = {0};
    json_object_array_add(left, json_object_new_string(move->from));
    bool placed = unit_place(db, pool, unit, left, &place, err);
    bool ok = placed && write_down(db, move, unit, &place, err);
    if (!placed && err->kind == ERROR_NO_CAPACITY) {
        *ret_end = MOVE_BLOCKED;
        explain(&place, move, why, err);
        *err = (struct error){0};
        ok = true;
    }
    place_release(&place);
    return ok;
}

/* The placement lock comes first, as in every transaction that takes both. */
static bool move_in_transaction(struct db *db, const struct pool *pool, const struct move *move,
                                enum move_end *ret_end, struct strbuf *why, struct error *err) {
    CLEANUP(unit_release) struct unit unit = {0};
    return db_run(db, &sql_placement_lock, NULL, 0, NULL, err) &&
           unit_load(db, move->container_id, &unit, err) &&
           lock_unit(db, move, &unit, ret_end, why, err) &&
           (*ret_end != MOVE_DONE ||
            (links_hold(db, &unit, err) && place_unit(db, pool, move, &unit, ret_end, why, err)));
}

bool move_block(struct db *db, const struct move *move, const char *why, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    bool ok = db_run(db, &sql_move_blocked,
                     DB_PARAMS(DB_TEXT(move->container_id), DB_TEXT(move->from), DB_TEXT(why)),
                     &row, err);
    bool first = ok && db_int64(row, 0, "attempts", 0) == 1;
    return ok && (!first || tell(db, move, "move-blocked", NULL, why, err));
}

/* What is wrong with one of them keeps no other one waiting. */
static bool put_off(struct db *db, const struct move *move, struct error *err) {
    const struct error why = *err;
    *err = (struct error){0};
    bool ok = db_begin(db, err) && move_block(db, move, why.message, err) && db_commit(db, err);
    db_rollback(db);
    return ok;
}

bool move_container(struct db *db, const struct pool *pool, const struct move *move,
                    enum move_end *ret_end, struct error *err) {
    CLEANUP(strbuf_release) struct strbuf why = {0};
    enum move_end end = MOVE_OVER;
    bool ok = db_begin(db, err) && move_in_transaction(db, pool, move, &end, &why, err) &&
              (end != MOVE_BLOCKED || move_block(db, move, strbuf_text(&why), err)) &&
              db_commit(db, err);
    db_rollback(db);
    if (!ok && err->kind != ERROR_UNAVAILABLE) {
        end = MOVE_BLOCKED;
        ok = put_off(db, move, err);
    }
    if (ok)
        *ret_end = end;
    return ok;
}
