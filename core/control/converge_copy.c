/* converge_copy: an image that no registry gives is copied from an engine that has it: the same
 * image by its id, for the target's kind of machine, by one process at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/control/converge_job.h"
#include "core/control/engine_reach.h"
#include "core/store/events.h"
#include "sql/statements.h"

enum { CLAIM_S = 30, MIB_SHIFT = 20, COPIES_MAX = 2 };

struct copy {
    struct pull *pull;
    struct error failure;      /* the registry's, told unless the copy is there in the end */
    struct error why;          /* of the last engine that has it, why it did not come from there */
    struct db_result *engines; /* that may have it */
    int next, copies;
    struct engine_access target_access, source_access;
    struct docker_engine target, source;
    char arch[32], os[32]; /* of the target */
    char image_id[128];    /* at the source */
    int64_t size;
};

static void try_next(struct copy *copy);

static const struct converge_host *host_of(const struct copy *copy) {
    return &copy->pull->converge->host;
}

/* Hold on to the copy, or begin it: false, without an error, when another process does it. */
static bool claim(const struct copy *copy, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    const struct converge_host *host = host_of(copy);
    return db_run(host->db, &sql_image_copy_claim,
                  DB_PARAMS(DB_TEXT(copy->pull->engine_id), DB_TEXT(copy->pull->image),
                            DB_TEXT(host->name), db_int(CLAIM_S)),
                  &rows, err) &&
           db_rows(rows) > 0;
}

/* With its event when it has been done. */
static void unclaim(const struct copy *copy, bool done) {
    const struct converge_host *host = host_of(copy);
    const struct pull *pull = copy->pull;
    struct error err = {0};
    CLEANUP(mem_free_text)
    char *message = mem_format("image=%s from=%s to=%s", pull->image,
                               pull->source_id ? pull->source_id : "", pull->engine_id);
    const struct event event = {.type = "copy-image",
                                .tag = "cluster",
                                .message = message,
                                .engine_id = pull->engine_id};
    bool ok = db_begin(host->db, &err) &&
              db_run(host->db, &sql_image_copy_end,
                     DB_PARAMS(DB_TEXT(pull->engine_id), DB_TEXT(pull->image), DB_TEXT(host->name)),
                     NULL, &err) &&
              (!done || event_insert(host->db, &event, &err)) && db_commit(host->db, &err);
    if (!ok)
        db_rollback(host->db);
}

static void copy_free(struct copy *copy) {
    db_result_free(&copy->engines);
    engine_access_release(&copy->target_access);
    engine_access_release(&copy->source_access);
    free(copy);
}

/* `failure` NULL: the image is there. */
static void finish(struct copy *copy, const struct error *failure) {
    struct pull *pull = copy->pull;
    struct error told = failure ? *failure : (struct error){0};
    unclaim(copy, !failure);
    pull->source_id = NULL;
    copy_free(copy);
    pull_end(pull, failure ? &told : NULL);
}

/* No engine is left that could give it. */
static void finish_without(struct copy *copy) {
    struct error failure = copy->failure;
    if (copy->why.kind)
        snprintf(failure.message, sizeof failure.message,
                 "%.500s; nor can it be copied to engine %.64s: %.400s", copy->failure.message,
                 copy->pull->engine_id, copy->why.message);
    else
        snprintf(failure.message, sizeof failure.message, "%.900s; no other engine has it",
                 copy->failure.message);
    finish(copy, &failure);
}

/* One engine has it and did not give it: perhaps another one does. */
static void try_another(struct copy *copy, const struct error *why) {
    copy->why = *why;
    if (copy->copies < COPIES_MAX)
        try_next(copy);
    else
        finish_without(copy);
}

static void on_checked(void *context, struct docker_result *result) {
    struct copy *copy = context;
    struct error err = {0};
    if (!result->ok)
        err = result->err;
    else if (strcmp(json_get_text(result->doc, "Id", ""), copy->image_id) != 0)
        error_set(&err, ERROR_ENGINE, "what came from engine %s is another image", copy->source.id);
    if (err.kind)
        try_another(copy, &err);
    else
        finish(copy, NULL);
}

static void on_copied(void *context, struct docker_result *result) {
    struct copy *copy = context;
    copy->copies++;
    if (!result->ok)
        error_wrap(&result->err, "from engine %s", copy->source.id);
    if (result->ok)
        docker_image_inspect(host_of(copy)->client, &copy->target, copy->pull->image, on_checked,
                             copy);
    else if (result->err.kind == ERROR_UNAVAILABLE)
        finish(copy, &result->err);
    else
        try_another(copy, &result->err);
}

