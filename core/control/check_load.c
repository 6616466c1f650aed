/* check_load: see check_load.h. */
#include "core/control/check_load.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "sql/statements.h"

static int by_id(const void *key, const void *element) {
    return strcmp(key, ((const struct placement_engine *)element)->id);
}

/* The engines come in the order of their ids. */
static bool engine_index(const struct check *check, const char *id, size_t *ret_index) {
    const struct placement_engine *found =
        check->engine_count
            ? bsearch(id, check->engines, check->engine_count, sizeof *check->engines, by_id)
            : NULL;
    if (found)
        *ret_index = (size_t)(found - check->engines);
    return found != NULL;
}

static const char *why_stays(const struct db_result *rows, int i, enum spec_type type) {
    if (type == SPEC_HOST)
        return "its type host pins it to the engine";
    if (db_is_true(rows, i, "moves"))
        return NULL;
    return db_is_true(rows, i, "volumes") ? "it has volumes, and reschedule is never"
                                          : "its reschedule is never";
}

/* Those with a number. */
static json_t *named_ports(json_t *ports) {
    json_t *named = NULL;
    for (size_t i = 0; i < json_len(ports); i++) {
        json_t *port = json_at(ports, i);
        if (json_get_int(port, "port", 0) <= 0)
            continue;
        if (!named)
            named = json_object_new_array();
        json_object_array_add(named, json_object_get(port));
    }
    return named;
}

static struct check_container load_container(const struct pool *pool, const struct db_result *rows,
                                             int i) {
    CLEANUP(json_put) json_t *spec = json_object_new_object();
    json_set_text(spec, "type", db_text(rows, i, "type"));
    json_set(spec, "bind_ports", db_json(rows, i, "bind_ports"));
    json_set(spec, "labels", db_json(rows, i, "labels"));
    struct check_container container = {
        .id = db_text(rows, i, "id"),
        .name = db_text(rows, i, "name"),
        .image = db_text(rows, i, "image"),
        .request = place_request(pool, spec, 1),
        .ports = named_ports(json_get_array(spec, "bind_ports")),
        .links = db_json(rows, i, "links"),
        .unit = (size_t)i,
        .left_out = db_is_true(rows, i, "left_out"),
    };
    container.request.cpu_milli = db_int64(rows, i, "cpu_milli", 0);
    container.request.memory_mb = db_int64(rows, i, "memory_mb", 0);
    container.request.labels = json_object_get(json_get_array(spec, "labels"));
    container.request.image = container.image;
    container.stays = why_stays(rows, i, container.request.type);
    return container;
}

static void load_containers(struct check *check, const struct pool *pool) {
    size_t engine = 0, next = 0;
    check->container_count = (size_t)db_rows(check->rows);
    check->containers = mem_array(check->container_count, sizeof *check->containers);
    for (size_t i = 0; i < check->container_count; i++) {
        struct check_container *container = &check->containers[i];
        *container = load_container(pool, check->rows, (int)i);
        if (engine_index(check, db_text(check->rows, (int)i, "engine_id"), &engine)) {
            while (next <= engine)
                check->first_container[next++] = i;
            if (container->left_out) {
                check->engines[engine].used_cpu_milli -= container->request.cpu_milli;
                check->engines[engine].used_memory_mb -= container->request.memory_mb;
                check->engines[engine].containers--;
            }
        }
    }
    while (next <= check->engine_count)
        check->first_container[next++] = check->container_count;
}

static bool links_to(const struct check_container *a, const struct check_container *b) {
    for (size_t i = 0; i < json_len(a->links); i++)
        if (strcmp(json_object_get_string(json_at(a->links, i)), b->name) == 0)
            return true;
    return false;
}

/* Members of a unit are on one engine; the first of them names it. */
static void join_units(struct check *check, size_t first, size_t end) {
    for (size_t i = first; i < end; i++) {
        for (size_t k = first; check->containers[i].links && k < end; k++) {
            size_t a = check->containers[i].unit, b = check->containers[k].unit;
            if (a == b || !links_to(&check->containers[i], &check->containers[k]))
                continue;
            for (size_t m = first; m < end; m++)
                if (check->containers[m].unit == (a > b ? a : b))
                    check->containers[m].unit = a < b ? a : b;
        }
    }
}

static int by_container_id(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What the containers of the pool that are left out bind is not there either. */
static bool is_left_out(const char *const *left_out, size_t count, const char *id) {
    return id && count > 0 && bsearch(&id, left_out, count, sizeof *left_out, by_container_id);
}

static json_t *port_of(const struct db_result *rows, int i) {
    json_t *port = json_object_new_object();
    json_set_text(port, "proto", db_text(rows, i, "proto"));
    json_set_text(port, "host_ip", db_text(rows, i, "host_ip"));
    json_set_int(port, "port", db_int64(rows, i, "port", 0));
    return port;
}

static void load_presences(struct check *check) {
    const char **left_out = mem_array(check->container_count, sizeof *left_out);
    size_t count = 0, engine = 0;
    for (size_t i = 0; i < check->container_count; i++)
        if (check->containers[i].left_out)
            left_out[count++] = check->containers[i].id;
    if (count > 1)
        qsort(left_out, count, sizeof *left_out, by_container_id);
    check->ports = json_object_new_array();
    for (int i = 0; i < db_rows(check->others); i++) {
        if (!engine_index(check, db_text(check->others, i, "engine_id"), &engine) ||
            is_left_out(left_out, count, db_text(check->others, i, "container_id")))
            continue;
        struct presence *presence = mem_alloc(sizeof *presence);
        presence->image = db_text(check->others, i, "image");
        presence->next = check->present[engine];
        if (!presence->image) {
            presence->port = port_of(check->others, i);
            json_object_array_add(check->ports, presence->port);
        }
        check->present[engine] = presence;
    }
    for (size_t e = 0; e < check->engine_count; e++)
        check->first_present[e] = check->present[e];
    free(left_out);
}

bool check_load(struct db *db, const struct pool *pool, const char *made, struct check *check,
                struct error *err) {
    CLEANUP(json_put) json_t *nothing = json_object_new_object();
    *check = (struct check){0};
    if (!place_look(db, pool, nothing, &check->place, err) ||
        !db_run(db, &sql_check_containers, DB_PARAMS(DB_TEXT(made)), &check->rows, err) ||
        !db_run(db, &sql_check_presences, NULL, 0, &check->others, err))
        return false;
    check->engines = check->place.engines;
    check->engine_count = check->place.engine_count;
    check->first_container = mem_array(check->engine_count + 1, sizeof(size_t));
    check->present = mem_array(check->engine_count, sizeof(struct presence *));
    check->first_present = mem_array(check->engine_count, sizeof(struct presence *));
    load_containers(check, pool);
    for (size_t e = 0; e < check->engine_count; e++) {
        join_units(check, check->first_container[e], check->first_container[e + 1]);
        check->engines[e].quiet = true;
    }
    load_presences(check);
    return true;
}

void check_release(struct check *check) {
    for (size_t e = 0; check->present && e < check->engine_count; e++) {
        for (struct presence *p = check->present[e], *next; p; p = next) {
            next = p->next;
            free(p);
        }
    }
    for (size_t i = 0; i < check->container_count; i++) {
        json_put(&check->containers[i].request.labels);
        json_put(&check->containers[i].ports);
        json_put(&check->containers[i].links);
    }
    free(check->containers);
    free(check->first_container);
    free(check->present);
    free(check->first_present);
    json_put(&check->ports);
    db_result_free(&check->rows);
    db_result_free(&check->others);
    place_release(&check->place);
    *check = (struct check){0};
}
