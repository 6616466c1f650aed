/* background: the threads of a worker process besides those for requests; see worker.h. The
 * executor carries out what requests have written down, and hands back those that wait for it. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/control/executor.h"
#include "fcgi/request.h"
#include "fcgi/streams.h"
#include "fcgi/wake.h"
#include "fcgi/worker.h"
#include "sql/statements.h"

enum { RETRY_MS = 500 };

static void operation_finished(void *context) {
    (void)context;
    wake_all(); /* whoever waits for it may do so in another process */
}

/* Hand back the requests whose operations have finished. */
static void release_finished(struct worker *worker, struct db *db) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    CLEANUP(strbuf_release) struct strbuf array = {0};
    struct error err = {0};
    char **ids = NULL;
    size_t count = parked_ids(worker->parked, &ids);
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&array, "%c%s", i ? ',' : '{', ids[i]);
    strbuf_putc(&array, '}');
    free(ids);
    if (count == 0 ||
        !db_run(db, &sql_operation_finished, DB_PARAMS(DB_TEXT(strbuf_text(&array))), &rows, &err))
        return;
    for (int i = 0; i < db_rows(rows); i++)
        parked_release(worker->parked, db_text(rows, i, "id"));
}

static int64_t tick(void *context, struct db *db, bool woken) {
    struct worker *worker = context;
    release_finished(worker, db);
    if (woken)
        streams_look_now(worker->streams);
    int64_t next = parked_expire(worker->parked, clock_ms());
    return next == INT64_MAX ? next : next - clock_ms();
}

/* The pool's UUID; until the database tells it, requests that wait only have their deadlines kept.
 */
static bool load_pool_id(struct worker *worker) {
    struct db *db = db_new(worker->config->worker_database, "berth-worker");
    bool known = false;
    while (!known && !atomic_load(&worker->stopping)) {
        CLEANUP(db_result_free) struct db_result *row = NULL;
        struct error err = {0};
        known = db_run(db, &sql_pool_get, NULL, 0, &row, &err);
        if (known) {
            snprintf(worker->pool.id, sizeof worker->pool.id, "%s", db_text(row, 0, "id"));
        } else {
            parked_expire(worker->parked, clock_ms());
            nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000L}, NULL);
        }
    }
    db_free(db);
    return known;
}

static void run_executor(struct worker *worker) {
    char host[65] = "", name[128];
    if (!load_pool_id(worker))
        return;
    gethostname(host, sizeof host - 1);
    /* A slot has one living process at a time. */
    snprintf(name, sizeof name, "worker/%s/%d/%d", host, (int)getppid(), worker->slot);
    executor_run(&(struct executor_options){
        .pool = &worker->pool,
        .conninfo = worker->config->worker_database,
        .name = name,
        .wake_fd = worker->wake_fd,
        .operation_finished = operation_finished,
        .tick = tick,
        .context = worker,
        .stop = &worker->stopping,
    });
}

const struct background background[] = {
    {"executor", run_executor},
};
const size_t background_count = ARRAY_LEN(background);
