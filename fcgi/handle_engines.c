/* handle_engines: adding, changing and removing engines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/control/engine_reach.h"
#include "core/control/enroll.h"
#include "core/control/policy_spec.h"
#include "core/store/events.h"
#include "fcgi/engine_record.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "fcgi/worker.h"
#include "sql/statements.h"

enum { DETECT_MS = 3000 };

static bool check_id(const char *id, struct error *err) {
    return registration_id_valid(id) ||
           error_field(err, "id", "id may hold letters, digits, '_', '.' and '-' only.");
}

static bool tell(struct request *request, const char *type, const char *id, const char *more,
                 struct error *err) {
    char message[512];
    snprintf(message, sizeof message, "id=%s%s", id, more);
    const struct event event = {.type = type,
                                .tag = "cluster",
                                .message = message,
                                .engine_id = id,
                                .account = request->identity.username,
                                .request_id = request->id};
    return event_insert(request->db, &event, err);
}

static bool insert_engine(struct request *request, json_t *body, const struct engine_access *access,
                          json_t *doc, struct db_result **ret_row, struct error *err) {
    struct db *db = request->db;
    bool inserted =
        db_begin(db, err) &&
        db_run(db, &sql_engine_insert,
               DB_PARAMS(DB_TEXT(access->id), DB_TEXT(json_print(doc)), DB_TEXT("{}")), NULL, err);
    if (!inserted && err->kind == ERROR_CONFLICT)
        engine_record_explain_conflict(err);
    bool ok =
        inserted &&
        engine_record_write(db, &request->worker->pool, body, access, access->addr, ret_row, err) &&
        tell(request, "add-engine", access->id, "", err) && db_commit(db, err);
    db_rollback(db);
    return ok;
}

/* Ask the engine what it is. */
static bool detect(const struct request *request, const struct engine_access *access,
                   struct docker_facts *facts, struct error *ret_silence) {
    struct docker_engine engine = engine_reach(access, &request->worker->pool);
    struct http_client *client = http_client_new();
    engine.id = *access->id ? access->id : access->addr;
    bool ok = docker_detect(client, &engine, DETECT_MS, facts, ret_silence);
    http_client_free(client);
    return ok;
}

static enum request_result respond_row(struct request *request, int status,
                                       const struct db_result *row) {
    return respond_json(request, status, db_text(row, 0, "document"),
                        db_text_len(row, 0, "document"));
}

/* Labels decide about placement: berth's own are for roles that have the option. */
static bool check_labels(const struct request *request, json_t *body, struct error *err) {
    return policy_allows_labels(request->identity.role, request->identity.grants,
                                json_get_array(json_get_object(body, "engine"), "labels"),
                                "engine.labels", err);
}

static bool ids_agree(json_t *body, struct error *err) {
    const char *inner = json_get_text(json_get_object(body, "engine"), "id", "");
    return strcmp(json_get_text(body, "id", inner), inner) == 0 || !*inner ||
           error_field(err, "engine.id", "id and engine.id name two engines: give one of them.");
}

/* One that does not answer is added as pending: the keeper goes on asking. */
enum request_result handle_engine_add(struct request *request) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    CLEANUP(json_put) json_t *body = NULL;
    CLEANUP(json_put) json_t *doc = NULL;
    CLEANUP(engine_access_release) struct engine_access access = {0};
    struct docker_facts facts = {0};
    struct error err = {0}, silence = {0};
    char derived[17];
    if (!request_json(request, engine_add_fields, &body, &err))
        return respond_problem(request, &err);
    json_t *engine = json_get_object(body, "engine");
    access.id = mem_strdup(json_get_text(body, "id", json_get_text(engine, "id", "")));
    access.api_version = mem_strdup("");
    if (!ids_agree(body, &err) || (*access.id && !check_id(access.id, &err)) ||
        !check_labels(request, body, &err) ||
        !engine_record_apply(body, &request->worker->pool, &access, &err))
        return respond_problem(request, &err);
    if (!detect(request, &access, &facts, &silence) && !*access.id) {
        error_wrap(&silence, "The engine does not answer, so give it an id to add it as pending");
        return respond_problem(request, &silence);
    }
    registration_id_of(facts.identity, derived);
    if (!*access.id) {
        free(access.id);
        access.id = mem_strdup(derived);
    }
    doc = enroll_document(&access, &facts, silence.message);
    if (!insert_engine(request, body, &access, doc, &row, &err))
        return respond_problem(request, &err);
    return respond_row(request, 201, row);
}

