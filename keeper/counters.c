/* counters: see counters.h. */
#include "keeper/counters.h"

#include <stdatomic.h>

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/metrics.h"
#include "sql/statements.h"

/* By these names sql/query/metrics_pool.sql knows them. */
static const char *const names[KEEPER_COUNTERS] = {"echoes_sent", "echoes_heard", "echo_us",
                                                   "events",      "event_lag_us", "streams",
                                                   "moves"};

static _Atomic int64_t cells[KEEPER_COUNTERS], waiting;

void counters_add(enum keeper_counter counter, int64_t value) {
    atomic_fetch_add_explicit(&cells[counter], value, memory_order_relaxed);
}

void counters_waiting(int64_t events) {
    atomic_store_explicit(&waiting, events, memory_order_relaxed);
}

bool counters_write(struct db *db, const char *name, struct error *err) {
    CLEANUP(json_put) json_t *counters = json_object_new_object();
    CLEANUP(json_put) json_t *ends = json_object_new_object();
    for (int i = 0; i < KEEPER_COUNTERS; i++)
        json_set_int(counters, names[i], atomic_load_explicit(&cells[i], memory_order_relaxed));
    json_set_int(counters, "events_waiting", atomic_load_explicit(&waiting, memory_order_relaxed));
    for (int i = 0; i < METRICS_ENDS; i++)
        json_set_int(ends, metrics_end_word((enum metrics_end)i),
                     (int64_t)metrics_ended((enum metrics_end)i));
    return db_run(db, &sql_keeper_counters,
                  DB_PARAMS(DB_TEXT(name), DB_TEXT(json_print(counters)),
                            DB_TEXT(json_print(ends))),
                  NULL, err);
}
