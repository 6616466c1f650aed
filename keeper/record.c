/* record: see record.h. */
#include "keeper/record.h"

#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/store/events.h"
#include "sql/statements.h"

bool record_verdict(struct db *db, const struct heartbeat_report *report, const char *was,
                    struct error *err) {
    const char *state = engine_state_word(report->verdict.state), *reason = report->verdict.reason;
    const char *id = report->engine_id;
    char api_time[32], echo_time[32], age[32], strip_age[32], type[32], message[1200];
    bool changed = strcmp(was, state) != 0;
    snprintf(api_time, sizeof api_time, "%.2f", report->answers ? report->api_ms : 0);
    snprintf(echo_time, sizeof echo_time, "%.2f", report->echo_ms);
    snprintf(age, sizeof age, "%.3f", (double)(clock_ms() - report->heard_ms) / 1000);
    snprintf(strip_age, sizeof strip_age, "%.3f", (double)(clock_ms() - report->strip_ms) / 1000);
    snprintf(type, sizeof type, "engine-%s", state);
    snprintf(message, sizeof message, "id=%s%s%s", id, *reason ? " reason=" : "", reason);
    const struct event event = {.type = type,
                                .tag = "cluster",
                                .message = message,
                                .engine_id = id};
    bool ok =
        db_begin(db, err) &&
        db_run(db, &sql_engine_health,
               DB_PARAMS(DB_TEXT(id), DB_TEXT(engine_state_status(report->verdict.state)),
                         DB_TEXT(state), DB_TEXT(reason), DB_TEXT(api_time), DB_TEXT(echo_time),
                         DB_TEXT(engine_host_word(report->verdict.host)), DB_TEXT(age),
                         DB_TEXT(*report->strip ? report->strip : NULL), DB_TEXT(strip_age)),
               NULL, err) &&
        (!changed || event_insert(db, &event, err)) && db_commit(db, err);
    db_rollback(db);
    return ok;
}

static bool record_events(struct db *db, const struct stream_batch *batch, json_t *inspect,
                          struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    if (!db_run(db, &sql_stream_record,
                DB_PARAMS(DB_TEXT(batch->engine_id), DB_TEXT(strbuf_text(&batch->events))), &rows,
                err))
        return false;
    for (int i = 0; i < db_rows(rows); i++)
        json_object_array_add(inspect, json_object_new_string(db_text(rows, i, "docker_id")));
    return true;
}

bool record_stream(struct db *db, const struct stream_batch *batch, json_t **ret_inspect,
                   struct error *err) {
    bool ok = true;
    json_t *inspect = json_object_new_array();
    if (batch->news == STREAM_EVENT)
        ok = record_events(db, batch, inspect, err);
    else if (batch->news == STREAM_GAP || batch->news == STREAM_LOST)
        ok = db_run(db, &sql_stream_gap,
                    DB_PARAMS(DB_TEXT(batch->engine_id), DB_TEXT(batch->reason)), NULL, err);
    *ret_inspect = inspect;
    return ok;
}
