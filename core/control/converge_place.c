/* converge_place: the transactions of a job that needs other ports or another engine. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/converge_job.h"
#include "core/control/unit.h"
#include "core/store/events.h"
#include "sql/statements.h"

/* Engines that failed to create this container, the present one included. */
static bool load_tried(struct job *job, json_t **ret_tried, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    if (!db_run(job->converge->host.db, &sql_work_tried, DB_PARAMS(DB_TEXT(job->row.id)), &rows,
                err))
        return false;
    *ret_tried = db_rows(rows) ? db_json(rows, 0, "tried") : NULL;
    if (!*ret_tried)
        *ret_tried = json_object_new_array();
    json_object_array_add(*ret_tried, json_object_new_string(job->row.engine_id));
    return true;
}

/* The others of its unit go with it, unless one of them is there already: then it has to stay. */
static bool may_leave(const struct job *job, const struct unit *unit, struct error *err) {
    for (size_t i = 0; i < unit->count; i++) {
        const struct unit_member *member = &unit->members[i];
        if (strcmp(member->id, job->row.id) != 0 && (member->docker_id || member->started))
            return error_set(err, ERROR_NO_CAPACITY,
                             "Links keep it on engine %s, together with %s.", job->row.engine_id,
                             member->name);
    }
    return true;
}

static bool tell_moved(struct job *job, const char *id, const char *engine_id, struct error *err) {
    char message[256];
    snprintf(message, sizeof message, "id=%s from=%s to=%s", id, job->row.engine_id, engine_id);
    const struct event event = {.type = "move-container",
                                .tag = "cluster",
                                .message = message,
                                .container_id = id,
                                .engine_id = engine_id};
    return event_insert(job->converge->host.db, &event, err);
}

/* Write the new place of the unit down; *ret_moved false: the row is a later claimant's, or a
 * client's who has changed it. */
static bool move_unit(struct job *job, const struct unit *unit, const struct place *place,
                      bool *ret_moved, struct error *err) {
    struct db *db = job->converge->host.db;
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    CLEANUP(json_put) json_t *list = json_object_new_array();
    const char *engine_id = place->items[0].engine_id;
    for (size_t i = 0; i < unit->count; i++) {
        json_t *entry = json_object_new_object();
        json_set_text(entry, "id", unit->members[i].id);
        json_set(entry, "ports", json_object_get(place->items[i].ports));
        json_object_array_add(list, entry);
    }
    if (!db_run(db, &sql_unit_move,
                DB_PARAMS(DB_TEXT(job->row.id), db_int(job->row.epoch), DB_TEXT(engine_id),
                          DB_TEXT(json_print(list)), DB_TEXT(json_print(place->record))),
                &rows, err))
        return false;
    *ret_moved = db_rows(rows) > 0;
    for (int i = 0; i < db_rows(rows); i++) {
        const char *id = db_text(rows, i, "id");
        for (size_t k = 0; k < unit->count; k++)
            if (strcmp(unit->members[k].id, id) == 0 &&
                !db_run(db, &sql_ports_bind,
                        DB_PARAMS(DB_TEXT(id), DB_TEXT(engine_id),
                                  DB_TEXT(json_print(place->items[k].ports))),
                        NULL, err))
                return false;
        if (!tell_moved(job, id, engine_id, err))
            return false;
    }
    return true;
}

static bool move_in_transaction(struct job *job, json_t *tried, bool *ret_moved,
                                struct error *err) {
    const struct converge_host *host = &job->converge->host;
    CLEANUP(unit_release) struct unit unit = {0};
    struct place place = {0};
    bool ok = db_run(host->db, &sql_placement_lock, NULL, 0, NULL, err) &&
              unit_load(host->db, job->row.id, &unit, err) && may_leave(job, &unit, err) &&
              unit_place(host->db, host->pool, &unit, tried, &place, err) &&
              move_unit(job, &unit, &place, ret_moved, err);
    place_release(&place);
    return ok;
}

bool job_anew(struct job *job, struct error *err) {
    const struct converge_host *host = &job->converge->host;
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    if (!db_run(host->db, &sql_work_anew, DB_PARAMS(DB_TEXT(job->row.id), db_int(job->row.epoch)),
                &rows, err))
        return false;
    if (db_rows(rows) == 0)
        return error_set(err, ERROR_UNAVAILABLE, "Another executor has taken over.");
    job->row.generation = db_int64(rows, 0, "generation", job->row.generation + 1);
    job->row.adopted = false;
    return true;
}

bool job_move(struct job *job, bool *ret_moved, struct error *err) {
    struct db *db = job->converge->host.db;
    CLEANUP(json_put) json_t *tried = NULL;
    bool ok = db_begin(db, err) && load_tried(job, &tried, err);
    if (ok && (int64_t)json_len(tried) >= job->converge->host.pool->config->place_attempts)
        ok = error_set(err, ERROR_NO_CAPACITY, "%zu engines were tried.", json_len(tried));
    ok = ok && move_in_transaction(job, tried, ret_moved, err) && db_commit(db, err);
    db_rollback(db);
    return ok;
}

bool job_bind_ports(struct job *job, struct error *err) {
    const struct converge_host *host = &job->converge->host;
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    bool ok = db_begin(host->db, err) &&
              place_ports(host->db, host->pool, job->row.engine_id, job->row.ports, err);
    if (ok) {
        const char *ports = json_print(job->row.ports);
        ok = db_run(host->db, &sql_work_ports,
                    DB_PARAMS(DB_TEXT(job->row.id), db_int(job->row.epoch), DB_TEXT(ports)), &rows,
                    err);
        if (ok && db_rows(rows) == 0)
            ok = error_set(err, ERROR_UNAVAILABLE, "Another executor has taken over.");
        ok = ok &&
             db_run(host->db, &sql_ports_bind,
                    DB_PARAMS(DB_TEXT(job->row.id), DB_TEXT(job->row.engine_id), DB_TEXT(ports)),
                    NULL, err);
    }
    ok = ok && db_commit(host->db, err);
    db_rollback(host->db);
    return ok;
}

void job_event(struct job *job, const char *type, const char *detail) {
    char message[1200];
    struct error err = {0};
    snprintf(message, sizeof message, "id=%s %s", job->row.id, detail);
    const struct event event = {.type = type,
                                .tag = "cluster",
                                .message = message,
                                .container_id = job->row.id,
                                .engine_id = job->row.engine_id};
    event_insert(job->converge->host.db, &event, &err);
}
