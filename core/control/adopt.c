/* adopt: see adopt.h. */
#include "core/control/adopt.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/control/lifecycle.h"
#include "core/control/place.h"
#include "core/control/policy_spec.h"
#include "core/control/spec.h"
#include "core/store/events.h"
#include "sql/statements.h"

enum { ID_BYTES = 32, SECONDS_LEN = 19 /* "2026-01-31T12:00:00" */ };

/* Whose labels does it bear? */
static bool read_labels(const struct pool *pool, bool force, struct adoption *adoption,
                        struct error *err) {
    json_t *labels = json_get_object(json_get_object(adoption->inspection, "Config"), "Labels");
    const char *label = json_get_text(labels, "berth.pool", "");
    const char *id = json_get_text(labels, "berth.container", "");
    bool ours = strcmp(label, pool->id) == 0;
    adoption->generation = 1;
    if (*label && !ours && !force)
        return error_set(err, ERROR_CONFLICT,
                         "Its label says that it is managed by another pool, %.40s; with "
                         "force=true it is adopted all the same.",
                         label);
    adoption->labelled = ours && strlen(id) == 2 * (size_t)ID_BYTES && hex_is(id) &&
                         parse_int(json_get_text(labels, "berth.generation", ""), 1, INT32_MAX,
                                   &adoption->generation);
    if (adoption->labelled)
        snprintf(adoption->id, sizeof adoption->id, "%s", id);
    else
        crypto_random_hex(adoption->id, ID_BYTES);
    return true;
}

static bool not_expressible(const char *field, const char *reason, struct error *err) {
    error_set(err, ERROR_NOT_EXPRESSIBLE, "%s: %s", field, reason);
    snprintf(err->field, sizeof err->field, "%s", field);
    return false;
}

bool adopt_read(const struct pool *pool, json_t *inspection, json_t *image,
                const struct adopt_changes *changes, bool force, struct adoption *adoption,
                struct error *err) {
    const struct spec_defaults defaults = {.memory_mb = pool->config->default_memory_mb};
    const char *state = json_get_text(json_get_object(inspection, "State"), "Status", "");
    *adoption = (struct adoption){.inspection = inspection, .warnings = json_object_new_array()};
    spec_read(inspection, image, &adoption->reading);
    if (strcmp(state, "removing") == 0 || strcmp(state, "dead") == 0)
        return error_set(err, ERROR_CONFLICT, "The container is being removed.");
    if (!read_labels(pool, force, adoption, err))
        return false;
    if (json_len(adoption->reading.obstacles) > 0) {
        json_t *first = json_at(adoption->reading.obstacles, 0);
        return not_expressible(json_get_text(first, "field", ""),
                               json_get_text(first, "reason", ""), err);
    }
    if (changes->cpus >= 0)
        json_set_decimal(adoption->reading.spec, "cpus", changes->cpus);
    if (changes->memory_mb >= 0)
        json_set_int(adoption->reading.spec, "memory", changes->memory_mb);
    if (!spec_normalize(adoption->reading.spec, &defaults, &adoption->spec, err)) {
        err->kind = err->kind == ERROR_BAD_FIELD ? ERROR_NOT_EXPRESSIBLE : err->kind;
        return false;
    }
    return true;
}

void adoption_release(struct adoption *adoption) {
    spec_reading_release(&adoption->reading);
    json_put(&adoption->spec);
    json_put(&adoption->warnings);
}

/* It runs already, so that it is told only when it does not fit. */
static bool check_room(const struct intent_client *client, const char *engine_id,
                       struct adoption *adoption, struct error *err) {
    struct error full = {0};
    if (place_fits(client->db, client->pool, adoption->spec, engine_id, NULL, &full))
        return true;
    if (full.kind != ERROR_NO_CAPACITY) {
        *err = full;
        return false;
    }
    json_object_array_add(adoption->warnings, json_object_new_string(full.message));
    return true;
}

