/* intent_retry: what has failed of an operation, once more; see intent.h. */
#include <string.h>

#include "core/control/intent.h"
#include "core/control/policy_spec.h"
#include "sql/statements.h"

/* As many containers as have failed, of the specification that the first of them still has. */
static bool run_again(const struct intent_client *client, const struct db_result *failed,
                      struct intent_result *result, struct error *err) {
    CLEANUP(json_put) json_t *spec = NULL;
    struct container container = {0};
    size_t count = (size_t)db_rows(failed);
    bool numbered = strcmp(db_text(failed, 0, "type"), "run-container") != 0 ||
                    strcmp(db_text(failed, 0, "total"), "1") != 0;
    bool ok =
        container_find(client->db, db_text(failed, 0, "container_id"), true, &container, err) &&
        policy_allows_spec(client->role, client->grants, container.spec, err) &&
        intent_whole_spec(client, &container, &spec, err) &&
        intent_run_within(client, spec, container.group_hash, count, numbered, container.pull,
                          result, err);
    container_release(&container);
    return ok;
}

/* A start, stop, restart or destroy has one container. */
static bool change_again(const struct intent_client *client, const struct db_result *failed,
                         struct intent_result *result, struct error *err) {
    enum intent_change change = INTENT_START;
    const char *type = db_text(failed, 0, "type");
    if (!intent_change_of(type, &change))
        return error_set(
            err, ERROR_CONFLICT,
            "What has failed of a %s cannot be tried again as it was: begin a new one.", type);
    return intent_change_within(client, db_text(failed, 0, "container_id"), change, result, err);
}

static bool makes_containers(const struct db_result *failed) {
    const char *before = db_text(failed, 0, "was_desired");
    return before && strcmp(before, "absent") == 0;
}

static bool retry_in_transaction(const struct intent_client *client, const char *operation_id,
                                 struct intent_result *result, struct error *err) {
    CLEANUP(db_result_free) struct db_result *failed = NULL;
    /* The lock comes first: whoever had it may have tried again what is then no longer failed. */
    if (!db_run(client->db, &sql_operation_lock, DB_PARAMS(DB_TEXT(operation_id)), NULL, err) ||
        !intent_known(client, result, err))
        return false;
    if (result->replayed)
        return true;
    if (!db_run(client->db, &sql_operation_failed, DB_PARAMS(DB_TEXT(operation_id)), &failed, err))
        return false;
    if (db_rows(failed) == 0)
        return error_set(err, ERROR_NOT_FOUND, "There is no operation %s.", operation_id);
    if (!db_is_true(failed, 0, "finished"))
        return error_set(err, ERROR_CONFLICT, "The operation is not over yet: wait for its end.");
    if (!db_text(failed, 0, "container_id"))
        return error_set(err, ERROR_CONFLICT,
                         "Nothing has failed of the operation that is not tried again already.");
    if (!(makes_containers(failed) ? run_again : change_again)(client, failed, result, err))
        return false;
    return db_run(client->db, &sql_operation_retried,
                  DB_PARAMS(DB_TEXT(operation_id), DB_TEXT(result->operation_id)), NULL, err);
}

bool intent_retry(const struct intent_client *client, const char *operation_id,
                  struct intent_result *result, struct error *err) {
    *result = (struct intent_result){0};
    bool ok = db_begin(client->db, err) &&
              retry_in_transaction(client, operation_id, result, err) && db_commit(client->db, err);
    db_rollback(client->db);
    return ok;
}
