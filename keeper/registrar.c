/* registrar: see registrar.h. */
#include "keeper/registrar.h"

#include <stdio.h>
#include <string.h>

#include "core/base/log.h"
#include "core/control/enroll.h"
#include "core/control/policy_spec.h"
#include "core/store/events.h"
#include "sql/statements.h"

enum { DETECT_MS = 3000 };

/* One judgement under way. */
struct judgement {
    struct registrar *registrar;
    const char *id;
    struct registration registration; /* as far as the value could be read */
    char reason[1024];
};

static bool tell(struct registrar *registrar, const char *type, const char *id, const char *more,
                 struct error *err) {
    char message[1200];
    snprintf(message, sizeof message, "id=%s%s", id, more);
    const struct event event = {.type = type,
                                .tag = "cluster",
                                .message = message,
                                .engine_id = id};
    return event_insert(registrar->db, &event, err);
}

static enum verdict failed(const char *id, const struct error *err) {
    log_line(LOG_WARNING, "registration of %s: %s", id, err->message);
    return VERDICT_FAILED;
}

/* The document of a host that is not an engine yet, as engines' are. */
static json_t *document_of(const struct judgement *judgement, const char *state) {
    const struct registration *registration = &judgement->registration;
    json_t *doc = json_object_new_object(), *offer = json_object_new_object();
    json_t *health = json_object_new_object();
    json_set_text(offer, "id", judgement->id);
    json_set_text(offer, "addr", registration->addr ? registration->addr : "");
    json_set_decimal(offer, "cpus", registration->cpus);
    json_set_int(offer, "memory", registration->memory_mb);
    json_set(offer, "labels",
             registration->labels ? json_object_get(registration->labels)
                                  : json_object_new_array());
    json_set_text(health, "status", "pending");
    json_set_text(health, "state", state);
    json_set_text(health, "reason", judgement->reason);
    json_set_int(health, "response_time", 0);
    json_set_text(doc, "id", judgement->id);
    json_set(doc, "engine", offer);
    json_set(doc, "health", health);
    json_set_text(doc, "docker_version", registration->version);
    json_set_text(doc, "identity", registration->identity);
    return doc;
}

/* Keep it out, as `state` for the reason of the judgement. News leave an event. */
static enum verdict keep_out(struct judgement *judgement, const char *state) {
    struct registrar *registrar = judgement->registrar;
    struct db *db = registrar->db;
    CLEANUP(db_result_free) struct db_result *was = NULL;
    CLEANUP(json_put) json_t *doc = document_of(judgement, state);
    struct error err = {0};
    char more[1100];
    snprintf(more, sizeof more, " reason=%s", judgement->reason);
    bool ok = db_begin(db, &err) &&
              db_run(db, &sql_registration_put,
                     DB_PARAMS(DB_TEXT(judgement->id), DB_TEXT(json_print(doc))), &was, &err);
    bool news = ok && (db_rows(was) == 0 || strcmp(db_text(was, 0, "state"), state) != 0);
    bool quarantined = strcmp(state, "quarantined") == 0;
    ok = ok &&
         (!news || tell(registrar, quarantined ? "quarantine-engine" : "register-engine",
                        judgement->id, more, &err)) &&
         db_commit(db, &err);
    db_rollback(db);
    if (!ok)
        return failed(judgement->id, &err);
    if (news)
        log_line(LOG_WARNING, "host %s is %s: %s", judgement->id, state, judgement->reason);
    return VERDICT_WAITING;
}

static enum verdict settle(struct judgement *judgement) {
    return registrar_forget(judgement->registrar, judgement->id) ? VERDICT_SETTLED : VERDICT_FAILED;
}

static bool is_absence(const char *state) {
    return strcmp(state, "lapsed") == 0 || strcmp(state, "withdrawn") == 0;
}

bool registrar_forget(struct registrar *registrar, const char *id) {
    CLEANUP(db_result_free) struct db_result *was = NULL;
    struct db *db = registrar->db;
    struct error err = {0};
    bool ok = db_begin(db, &err) &&
              db_run(db, &sql_registration_delete, DB_PARAMS(DB_TEXT(id)), &was, &err);
    bool again = ok && db_rows(was) > 0 && is_absence(db_text(was, 0, "state"));
    ok = ok && (!again || tell(registrar, "register-engine", id, " again", &err)) &&
         db_commit(db, &err);
    db_rollback(db);
    if (!ok)
        failed(id, &err);
    return ok;
}

