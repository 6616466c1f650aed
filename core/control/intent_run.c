/* intent_run: new containers: names, sealed environments, placement, rows; see intent.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/fault.h"
#include "core/base/mem.h"
#include "core/base/metrics.h"
#include "core/base/parse.h"
#include "core/control/explain.h"
#include "core/control/intent.h"
#include "core/control/links.h"
#include "core/control/place.h"
#include "core/control/policy_spec.h"
#include "sql/statements.h"

enum { ID_BYTES = 32, NAME_MAX_BYTES = 200 };

void intent_group_hash(const struct pool *pool, json_t *spec, char hex[2 * SHA256_BYTES + 1]) {
    CLEANUP(strbuf_release) struct strbuf text = {0};
    unsigned char digest[SHA256_BYTES];
    spec_group_text(&text, spec);
    crypto_hmac_sha256(pool->key->bytes, text.data, text.len, digest);
    hex_encode(digest, sizeof digest, hex);
}

/* "registry:5000/team/web:1.2@sha256:..." -> "web"; the start of a made-up container name. */
static void image_stem(const char *image, char stem[41]) {
    const char *slash = strrchr(image, '/');
    const char *name = slash ? slash + 1 : image;
    size_t len = 0;
    for (; *name && !strchr(":@", *name) && len < 40; name++)
        if ((*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9') ||
            (len && strchr("-_.", *name)))
            stem[len++] = *name;
    if (len == 0)
        stem[len++] = 'c';
    stem[len] = '\0';
}

static bool taken(const struct db_result *names, const char *name) {
    for (int i = 0; i < db_rows(names); i++)
        if (strcmp(db_text(names, i, "name"), name) == 0)
            return true;
    return false;
}

/* The Docker name of the next member: `wanted`, with the next free number where there are several;
 * or made from image and id. */
static char *next_name(const char *wanted, const char *image, const char *id, bool numbered,
                       const struct db_result *names, size_t *number) {
    char stem[41];
    if (!wanted) {
        image_stem(image, stem);
        return mem_format("%s-%.8s", stem, id);
    }
    if (!numbered)
        return mem_strdup(wanted);
    for (;;) {
        char *name = mem_format("%s-%zu", wanted, ++*number);
        if (!taken(names, name))
            return name;
        free(name);
    }
}

static json_t *sealed_environment(const struct pool *pool, const char *id, json_t *spec) {
    json_t *environment = json_get_object(spec, "environment");
    unsigned char *sealed = NULL;
    size_t len = 0;
    if (!environment || json_object_object_length(environment) == 0)
        return NULL;
    const char *text = json_print(environment);
    seal(pool->key, id, text, strlen(text), &sealed, &len);
    char *hex = mem_alloc(2 * len + 1);
    hex_encode(sealed, len, hex);
    json_t *value = json_object_new_string(hex);
    free(sealed);
    free(hex);
    return value;
}

static void now_text(char text[32]) {
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

json_t *intent_row(const struct pool *pool, json_t *spec, json_t *masked, const char *engine_id,
                   json_t *ports, const char *id, const char *name, const char *created) {
    json_t *row = json_object_new_object(), *doc = json_object_new_object();
    char now[32];
    now_text(now);
    json_set_text(doc, "id", id);
    json_set_text(doc, "name", name);
    json_set(doc, "image", json_object_get(masked));
    json_set(doc, "ports", json_object_get(ports));
    json_set_text(doc, "created", created ? created : now);
    json_set_text(row, "id", id);
    json_set_text(row, "engine_id", engine_id);
    json_set(row, "doc", doc);
    json_set(row, "environment", sealed_environment(pool, id, spec));
    json_set(row, "ports", json_object_get(ports));
    return row;
}

static bool name_in_use(struct error *err) {
    error_set(err, ERROR_CONFLICT, "The container name is in use; choose another one.");
    snprintf(err->field, sizeof err->field, "container_name");
    return false;
}

static bool insert_rows(const struct intent_client *client, json_t *rows, const char *group_hash,
                        const char *pull, json_t *record, const struct intent_result *result,
                        struct error *err) {
    if (db_run(client->db, &sql_containers_insert,
               DB_PARAMS(DB_TEXT(json_print(rows)), DB_TEXT(group_hash), DB_TEXT(pull),
                         DB_TEXT(result->operation_id), DB_TEXT(json_print(record))),
               NULL, err))
        return true;
    if (err->kind == ERROR_CONFLICT && strcmp(err->field, "containers_name") == 0) {
        name_in_use(err);
    } else if (err->kind == ERROR_CONFLICT) {
        error_set(err, ERROR_NO_CAPACITY, "A host port was taken meanwhile; try again.");
    }
    return false;
}

/* The ids and names of `count` new containers; the caller's. */
static bool choose_names(const struct intent_client *client, json_t *spec, size_t count,
                         bool numbered, json_t **ret_ids, json_t **ret_names, struct error *err) {
    CLEANUP(db_result_free) struct db_result *used = NULL;
    const char *wanted = json_get_text(spec, "container_name", "");
    size_t number = 0;
    if (!db_run(client->db, &sql_container_names, DB_PARAMS(DB_TEXT(wanted)), &used, err))
        return false;
    *ret_ids = json_object_new_array();
    *ret_names = json_object_new_array();
    for (size_t i = 0; i < count; i++) {
        char id[2 * ID_BYTES + 1];
        crypto_random_hex(id, ID_BYTES);
        CLEANUP(mem_free_text)
        char *name = next_name(*wanted ? wanted : NULL, json_get_text(spec, "name", ""), id,
                               numbered, used, &number);
        json_object_array_add(*ret_ids, json_object_new_string(id));
        json_object_array_add(*ret_names, json_object_new_string(name));
    }
    return true;
}

/* Where its links bind it to, or anywhere. */
static bool place_linked(const struct intent_client *client, json_t *spec, json_t *names,
                         struct place *place, struct links_bond *bond, struct error *err) {
    size_t count = json_len(names);
    if (!links_allow(client->db, spec, names, bond, err))
        return false;
    *place = (struct place){.only_engine = bond->engine_id, .only_why = bond->why};
    return place_containers(client->db, client->pool, spec, count, NULL, NULL, place, err);
}

bool intent_insert(const struct intent_client *client, json_t *spec, const char *group_hash,
                   size_t count, bool numbered, const char *pull, struct intent_result *result,
                   struct error *err) {
    CLEANUP(json_put) json_t *rows = json_object_new_array();
    CLEANUP(json_put) json_t *masked = spec_masked(spec);
    CLEANUP(json_put) json_t *ids = NULL;
    CLEANUP(json_put) json_t *names = NULL;
    CLEANUP(links_bond_release) struct links_bond bond = {0};
    struct place place = {0};
    bool ok = db_run(client->db, &sql_placement_lock, NULL, 0, NULL, err) &&
              choose_names(client, spec, count, numbered, &ids, &names, err);
    if (ok) {
        ok = place_linked(client, spec, names, &place, &bond, err);
        metrics_placed(ok, count);
    }
    if (!ok) {
        result->reasons = err->kind == ERROR_NO_CAPACITY ? place_reasons(&place) : NULL;
        place_release(&place);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        json_object_array_add(rows, intent_row(client->pool, spec, masked, place.items[i].engine_id,
                                               place.items[i].ports,
                                               json_object_get_string(json_at(ids, i)),
                                               json_object_get_string(json_at(names, i)), NULL));
    fault_point("before_intent");
    ok = insert_rows(client, rows, group_hash, pull, place.record, result, err);
    place_release(&place);
    return ok;
}

bool intent_run_within(const struct intent_client *client, json_t *spec, const char *group_hash,
                       size_t count, bool numbered, const char *pull, struct intent_result *result,
                       struct error *err) {
    char message[512];
    if (!intent_operation(client, "run-container", group_hash, count, result, err))
        return false;
    if (result->replayed)
        return true;
    snprintf(message, sizeof message, "name=%.400s count=%zu operation=%s",
             json_get_text(spec, "name", ""), count, result->operation_id);
    bool ok = intent_insert(client, spec, group_hash, count, numbered, pull, result, err) &&
              intent_event(client, "run-container", NULL, message, err);
    fault_point("before_commit");
    return ok;
}

bool intent_run(const struct intent_client *client, json_t *spec, size_t count, const char *pull,
                struct intent_result *result, struct error *err) {
    char group_hash[2 * SHA256_BYTES + 1];
    *result = (struct intent_result){0};
    if (!policy_allows_spec(client->role, client->grants, spec, err))
        return false;
    intent_group_hash(client->pool, spec, group_hash);
    bool ok = db_begin(client->db, err) &&
              intent_run_within(client, spec, group_hash, count, count > 1, pull, result, err) &&
              db_commit(client->db, err);
    db_rollback(client->db);
    if (ok)
        fault_point("after_intent");
    return ok;
}

/* What explain_step() tells, and where each would go. */
static json_t *plan_of(const struct place *place) {
    CLEANUP(json_put) json_t *scores = explain_scores(place->record);
    json_t *plan = explain_step(place->record, 1), *list = json_object_new_array();
    for (size_t i = 0; i < place->count; i++) {
        json_t *item = json_object_new_object();
        json_set_text(item, "engine", place->items[i].engine_id);
        json_set(item, "score", json_object_get(json_at(scores, i)));
        json_set(item, "ports", json_object_get(place->items[i].ports));
        json_object_array_add(list, item);
    }
    json_set_bool(plan, "dry_run", true);
    json_set(plan, "containers", list);
    return plan;
}

bool intent_plan(const struct intent_client *client, json_t *spec, size_t count, json_t **ret_plan,
                 struct intent_result *result, struct error *err) {
    CLEANUP(db_result_free) struct db_result *used = NULL;
    CLEANUP(json_put) json_t *ids = NULL;
    CLEANUP(json_put) json_t *names = NULL;
    CLEANUP(links_bond_release) struct links_bond bond = {0};
    const char *wanted = json_get_text(spec, "container_name", "");
    struct place place = {0};
    *result = (struct intent_result){0};
    if (!policy_allows_spec(client->role, client->grants, spec, err))
        return false;
    bool ok = db_begin(client->db, err) &&
              db_run(client->db, &sql_container_names, DB_PARAMS(DB_TEXT(wanted)), &used, err) &&
              (count > 1 || !*wanted || !taken(used, wanted) || name_in_use(err)) &&
              choose_names(client, spec, count, count > 1, &ids, &names, err) &&
              place_linked(client, spec, names, &place, &bond, err);
    db_rollback(client->db);
    if (ok)
        *ret_plan = plan_of(&place);
    else if (err->kind == ERROR_NO_CAPACITY)
        result->reasons = place_reasons(&place);
    place_release(&place);
    return ok;
}
