/* converge_foreign: starts, stops and restarts containers that are not the pool's: one call, and
 * the same again where it is not known what came of it, for each of them may be repeated. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/converge_job.h"
#include "core/control/engine_reach.h"

enum { GRACE_S = 10, ATTEMPTS_MAX = 6 };

struct foreign_job {
    struct converge *converge;
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
    engine_access_release(&job->access);
    foreign_work_release(&job->work);
    free(job);
    host->row_done(host->context, finished, false);
}

static void on_done(void *context, struct docker_result *result) {
    struct foreign_job *job = context;
    bool stop = strcmp(job->work.action, "stop") == 0;
    bool ours = result->err.kind == ERROR_UNAVAILABLE; /* our own end, not the engine's */
    if (result->ok)
        end(job, stop ? "exited" : "running", NULL, -1);
    else if (ours || (result->maybe_done && job->work.attempts < ATTEMPTS_MAX))
        end(job, NULL, NULL,
            0.5 * (double)(1 << (job->work.attempts < 5 ? job->work.attempts : 5)));
    else
        end(job, NULL, &result->err, -1);
}

void converge_foreign(struct converge *converge, struct foreign_work *work) {
    struct http_client *client = converge->host.client;
    struct foreign_job *job = mem_alloc(sizeof *job);
    struct error err = {0};
    job->converge = converge;
    job->work = *work;
    *work = (struct foreign_work){0};
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
        docker_restart(client, &job->engine, job->work.docker_id, GRACE_S, on_done, job);
    }
}
