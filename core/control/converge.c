/* converge: see converge.h: the steps of a job and its ends. */
#include "core/control/converge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "core/base/mem.h"
#include "core/base/metrics.h"
#include "core/control/converge_job.h"
#include "core/control/engine_reach.h"
#include "core/control/links.h"

enum { STEPS_MAX = 24, STOP_GRACE_S = 10, RETRY_MAX_S = 60, WAIT_ATTEMPTS_MAX = 6, LATER_S = 1 };

struct converge *converge_new(const struct converge_host *host) {
    struct converge *converge = mem_alloc(sizeof *converge);
    converge->host = *host;
    return converge;
}

void converge_close(struct converge *converge) {
    converge->closing = true;
}

void converge_free(struct converge *converge) {
    free(converge);
}

void held_add(struct converge *converge, struct held *held, const char *id) {
    *held = (struct held){.id = id, .next = converge->held};
    if (held->next)
        held->next->prev = held;
    converge->held = held;
}

void held_remove(struct converge *converge, struct held *held) {
    if (held->prev)
        held->prev->next = held->next;
    else
        converge->held = held->next;
    if (held->next)
        held->next->prev = held->prev;
}

void converge_held(const struct converge *converge, struct strbuf *ids) {
    strbuf_putc(ids, '{');
    for (const struct held *held = converge->held; held; held = held->next)
        strbuf_addf(ids, "%s%s", held == converge->held ? "" : ",", held->id);
    strbuf_putc(ids, '}');
}

static void end(struct job *job, enum metrics_end how, const struct work_outcome *outcome) {
    const struct converge_host *host = &job->converge->host;
    struct error err = {0};
    bool finished = false;
    metrics_converged(how);
    /* Without the database the claim runs out, and somebody looks again. */
    if (outcome)
        work_settle(host->db, &job->row, outcome, &finished, &err);
    held_remove(job->converge, &job->held);
    work_row_release(&job->row);
    free(job);
    host->row_done(host->context, finished, true);
}

/* What the state column says of what is there. */
static const char *state_word(const struct job *job) {
    if (job->observed == OBSERVED_UNKNOWN)
        return job->row.state;
    return observed_word(job->observed);
}

/* Exponential back-off with jitter, seconds. */
static double backoff(const struct job *job) {
    double s = 0.5;
    for (int64_t i = 0; i < job->row.attempts && s < RETRY_MAX_S; i++)
        s *= 2;
    return s * (0.75 + (double)(random() % 512) / 1024);
}

void job_done(struct job *job) {
    bool removed = job->desired == DESIRED_REMOVED;
    if (!job->restart_asked)
        job->row.restart_done = job->row.restart_seq;
    end(job, METRICS_DONE,
        &(struct work_outcome){
            .state = removed ? "removed" : state_word(job),
            .docker_id = removed ? NULL : job->row.docker_id,
            .exit_code = job->observed == OBSERVED_EXITED ? job->row.exit_code : -1,
            .retry_s = -1,
            .item = "done",
        });
}

static void end_with(struct job *job, const struct error *why, const char *item, double retry_s) {
    struct error copy = *why;
    end(job, METRICS_WAITING,
        &(struct work_outcome){
            .state = state_word(job),
            .docker_id = job->row.docker_id,
            .exit_code = -1,
            .error = copy.message,
            .retry_s = retry_s,
            .item = item,
            .kind = copy.kind,
        });
}

void job_wait(struct job *job, const struct error *why) {
    /* What is on an engine that is away waits for it; a new one's client is told in the end. */
    bool is_new = job->desired == DESIRED_RUNNING && !job->row.started;
    bool patient =
        job->row.attempts < WAIT_ATTEMPTS_MAX || (why->kind == ERROR_UNREACHABLE && !is_new);
    end_with(job, why, patient ? NULL : "failed", backoff(job));
}

void job_later(struct job *job) {
    end(job, METRICS_LATER,
        &(struct work_outcome){
            .state = state_word(job),
            .docker_id = job->row.docker_id,
            .exit_code = -1,
            .retry_s = LATER_S,
        });
}

