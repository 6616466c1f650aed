/* lease: see lease.h. */
#include "core/store/lease.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/base/mem.h"
#include "core/store/events.h"
#include "sql/statements.h"

bool lease_look(struct db *db, const char *name, struct lease *ret_lease, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    if (!db_run(db, &sql_lease_look, DB_PARAMS(DB_TEXT(name)), &row, err))
        return false;
    *ret_lease = (struct lease){.epoch = db_int64(row, 0, "epoch", 0),
                                .left_ms = db_int64(row, 0, "left_ms", 0)};
    snprintf(ret_lease->holder, sizeof ret_lease->holder, "%s", db_text(row, 0, "holder"));
    return true;
}

static bool tell(struct db *db, const char *name, int64_t epoch, struct error *err) {
    char message[256];
    snprintf(message, sizeof message, "name=%s epoch=%" PRId64, name, epoch);
    const struct event event = {.type = "keeper-leads", .tag = "cluster", .message = message};
    return event_insert(db, &event, err);
}

bool lease_take(struct db *db, const char *name, int ttl_ms, int64_t *ret_epoch,
                struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    int64_t epoch = 0;
    bool ok = db_begin(db, err) && db_run(db, &sql_lease_lock, NULL, 0, NULL, err) &&
              db_run(db, &sql_lease_take, DB_PARAMS(DB_TEXT(name), db_int(ttl_ms)), &row, err);
    if (ok && db_rows(row) > 0)
        epoch = db_int64(row, 0, "epoch", 0);
    ok = ok && (epoch == 0 || tell(db, name, epoch, err)) && db_commit(db, err);
    db_rollback(db);
    if (ok)
        *ret_epoch = epoch;
    return ok;
}

bool lease_renew(struct db *db, const char *name, int64_t epoch, int ttl_ms, bool *ret_kept,
                 struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    if (!db_run(db, &sql_lease_renew, DB_PARAMS(DB_TEXT(name), db_int(epoch), db_int(ttl_ms)), &row,
                err))
        return false;
    *ret_kept = db_rows(row) > 0;
    return true;
}

bool lease_leave(struct db *db, const char *name, int64_t epoch, struct error *err) {
    return db_run(db, &sql_lease_leave, DB_PARAMS(DB_TEXT(name), db_int(epoch)), NULL, err);
}

void lease_fence(struct db *db, int64_t epoch) {
    db_fence(db, epoch ? &sql_lease_check : NULL, epoch);
}
