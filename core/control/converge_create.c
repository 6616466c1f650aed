/* converge_create: bringing a container into being: ports, create; and finding out whether
 * an earlier attempt did. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/control/converge_job.h"
#include "core/control/environment.h"
#include "core/control/spec.h"

enum { PORT_TRIES_MAX = 5 };

static void create_failed(struct job *job, const struct docker_result *result) {
    switch (result->err.kind) {
    case ERROR_IMAGE:
        if (strcmp(job->row.pull, "never") != 0 && !job->pulled)
            job_pull(job);
        else
            job_elsewhere(job, &result->err);
        return;
    case ERROR_CONFLICT:
        job->name_taken = true; /* by an earlier attempt of ours? */
        job_look(job);
        return;
    case ERROR_REFUSED:
        job_give_up(job, &result->err);
        return;
    default:
        /* Unless it certainly did not happen, the engine stays on the row until it has been looked
         * at. */
        if (result->maybe_done)
            job_wait(job, &result->err);
        else
            job_elsewhere(job, &result->err);
    }
}

static void on_created(void *context, struct docker_result *result) {
    struct job *job = context;
    const char *docker_id = result->ok ? json_get_text(result->doc, "Id", "") : "";
    if (!result->ok) {
        create_failed(job, result);
        return;
    }
    free(job->row.docker_id);
    job->row.docker_id = mem_strdup(docker_id);
    job->observed = OBSERVED_CREATED;
    job->fresh = true;
    job_step(job);
}

/* The specification with its environment opened; NULL with an error when it cannot be. */
static json_t *open_spec(struct job *job, struct error *err) {
    json_t *environment = NULL;
    if (!environment_open(job->converge->host.pool, job->row.id, job->row.environment,
                          job->row.environment_len, &environment, err))
        return NULL;
    json_t *spec = json_copy(job->row.spec);
    json_set(spec, "environment", environment);
    return spec;
}

static void send_create(struct job *job) {
    CLEANUP(strbuf_release) struct strbuf body = {0};
    struct error err = {0};
    const struct spec_identity identity = {.pool = job->converge->host.pool->id,
                                           .container_id = job->row.id,
                                           .generation = job->row.generation};
    CLEANUP(json_put) json_t *spec = open_spec(job, &err);
    if (!spec) {
        job_give_up(job, &err);
        return;
    }
    spec_docker_body(&body, spec, job->row.ports, &identity);
    docker_create(job->converge->host.client, &job->engine, job->row.name, strbuf_text(&body),
                  on_created, job);
}

/* "80/tcp" of an image's ExposedPorts becomes a port that berth chooses, unless it is bound
 * already. */
static void add_exposed(struct job *job, const char *exposed) {
    CLEANUP(mem_free_text) char *text = mem_strdup(exposed);
    char *slash = strchr(text, '/');
    const char *proto = slash ? slash + 1 : "tcp";
    int64_t number = 0;
    if (slash)
        *slash = '\0';
    if (!parse_int(text, 1, 65535, &number))
        return;
    for (size_t i = 0; i < json_len(job->row.ports); i++) {
        json_t *port = json_at(job->row.ports, i);
        if (json_get_int(port, "container_port", 0) == number &&
            strcmp(json_get_text(port, "proto", ""), proto) == 0)
            return;
    }
    json_t *port = json_object_new_object();
    json_set_text(port, "proto", proto);
    json_set_text(port, "host_ip", "");
    json_set_int(port, "port", 0);
    json_set_int(port, "container_port", number);
    json_object_array_add(job->row.ports, port);
}

static void on_image(void *context, struct docker_result *result) {
    struct job *job = context;
    struct error err = {0};
    if (!result->ok) {
        if (result->err.kind == ERROR_NOT_FOUND)
            result->err.kind = ERROR_IMAGE;
        create_failed(job, result);
        return;
    }
    size_t before = json_len(job->row.ports);
    json_t *exposed = json_get_object(json_get_object(result->doc, "Config"), "ExposedPorts");
    if (exposed) {
        json_object_object_foreach(exposed, name, unused) {
            (void)unused;
            add_exposed(job, name);
        }
    }
    job->ports_published = true;
    if (json_len(job->row.ports) == before || job_bind_ports(job, &err))
        job_step(job);
    else
        job_wait(job, &err);
}