static bool insert(const struct intent_client *client, const char *engine_id,
                   struct adoption *adoption, struct error *err) {
    json_t *state = json_get_object(adoption->inspection, "State");
    enum observed observed = observed_of(json_get_text(state, "Status", ""));
    bool runs = observed == OBSERVED_RUNNING || observed == OBSERVED_PAUSED ||
                observed == OBSERVED_RESTARTING;
    char group_hash[2 * SHA256_BYTES + 1], created[32];
    const char *text = json_get_text(adoption->inspection, "Created", "");
    CLEANUP(json_put) json_t *masked = spec_masked(adoption->spec);
    snprintf(created, sizeof created, "%.*sZ", SECONDS_LEN, text);
    intent_group_hash(client->pool, adoption->spec, group_hash);
    CLEANUP(json_put)
    json_t *row =
        intent_row(client->pool, adoption->spec, masked, engine_id, adoption->reading.ports,
                   adoption->id, json_get_text(adoption->spec, "container_name", ""),
                   strlen(text) > SECONDS_LEN ? created : NULL);
    if (observed == OBSERVED_UNKNOWN)
        observed = OBSERVED_EXITED;
    return db_run(client->db, &sql_adopt_insert,
                  DB_PARAMS(DB_TEXT(json_print(row)), DB_TEXT(group_hash),
                            db_int(adoption->generation), DB_TEXT(runs ? "running" : "stopped"),
                            DB_TEXT(observed_word(observed)),
                            DB_TEXT(json_get_text(adoption->inspection, "Id", "")),
                            observed == OBSERVED_EXITED ? db_int(json_get_int(state, "ExitCode", 0))
                                                        : DB_TEXT(NULL),
                            DB_TEXT(adoption->labelled ? "true" : "false")),
                  NULL, err);
}

/* Which of the unique things is in use? */
static void explain_conflict(struct error *err) {
    bool name = strcmp(err->field, "containers_name") == 0;
    bool port = strstr(err->field, "port_bindings") != NULL;
    err->field[0] = '\0';
    if (name)
        error_set(
            err, ERROR_CONFLICT,
            "A container of the pool has its name; rename it (docker rename), then adopt it.");
    else if (port)
        error_set(err, ERROR_CONFLICT,
                  "A host port that it is bound to is reserved for a container of the pool.");
    else
        error_set(err, ERROR_CONFLICT, "It was adopted meanwhile.");
}

static bool adopt(const struct intent_client *client, const char *engine_id,
                  struct adoption *adoption, struct error *err) {
    CLEANUP(db_result_free) struct db_result *taken = NULL;
    const char *docker_id = json_get_text(adoption->inspection, "Id", "");
    char message[256];
    if (!db_run(client->db, &sql_placement_lock, NULL, 0, NULL, err) ||
        !db_run(client->db, &sql_adopt_take, DB_PARAMS(DB_TEXT(engine_id), DB_TEXT(docker_id)),
                &taken, err))
        return false;
    if (db_rows(taken) == 0)
        return error_set(err, ERROR_CONFLICT,
                         "Container %.12s was adopted or removed meanwhile; look again.",
                         docker_id);
    if (!db_run(client->db, &sql_foreign_supersede,
                DB_PARAMS(DB_TEXT(engine_id), DB_TEXT(docker_id)), NULL, err) ||
        !check_room(client, engine_id, adoption, err))
        return false;
    if (!insert(client, engine_id, adoption, err)) {
        if (err->kind == ERROR_CONFLICT)
            explain_conflict(err);
        return false;
    }
    snprintf(message, sizeof message, "id=%s docker_id=%s", adoption->id, docker_id);
    const struct event event = {.type = "adopt-container",
                                .tag = "cluster",
                                .message = message,
                                .container_id = adoption->id,
                                .engine_id = engine_id,
                                .account = client->username,
                                .request_id = client->request_id};
    return event_insert(client->db, &event, err);
}

bool intent_adopt(const struct intent_client *client, const char *engine_id,
                  struct adoption *adoption, struct error *err) {
    if (!policy_allows_spec(client->role, client->grants, adoption->spec, err))
        return false;
    bool ok = db_begin(client->db, err) && adopt(client, engine_id, adoption, err) &&
              db_commit(client->db, err);
    db_rollback(client->db);
    return ok;
}
