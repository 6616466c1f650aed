/* intent_foreign: what clients want of containers that are not the pool's; see intent.h. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/intent.h"
#include "core/control/policy.h"
#include "core/control/policy_spec.h"
#include "core/store/events.h"
#include "core/store/foreign.h"
#include "sql/statements.h"

static const struct {
    const char *type, *action; /* NULL: not for these */
} changes[] = {
    [INTENT_START] = {"start-container", "start"},
    [INTENT_STOP] = {"stop-container", "stop"},
    [INTENT_RESTART] = {"restart-container", "restart"},
    [INTENT_DESTROY] = {"destroy-container", NULL},
};

static bool tell(const struct intent_client *client, const struct foreign *foreign,
                 const char *type, struct error *err) {
    char message[128];
    snprintf(message, sizeof message, "id=%s", foreign->docker_id);
    const struct event event = {.type = type,
                                .tag = "cluster",
                                .message = message,
                                .container_id = foreign->docker_id,
                                .engine_id = foreign->engine_id,
                                .account = client->username,
                                .request_id = client->request_id};
    return event_insert(client->db, &event, err);
}

/* Whoever starts it uses the powers that it has. */
static bool may_start(const struct intent_client *client, const struct foreign *foreign,
                      struct error *err) {
    if (policy_allows(client->grants, "/", ACCESS_WRITE))
        return true;
    if (!foreign->inspected) {
        error_set(err, ERROR_UNAVAILABLE,
                  "The container has not been looked at yet; try again in a moment.");
        err->retry_after_s = 2;
        return false;
    }
    if (*foreign->power || !foreign->spec)
        return error_set(err, ERROR_FORBIDDEN,
                         "The container has settings that no specification can say (%s): only an "
                         "administrator may start it.",
                         *foreign->power ? foreign->power : "as a whole");
    return policy_allows_spec(client->role, client->grants, foreign->spec, err);
}

static bool write_intent(const struct intent_client *client, const struct foreign *foreign,
                         enum intent_change change, struct intent_result *result,
                         struct error *err) {
    CLEANUP(db_result_free) struct db_result *locked = NULL;
    struct db *db = client->db;
    const char *engine = foreign->engine_id, *id = foreign->docker_id;
    if (!intent_operation(client, changes[change].type, NULL, 1, result, err))
        return false;
    if (result->replayed)
        return true;
    if (!db_run(db, &sql_foreign_lock, DB_PARAMS(DB_TEXT(engine), DB_TEXT(id)), &locked, err))
        return false;
    if (db_rows(locked) == 0)
        return error_set(err, ERROR_CONFLICT,
                         "Container %.12s was adopted or removed meanwhile; look again.", id);
    return db_run(db, &sql_foreign_supersede, DB_PARAMS(DB_TEXT(engine), DB_TEXT(id)), NULL, err) &&
           db_run(db, &sql_foreign_intend,
                  DB_PARAMS(DB_TEXT(result->operation_id), DB_TEXT(engine), DB_TEXT(id),
                            DB_TEXT(changes[change].action)),
                  NULL, err) &&
           tell(client, foreign, changes[change].type, err);
}

bool intent_foreign(const struct intent_client *client, const char *prefix,
                    enum intent_change change, struct intent_result *result, struct error *err) {
    struct foreign foreign = {0};
    bool ok = foreign_find(client->db, prefix, &foreign, err);
    if (ok && !changes[change].action)
        ok = foreign_unmanaged(&foreign, err);
    if (ok && change != INTENT_STOP)
        ok = may_start(client, &foreign, err);
    ok = ok && write_intent(client, &foreign, change, result, err);
    foreign_release(&foreign);
    return ok;
}

bool foreign_unmanaged(const struct foreign *foreign, struct error *err) {
    return error_set(err, ERROR_CONFLICT,
                     "Container %.12s is not managed by berth: adopt it first "
                     "(berth adopt %.12s).",
                     foreign->docker_id, foreign->docker_id);
}
