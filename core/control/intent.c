/* intent: see intent.h: finding containers, changing one, scaling a group. */
#include "core/control/intent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/environment.h"
#include "core/control/links.h"
#include "core/control/place.h"
#include "core/control/policy_spec.h"
#include "core/store/events.h"
#include "sql/statements.h"

bool container_find(struct db *db, const char *prefix, bool tombstones, struct container *container,
                    struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    *container = (struct container){0};
    if (!db_run(db, &sql_container_find, DB_PARAMS(DB_TEXT(prefix)), &rows, err))
        return false;
    bool found = db_rows(rows) > 0;
    bool removed = found && db_is_true(rows, 0, "removed");
    if (!found || (removed && !tombstones))
        return error_set(err, ERROR_NOT_FOUND, "There is no container %s.", prefix);
    if (db_rows(rows) > 1 && !removed && !db_is_true(rows, 1, "removed"))
        return error_set(err, ERROR_AMBIGUOUS,
                         "%s fits more than one container; give more digits of the id.", prefix);
    if (!removed && db_is_true(rows, 0, "foreign_too") &&
        strcmp(db_text(rows, 0, "name"), prefix) != 0)
        return error_set(err, ERROR_AMBIGUOUS,
                         "%s fits a container that is not managed by berth, too; give more digits "
                         "of the id.",
                         prefix);
    snprintf(container->id, sizeof container->id, "%s", db_text(rows, 0, "id"));
    snprintf(container->group_hash, sizeof container->group_hash, "%s",
             db_text(rows, 0, "group_hash"));
    container->engine_id = mem_strdup(db_text(rows, 0, "engine_id"));
    container->pull = mem_strdup(db_text(rows, 0, "pull"));
    container->spec = db_json(rows, 0, "image");
    container->environment = db_bytes(rows, 0, "environment", &container->environment_len);
    container->removed = removed;
    return true;
}

void container_release(struct container *container) {
    free(container->engine_id);
    free(container->pull);
    free(container->environment);
    json_put(&container->spec);
}

/* Keyed: a request holds environments, which nobody may guess at. */
static void digest_request(const struct intent_client *client, unsigned char digest[SHA256_BYTES]) {
    crypto_hmac_sha256(client->pool->key->bytes, client->request_text, strlen(client->request_text),
                       digest);
}

bool intent_known(const struct intent_client *client, struct intent_result *result,
                  struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    unsigned char digest[SHA256_BYTES];
    size_t len = 0;
    if (!client->idempotency_key)
        return true;
    if (!db_run(client->db, &sql_operation_by_key,
                DB_PARAMS(DB_TEXT(client->account_id), DB_TEXT(client->idempotency_key)), &rows,
                err))
        return false;
    if (db_rows(rows) == 0)
        return true;
    digest_request(client, digest);
    unsigned char *first = db_bytes(rows, 0, "request_digest", &len);
    bool same = len == SHA256_BYTES && memcmp(first, digest, len) == 0;
    free(first);
    if (!same)
        return error_set(err, ERROR_KEY_REUSED,
                         "The Idempotency-Key belongs to another request; use a new one.");
    result->replayed = true;
    snprintf(result->operation_id, sizeof result->operation_id, "%s", db_text(rows, 0, "id"));
    return true;
}

bool intent_operation(const struct intent_client *client, const char *type, const char *group_hash,
                      size_t items, struct intent_result *result, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    unsigned char digest[SHA256_BYTES];
    digest_request(client, digest);
    crypto_random_hex(result->operation_id, OPERATION_ID_BYTES);
    if (!db_run(client->db, &sql_operation_insert,
                DB_PARAMS(DB_TEXT(result->operation_id), DB_TEXT(type), DB_TEXT(client->account_id),
                          DB_TEXT(client->idempotency_key), DB_BYTES(digest, sizeof digest),
                          DB_TEXT(group_hash), db_int((int64_t)items)),
                &rows, err))
        return false;
    if (db_rows(rows) > 0)
        return true;
    return intent_known(client, result, err) &&
           (result->replayed ||
            error_set(err, ERROR_INTERNAL, "An idempotency key vanished while it was used."));
}

