/* docker_detect: what an engine says of itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
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

/* The two calls of one detection. */
struct detection {
    struct http_client *client;
    const struct docker_engine *engine;
    long timeout_ms;
    struct docker_facts facts;
    docker_detected *done;
    void *context;
};

static void end(struct detection *detection, const struct error *failure) {
    detection->done(detection->context, failure ? NULL : &detection->facts, failure);
    free(detection);
}

static void on_info(void *context, struct docker_result *result) {
    struct detection *detection = context;
    bool ok =
        result->ok && read_info(result->doc, detection->engine, &detection->facts, &result->err);
    end(detection, ok ? NULL : &result->err);
}

static void on_version(void *context, struct docker_result *result) {
    struct detection *detection = context;
    struct docker_engine negotiated = *detection->engine;
    const struct docker_params params = {.path = "/info", .timeout_ms = detection->timeout_ms};
    if (!result->ok ||
        !read_version(result->doc, detection->engine, &detection->facts, &result->err)) {
        end(detection, &result->err);
        return;
    }
    negotiated.api_version = detection->facts.api_version;
    docker_begin(detection->client, &negotiated, &op_info, &params, on_info, detection);
}

void docker_detect_begin(struct http_client *client, const struct docker_engine *engine,
                         long timeout_ms, docker_detected *done, void *context) {
    const struct docker_params params = {.path = "/version",
                                         .unversioned = true,
                                         .timeout_ms = timeout_ms};
    struct detection *detection = mem_alloc(sizeof *detection);
    *detection = (struct detection){.client = client,
                                    .engine = engine,
                                    .timeout_ms = timeout_ms,
                                    .done = done,
                                    .context = context};
    docker_begin(client, engine, &op_version, &params, on_version, detection);
}

struct waited_detection {
    struct docker_facts *facts;
    struct error *err;
    bool done, ok;
};

static void on_detected(void *context, const struct docker_facts *facts,
                        const struct error *failure) {
    struct waited_detection *waited = context;
    waited->done = true;
    waited->ok = facts != NULL;
    if (facts)
        *waited->facts = *facts;
    else if (waited->err)
        *waited->err = *failure;
}

bool docker_detect(struct http_client *client, const struct docker_engine *engine, long timeout_ms,
                   struct docker_facts *facts, struct error *err) {
    struct waited_detection waited = {.facts = facts, .err = err};
    docker_detect_begin(client, engine, timeout_ms, on_detected, &waited);
    while (!waited.done)
        http_client_poll(client, -1, 60000);
    return waited.ok;
}