/* The engine that is known under this id must be the one that answers, now and at its new address:
 * its containers are there. */
static bool check_identity(const struct request *request, const struct engine_access *access,
                           const char *identity, struct error *err) {
    struct docker_facts facts = {0};
    if (!*identity)
        return true;
    if (!detect(request, access, &facts, err))
        return error_wrap(err, "Nothing was changed, because the engine does not answer so");
    return strcmp(facts.identity, identity) == 0 ||
           error_set(err, ERROR_CONFLICT,
                     "Another Docker engine (%s) answers at %s; nothing was changed. Add it as an "
                     "engine of its own, and remove %s if it is gone.",
                     facts.identity, access->addr, access->id);
}

/* The names of what the body gives, for the event: never what they are. */
static void list_changed(json_t *body, char *text, size_t size) {
    json_t *records[] = {body, json_get_object(body, "engine")};
    size_t used = (size_t)snprintf(text, size, " changed=");
    const char *comma = "";
    for (size_t i = 0; i < 2 && records[i]; i++) {
        json_object_object_foreach(records[i], name, value) {
            if (!value || strcmp(name, "id") == 0 || strcmp(name, "engine") == 0 ||
                strcmp(name, "health") == 0 || used >= size)
                continue;
            used += (size_t)snprintf(text + used, size - used, "%s%s", comma, name);
            comma = ",";
        }
    }
}

static bool update_in_transaction(struct request *request, json_t *body,
                                  const struct engine_access *access, const char *addr,
                                  struct db_result **ret_row, struct error *err) {
    char changed[256];
    list_changed(body, changed, sizeof changed);
    bool ok = db_begin(request->db, err) &&
              engine_record_write(request->db, &request->worker->pool, body, access, addr, ret_row,
                                  err) &&
              tell(request, "update-engine", access->id, changed, err) &&
              db_commit(request->db, err);
    db_rollback(request->db);
    return ok;
}

static bool check_same_id(json_t *body, const char *id, struct error *err) {
    const char *given =
        json_get_text(body, "id", json_get_text(json_get_object(body, "engine"), "id", id));
    if (!ids_agree(body, err))
        return false;
    return strcmp(given, id) == 0 ||
           error_field(err, "id", "An engine's id cannot be changed: remove it and add it again.");
}

static bool gives_reach(json_t *body, const struct engine_access *stored,
                        const struct engine_access *access) {
    return json_get(body, "ca_cert") || json_get(body, "ssl_cert") ||
           strcmp(stored->addr, access->addr) != 0;
}

enum request_result handle_engine_update(struct request *request) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    CLEANUP(json_put) json_t *body = NULL;
    CLEANUP(mem_free_text) char *identity = NULL;
    CLEANUP(engine_access_release) struct engine_access stored = {0}, access = {0};
    const struct pool *pool = &request->worker->pool;
    const char *id = request_param(request, "id");
    struct error err = {0};
    bool ok = request_json(request, engine_update_fields, &body, &err) &&
              check_labels(request, body, &err) &&
              engine_open(request->db, pool, id, &stored, &identity, &err) &&
              engine_open(request->db, pool, id, &access, NULL, &err) &&
              check_same_id(body, id, &err) && engine_record_apply(body, pool, &access, &err) &&
              engine_record_may_move(body, &stored, &access, &err) &&
              (!gives_reach(body, &stored, &access) ||
               check_identity(request, &access, identity, &err)) &&
              update_in_transaction(request, body, &access, stored.addr, &row, &err);
    return ok ? respond_row(request, 200, row) : respond_problem(request, &err);
}

