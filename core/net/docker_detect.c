/* docker_detect: what an engine says of itself. */
#include <stdio.h>
#include <string.h>

#include "core/net/docker_call.h"

enum { MIB = 1 << 20, VERSION_TIMEOUT_MS = 10000 };

static const struct docker_operation op_version = {.name = "version",
                                                   .method = "GET",
                                                   .answer = ANSWER_OBJECT,
                                                   .not_found = ERROR_ENGINE};
static const struct docker_operation op_info = {.name = "info",
                                                .method = "GET",
                                                .response_max = 4 * MIB,
                                                .answer = ANSWER_OBJECT,
                                                .not_found = ERROR_ENGINE};

void docker_version(struct http_client *client, const struct docker_engine *engine,
                    docker_done *done, void *context) {
    const struct docker_params params = {.path = "/version", .timeout_ms = VERSION_TIMEOUT_MS};
    docker_begin(client, engine, &op_version, &params, done, context);
}

static bool get(struct http_client *client, const struct docker_engine *engine,
                const struct docker_operation *operation, const struct docker_params *params,
                json_t **ret_doc, struct error *err) {
    struct docker_result result;
    docker_wait(client, engine, operation, params, &result);
    if (result.ok)
        *ret_doc = result.doc;
    else if (err)
        *err = result.err;
    return result.ok;
}

static bool read_version(json_t *doc, const struct docker_engine *engine,
                         struct docker_facts *facts, struct error *err) {
    const char *api = json_get_text(doc, "ApiVersion", "");
    const char *min_api = json_get_text(doc, "MinAPIVersion", "");
    docker_words(facts->version, sizeof facts->version, json_get_text(doc, "Version", ""));
    if (docker_negotiate(api, min_api, facts->api_version))
        return true;
    char range[2][32];
    docker_words(range[0], sizeof range[0], api);
    docker_words(range[1], sizeof range[1], min_api);
    return error_set(err, ERROR_ENGINE,
                     "engine %s: it speaks API version '%s' down to '%s', berth 1.%d down to 1.%d",
                     engine->id, range[0], range[1], DOCKER_API_MAX_MINOR, DOCKER_API_MIN_MINOR);
}

static bool read_info(json_t *doc, const struct docker_engine *engine, struct docker_facts *facts,
                      struct error *err) {
    docker_words(facts->identity, sizeof facts->identity, json_get_text(doc, "ID", ""));
    docker_words(facts->name, sizeof facts->name, json_get_text(doc, "Name", ""));
    facts->cpus = json_get_int(doc, "NCPU", 0);
    facts->images = json_get_int(doc, "Images", 0);
    facts->memory_mb = json_get_int(doc, "MemTotal", 0) / MIB;
    if (facts->identity[0] && facts->cpus > 0 && facts->memory_mb > 0)
        return true;
    return error_set(err, ERROR_ENGINE, "engine %s: it does not tell its identity, CPUs and memory",
                     engine->id);
}

bool docker_detect(struct http_client *client, const struct docker_engine *engine, long timeout_ms,
                   struct docker_facts *facts, struct error *err) {
    CLEANUP(json_put) json_t *version = NULL;
    CLEANUP(json_put) json_t *info = NULL;
    struct docker_facts found = {0};
    struct docker_engine negotiated = *engine;
    struct docker_params params = {.path = "/version",
                                   .unversioned = true,
                                   .timeout_ms = timeout_ms};
    if (!get(client, engine, &op_version, &params, &version, err) ||
        !read_version(version, engine, &found, err))
        return false;
    negotiated.api_version = found.api_version;
    params = (struct docker_params){.path = "/info", .timeout_ms = timeout_ms};
    if (!get(client, &negotiated, &op_info, &params, &info, err) ||
        !read_info(info, engine, &found, err))
        return false;
    *facts = found;
    return true;
}
