/* handle_engines: adding and removing engines. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/policy_spec.h"
#include "core/net/docker.h"
#include "core/store/events.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "sql/statements.h"

enum { DETECT_MS = 3000, CPUS_MAX = 4096, ENGINE_ID_MAX = 64 };

static const struct json_field engine_fields[] = {
    {"id", FIELD_TEXT, false, 0, ENGINE_ID_MAX, NULL, "unique in the pool"},
    {"addr", FIELD_TEXT, true, 1, 255, NULL, "tcp://HOST:PORT, https://HOST:PORT or unix:///PATH"},
    {"cpus", FIELD_DECIMAL, false, 0, CPUS_MAX, NULL, "cores; detected when not given"},
    {"memory", FIELD_INT, false, 0, 1e9, NULL, "MB; detected when not given"},
    {"labels", FIELD_TEXTS, false, 0, 64, NULL, "what containers may ask for"},
    {0},
};

static const struct json_field record_fields[] = {
    {"id", FIELD_TEXT, false, 0, ENGINE_ID_MAX, NULL, "unique in the pool"},
    {"engine", FIELD_OBJECT, true, 0, 0, engine_fields, "where it is and what it offers"},
    {"health", FIELD_ANY_OBJECT, false, 0, 0, NULL, "ignored: it is looked at"},
    {0},
};

/* An engine id: 1..64 of letters, digits, '_', '.', '-', beginning with a letter or digit. */
static bool check_id(const char *id, struct error *err) {
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    if (strchr(first, *id) && id[strspn(id, rest)] == '\0')
        return true;
    return error_field(err, "id", "id may hold letters, digits, '_', '.' and '-' only.");
}

/* "ABCD:EFGH:..." of Docker -> "abcdefgh...": the default id. */
static void id_from_identity(const char *identity, char id[17]) {
    size_t len = 0;
    for (; *identity && len < 16; identity++)
        if (*identity != ':' && *identity != '-')
            id[len++] = (char)(*identity >= 'A' && *identity <= 'Z' ? *identity + 32 : *identity);
    id[len] = '\0';
}

static json_t *labels_of(json_t *engine) {
    json_t *labels = json_object_new_array(), *given = json_get_array(engine, "labels");
    for (size_t i = 0; i < json_len(given); i++)
        if (*json_object_get_string(json_at(given, i)))
            json_object_array_add(labels, json_object_get(json_at(given, i)));
    return labels;
}

/* What the administrator gave by hand, and detection must leave. */
static json_t *given_of(json_t *engine) {
    json_t *given = json_object_new_object();
    if (json_get_decimal(engine, "cpus", 0) > 0)
        json_set_decimal(given, "cpus", json_get_decimal(engine, "cpus", 0));
    if (json_get_int(engine, "memory", 0) > 0)
        json_set_int(given, "memory", json_get_int(engine, "memory", 0));
    return given;
}

static json_t *health_of(bool up, const char *reason) {
    json_t *health = json_object_new_object();
    json_set_text(health, "status", up ? "up" : "pending");
    json_set_text(health, "state", up ? "up" : "pending");
    json_set_text(health, "reason", reason);
    json_set_int(health, "response_time", 0);
    return health;
}

static json_t *document_of(json_t *engine, const char *id, const struct docker_facts *facts,
                           const char *reason) {
    json_t *doc = json_object_new_object(), *inner = json_object_new_object();
    double cpus = json_get_decimal(engine, "cpus", 0);
    int64_t memory = json_get_int(engine, "memory", 0);
    json_set_text(inner, "id", id);
    json_set_text(inner, "addr", json_get_text(engine, "addr", ""));
    json_set_decimal(inner, "cpus", cpus > 0 ? cpus : (double)facts->cpus);
    json_set_int(inner, "memory", memory > 0 ? memory : facts->memory_mb);
    json_set(inner, "labels", labels_of(engine));
    json_set_text(doc, "id", id);
    json_set(doc, "engine", inner);
    json_set(doc, "health", health_of(facts->identity[0] != '\0', reason));
    json_set_text(doc, "docker_version", facts->version);
    json_set_text(doc, "api_version", facts->api_version);
    json_set_text(doc, "identity", facts->identity);
    json_set_text(doc, "hostname", facts->name);
    return doc;
}