/* It stays out, though its host may go on registering: see engine_bury.sql. */
static bool delete_in_transaction(struct request *request, const char *id, bool force,
                                  struct error *err) {
    CLEANUP(db_result_free) struct db_result *registered = NULL;
    struct db *db = request->db;
    if (!db_run(db, &sql_engine_bury, DB_PARAMS(DB_TEXT(id)), NULL, err) ||
        !db_run(db, &sql_registration_delete, DB_PARAMS(DB_TEXT(id)), &registered, err))
        return false;
    if (!enroll_remove(db, id, force, err) &&
        (err->kind != ERROR_NOT_FOUND || db_changed(registered) == 0))
        return false;
    return tell(request, "delete-engine", id, "", err);
}

enum request_result handle_engine_delete(struct request *request) {
    struct error err = {0};
    const bool force = query_get_bool(&request->query, "force", false);
    bool ok = db_begin(request->db, &err) &&
              delete_in_transaction(request, request_param(request, "id"), force, &err) &&
              db_commit(request->db, &err);
    db_rollback(request->db);
    return ok ? respond_empty(request) : respond_problem(request, &err);
}

/* What has registered as `id`, or was removed as such. */
static bool find_registration(struct request *request, const char *id,
                              struct registration *ret_registration, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    struct registration found = {0};
    if (!db_run(request->db, &sql_registration_find, DB_PARAMS(DB_TEXT(id)), &row, err))
        return false;
    if (db_rows(row) == 0)
        return error_set(err, ERROR_NOT_FOUND,
                         "No host waits to be approved as %s: berth engines lists those that do.",
                         id);
    if (!*db_text(row, 0, "addr"))
        return error_set(err, ERROR_CONFLICT,
                         "What has registered as %s cannot be understood; look at its reason.", id);
    found.addr = mem_strdup(db_text(row, 0, "addr"));
    found.identity = mem_strdup(db_text(row, 0, "identity"));
    if (db_text(row, 0, "cpus"))
        parse_decimal(db_text(row, 0, "cpus"), 0, INT32_MAX, &found.cpus);
    found.memory_mb = db_int64(row, 0, "memory", 0);
    found.labels = db_json(row, 0, "labels");
    if (!found.labels)
        found.labels = json_object_new_array();
    *ret_registration = found;
    return true;
}

/* An engine whose registration was deleted goes on without one. *ret_row stays NULL: it is none. */
static bool readmit(struct request *request, const char *id, struct db_result **ret_row,
                    struct error *err) {
    CLEANUP(db_result_free) struct db_result *word = NULL;
    struct db *db = request->db;
    bool ok = db_begin(db, err) &&
              db_run(db, &sql_registration_readmit, DB_PARAMS(DB_TEXT(id)), &word, err);
    if (ok && db_changed(word) > 0)
        ok = db_run(db, &sql_engine_get, DB_PARAMS(DB_TEXT(id)), ret_row, err) &&
             tell(request, "approve-engine", id, "", err) && db_commit(db, err);
    db_rollback(db);
    return ok;
}

static bool approve_in_transaction(struct request *request, const char *id,
                                   const struct registration *registration,
                                   const struct docker_facts *facts, struct db_result **ret_row,
                                   struct error *err) {
    struct db *db = request->db;
    bool inserted = db_begin(db, err) && enroll_insert(db, id, registration, facts, ret_row, err);
    if (!inserted && err->kind == ERROR_CONFLICT)
        engine_record_explain_conflict(err);
    bool ok = inserted && tell(request, "approve-engine", id, "", err) && db_commit(db, err);
    db_rollback(db);
    return ok;
}

enum request_result handle_engine_approve(struct request *request) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    CLEANUP(registration_release) struct registration registration = {0};
    const struct pool *pool = &request->worker->pool;
    const char *id = request_param(request, "id");
    struct docker_facts facts;
    struct error err = {0};
    if (!readmit(request, id, &row, &err))
        return respond_problem(request, &err);
    if (row)
        return respond_row(request, 200, row);
    struct http_client *client = http_client_new();
    bool ok = find_registration(request, id, &registration, &err) &&
              policy_allows_labels(request->identity.role, request->identity.grants,
                                   registration.labels, "engine.labels", &err);
    if (ok && !enroll_verify(pool, client, id, &registration, DETECT_MS, &facts, &err))
        ok = error_wrap(&err, "Nothing was changed");
    ok = ok && approve_in_transaction(request, id, &registration, &facts, &row, &err);
    http_client_free(client);
    return ok ? respond_row(request, 200, row) : respond_problem(request, &err);
}
