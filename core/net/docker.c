/* docker: the calls on containers and images; see docker.h. */
#include "core/net/docker.h"

#include <string.h>

#include "core/net/docker_call.h"

enum { MIB = 1 << 20 };

static bool accepts_gone(long status, const char *message) {
    return status == 404 || (status == 409 && strstr(message, "already in progress"));
}

static const struct docker_operation op_ping = {.name = "ping",
                                                .method = "GET",
                                                .timeout_ms = 3000,
                                                .answer = ANSWER_OK,
                                                .not_found = ERROR_ENGINE};
/* A dockerd that is told to end takes no new connections any more, then stops its containers: what
 * it says over a new one is no effect of its own end. */
static const struct docker_operation op_list = {.name = "list",
                                                .method = "GET",
                                                .fresh = true,
                                                .timeout_ms = 10000,
                                                .response_max = 64 * MIB,
                                                .answer = ANSWER_ARRAY,
                                                .not_found = ERROR_ENGINE};
static const struct docker_operation op_inspect = {.name = "inspect",
                                                   .method = "GET",
                                                   .timeout_ms = 10000,
                                                   .response_max = 4 * MIB,
                                                   .answer = ANSWER_OBJECT,
                                                   .not_found = ERROR_NOT_FOUND};
static const struct docker_operation op_create = {.name = "create",
                                                  .method = "POST",
                                                  .changes = true,
                                                  .timeout_ms = 120000,
                                                  .answer = ANSWER_ID,
                                                  .not_found = ERROR_IMAGE};
static const struct docker_operation op_start = {.name = "start",
                                                 .method = "POST",
                                                 .changes = true,
                                                 .docker_id_only = true,
                                                 .timeout_ms = 120000,
                                                 .not_found = ERROR_NOT_FOUND,
                                                 .accepts_unchanged = true,
                                                 .takes_ports = true};
static const struct docker_operation op_stop = {.name = "stop",
                                                .method = "POST",
                                                .changes = true,
                                                .docker_id_only = true,
                                                .timeout_ms = 60000,
                                                .not_found = ERROR_NOT_FOUND,
                                                .accepts_unchanged = true};
static const struct docker_operation op_restart = {.name = "restart",
                                                   .method = "POST",
                                                   .changes = true,
                                                   .docker_id_only = true,
                                                   .timeout_ms = 60000,
                                                   .not_found = ERROR_NOT_FOUND,
                                                   .takes_ports = true};
static const struct docker_operation op_remove = {.name = "remove",
                                                  .method = "DELETE",
                                                  .changes = true,
                                                  .docker_id_only = true,
                                                  .timeout_ms = 120000,
                                                  .not_found = ERROR_NOT_FOUND,
                                                  .accepts = accepts_gone};

/* Begin `operation` on the container or image `subject`: "/KIND/SUBJECT" and `rest` are the path.
 */
static struct transfer *begin_on(struct http_client *client, const struct docker_engine *engine,
                                 const struct docker_operation *operation, const char *kind,
                                 const char *subject, const char *rest, long timeout_ms,
                                 docker_done *done, void *context) {
    struct error err = {0};
    if (subject[0] == '\0' || (operation->docker_id_only && !docker_id_is(subject))) {
        error_set(&err, ERROR_INTERNAL, "%s needs a Docker id", operation->name);
        docker_begin_failed(client, engine, &err, done, context);
        return NULL;
    }
    CLEANUP(strbuf_release) struct strbuf path = {0};
    strbuf_addf(&path, "/%s/", kind);
    strbuf_url(&path, subject);
    strbuf_puts(&path, rest);
    struct docker_params params = {.path = strbuf_text(&path), .timeout_ms = timeout_ms};
    return docker_begin(client, engine, operation, &params, done, context);
}

void docker_ping(struct http_client *client, const struct docker_engine *engine, docker_done *done,
                 void *context) {
    struct docker_params params = {.path = "/_ping", .unversioned = true};
    docker_begin(client, engine, &op_ping, &params, done, context);
}

