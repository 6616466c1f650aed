/* place: see place.h. */
#include "core/control/place.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/explain.h"
#include "core/control/place_parts.h"
#include "sql/statements.h"

static bool listed(json_t *list, const char *word) {
    for (size_t i = 0; i < json_len(list); i++)
        if (strcmp(json_object_get_string(json_at(list, i)), word) == 0)
            return true;
    return false;
}

static bool names_ports(json_t *ports) {
    for (size_t i = 0; i < json_len(ports); i++)
        if (json_get_int(json_at(ports, i), "port", 0) > 0)
            return true;
    return false;
}

/* How many of an item's ports berth has to choose. */
static size_t unnamed(json_t *ports) {
    size_t n = 0;
    for (size_t i = 0; i < json_len(ports); i++)
        n += json_get_int(json_at(ports, i), "port", 0) == 0;
    return n;
}

static bool load(struct db *db, const struct pool *pool, json_t *spec, json_t *tried,
                 const char *self, struct place *place, struct error *err) {
    enum spec_type type = spec_type(spec);
    const char *unique =
        type == SPEC_UNIQUE || type == SPEC_MULTI ? json_get_text(spec, "name", "") : NULL;
    json_t *ports = json_get_array(spec, "bind_ports");
    if (!db_run(db, &sql_placement_engines,
                DB_PARAMS(DB_TEXT(unique), DB_TEXT(ports ? json_print(ports) : "[]"), DB_TEXT(self),
                          db_int(pool->config->port_first), db_int(pool->config->port_last)),
                &place->rows, err))
        return false;
    place->engine_count = (size_t)db_rows(place->rows);
    place->engines = mem_array(place->engine_count, sizeof *place->engines);
    for (size_t i = 0; i < place->engine_count; i++) {
        int row = (int)i;
        place->engines[i] = (struct placement_engine){
            .id = db_text(place->rows, row, "id"),
            .live = db_is_true(place->rows, row, "live"),
            .draining = db_is_true(place->rows, row, "draining"),
            .down_reason = db_text(place->rows, row, "reason"),
            .excluded = listed(tried, db_text(place->rows, row, "id")),
            .cpu_milli = db_int64(place->rows, row, "cpu_milli", 0),
            .memory_mb = db_int64(place->rows, row, "memory_mb", 0),
            .used_cpu_milli = db_int64(place->rows, row, "used_cpu_milli", 0),
            .used_memory_mb = db_int64(place->rows, row, "used_memory_mb", 0),
            .containers = db_int64(place->rows, row, "containers", 0),
            .labels = db_json(place->rows, row, "labels"),
            .has_image = db_is_true(place->rows, row, "has_image"),
            .ports_left = db_int64(place->rows, row, "ports_left", 0),
            .port_taken = db_text(place->rows, row, "port_taken"),
        };
        if (place->only_engine && strcmp(place->only_engine, place->engines[i].id) != 0)
            place->engines[i].apart = place->only_why;
    }
    return true;
}

bool place_load_engines(struct db *db, const struct pool *pool, json_t *spec, json_t *tried,
                        const char *self, struct place *place, struct error *err) {
    return db_run(db, &sql_placement_lock, NULL, 0, NULL, err) &&
           load(db, pool, spec, tried, self, place, err);
}

bool place_look(struct db *db, const struct pool *pool, json_t *spec, struct place *place,
                struct error *err) {
    return load(db, pool, spec, NULL, NULL, place, err);
}

struct placement_request place_request(const struct pool *pool, json_t *spec, size_t count) {
    return (struct placement_request){
        .cpu_milli = spec_cpu_milli(spec),
        .memory_mb = spec_memory_mb(spec),
        .type = spec_type(spec),
        .labels = json_get_array(spec, "labels"),
        .names_ports = names_ports(json_get_array(spec, "bind_ports")),
        .ports = (int64_t)unnamed(json_get_array(spec, "bind_ports")),
        .count = count,
        .weight_cpu = pool->config->weight_cpu,
        .weight_memory = pool->config->weight_memory,
        .overcommit = pool->config->overcommit,
    };
}

/* Ask for free ports besides those named in `ports`: `engines` and `counts` as Postgres array
 * texts. */
static bool free_ports(struct db *db, const struct pool *pool, const struct strbuf *engines,
                       const struct strbuf *counts, json_t *ports, struct db_result **ret,
                       struct error *err) {
    CLEANUP(strbuf_release) struct strbuf named = {0};
    strbuf_putc(&named, '{');
    for (size_t i = 0; i < json_len(ports); i++) {
        int64_t port = json_get_int(json_at(ports, i), "port", 0);
        if (port > 0)
            strbuf_addf(&named, "%s%" PRId64, named.len > 1 ? "," : "", port);
    }
    strbuf_putc(&named, '}');
    return db_run(db, &sql_placement_ports,
                  DB_PARAMS(DB_TEXT(strbuf_text(engines)), DB_TEXT(strbuf_text(counts)),
                            db_int(pool->config->port_first), db_int(pool->config->port_last),
                            DB_TEXT(strbuf_text(&named))),
                  ret, err);
}

/* Fill the zeros in `ports` with the next ports that `rows` has for the engine, from row *at on. */
static bool assign_ports(json_t *ports, const struct db_result *rows, const char *engine_id,
                         int *at, struct error *err) {
    for (size_t i = 0; i < json_len(ports); i++) {
        json_t *port = json_at(ports, i);
        if (json_get_int(port, "port", 0) != 0)
            continue;
        while (*at < db_rows(rows) && strcmp(db_text(rows, *at, "engine_id"), engine_id) != 0)
            ++*at;
        if (*at == db_rows(rows))
            return error_set(err, ERROR_NO_CAPACITY, "Engine %s has no free host port left.",
                             engine_id);
        json_set_int(port, "port", db_int64(rows, (*at)++, "port", 0));
    }
    return true;
}

