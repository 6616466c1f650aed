/* failover: see failover.h. */
#include "keeper/failover.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/control/move.h"
#include "core/store/events.h"
#include "keeper/counters.h"
#include "keeper/drain.h"
#include "sql/statements.h"

/* Engines that are lost within TOGETHER_S seconds are lost at once. */
enum { PASS_MS = 500, MOVES_MAX = 20, TOGETHER_S = 30, AT_LEAST = 2, SHARE = 3 };

static const char freeze_kind[] = "engines-lost";

struct failover {
    const struct pool *pool;
    struct db *db;
    int wake_fd;
    int64_t next_ms; /* monotonic: the next pass */
};

/* More than a third of the pool, and at least two. */
static bool is_too_many(int64_t lost, int64_t pool) {
    return lost >= AT_LEAST && lost * SHARE > pool;
}

enum losses_mean losses_mean(const struct losses *losses) {
    if (losses->frozen)
        return is_too_many(losses->lost, losses->pool) ? LOSSES_FROZEN : LOSSES_THAW;
    if (is_too_many(losses->lost, losses->pool))
        return LOSSES_FREEZE;
    return is_too_many(losses->lost + losses->suspect, losses->pool) ? LOSSES_WAIT : LOSSES_MOVE;
}

struct failover *failover_new(const struct pool *pool, struct db *db, int wake_fd) {
    struct failover *failover = mem_alloc(sizeof *failover);
    *failover = (struct failover){.pool = pool, .db = db, .wake_fd = wake_fd};
    return failover;
}

void failover_free(struct failover *failover) {
    free(failover);
}

static bool tell(struct db *db, const char *type, const char *message, struct error *err) {
    const struct event event = {.type = type, .tag = "cluster", .message = message};
    log_line(LOG_WARNING, "%s: %s", type, message);
    return event_insert(db, &event, err);
}

static bool freeze(struct db *db, const struct losses *losses, const char *ids, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    CLEANUP(mem_free_text)
    char *reason = mem_format("%" PRId64 " of %" PRId64
                              " engines were lost at once (%s): nothing is moved until some are "
                              "back, or berth thaw",
                              losses->lost, losses->pool, ids);
    CLEANUP(mem_free_text) char *message = mem_format("reason=%s", reason);
    bool ok = db_begin(db, err) &&
              db_run(db, &sql_freeze_begin, DB_PARAMS(DB_TEXT(freeze_kind), DB_TEXT(reason)), &row,
                     err) &&
              (db_rows(row) == 0 || tell(db, "freeze-rescheduling", message, err)) &&
              db_commit(db, err);
    db_rollback(db);
    return ok;
}

static bool thaw(struct db *db, const struct losses *losses, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    char message[128];
    snprintf(message, sizeof message,
             "reason=%" PRId64 " of %" PRId64
             " engines are still lost, which is no longer too many",
             losses->lost, losses->pool);
    bool ok = db_begin(db, err) &&
              db_run(db, &sql_freeze_end, DB_PARAMS(DB_TEXT(freeze_kind)), &row, err) &&
              (db_rows(row) == 0 || tell(db, "thaw-rescheduling", message, err)) &&
              db_commit(db, err);
    db_rollback(db);
    return ok;
}

/* May containers be moved? */
static bool judge(struct failover *failover, bool *ret_go, bool *ret_draining, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    struct db *db = failover->db;
    if (!db_run(db, &sql_failover_look, NULL, 0, &row, err))
        return false;
    const struct losses losses = {.lost = db_int64(row, 0, "lost", 0),
                                  .suspect = db_int64(row, 0, "suspect", 0),
                                  .pool = db_int64(row, 0, "pool", 0),
                                  .frozen = db_is_true(row, 0, "frozen")};
    enum losses_mean mean = losses_mean(&losses);
    *ret_go =
        (mean == LOSSES_MOVE || mean == LOSSES_THAW) && !db_is_true(row, 0, "frozen_otherwise");
    *ret_draining = db_is_true(row, 0, "draining");
    if (mean == LOSSES_FREEZE)
        return freeze(db, &losses, db_text(row, 0, "lost_ids"), err);
    if (mean == LOSSES_THAW && !thaw(db, &losses, err))
        return false;
    return mean != LOSSES_MOVE || losses.lost == 0 ||
           db_run(db, &sql_failover_accept, DB_PARAMS(db_int(TOGETHER_S)), NULL, err);
}

/* One that fails does not hold up the others. */
static bool move_due(struct failover *failover, const char *lost, size_t *ret_moved,
                     struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    if (!db_run(failover->db, &sql_failover_due, DB_PARAMS(DB_TEXT(lost), db_int(MOVES_MAX)), &rows,
                err))
        return false;
    for (int i = 0; i < db_rows(rows); i++) {
        const struct move move = {.container_id = db_text(rows, i, "id"),
                                  .from = db_text(rows, i, "engine_id"),
                                  .reason = db_text(rows, i, "reason")};
        enum move_end end = MOVE_OVER;
        if (!move_container(failover->db, failover->pool, &move, &end, err))
            return false;
        *ret_moved += end == MOVE_DONE;
    }
    return true;
}

void failover_poll(struct failover *failover, const char *lost) {
    struct error err = {0};
    size_t moved = 0, drained = 0;
    bool go = false, draining = false;
    int64_t now = clock_ms();
    if (now < failover->next_ms)
        return;
    failover->next_ms = now + PASS_MS;
    bool ok = judge(failover, &go, &draining, &err) &&
              (!go || !lost || move_due(failover, lost, &moved, &err)) &&
              (!draining || drain_pass(failover->db, failover->pool, go, &drained, &err));
    if (!ok)
        log_line(LOG_WARNING, "containers cannot be moved: %s", err.message);
    counters_add(COUNTER_MOVES, (int64_t)moved);
    if (moved > 0)
        log_line(LOG_INFO, "%zu containers of lost engines go elsewhere", moved);
    if (moved + drained > 0 && failover->wake_fd >= 0)
        eventfd_write(failover->wake_fd, 1);
    if (moved == MOVES_MAX)
        failover->next_ms = 0;
}