bool intent_event(const struct intent_client *client, const char *type, const char *container_id,
                  const char *message, struct error *err) {
    const struct event event = {.type = type,
                                .tag = "cluster",
                                .message = message,
                                .container_id = container_id,
                                .account = client->username,
                                .request_id = client->request_id};
    return event_insert(client->db, &event, err);
}

/* Set what is wanted of the containers `ids` (Postgres array text). */
static bool intend(const struct intent_client *client, const char *ids, const char *desired,
                   bool restart, const struct intent_result *result, struct error *err) {
    return db_run(client->db, &sql_containers_lock, DB_PARAMS(DB_TEXT(ids)), NULL, err) &&
           db_run(client->db, &sql_containers_intend,
                  DB_PARAMS(DB_TEXT(ids), DB_TEXT(desired), DB_TEXT(restart ? "true" : "false"),
                            DB_TEXT(result->operation_id)),
                  NULL, err);
}

static const struct {
    const char *type, *desired;
    bool restart, revives; /* the latter: it needs room, and the role's leave */
} changes[] = {
    [INTENT_START] = {"start-container", "running", false, true},
    [INTENT_STOP] = {"stop-container", "stopped", false, false},
    [INTENT_RESTART] = {"restart-container", "running", true, true},
    [INTENT_DESTROY] = {"destroy-container", "removed", false, false},
};

/* Nobody else changes the row from here on. The placement lock comes first where it is needed, as
 * in every transaction that takes both. */
static bool lock_container(const struct intent_client *client, const struct container *container,
                           enum intent_change change, bool *ret_running, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    char ids[80];
    snprintf(ids, sizeof ids, "{%s}", container->id);
    if ((changes[change].revives && !db_run(client->db, &sql_placement_lock, NULL, 0, NULL, err)) ||
        !db_run(client->db, &sql_containers_lock, DB_PARAMS(DB_TEXT(ids)), &rows, err))
        return false;
    const char *desired = db_rows(rows) > 0 ? db_text(rows, 0, "desired") : NULL;
    if (!desired || (strcmp(desired, "removed") == 0 && change != INTENT_DESTROY))
        return error_set(err, ERROR_NOT_FOUND, "Container %.12s has been destroyed.",
                         container->id);
    *ret_running = strcmp(desired, "running") == 0;
    return true;
}

/* May the client bring (more of) it to life? */
static bool may_revive(const struct intent_client *client, const struct container *container,
                       struct error *err) {
    return policy_allows_spec(client->role, client->grants, container->spec, err);
}

static bool change_in_transaction(const struct intent_client *client,
                                  const struct container *container, enum intent_change change,
                                  struct intent_result *result, struct error *err) {
    char ids[80], message[128];
    bool running = false, ready = true;
    if (!intent_operation(client, changes[change].type, container->group_hash, 1, result, err))
        return false;
    if (result->replayed)
        return true;
    if (!lock_container(client, container, change, &running, err))
        return false;
    if (changes[change].revives && !running && container->engine_id &&
        !place_fits(client->db, client->pool, container->spec, container->engine_id, container->id,
                    err))
        return false;
    if (changes[change].revives && !links_ready(client->db, container->spec, false, &ready, err))
        return false;
    snprintf(ids, sizeof ids, "{%s}", container->id);
    snprintf(message, sizeof message, "id=%s", container->id);
    return intend(client, ids, changes[change].desired, changes[change].restart, result, err) &&
           intent_event(client, changes[change].type, container->id, message, err);
}

bool intent_change_of(const char *type, enum intent_change *ret_change) {
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        if (strcmp(changes[i].type, type) != 0)
            continue;
        *ret_change = (enum intent_change)i;
        return true;
    }
    return false;
}