/* One query for the ports of the whole batch, engine by engine. */
static bool choose_ports(struct db *db, const struct pool *pool, struct place *place,
                         const size_t *choice, json_t *ports, struct error *err) {
    size_t each = unnamed(ports);
    CLEANUP(strbuf_release) struct strbuf engines = {0}, counts = {0};
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    if (each == 0)
        return true;
    for (size_t e = 0; e < place->engine_count; e++) {
        size_t n = 0;
        for (size_t i = 0; i < place->count; i++)
            n += choice[i] == e;
        if (n == 0)
            continue;
        strbuf_putc(&engines, engines.len ? ',' : '{');
        strbuf_addf(&engines, "\"%s\"", place->engines[e].id);
        strbuf_addf(&counts, "%c%zu", counts.len ? ',' : '{', n * each);
    }
    strbuf_putc(&engines, '}');
    strbuf_putc(&counts, '}');
    bool ok = free_ports(db, pool, &engines, &counts, ports, &rows, err);
    for (size_t e = 0; ok && e < place->engine_count; e++) {
        int at = 0;
        for (size_t i = 0; ok && i < place->count; i++)
            if (choice[i] == e)
                ok = assign_ports(place->items[i].ports, rows, place->engines[e].id, &at, err);
    }
    return ok;
}

bool place_containers(struct db *db, const struct pool *pool, json_t *spec, size_t count,
                      json_t *tried, const char *self, struct place *place, struct error *err) {
    json_t *ports = json_get_array(spec, "bind_ports");
    struct placement_request request = place_request(pool, spec, count);
    *place = (struct place){.only_engine = place->only_engine,
                            .only_why = place->only_why,
                            .count = count,
                            .items = mem_array(count, sizeof *place->items)};
    if (!place_load_engines(db, pool, spec, tried, self, place, err))
        return false;
    size_t *choice = mem_array(count, sizeof *choice);
    struct placement_engine *before = mem_array(place->engine_count, sizeof *before);
    if (place->engine_count > 0)
        memcpy(before, place->engines, place->engine_count * sizeof *before);
    bool ok = placement_choose(place->engines, place->engine_count, &request, choice, err);
    for (size_t i = 0; ok && i < count; i++) {
        place->items[i].engine_id = place->engines[choice[i]].id;
        place->items[i].ports = ports ? json_copy(ports) : json_object_new_array();
    }
    ok = ok && choose_ports(db, pool, place, choice, ports, err);
    if (ok)
        place->record = explain_record(before, place->engine_count, &request, choice);
    free(before);
    free(choice);
    return ok;
}

bool place_fits(struct db *db, const struct pool *pool, json_t *spec, const char *engine_id,
                const char *self, struct error *err) {
    struct place place = {0};
    struct placement_request request = place_request(pool, spec, 1);
    size_t choice = 0;
    bool ok = place_load_engines(db, pool, spec, NULL, self, &place, err);
    request.type = SPEC_SERVICE; /* it is there already: only room counts */
    request.labels = NULL;
    request.names_ports = false;
    request.ports = 0;
    for (size_t i = 0; ok && i < place.engine_count; i++) {
        struct placement_engine *engine = &place.engines[i];
        if (strcmp(engine->id, engine_id) != 0)
            continue;
        engine->live = true; /* whether it can be reached shows when it is called */
        engine->draining = false;
        engine->port_taken = NULL;
        ok = placement_choose(engine, 1, &request, &choice, NULL) ||
             error_set(err, ERROR_NO_CAPACITY, "Engine %s: %s.", engine_id, engine->why_not);
    }
    place_release(&place);
    return ok;
}

bool place_ports(struct db *db, const struct pool *pool, const char *engine_id, json_t *ports,
                 struct error *err) {
    CLEANUP(strbuf_release) struct strbuf engines = {0}, counts = {0};
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    int at = 0;
    strbuf_addf(&engines, "{\"%s\"}", engine_id);
    strbuf_addf(&counts, "{%zu}", unnamed(ports));
    return db_run(db, &sql_placement_lock, NULL, 0, NULL, err) &&
           free_ports(db, pool, &engines, &counts, ports, &rows, err) &&
           assign_ports(ports, rows, engine_id, &at, err);
}

bool place_ports_together(struct db *db, const struct pool *pool, struct place *place,
                          struct error *err) {
    CLEANUP(json_put) json_t *all = json_object_new_array();
    const char *engine_id = place->items[0].engine_id;
    for (size_t i = 0; i < place->count; i++)
        for (size_t k = 0; k < json_len(place->items[i].ports); k++)
            json_object_array_add(all, json_object_get(json_at(place->items[i].ports, k)));
    return unnamed(all) == 0 || place_ports(db, pool, engine_id, all, err);
}

void place_release(struct place *place) {
    for (size_t i = 0; i < place->count; i++)
        json_put(&place->items[i].ports);
    for (size_t i = 0; i < place->engine_count; i++)
        json_put(&place->engines[i].labels);
    json_put(&place->record);
    free(place->items);
    free(place->engines);
    db_result_free(&place->rows);
    *place = (struct place){0};
}

json_t *place_reasons(const struct place *place) {
    json_t *list = json_object_new_array();
    for (size_t i = 0; i < place->engine_count; i++) {
        json_t *entry = json_object_new_object();
        json_set_text(entry, "id", place->engines[i].id);
        json_set_text(entry, "reason", place->engines[i].why_not);
        json_object_array_add(list, entry);
    }
    return list;
}
