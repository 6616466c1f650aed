/* converge_pull: getting images: once for all the rows that wait for one on an engine, pulled with
 * the engine's login for the registry or else copied, told as it goes on, ended when nobody wants
 * it any more. */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/control/converge_job.h"
#include "sql/statements.h"

enum { TELL_MS = 1000 };

static void forget(struct pull *pull) {
    struct pull **at = &pull->converge->pulls;
    while (*at != pull)
        at = &(*at)->next;
    *at = pull->next;
    free(pull->engine_id);
    free(pull->image);
    free(pull);
}

/* Write the progress of those that wait, and let go of those that no longer want the image: what
 * their rows want instead is found at their next claim. */
static void tell(struct pull *pull, const char *progress) {
    static const struct error unwanted = {.kind = ERROR_UNAVAILABLE,
                                          .message = "The image is not wanted any more."};
    struct error err = {0};
    size_t count = 0, i = 0;
    for (const struct job *job = pull->waiting; job; job = job->next_waiting)
        count++;
    const struct work_row **rows = mem_array(count, sizeof *rows);
    bool *wanted = mem_array(count, sizeof *wanted);
    for (const struct job *job = pull->waiting; job; job = job->next_waiting)
        rows[i++] = &job->row;
    if (work_progress(pull->converge->host.db, rows, count, progress, wanted, &err)) {
        struct job **at = &pull->waiting;
        for (i = 0; i < count; i++) {
            struct job *job = *at;
            if (wanted[i]) {
                at = &job->next_waiting;
                continue;
            }
            *at = job->next_waiting;
            job_wait(job, &unwanted);
        }
    }
    free(rows);
    free(wanted);
}

bool pull_progress(struct pull *pull, const struct docker_progress *progress) {
    int64_t now = clock_ms();
    if (now < pull->tell_ms)
        return true;
    pull->tell_ms = now + TELL_MS;
    CLEANUP(json_put) json_t *doc = json_object_new_object();
    json_set_text(doc, "phase", progress->phase);
    if (pull->source_id)
        json_set_text(doc, "from", pull->source_id);
    json_set_int(doc, "layers_done", progress->layers_done);
    json_set_int(doc, "layers", progress->layers);
    json_set_int(doc, "bytes_done", progress->bytes_done);
    json_set_int(doc, "bytes", progress->bytes);
    tell(pull, json_print(doc));
    return pull->waiting != NULL;
}

static bool on_progress(void *context, const struct docker_progress *progress) {
    return pull_progress(context, progress);
}

void pull_end(struct pull *pull, const struct error *failure) {
    bool closing = pull->converge->closing;
    if (pull->waiting && !closing)
        tell(pull, NULL);
    struct job *job = pull->waiting;
    forget(pull);
    while (job) {
        struct job *next = job->next_waiting;
        job->pulled = true;
        if (!failure || closing)
            job_step(job);
        else if (failure->kind == ERROR_UNAVAILABLE) /* it came while the pull was ended */
            job_wait(job, failure);
        else
            job_elsewhere(job, failure);
        job = next;
    }
}

void pull_later(struct pull *pull) {
    tell(pull, NULL);
    struct job *job = pull->waiting;
    forget(pull);
    while (job) {
        struct job *next = job->next_waiting;
        job_later(job);
        job = next;
    }
}

/* Those that want what the registry has, and nothing else, have failed. */
static void fail_always(struct pull *pull, const struct error *failure) {
    struct job **at = &pull->waiting;
    while (*at) {
        struct job *job = *at;
        if (strcmp(job->row.pull, "always") != 0) {
            at = &job->next_waiting;
            continue;
        }
        *at = job->next_waiting;
        job_elsewhere(job, failure);
    }
}

static void on_pulled(void *context, struct docker_result *result) {
    struct pull *pull = context;
    if (!result->ok)
        error_wrap(&result->err, "image %s cannot be pulled", pull->image);
    bool copies = result->err.kind == ERROR_IMAGE && !pull->converge->closing;
    if (copies)
        fail_always(pull, &result->err);
    if (copies && pull->waiting)
        pull_copy(pull, &result->err);
    else
        pull_end(pull, result->ok ? NULL : &result->err);
}

/* Does another process copy the image to this engine? */
static bool is_copied_elsewhere(const struct job *job, const char *image) {
    const struct converge_host *host = &job->converge->host;
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    struct error err = {0};
    return db_run(host->db, &sql_image_copy_other,
                  DB_PARAMS(DB_TEXT(job->row.engine_id), DB_TEXT(image), DB_TEXT(host->name)),
                  &rows, &err) &&
           db_rows(rows) > 0;
}

void job_pull(struct job *job) {
    const char *image = json_get_text(job->row.spec, "name", "");
    const struct engine_access *access = &job->row.access;
    struct pull *pull = job->converge->pulls;
    while (pull &&
           (strcmp(pull->engine_id, job->row.engine_id) != 0 || strcmp(pull->image, image) != 0))
        pull = pull->next;
    if (pull) {
        job->next_waiting = pull->waiting;
        pull->waiting = job;
        return;
    }
    if (is_copied_elsewhere(job, image)) {
        job_later(job);
        return;
    }
    pull = mem_alloc(sizeof *pull);
    *pull = (struct pull){.converge = job->converge,
                          .engine_id = mem_strdup(job->row.engine_id),
                          .image = mem_strdup(image),
                          .waiting = job,
                          .next = job->converge->pulls};
    job->converge->pulls = pull;
    const struct docker_login login = {access->registry_server, access->registry_username,
                                       access->registry_password};
    CLEANUP(mem_free_text) char *auth = docker_registry_auth(&login, image);
    docker_pull(job->converge->host.client, &job->engine, image, auth, on_progress, on_pulled,
                pull);
}
