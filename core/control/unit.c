/* unit: see unit.h. */
#include "core/control/unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/explain.h"
#include "core/control/place_parts.h"
#include "sql/statements.h"

bool unit_load(struct db *db, const char *id, struct unit *unit, struct error *err) {
    *unit = (struct unit){0};
    if (!db_run(db, &sql_unit_members, DB_PARAMS(DB_TEXT(id)), &unit->rows, err))
        return false;
    unit->count = (size_t)db_rows(unit->rows);
    unit->members = mem_array(unit->count, sizeof *unit->members);
    for (size_t i = 0; i < unit->count; i++) {
        int row = (int)i;
        unit->members[i] = (struct unit_member){
            .id = db_text(unit->rows, row, "id"),
            .name = db_text(unit->rows, row, "name"),
            .engine_id = db_text(unit->rows, row, "engine_id"),
            .docker_id = db_text(unit->rows, row, "docker_id"),
            .spec = db_json(unit->rows, row, "image"),
            .running = strcmp(db_text(unit->rows, row, "desired"), "running") == 0,
            .started = db_is_true(unit->rows, row, "started"),
        };
    }
    return true;
}

void unit_release(struct unit *unit) {
    for (size_t i = 0; i < unit->count; i++)
        json_put(&unit->members[i].spec);
    free(unit->members);
    db_result_free(&unit->rows);
    *unit = (struct unit){0};
}

/* Do two members ask for the same host port by number? */
static bool clash(json_t *a, json_t *b) {
    json_t *ports_a = json_get_array(a, "bind_ports"), *ports_b = json_get_array(b, "bind_ports");
    for (size_t i = 0; i < json_len(ports_a); i++)
        for (size_t k = 0; k < json_len(ports_b); k++)
            if (spec_ports_collide(json_at(ports_a, i), json_at(ports_b, k)))
                return true;
    return false;
}

/* The members as requests to one engine. One that is not meant to run needs its ports only. */
static struct placement_request *requests_of(const struct pool *pool, const struct unit *unit) {
    struct placement_request *requests = mem_array(unit->count, sizeof *requests);
    for (size_t i = 0; i < unit->count; i++) {
        requests[i] = place_request(pool, unit->members[i].spec, 1);
        requests[i].image = json_get_text(unit->members[i].spec, "name", "");
        if (!unit->members[i].running)
            requests[i].cpu_milli = requests[i].memory_mb = 0;
        for (size_t k = 0; k < i; k++)
            requests[i].names_taken |= clash(unit->members[i].spec, unit->members[k].spec);
    }
    return requests;
}

/* What each engine is to each member: only the image and the named ports differ. */
static bool load_views(struct db *db, const struct pool *pool, const struct unit *unit,
                       json_t *tried, struct place *views, struct error *err) {
    for (size_t i = 0; i < unit->count; i++)
        if (!place_load_engines(db, pool, unit->members[i].spec, tried, unit->members[i].id,
                                &views[i], err))
            return false;
    return true;
}

static bool choose(const struct unit *unit, struct place *views,
                   const struct placement_request *requests, size_t *ret_choice,
                   struct error *err) {
    struct placement_engine **engines = mem_array(unit->count, sizeof *engines);
    for (size_t i = 0; i < unit->count; i++)
        engines[i] = views[i].engines;
    bool ok = placement_choose_unit(engines, views[0].engine_count, requests, unit->count,
                                    ret_choice, err);
    free(engines);
    return ok;
}

bool unit_place(struct db *db, const struct pool *pool, const struct unit *unit, json_t *tried,
                struct place *place, struct error *err) {
    struct place *views = mem_array(unit->count, sizeof *views);
    struct placement_request *requests = requests_of(pool, unit);
    struct placement_request whole = {0};
    size_t choice = 0;
    *place = (struct place){0};
    if (unit->count == 0)
        error_set(err, ERROR_NOT_FOUND, "There is no such container.");
    bool ok = unit->count > 0 && load_views(db, pool, unit, tried, views, err);
    if (ok) {
        ok = choose(unit, views, requests, &choice, err);
        *place = views[0]; /* the reasons are in it */
        views[0] = (struct place){0};
        place->count = unit->count;
        place->items = mem_array(unit->count, sizeof *place->items);
    }
    for (size_t i = 0; ok && i < unit->count; i++) {
        json_t *ports = json_get_array(unit->members[i].spec, "bind_ports");
        place->items[i] =
            (struct place_item){.engine_id = place->engines[choice].id,
                                .ports = ports ? json_copy(ports) : json_object_new_array()};
    }
    ok = ok && place_ports_together(db, pool, place, err);
    if (ok) {
        whole = placement_whole(requests, unit->count);
        place->record = explain_record(place->engines, place->engine_count, &whole, &choice);
    }
    for (size_t i = 0; i < unit->count; i++)
        place_release(&views[i]);
    free(views);
    free(requests);
    return ok;
}