void job_retry(struct job *job, const struct error *why) {
    if (why->kind == ERROR_UNAVAILABLE) /* our own end, not the engine's */
        job_wait(job, why);
    else if (why->kind == ERROR_UNREACHABLE)
        job_await_engine(job, why);
    else
        end_with(job, why, "failed", backoff(job));
}

void job_await_engine(struct job *job, const struct error *why) {
    struct error copy = *why;
    end(job, METRICS_AWAY,
        &(struct work_outcome){
            .state = state_word(job),
            .docker_id = job->row.docker_id,
            .exit_code = -1,
            .error = copy.message,
            .retry_s = backoff(job),
            .kind = copy.kind,
            .untouched = true,
        });
}

void job_give_up(struct job *job, const struct error *why) {
    struct error copy = *why;
    job_event(job, "fail-container", copy.message);
    end(job, METRICS_GIVEN_UP,
        &(struct work_outcome){
            .state = job->row.started ? state_word(job) : "failed",
            .docker_id = job->row.docker_id,
            .exit_code = -1,
            .error = copy.message,
            .desired = job->row.started ? "stopped" : "removed",
            .retry_s = -1,
            .item = "failed",
            .kind = copy.kind,
        });
}

void job_elsewhere(struct job *job, const struct error *why) {
    struct error first = *why, err = {0};
    bool moved = false;
    /* What it has written where it ran must not be left behind. */
    if (job->row.started && strcmp(json_get_text(job->row.spec, "reschedule", ""), "never") == 0) {
        job_retry(job, &first);
        return;
    }
    bool ok = job_move(job, &moved, &err);
    if (ok && moved)
        end(job, METRICS_ELSEWHERE, NULL);
    else if (ok)
        job_wait(job, &first); /* a client has changed its mind: that is carried out next */
    else if (err.kind == ERROR_UNAVAILABLE)
        job_wait(job, &err);
    else if (job->row.started)
        job_retry(job, &first);
    else
        job_give_up(job, &first);
}

static void on_discarded(void *context, struct docker_result *result) {
    struct job *job = context;
    /* Could it not be removed? The newer generation, or the tombstone, proves it obsolete later on.
     */
    (void)result;
    mem_free_text(&job->row.docker_id);
    job->observed = OBSERVED_ABSENT;
    job->after_removal(job);
}

void job_discard(struct job *job, const struct error *why, void (*then)(struct job *job)) {
    job->failure = *why;
    job->after_removal = then;
    if (job->row.docker_id)
        docker_remove(job->converge->host.client, &job->engine, job->row.docker_id, on_discarded,
                      job);
    else
        then(job);
}

static void give_up_after(struct job *job) {
    job_give_up(job, &job->failure);
}

static void elsewhere_after(struct job *job) {
    job_elsewhere(job, &job->failure);
}

void job_discard_elsewhere(struct job *job, const struct error *why) {
    job_discard(job, why, elsewhere_after);
}

void job_absent(struct job *job) {
    struct error err = {0};
    if (job->row.adopted && job->desired != DESIRED_REMOVED && !job_anew(job, &err)) {
        job_wait(job, &err);
        return;
    }
    mem_free_text(&job->row.docker_id);
    job->observed = OBSERVED_ABSENT;
    job_step(job);
}

/* Tried again, and told at once when it certainly did not happen. */
static void put_off(struct job *job, const struct docker_result *result) {
    if (result->maybe_done)
        job_wait(job, &result->err);
    else
        job_retry(job, &result->err);
}

/* A container that has run before is tried again, unless the engine refuses it as it is; a new one
 * can still go elsewhere, and so can one that has run elsewhere. */
static void start_failed(struct job *job, const struct docker_result *result) {
    bool refused = result->err.kind == ERROR_REFUSED;
    if (result->err.kind == ERROR_NOT_FOUND)
        job_absent(job);
    else if (job->row.started && refused && !job->fresh)
        job_give_up(job, &result->err);
    else if ((job->row.started && !job->fresh) || result->maybe_done)
        put_off(job, result);
    else if (result->port_conflict)
        job_discard(job, &result->err, job_new_ports);
    else if (refused && !job->row.started)
        job_discard(job, &result->err, give_up_after);
    else
        job_discard_elsewhere(job, &result->err);
}