bool registrar_miss(struct registrar *registrar, const char *id, bool deleted) {
    static const char lapsed[] =
        "its registration has run out in etcd: does berth-join run there? It is used as before";
    static const char withdrawn[] =
        "its registration was deleted from etcd: nothing new is placed on it until it registers "
        "again, or is approved";
    static const char too_many[] =
        "its registration was deleted from etcd, as many others were: it is used as before";
    CLEANUP(db_result_free) struct db_result *fate = NULL;
    struct db *db = registrar->db;
    struct error err = {0};
    char more[400] = "";
    bool ok = db_begin(db, &err) &&
              db_run(db, &sql_registration_put_absence,
                     DB_PARAMS(DB_TEXT(id), DB_TEXT(deleted ? "true" : "false"), DB_TEXT(lapsed),
                               DB_TEXT(withdrawn), DB_TEXT(too_many)),
                     &fate, &err);
    bool news = ok && db_rows(fate) > 0 && db_is_true(fate, 0, "news");
    if (news)
        snprintf(more, sizeof more, " reason=%s", db_text(fate, 0, "reason"));
    ok = ok && (!news || tell(registrar, "unregister-engine", id, more, &err)) &&
         db_commit(db, &err);
    db_rollback(db);
    if (!ok)
        failed(id, &err);
    else if (news)
        log_line(LOG_WARNING, "engine %s:%s", id, more);
    return ok;
}

#define SAY(...) snprintf(judgement->reason, sizeof judgement->reason, __VA_ARGS__)

/* Does it stand against an engine of the pool? The reason says how. */
static bool contradicts(struct judgement *judgement, const struct db_result *known) {
    const struct registration *registration = &judgement->registration;
    const char *own_addr = db_text(known, 0, "own_addr"),
               *own_identity = db_text(known, 0, "own_identity");
    const char *addr_of = db_text(known, 0, "addr_of"),
               *identity_of = db_text(known, 0, "identity_of");
    bool same_identity =
        own_addr && *registration->identity && strcmp(own_identity, registration->identity) == 0;
    if (own_addr && strcmp(own_addr, registration->addr) != 0)
        SAY(same_identity
                ? "It registers at %s, but the pool knows it at %s, with the same Docker identity: "
                  "if it has moved, change its address (berth eupdate); if it is a clone, give its "
                  "Docker an identity of its own."
                : "Another host, at %s, registers under the id of the engine at %s: give it "
                  "another --id.",
            registration->addr, own_addr);
    else if (own_addr && *own_identity && *registration->identity && !same_identity)
        SAY("Its Docker identity has changed from %s to %s: if that is right, remove the engine "
            "(berth edelete) and approve it again.",
            own_identity, registration->identity);
    else if (identity_of)
        SAY("Engine %s of the pool has the same Docker identity: if this host is a clone, give its "
            "Docker an identity of its own; if it is the same host, let it register with --id %s.",
            identity_of, identity_of);
    else if (addr_of)
        SAY("Engine %s of the pool has the same address, %s.", addr_of, registration->addr);
    else
        return false;
    return true;
}

static bool may_enter_unasked(const struct judgement *judgement) {
    char host[DOCKER_HOST_MAX];
    const struct network_list *networks = &judgement->registrar->pool->config->admit_networks;
    return docker_addr_name(judgement->registration.addr, host) && network_list_has(networks, host);
}

static enum verdict admit(struct judgement *judgement, const struct docker_facts *facts) {
    struct db *db = judgement->registrar->db;
    struct error err = {0};
    char more[400];
    snprintf(more, sizeof more, " addr=%s registered", judgement->registration.addr);
    bool ok = db_begin(db, &err) &&
              enroll_insert(db, judgement->id, &judgement->registration, facts, NULL, &err) &&
              tell(judgement->registrar, "add-engine", judgement->id, more, &err) &&
              db_commit(db, &err);
    db_rollback(db);
    if (ok) {
        log_line(LOG_INFO, "engine %s has joined: %s", judgement->id, judgement->registration.addr);
        return VERDICT_SETTLED;
    }
    if (err.kind != ERROR_CONFLICT)
        return failed(judgement->id, &err);
    SAY("An engine with this id, address or Docker identity is in the pool.");
    return keep_out(judgement, "quarantined");
}

/* An administrator took it out: it stays out. Under its id of then it is not shown, for approval
 * finds it by that; under another one nobody would know it. */
static enum verdict judge_removed(struct judgement *judgement, const char *removed_as) {
    if (strcmp(removed_as, judgement->id) == 0)
        return settle(judgement);
    SAY("It was removed from the pool as engine %s, and waits for an administrator: berth approve "
        "%s.",
        removed_as, judgement->id);
    return keep_out(judgement, "pending");
}