static bool on_progress(void *context, const struct docker_progress *progress) {
    struct copy *copy = context;
    struct error err = {0};
    bool due = clock_ms() >= copy->pull->tell_ms;
    /* Without the database the claim runs out, and another process may begin, too; no harm. */
    return pull_progress(copy->pull, progress) && (!due || claim(copy, &err) || err.kind);
}

/* Does the image at the source suit the target? */
static bool check_source(struct copy *copy, json_t *image, struct error *err) {
    const char *arch = json_get_text(image, "Architecture", "");
    const char *os = json_get_text(image, "Os", "");
    int64_t most = host_of(copy)->pool->config->image_copy_mb;
    copy->size = json_get_int(image, "Size", 0);
    snprintf(copy->image_id, sizeof copy->image_id, "%s", json_get_text(image, "Id", ""));
    if (strcmp(arch, copy->arch) != 0 || strcmp(os, copy->os) != 0)
        return error_set(err, ERROR_IMAGE, "that of engine %s is for %.32s/%.32s, not for %s/%s",
                         copy->source.id, os, arch, copy->os, copy->arch);
    if (copy->size >> MIB_SHIFT >= most)
        return error_set(err, ERROR_IMAGE,
                         "that of engine %s has %lld MB, and image_copy_mb allows %lld",
                         copy->source.id, (long long)copy->size >> MIB_SHIFT, (long long)most);
    return true;
}

static void on_source(void *context, struct docker_result *result) {
    struct copy *copy = context;
    const struct config *config = host_of(copy)->pool->config;
    const struct docker_copy_limits limits = {.bytes = config->image_copy_mb << MIB_SHIFT,
                                              .stall_ms = config->image_copy_stall_s * 1000};
    struct error err = {0};
    if (!result->ok && result->err.kind == ERROR_NOT_FOUND)
        try_next(copy);
    else if (!result->ok)
        try_another(copy, &result->err);
    else if (!check_source(copy, result->doc, &err))
        try_another(copy, &err);
    else
        docker_copy(host_of(copy)->client, &copy->source, &copy->target, copy->pull->image,
                    copy->size, &limits, on_progress, on_copied, copy);
}

/* Ask the next engine for the image. */
static void try_next(struct copy *copy) {
    const struct converge_host *host = host_of(copy);
    const struct docker_progress searching = {.phase = "searching"};
    static const struct error unwanted = {.kind = ERROR_UNAVAILABLE,
                                          .message = "The image is not wanted any more."};
    struct error err = {0};
    if (copy->pull->converge->closing || !on_progress(copy, &searching)) {
        finish(copy, &unwanted);
        return;
    }
    while (copy->next < db_rows(copy->engines)) {
        const char *id = db_text(copy->engines, copy->next++, "id");
        engine_access_release(&copy->source_access);
        if (!engine_open(host->db, host->pool, id, &copy->source_access, NULL, &err)) {
            copy->why = err;
            continue;
        }
        copy->source = engine_reach(&copy->source_access, host->pool);
        copy->pull->source_id = copy->source.id;
        docker_image_inspect(host->client, &copy->source, copy->pull->image, on_source, copy);
        return;
    }
    finish_without(copy);
}

/* What kind of machine the target is. */
static void on_version(void *context, struct docker_result *result) {
    struct copy *copy = context;
    if (!result->ok) {
        copy->why = result->err;
        finish_without(copy);
        return;
    }
    snprintf(copy->arch, sizeof copy->arch, "%s", json_get_text(result->doc, "Arch", ""));
    snprintf(copy->os, sizeof copy->os, "%s", json_get_text(result->doc, "Os", ""));
    try_next(copy);
}

void pull_copy(struct pull *pull, const struct error *why) {
    const struct converge_host *host = &pull->converge->host;
    struct error err = {0};
    if (host->pool->config->image_copy_mb == 0) {
        pull_end(pull, why);
        return;
    }
    struct copy *copy = mem_alloc(sizeof *copy);
    copy->pull = pull;
    copy->failure = *why;
    if (!claim(copy, &err)) {
        copy_free(copy);
        if (err.kind)
            pull_end(pull, &err);
        else
            pull_later(pull);
        return;
    }
    if (!db_run(host->db, &sql_image_sources,
                DB_PARAMS(DB_TEXT(pull->engine_id), DB_TEXT(pull->image)), &copy->engines, &err) ||
        !engine_open(host->db, host->pool, pull->engine_id, &copy->target_access, NULL, &err)) {
        finish(copy, &err);
        return;
    }
    copy->target = engine_reach(&copy->target_access, host->pool);
    docker_version(host->client, &copy->target, on_version, copy);
}