void job_create(struct job *job) {
    if (strcmp(job->row.pull, "always") == 0 && !job->pulled)
        job_pull(job);
    else if (json_get_bool(job->row.spec, "publish", false) && !job->ports_published)
        docker_image_inspect(job->converge->host.client, &job->engine,
                             json_get_text(job->row.spec, "name", ""), on_image, job);
    else
        send_create(job);
}

/* Another program holds a port that berth chose: take the next one. A port asked for by number
 * stays: then it is another engine's turn. */
void job_new_ports(struct job *job) {
    json_t *wanted = json_get_array(job->row.spec, "bind_ports");
    struct error err = {0};
    size_t chosen = 0;
    for (size_t i = 0; i < json_len(job->row.ports); i++) {
        if (i < json_len(wanted) && json_get_int(json_at(wanted, i), "port", 0) > 0)
            continue;
        json_set_int(json_at(job->row.ports, i), "port", 0);
        chosen++;
    }
    if (chosen == 0 || ++job->port_tries > PORT_TRIES_MAX)
        job_elsewhere(job, &job->failure);
    else if (job_bind_ports(job, &err))
        job_step(job);
    else
        job_wait(job, &err);
}

enum ours { NOT_OURS, OURS, OURS_OBSOLETE };

/* Whose container is it? Only pool, row and generation on its labels tell, or that it was adopted.
 */
static enum ours whose(const struct job *job, json_t *doc) {
    json_t *labels = json_get_object(json_get_object(doc, "Config"), "Labels");
    int64_t generation = 0;
    if (job->row.adopted && strcmp(json_get_text(doc, "Id", ""), job->row.docker_id) == 0)
        return OURS;
    if (strcmp(json_get_text(labels, "berth.pool", ""), job->converge->host.pool->id) != 0 ||
        strcmp(json_get_text(labels, "berth.container", ""), job->row.id) != 0 ||
        !parse_int(json_get_text(labels, "berth.generation", ""), 1, INT32_MAX, &generation))
        return NOT_OURS;
    return generation < job->row.generation ? OURS_OBSOLETE : OURS;
}

static void adopt(struct job *job, json_t *doc) {
    json_t *state = json_get_object(doc, "State");
    free(job->row.docker_id);
    job->row.docker_id = mem_strdup(json_get_text(doc, "Id", ""));
    job->observed = observed_of(json_get_text(state, "Status", ""));
    job->row.exit_code = json_get_int(state, "ExitCode", -1);
    if (job->observed == OBSERVED_UNKNOWN)
        job->observed = OBSERVED_EXITED;
    job_step(job);
}

static void on_looked(void *context, struct docker_result *result) {
    struct job *job = context;
    struct error err = {0};
    enum ours ours = result->ok ? whose(job, result->doc) : NOT_OURS;
    if (!result->ok && (job->name_taken || result->err.kind != ERROR_NOT_FOUND)) {
        /* A name that is taken by nothing to be seen: Docker is still carrying that creation out.
         */
        job_wait(job, &result->err);
    } else if (ours == OURS) {
        adopt(job, result->doc);
    } else if (ours == OURS_OBSOLETE) {
        free(job->row.docker_id);
        job->row.docker_id = mem_strdup(json_get_text(result->doc, "Id", ""));
        job_discard(job, &err, job_step);
    } else if (result->ok && job->desired == DESIRED_RUNNING) {
        mem_free_text(&job->row.docker_id);
        error_set(&err, ERROR_CONFLICT, "%s: another container has the name %s.",
                  job->row.engine_id, job->row.name);
        job_discard_elsewhere(job, &err);
    } else {
        job_absent(job);
    }
}

void job_look(struct job *job) {
    docker_inspect(job->converge->host.client, &job->engine,
                   job->row.docker_id ? job->row.docker_id : job->row.name, on_looked, job);
}