bool intent_change_within(const struct intent_client *client, const char *prefix,
                          enum intent_change change, struct intent_result *result,
                          struct error *err) {
    struct container container = {0};
    bool repeated = client->idempotency_key != NULL; /* its container may be gone by now */
    bool ok =
        container_find(client->db, prefix, repeated, &container, err)
            ? (!changes[change].revives || may_revive(client, &container, err)) &&
                  change_in_transaction(client, &container, change, result, err)
            : err->kind == ERROR_NOT_FOUND && intent_foreign(client, prefix, change, result, err);
    container_release(&container);
    return ok;
}

bool intent_change(const struct intent_client *client, const char *prefix,
                   enum intent_change change, struct intent_result *result, struct error *err) {
    *result = (struct intent_result){0};
    bool ok = db_begin(client->db, err) &&
              intent_change_within(client, prefix, change, result, err) &&
              db_commit(client->db, err);
    db_rollback(client->db);
    return ok;
}

/* Destroy the surplus: newest first, the named one last. */
static bool shrink(const struct intent_client *client, const struct db_result *members,
                   size_t count, struct intent_result *result, struct error *err) {
    CLEANUP(strbuf_release) struct strbuf ids = {0};
    for (int i = 0; i < db_rows(members) - (int)count; i++)
        strbuf_addf(&ids, "%c%s", i ? ',' : '{', db_text(members, i, "id"));
    strbuf_putc(&ids, '}');
    return intend(client, strbuf_text(&ids), "removed", false, result, err);
}

bool intent_whole_spec(const struct intent_client *client, const struct container *container,
                       json_t **ret_spec, struct error *err) {
    json_t *environment = NULL;
    if (!environment_open(client->pool, container->id, container->environment,
                          container->environment_len, &environment, err))
        return false;
    *ret_spec = json_copy(container->spec);
    json_set(*ret_spec, "environment", environment);
    return true;
}

static bool scale_in_transaction(const struct intent_client *client,
                                 const struct container *container, size_t count,
                                 struct intent_result *result, struct error *err) {
    CLEANUP(db_result_free) struct db_result *members = NULL;
    CLEANUP(json_put) json_t *spec = NULL;
    char message[160];
    if (!db_run(client->db, &sql_group_lock, DB_PARAMS(DB_TEXT(container->group_hash)), NULL,
                err) ||
        !db_run(client->db, &sql_group_running,
                DB_PARAMS(DB_TEXT(container->group_hash), DB_TEXT(container->id)), &members, err))
        return false;
    size_t running = (size_t)db_rows(members);
    size_t changed = running > count ? running - count : count - running;
    snprintf(message, sizeof message, "id=%s from=%zu count=%zu", container->id, running, count);
    if (changed == 0 && !client->idempotency_key) {
        result->nothing = true;
        return intent_event(client, "scale-container", container->id, message, err);
    }
    if (!intent_operation(client, "scale-container", container->group_hash, changed, result, err))
        return false;
    if (result->replayed)
        return true;
    bool ok = changed == 0      ? true /* the operation is born finished */
              : running > count ? shrink(client, members, count, result, err)
                                : intent_whole_spec(client, container, &spec, err) &&
                                      intent_insert(client, spec, container->group_hash, changed,
                                                    true, container->pull, result, err);
    return ok && intent_event(client, "scale-container", container->id, message, err);
}

static bool find_for_scale(struct db *db, const char *prefix, struct container *container,
                           struct error *err) {
    struct foreign foreign = {0};
    bool ok = container_find(db, prefix, true, container, err);
    if (!ok && err->kind == ERROR_NOT_FOUND && foreign_find(db, prefix, &foreign, err))
        foreign_unmanaged(&foreign, err);
    foreign_release(&foreign);
    return ok;
}

bool intent_scale(const struct intent_client *client, const char *prefix, size_t count,
                  struct intent_result *result, struct error *err) {
    struct container container = {0};
    *result = (struct intent_result){0};
    bool ok = db_begin(client->db, err) && find_for_scale(client->db, prefix, &container, err) &&
              may_revive(client, &container, err) &&
              scale_in_transaction(client, &container, count, result, err) &&
              db_commit(client->db, err);
    db_rollback(client->db);
    container_release(&container);
    return ok;
}