static void on_started(void *context, struct docker_result *result) {
    struct job *job = context;
    if (!result->ok) {
        start_failed(job, result);
        return;
    }
    job->observed = OBSERVED_RUNNING;
    job->restart_asked = false;
    job_step(job);
}

static void on_restarted(void *context, struct docker_result *result) {
    struct job *job = context;
    if (result->ok)
        on_started(context, result);
    else if (result->err.kind == ERROR_NOT_FOUND)
        job_absent(job);
    else if (result->err.kind == ERROR_REFUSED)
        job_give_up(job, &result->err);
    else
        put_off(job, result);
}

static void on_stopped(void *context, struct docker_result *result) {
    struct job *job = context;
    if (result->ok) {
        job->observed = OBSERVED_EXITED;
        job_step(job);
    } else if (result->err.kind == ERROR_NOT_FOUND) {
        job_absent(job);
    } else {
        put_off(job, result);
    }
}

static void on_removed(void *context, struct docker_result *result) {
    struct job *job = context;
    if (result->ok)
        job_absent(job);
    else
        put_off(job, result);
}

/* Docker creates and starts a container only while those that it is linked to run. */
static bool await_links(struct job *job) {
    struct error err = {0};
    bool ready = false;
    if (!links_ready(job->converge->host.db, job->row.spec, true, &ready, &err)) {
        if (err.kind == ERROR_UNAVAILABLE || job->row.started)
            job_retry(job, &err);
        else
            job_discard(job, &err, give_up_after);
        return false;
    }
    if (!ready)
        job_later(job);
    return ready;
}

void job_step(struct job *job) {
    static const struct error restless = {.kind = ERROR_ENGINE,
                                          .message =
                                              "The container does not settle; berth tries again."};
    static const struct error closing = {.kind = ERROR_UNAVAILABLE,
                                         .message = "The process that did it has stopped."};
    struct http_client *client = job->converge->host.client;
    if (job->converge->closing) {
        job_wait(job, &closing);
        return;
    }
    if (++job->steps > STEPS_MAX) {
        job_retry(job, &restless);
        return;
    }
    enum action action = lifecycle_next(job->desired, job->observed, job->restart_asked);
    if ((action == ACTION_CREATE || action == ACTION_START || action == ACTION_RESTART) &&
        !await_links(job))
        return;
    switch (action) {
    case ACTION_NONE:
        job_done(job);
        break;
    case ACTION_LOOK:
        job_look(job);
        break;
    case ACTION_CREATE:
        job_create(job);
        break;
    case ACTION_START:
        fault_point("after_create");
        docker_start(client, &job->engine, job->row.docker_id, on_started, job);
        break;
    case ACTION_STOP:
        docker_stop(client, &job->engine, job->row.docker_id, STOP_GRACE_S, on_stopped, job);
        break;
    case ACTION_RESTART:
        docker_restart(client, &job->engine, job->row.docker_id, STOP_GRACE_S, on_restarted, job);
        break;
    case ACTION_REMOVE:
        docker_remove(client, &job->engine, job->row.docker_id, on_removed, job);
        break;
    }
}

/* What the row lets us assume before the first call. */
static enum observed first_sight(const struct work_row *row, enum desired desired) {
    enum observed known = observed_of(row->state);
    if (row->docker_id)
        return known == OBSERVED_ABSENT ? OBSERVED_UNKNOWN : known;
    /* Creating twice is harmless (the name is taken then); forgetting or stopping what an earlier
     * claimant created is not. */
    if (desired == DESIRED_RUNNING || row->epoch == 1)
        return OBSERVED_ABSENT;
    return OBSERVED_UNKNOWN;
}

void converge_start(struct converge *converge, struct work_row *row) {
    struct job *job = mem_alloc(sizeof *job);
    struct error err = {0};
    job->converge = converge;
    job->row = *row;
    *row = (struct work_row){0};
    held_add(converge, &job->held, job->row.id);
    bool opened = engine_access_open(&job->row.access, converge->host.pool->key, &err);
    job->engine = engine_reach(&job->row.access, converge->host.pool);
    job->desired = desired_of(job->row.desired);
    job->observed = first_sight(&job->row, job->desired);
    job->restart_asked = job->row.restart_seq > job->row.restart_done;
    if (opened)
        job_step(job);
    else
        job_retry(job, &err);
}
