/* executor: see executor.h. */
#include "core/control/executor.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/control/converge.h"
#include "core/control/restored.h"
#include "core/net/http.h"
#include "core/store/work.h"

enum { CLAIM_S = 10, RENEW_MS = 3000, TICK_MS = 500, JOBS_MAX = 256, DRAIN_MS = 10000 };

struct executor {
    const struct executor_options *options;
    struct db *db;
    struct http_client *client;
    struct converge *converge;
    size_t jobs;
    bool claim_now;
    bool may_claim;   /* the database is not older than what was done by it, or frozen */
    int64_t renew_ms; /* monotonic: when the claims are to be renewed */
};

static void row_done(void *context, bool finished, bool more) {
    struct executor *executor = context;
    executor->jobs--;
    executor->claim_now |= more;
    if (finished && executor->options->operation_finished)
        executor->options->operation_finished(executor->options->context);
}

static void claim(struct executor *executor) {
    struct work_row *rows = NULL;
    size_t count = 0;
    struct error err = {0};
    executor->claim_now = false;
    if (executor->jobs >= JOBS_MAX ||
        !work_claim(executor->db, executor->options->name, CLAIM_S,
                    executor->options->pool->config->engine_concurrency, JOBS_MAX - executor->jobs,
                    &rows, &count, &err))
        return;
    if (executor->jobs == 0)
        executor->renew_ms = clock_ms() + RENEW_MS;
    executor->jobs += count;
    for (size_t i = 0; i < count; i++)
        converge_start(executor->converge, &rows[i]);
    free(rows);
}

/* A claim whose end could not be written down, or whose beginning never came back, runs out. */
static void renew(struct executor *executor) {
    CLEANUP(strbuf_release) struct strbuf ids = {0};
    struct error err = {0};
    converge_held(executor->converge, &ids);
    work_renew(executor->db, executor->options->name, CLAIM_S, strbuf_text(&ids), &err);
}

static void claim_foreign(struct executor *executor) {
    struct foreign_work *work = NULL;
    size_t count = 0;
    struct error err = {0};
    if (executor->jobs >= JOBS_MAX ||
        !foreign_claim(executor->db, executor->options->name, CLAIM_S, JOBS_MAX - executor->jobs,
                       &work, &count, &err))
        return;
    if (executor->jobs == 0)
        executor->renew_ms = clock_ms() + RENEW_MS;
    executor->jobs += count;
    for (size_t i = 0; i < count; i++)
        converge_foreign(executor->converge, &work[i]);
    free(work);
}

/* Nothing is claimed before it is known whether the database was restored. */
static bool may_claim(struct executor *executor) {
    struct error err = {0};
    if (!executor->may_claim)
        executor->may_claim = restored_check(executor->db, executor->options->pool, &err);
    return executor->may_claim;
}

/* Wait for answers, for a wake-up or for the next tick; true when woken. */
static bool wait(struct executor *executor, int64_t timeout_ms) {
    uint64_t wakes;
    http_client_poll(executor->client, executor->options->wake_fd,
                     timeout_ms < 0 ? 0 : (int)timeout_ms);
    return read(executor->options->wake_fd, &wakes, sizeof wakes) == sizeof wakes;
}

static void loop(struct executor *executor) {
    const struct executor_options *options = executor->options;
    int64_t next_claim = 0, next_tick = 0, stop_at = 0;
    bool woken = true;
    for (;;) {
        int64_t now = clock_ms();
        bool stopping = atomic_load(options->stop);
        if (stopping && stop_at == 0)
            stop_at = now + DRAIN_MS;
        if (stopping && (executor->jobs == 0 || now >= stop_at))
            return;
        if (options->tick && (woken || now >= next_tick)) {
            int64_t pause = options->tick(options->context, executor->db, woken);
            next_tick = now + (pause < TICK_MS ? pause : TICK_MS);
        } else if (!options->tick) {
            next_tick = now + TICK_MS;
        }
        if (!stopping && (woken || executor->claim_now || now >= next_claim) &&
            may_claim(executor)) {
            bool whole = woken || now >= next_claim;
            claim(executor);
            if (whole)
                claim_foreign(executor);
            next_claim = now + TICK_MS;
        }
        if (executor->jobs && now >= executor->renew_ms) {
            renew(executor);
            executor->renew_ms = now + RENEW_MS;
        }
        woken = !executor->claim_now && wait(executor, next_tick - now);
    }
}

void executor_run(const struct executor_options *options) {
    struct executor executor = {.options = options,
                                .db = db_new(options->conninfo, options->name),
                                .client = http_client_new()};
    struct converge_host host = {.pool = options->pool,
                                 .db = executor.db,
                                 .name = options->name,
                                 .client = executor.client,
                                 .row_done = row_done,
                                 .context = &executor};
    struct error err = {0};
    executor.converge = converge_new(&host);
    work_release(executor.db, options->name, &err);
    loop(&executor);
    converge_close(executor.converge);
    http_client_free(
        executor.client); /* ends the calls under way: their rows are looked at again */
    converge_free(executor.converge);
    work_release(executor.db, options->name, &err);
    db_free(executor.db);
}
