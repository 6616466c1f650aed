/* history: see history.h. */
#include "core/store/history.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "sql/statements.h"

enum { SEALS_AT_ONCE = 50 };

static void set_problem(struct history_report *report, const char *what, int64_t seal) {
    report->ok = false;
    snprintf(report->problem, sizeof report->problem, "Seal %" PRId64 ": %s.", seal, what);
}

static void check_seal(struct history_report *report, const struct db_result *rows, int row) {
    int64_t seq = db_int64(rows, row, "seq", 0);
    int64_t events = db_int64(rows, row, "events", 0), found = db_int64(rows, row, "found", 0);
    if (!db_is_true(rows, row, "chained"))
        set_problem(report, "the seal before it is missing", seq);
    else if (events != found)
        set_problem(report,
                    found < events ? "events that it covers are missing"
                                   : "there are events that it does not cover",
                    seq);
    else if (!db_is_true(rows, row, "same"))
        set_problem(report, "its digest does not match: an event, or a seal, was changed", seq);
    if (!report->ok)
        return;
    report->last = seq;
    report->seals++;
    report->events += events;
}

static bool load_bounds(struct db *db, int64_t after, const char *wanted,
                        struct history_report *report, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    if (!db_run(db, &sql_events_verify_bounds, DB_PARAMS(DB_TEXT(wanted)), &row, err))
        return false;
    const char *digest = db_text(row, 0, "digest");
    report->first = db_int64(row, 0, "dropped", 0);
    report->last = after > report->first ? after : report->first;
    report->head = db_int64(row, 0, "head", 0);
    report->unsealed = db_int64(row, 0, "unsealed", 0);
    report->wanted = db_int64(row, 0, "wanted", 0);
    snprintf(report->digest, sizeof report->digest, "%s", digest ? digest : "");
    report->ok = true;
    if (!db_is_true(row, 0, "sound"))
        set_problem(report, "what is left of its events since others were dropped does not match",
                    report->first);
    if (report->ok && wanted && !report->wanted) {
        report->ok = false;
        snprintf(report->problem, sizeof report->problem,
                 "The chain does not contain the digest %s.", wanted);
    }
    return true;
}

bool history_verify(struct db *db, int64_t after, const char *wanted, int64_t budget_ms,
                    struct history_report *report, struct error *err) {
    int64_t end_ms = clock_ms() + budget_ms;
    *report = (struct history_report){0};
    if (!load_bounds(db, after, wanted, report, err))
        return false;
    while (report->ok && !report->complete) {
        CLEANUP(db_result_free) struct db_result *rows = NULL;
        if (!db_run(db, &sql_events_verify, DB_PARAMS(db_int(report->last), db_int(SEALS_AT_ONCE)),
                    &rows, err))
            return false;
        for (int i = 0; i < db_rows(rows) && report->ok; i++)
            check_seal(report, rows, i);
        /* The head that was seen first counts: others come while this goes on. */
        report->complete = db_rows(rows) == 0 || report->last >= report->head;
        if (clock_ms() >= end_ms)
            break;
    }
    return true;
}
