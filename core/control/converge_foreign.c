/* converge_foreign: starts, stops and restarts containers that are not the pool's. Where it is not
 * known what came of a call, a start or a stop is asked for again, which does no harm. A restart is
 * asked for once: when the container was started is written down before, and tells whether it
 * happened. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/converge_job.h"
#include "core/control/engine_reach.h"

enum { GRACE_S = 10, ATTEMPTS_MAX = 6 };

struct foreign_job {
    struct converge *converge;
    struct held held;
    struct foreign_work work;
    struct engine_access access; /* to its engine */
    struct docker_engine engine; /* borrows from access */
};

static void end(struct foreign_job *job, const char *state, const struct error *failure,
                double retry_s) {
    const struct converge_host *host = &job->converge->host;
    struct error err = {0};
    bool finished = false;
    /* Without the database the claim runs out, and somebody does it again. */
    foreign_settle(host->db, &job->work, state, failure, retry_s, &finished, &err);
    held_remove(job->converge, &job->held);
    engine_access_release(&job->access);
    foreign_work_release(&job->work);
    free(job);
    host->row_done(host->context, finished, false);
}

/* Six of them are half a minute. */
static double pause_s(const struct foreign_work *work) {
    return 0.5 * (double)(1 << (work->attempts < 5 ? work->attempts : 5));
}

static void on_done(void *context, struct docker_result *result) {
    struct foreign_job *job = context;
    bool stop = strcmp(job->work.action, "stop") == 0;
    bool ours = result->err.kind == ERROR_UNAVAILABLE; /* our own end, not the engine's */
    if (result->ok)
        end(job, stop ? "exited" : "running", NULL, -1);
    else if (ours || (result->maybe_done && job->work.attempts < ATTEMPTS_MAX))
        end(job, NULL, &result->err, pause_s(&job->work));
    else
        end(job, NULL, &result->err, -1);
}

static void send_restart(struct foreign_job *job, const char *started_at) {
    const struct converge_host *host = &job->converge->host;
    struct error err = {0};
    bool ours = false;
    if (!foreign_sending(host->db, &job->work, started_at, &ours, &err))
        end(job, NULL, NULL, 1);
    else if (!ours)
        end(job, NULL, NULL, 0); /* of what is not ours nothing is written */
    else
        docker_restart(host->client, &job->engine, job->work.docker_id, GRACE_S, on_done, job);
}

/* It was asked for by an executor that did not learn what came of it. */
static void judge_restart(struct foreign_job *job, const char *started_at, const char *state) {
    struct error err = {0}, told = {0};
    error_set(&told, ERROR_ENGINE, "%s",
              job->work.last_error ? job->work.last_error : "It was cut short.");
    if (strcmp(started_at, job->work.started_before) != 0) {
        end(job, state, NULL, -1);
    } else if (job->work.attempts < ATTEMPTS_MAX) {
        end(job, NULL, &told, pause_s(&job->work));
    } else {
        error_set(&err, ERROR_ENGINE,
                  "The restart was asked for once, and the container has not restarted; look at it "
                  "and ask again. %s",
                  told.message);
        end(job, NULL, &err, -1);
    }
}

static void on_looked(void *context, struct docker_result *result) {
    struct foreign_job *job = context;
    json_t *state = json_get_object(result->doc, "State");
    const char *started_at = json_get_text(state, "StartedAt", "");
    if (!result->ok) {
        result->maybe_done = job->work.started_before && result->err.kind != ERROR_NOT_FOUND;
        on_done(job, result);
    } else if (job->work.started_before) {
        judge_restart(job, started_at, json_get_text(state, "Status", "running"));
    } else {
        send_restart(job, started_at);
    }
}

void converge_foreign(struct converge *converge, struct foreign_work *work) {
    struct http_client *client = converge->host.client;
    struct foreign_job *job = mem_alloc(sizeof *job);
    struct error err = {0};
    job->converge = converge;
    job->work = *work;
    *work = (struct foreign_work){0};
    held_add(converge, &job->held, job->work.operation_id);
    if (!engine_open(converge->host.db, converge->host.pool, job->work.engine_id, &job->access,
                     NULL, &err)) {
        bool lasting = err.kind != ERROR_UNAVAILABLE; /* the engine has left the pool, say */
        end(job, NULL, lasting ? &err : NULL, lasting ? -1 : 1);
        return;
    }
    job->engine = engine_reach(&job->access, converge->host.pool);
    if (strcmp(job->work.action, "start") == 0) {
        docker_start(client, &job->engine, job->work.docker_id, on_done, job);
    } else if (strcmp(job->work.action, "stop") == 0) {
        docker_stop(client, &job->engine, job->work.docker_id, GRACE_S, on_done, job);
    } else {
        docker_inspect(client, &job->engine, job->work.docker_id, on_looked, job);
    }
}