static bool insert_engine(struct request *request, const char *id, json_t *doc, json_t *given,
                          struct db_result **ret_row, struct error *err) {
    char message[ENGINE_ID_MAX + 8];
    snprintf(message, sizeof message, "id=%s", id);
    const struct event event = {.type = "add-engine",
                                .tag = "cluster",
                                .message = message,
                                .engine_id = id,
                                .account = request->identity.username,
                                .request_id = request->id};
    bool ok = db_begin(request->db, err) &&
              db_run(request->db, &sql_engine_insert,
                     DB_PARAMS(DB_TEXT(id), DB_TEXT(json_print(doc)), DB_TEXT(json_print(given))),
                     ret_row, err) &&
              event_insert(request->db, &event, err) && db_commit(request->db, err);
    db_rollback(request->db);
    if (!ok && err->kind == ERROR_CONFLICT) {
        const char *field = strstr(err->field, "addr")       ? "engine.addr"
                            : strstr(err->field, "identity") ? "identity"
                                                             : "id";
        error_set(err, ERROR_CONFLICT, "An engine with this %s is in the pool already.",
                  strcmp(field, "identity") == 0 ? "Docker identity" : field);
        snprintf(err->field, sizeof err->field, "%s", field);
    }
    return ok;
}

/* Ask the engine what it is. One that does not answer is added as pending: the keeper goes on
 * asking. */
static bool detect(const char *addr, struct docker_facts *facts, struct error *ret_silence) {
    const struct docker_engine engine = {.id = addr, .addr = addr, .api_version = ""};
    struct http_client *client = http_client_new();
    bool ok = docker_detect(client, &engine, DETECT_MS, facts, ret_silence);
    http_client_free(client);
    return ok;
}

enum request_result handle_engine_add(struct request *request) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    CLEANUP(json_put) json_t *body = NULL;
    CLEANUP(json_put) json_t *doc = NULL;
    CLEANUP(json_put) json_t *given = NULL;
    struct docker_facts facts = {0};
    struct error err = {0}, silence = {0};
    char derived[17];
    if (!request_json(request, record_fields, &body, &err))
        return respond_problem(request, &err);
    json_t *engine = json_get_object(body, "engine");
    const char *id = json_get_text(body, "id", json_get_text(engine, "id", ""));
    const char *addr = json_get_text(engine, "addr", "");
    if (!policy_allows_labels(request->identity.role, request->identity.grants,
                              json_get(engine, "labels"), "engine.labels", &err) ||
        !docker_addr_check(addr, &err) || (*id && !check_id(id, &err)))
        return respond_problem(request, &err);
    if (!detect(addr, &facts, &silence) && !*id) {
        error_wrap(&silence, "The engine does not answer, so give it an id to add it as pending");
        return respond_problem(request, &silence);
    }
    id_from_identity(facts.identity, derived);
    id = *id ? id : derived;
    doc = document_of(engine, id, &facts, silence.message);
    given = given_of(engine);
    if (!insert_engine(request, id, doc, given, &row, &err))
        return respond_problem(request, &err);
    return respond_json(request, 201, db_text(row, 0, "document"), db_text_len(row, 0, "document"));
}

static bool delete_in_transaction(struct request *request, const char *id, bool force,
                                  struct error *err) {
    CLEANUP(db_result_free) struct db_result *containers = NULL, *gone = NULL;
    struct db *db = request->db;
    char message[128];
    snprintf(message, sizeof message, "id=%s", id);
    const struct event event = {.type = "delete-engine",
                                .tag = "cluster",
                                .message = message,
                                .engine_id = id,
                                .account = request->identity.username,
                                .request_id = request->id};
    if (!db_run(db, &sql_placement_lock, NULL, 0, NULL, err) ||
        !db_run(db, &sql_engine_lock, DB_PARAMS(DB_TEXT(id)), &containers, err))
        return false;
    if (db_rows(containers) > 0 && !force)
        return error_set(err, ERROR_CONFLICT,
                         "%d containers of the pool are on engine %s: destroy them first, or "
                         "forget them with force=true.",
                         db_rows(containers), id);
    if (!db_run(db, &sql_engine_forget, DB_PARAMS(DB_TEXT(id)), NULL, err) ||
        !db_run(db, &sql_engine_delete, DB_PARAMS(DB_TEXT(id)), &gone, err))
        return false;
    if (db_changed(gone) == 0)
        return error_set(err, ERROR_NOT_FOUND, "There is no engine %s.", id);
    return event_insert(db, &event, err);
}

enum request_result handle_engine_delete(struct request *request) {
    struct error err = {0};
    bool force = false;
    bool ok = query_bool(&request->query, "force", false, &force, &err) &&
              db_begin(request->db, &err) &&
              delete_in_transaction(request, request_param(request, "id"), force, &err) &&
              db_commit(request->db, &err);
    db_rollback(request->db);
    return ok ? respond_empty(request) : respond_problem(request, &err);
}