static bool look_up(const struct judgement *judgement, const char *identity,
                    struct db_result **ret_known, struct error *err) {
    return db_run(judgement->registrar->db, &sql_registration_judge,
                  DB_PARAMS(DB_TEXT(judgement->id), DB_TEXT(judgement->registration.addr),
                            DB_TEXT(identity)),
                  ret_known, err);
}

/* A host that the pool does not know yet, and that contradicts nothing. */
static enum verdict judge_newcomer(struct judgement *judgement) {
    CLEANUP(db_result_free) struct db_result *known = NULL;
    struct registrar *registrar = judgement->registrar;
    struct docker_facts facts;
    struct error err = {0};
    if (!may_enter_unasked(judgement)) {
        SAY("It waits for an administrator: berth approve %s.", judgement->id);
        return keep_out(judgement, "pending");
    }
    if (!policy_allows_labels("a host", "[]", judgement->registration.labels, "labels", &err)) {
        SAY("It waits for an administrator, because it asks for labels of berth's own.");
        return keep_out(judgement, "pending");
    }
    if (!enroll_verify(registrar->pool, registrar->client, judgement->id, &judgement->registration,
                       DETECT_MS, &facts, &err)) {
        SAY("%s", err.message);
        return keep_out(judgement, err.kind == ERROR_CONFLICT ? "quarantined" : "pending");
    }
    /* its Docker tells who it is, if the registration did not */
    if (!look_up(judgement, facts.identity, &known, &err))
        return failed(judgement->id, &err);
    const char *removed_as = db_text(known, 0, "removed_as");
    return removed_as ? judge_removed(judgement, removed_as) : admit(judgement, &facts);
}

/* The host asks to be forgotten; only of the engine that it is. */
static enum verdict judge_leaver(struct judgement *judgement, const struct db_result *known) {
    struct db *db = judgement->registrar->db;
    struct error err = {0};
    const char *own_addr = db_text(known, 0, "own_addr");
    const struct registration *registration = &judgement->registration;
    if (!own_addr || strcmp(own_addr, registration->addr) != 0 ||
        strcmp(db_text(known, 0, "own_identity"), registration->identity) != 0)
        return registrar_forget(judgement->registrar, judgement->id) ? VERDICT_LEFT
                                                                     : VERDICT_FAILED;
    bool ok = db_begin(db, &err) && enroll_remove(db, judgement->id, false, &err) &&
              tell(judgement->registrar, "leave-engine", judgement->id, "", &err) &&
              db_commit(db, &err);
    db_rollback(db);
    if (!ok && err.kind != ERROR_CONFLICT)
        return failed(judgement->id, &err);
    log_line(ok ? LOG_INFO : LOG_WARNING, "engine %s %s%s", judgement->id,
             ok ? "has left the pool" : "wants to leave: ", ok ? "" : err.message);
    return ok ? VERDICT_LEFT : VERDICT_WAITING;
}

static enum verdict judge(struct judgement *judgement) {
    CLEANUP(db_result_free) struct db_result *known = NULL;
    const struct registration *registration = &judgement->registration;
    struct error err = {0};
    if (!look_up(judgement, registration->identity, &known, &err))
        return failed(judgement->id, &err);
    const char *removed_as = db_text(known, 0, "removed_as");
    bool is_engine = db_text(known, 0, "own_addr") != NULL;
    if (registration->by == REGISTRATION_POOL)
        return is_engine ? VERDICT_SETTLED : VERDICT_STRAY;
    if (registration->by == REGISTRATION_LEFT)
        return VERDICT_SETTLED;
    if (registration->by == REGISTRATION_LEAVE)
        return judge_leaver(judgement, known);
    if (contradicts(judgement, known))
        return keep_out(judgement, "quarantined");
    if (is_engine)
        return settle(judgement);
    return removed_as ? judge_removed(judgement, removed_as) : judge_newcomer(judgement);
}

enum verdict registrar_judge(struct registrar *registrar, const char *id, const char *value) {
    struct judgement given = {.registrar = registrar, .id = id}, *judgement = &given;
    struct error err = {0};
    if (!registration_id_valid(id)) {
        log_line(LOG_WARNING,
                 "etcd: " REGISTRATION_PREFIX "%.*s is no engine's key: an id is 1 to %d letters, "
                 "digits, '_', '.' and '-'",
                 REGISTRATION_ID_MAX, id, REGISTRATION_ID_MAX);
        return VERDICT_SETTLED;
    }
    enum verdict verdict = VERDICT_WAITING;
    if (registration_read(value, &given.registration, &err)) {
        verdict = judge(judgement);
    } else {
        SAY("What it registers cannot be read: %s", err.message);
        verdict = keep_out(judgement, "quarantined");
    }
    registration_release(&given.registration);
    return verdict;
}