void docker_probe(struct http_client *client, const struct docker_engine *engine, long timeout_ms,
                  docker_done *done, void *context) {
    struct docker_params params = {.path = "/_ping", .unversioned = true, .timeout_ms = timeout_ms};
    docker_begin(client, engine, &op_ping, &params, done, context);
}

void docker_list(struct http_client *client, const struct docker_engine *engine, docker_done *done,
                 void *context) {
    struct docker_params params = {.path = "/containers/json?all=1"};
    docker_begin(client, engine, &op_list, &params, done, context);
}

struct transfer *docker_inspect(struct http_client *client, const struct docker_engine *engine,
                                const char *id_or_name, docker_done *done, void *context) {
    return begin_on(client, engine, &op_inspect, "containers", id_or_name, "/json", 0, done,
                    context);
}

static bool inspect_wait(struct http_client *client, const struct docker_engine *engine,
                         const char *kind, const char *subject, json_t **ret_doc,
                         struct error *err) {
    CLEANUP(strbuf_release) struct strbuf path = {0};
    struct docker_result result;
    strbuf_addf(&path, "/%s/", kind);
    strbuf_url(&path, subject);
    strbuf_puts(&path, "/json");
    struct docker_params params = {.path = strbuf_text(&path)};
    docker_wait(client, engine, &op_inspect, &params, &result);
    if (result.ok)
        *ret_doc = result.doc;
    else
        *err = result.err;
    return result.ok;
}

bool docker_inspect_wait(struct http_client *client, const struct docker_engine *engine,
                         const char *docker_id, json_t **ret_doc, struct error *err) {
    return inspect_wait(client, engine, "containers", docker_id, ret_doc, err);
}

bool docker_image_inspect_wait(struct http_client *client, const struct docker_engine *engine,
                               const char *image, json_t **ret_doc, struct error *err) {
    return inspect_wait(client, engine, "images", image, ret_doc, err);
}

void docker_image_inspect(struct http_client *client, const struct docker_engine *engine,
                          const char *image, docker_done *done, void *context) {
    begin_on(client, engine, &op_inspect, "images", image, "/json", 0, done, context);
}

void docker_create(struct http_client *client, const struct docker_engine *engine, const char *name,
                   const char *body, docker_done *done, void *context) {
    CLEANUP(strbuf_release) struct strbuf path = {0};
    strbuf_puts(&path, "/containers/create?name=");
    strbuf_url(&path, name);
    struct docker_params params = {.path = strbuf_text(&path), .body = body};
    docker_begin(client, engine, &op_create, &params, done, context);
}

void docker_start(struct http_client *client, const struct docker_engine *engine,
                  const char *docker_id, docker_done *done, void *context) {
    begin_on(client, engine, &op_start, "containers", docker_id, "/start", 0, done, context);
}

static void begin_graceful(struct http_client *client, const struct docker_engine *engine,
                           const struct docker_operation *operation, const char *docker_id,
                           int grace_s, docker_done *done, void *context) {
    CLEANUP(strbuf_release) struct strbuf rest = {0};
    grace_s = grace_s < 0 ? 0 : grace_s;
    strbuf_addf(&rest, "/%s?t=%d", operation->name, grace_s);
    begin_on(client, engine, operation, "containers", docker_id, strbuf_text(&rest),
             operation->timeout_ms + grace_s * 1000L, done, context);
}

void docker_stop(struct http_client *client, const struct docker_engine *engine,
                 const char *docker_id, int grace_s, docker_done *done, void *context) {
    begin_graceful(client, engine, &op_stop, docker_id, grace_s, done, context);
}

void docker_restart(struct http_client *client, const struct docker_engine *engine,
                    const char *docker_id, int grace_s, docker_done *done, void *context) {
    begin_graceful(client, engine, &op_restart, docker_id, grace_s, done, context);
}

void docker_remove(struct http_client *client, const struct docker_engine *engine,
                   const char *docker_id, docker_done *done, void *context) {
    begin_on(client, engine, &op_remove, "containers", docker_id, "?force=1&v=1", 0, done, context);
}
