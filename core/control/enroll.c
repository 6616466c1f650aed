/* enroll: see enroll.h. */
#include "core/control/enroll.h"

#include <string.h>

#include "core/control/engine_reach.h"
#include "sql/statements.h"

static json_t *health_of(bool up, const char *reason) {
    json_t *health = json_object_new_object();
    json_set_text(health, "status", up ? "up" : "pending");
    json_set_text(health, "state", up ? "up" : "pending");
    json_set_text(health, "reason", reason);
    json_set_int(health, "response_time", 0);
    return health;
}

json_t *enroll_document(const struct engine_access *access, const struct docker_facts *facts,
                        const char *reason) {
    json_t *doc = json_object_new_object(), *inner = json_object_new_object();
    json_set_text(inner, "id", access->id);
    json_set_text(inner, "addr", access->addr);
    json_set_int(inner, "cpus", facts->cpus);
    json_set_int(inner, "memory", facts->memory_mb);
    json_set(inner, "labels", json_object_new_array());
    json_set_text(doc, "id", access->id);
    json_set(doc, "engine", inner);
    json_set(doc, "health", health_of(facts->identity[0] != '\0', reason));
    json_set_text(doc, "docker_version", facts->version);
    json_set_text(doc, "api_version", facts->api_version);
    json_set_text(doc, "identity", facts->identity);
    json_set_text(doc, "hostname", facts->name);
    return doc;
}

/* Without credentials: a registration has none, and is given none. */
static struct docker_engine engine_at(const char *id, const char *addr, const struct pool *pool) {
    return (struct docker_engine){.id = id,
                                  .addr = addr,
                                  .api_version = "",
                                  .rules = &pool->config->engine_rules};
}

bool enroll_verify(const struct pool *pool, struct http_client *client, const char *id,
                   const struct registration *registration, long timeout_ms,
                   struct docker_facts *ret_facts, struct error *err) {
    struct docker_engine engine = engine_at(id, registration->addr, pool);
    struct docker_facts facts;
    if (!docker_addr_allowed(&engine, err) ||
        !docker_detect(client, &engine, timeout_ms, &facts, err))
        return false;
    if (*registration->identity && strcmp(registration->identity, facts.identity) != 0)
        return error_set(err, ERROR_CONFLICT,
                         "Another Docker engine (%s) than the registered one (%s) answers at %s.",
                         facts.identity, registration->identity, registration->addr);
    *ret_facts = facts;
    return true;
}

bool enroll_insert(struct db *db, const char *id, const struct registration *registration,
                   const struct docker_facts *facts, struct db_result **ret_row,
                   struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL;
    CLEANUP(json_put) json_t *given = json_object_new_object();
    CLEANUP(engine_access_release)
    struct engine_access access = {.id = mem_strdup(id),
                                   .addr = mem_strdup(registration->addr),
                                   .api_version = mem_strdup(facts->api_version)};
    const struct docker_engine engine = {.id = id, .addr = access.addr, .api_version = ""};
    const char *warning = engine_warning(&engine);
    doc = enroll_document(&access, facts, "");
    json_t *offer = json_get_object(doc, "engine");
    json_set(offer, "labels", json_object_get(registration->labels));
    json_set_bool(doc, "tls", docker_is_encrypted(&engine));
    if (warning)
        json_set_text(doc, "warning", warning);
    if (registration->cpus > 0 && registration->cpus < (double)facts->cpus) {
        json_set_decimal(offer, "cpus", registration->cpus);
        json_set_decimal(given, "cpus", registration->cpus);
    }
    if (registration->memory_mb > 0 && registration->memory_mb < facts->memory_mb) {
        json_set_int(offer, "memory", registration->memory_mb);
        json_set_int(given, "memory", registration->memory_mb);
    }
    return db_run(db, &sql_engine_insert,
                  DB_PARAMS(DB_TEXT(id), DB_TEXT(json_print(doc)), DB_TEXT(json_print(given))),
                  ret_row, err);
}

bool enroll_remove(struct db *db, const char *id, bool force, struct error *err) {
    CLEANUP(db_result_free) struct db_result *containers = NULL, *gone = NULL;
    if (!db_run(db, &sql_placement_lock, NULL, 0, NULL, err) ||
        !db_run(db, &sql_engine_lock, DB_PARAMS(DB_TEXT(id)), &containers, err))
        return false;
    if (db_rows(containers) > 0 && !force)
        return error_set(err, ERROR_CONFLICT,
                         "%d containers of the pool are on engine %s: destroy them or drain it "
                         "first, or forget them with force=true.",
                         db_rows(containers), id);
    /* What was to come here is where it was. */
    if (!db_run(db, &sql_replacement_undo,
                DB_PARAMS(DB_TEXT(NULL), db_int(0), DB_TEXT("true"), DB_TEXT(id)), NULL, err) ||
        !db_run(db, &sql_engine_forget, DB_PARAMS(DB_TEXT(id)), NULL, err) ||
        !db_run(db, &sql_engine_delete, DB_PARAMS(DB_TEXT(id)), &gone, err))
        return false;
    return db_changed(gone) > 0 || error_set(err, ERROR_NOT_FOUND, "There is no engine %s.", id);
}
