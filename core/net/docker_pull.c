/* docker_pull: pulling an image, whose answer is a stream of progress lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/net/docker_call.h"

enum { PULL_TIMEOUT_MS = 15 * 60 * 1000, LAYERS_MAX = 256 };
/* No layer is larger, and so many of them still make a sum. */
static const int64_t layer_bytes_max = INT64_C(1) << 50;

struct layer {
    char id[16];
    int64_t bytes_done, bytes; /* of the download; 0 = not known */
    bool done;
};

struct pull {
    docker_watch *watch;
    docker_done *done;
    void *context;
    char *engine_id;
    struct layer layers[LAYERS_MAX];
    size_t layer_count;
    bool extracting;
    struct docker_lines lines;
};

static const struct docker_operation op_pull = {.name = "pull",
                                                .method = "POST",
                                                .changes = true,
                                                .timeout_ms = PULL_TIMEOUT_MS,
                                                .answer = ANSWER_STREAM,
                                                .refused = ERROR_IMAGE};

static struct layer *find_layer(struct pull *pull, const char *id) {
    for (size_t i = 0; i < pull->layer_count; i++)
        if (strcmp(pull->layers[i].id, id) == 0)
            return &pull->layers[i];
    if (pull->layer_count == LAYERS_MAX || strlen(id) >= sizeof pull->layers->id)
        return NULL;
    struct layer *layer = &pull->layers[pull->layer_count++];
    snprintf(layer->id, sizeof layer->id, "%s", id);
    return layer;
}

/* An engine may say anything: what cannot be counts as not known. */
static void read_bytes(struct layer *layer, json_t *detail) {
    int64_t done = json_get_int(detail, "current", 0), total = json_get_int(detail, "total", 0);
    layer->bytes = total > 0 && total <= layer_bytes_max ? total : 0;
    layer->bytes_done = done < 0 ? 0 : done < layer->bytes ? done : layer->bytes;
}

/* {"status":"Downloading","progressDetail":{"current":5,"total":9},"id":"a9eaa45ef418"} */
static void read_layer(void *context, json_t *doc) {
    struct pull *pull = context;
    static const char *const words[] = {"Pulling fs layer",   "Waiting",           "Downloading",
                                        "Verifying Checksum", "Download complete", "Extracting",
                                        "Pull complete",      "Already exists"};
    enum { DOWNLOADING = 2, DOWNLOADED = 4, EXTRACTING = 5, COMPLETE = 6 };
    const char *status = json_get_text(doc, "status", "");
    json_t *detail = json_get_object(doc, "progressDetail");
    size_t word = 0;
    while (word < ARRAY_LEN(words) && strcmp(status, words[word]) != 0)
        word++;
    struct layer *layer =
        word < ARRAY_LEN(words) ? find_layer(pull, json_get_text(doc, "id", "")) : NULL;
    if (!layer)
        return;
    if (word == DOWNLOADING) {
        read_bytes(layer, detail);
    } else if (word >= DOWNLOADED) {
        layer->bytes_done = layer->bytes;
    }
    pull->extracting |= word == EXTRACTING;
    layer->done |= word >= COMPLETE;
}

static bool tell(struct pull *pull) {
    struct docker_progress progress = {.phase = pull->extracting    ? "extracting"
                                                : pull->layer_count ? "downloading"
                                                                    : "resolving",
                                       .layers = (int)pull->layer_count};
    for (size_t i = 0; i < pull->layer_count; i++) {
        progress.layers_done += pull->layers[i].done;
        progress.bytes_done += pull->layers[i].bytes_done;
        progress.bytes += pull->layers[i].bytes;
    }
    return !pull->watch || pull->watch(pull->context, &progress);
}

static bool on_progress(void *context, const char *bytes, size_t len) {
    struct pull *pull = context;
    docker_lines_feed(&pull->lines, bytes, len);
    return tell(pull);
}

static void on_pulled(void *context, struct docker_result *result) {
    struct pull *pull = context;
    docker_lines_end(&pull->lines, "pull", pull->engine_id, result);
    pull->done(pull->context, result);
    free(pull->engine_id);
    free(pull);
}

void docker_pull(struct http_client *client, const struct docker_engine *engine, const char *image,
                 const char *registry_auth, docker_watch *watch, docker_done *done, void *context) {
    struct docker_image parts;
    struct error err = {0};
    if (!docker_image_split(image, &parts, &err)) {
        docker_begin_failed(client, engine, &err, done, context);
        return;
    }
    struct pull *pull = mem_alloc(sizeof *pull);
    pull->watch = watch;
    pull->done = done;
    pull->context = context;
    pull->engine_id = mem_strdup(engine->id);
    pull->lines.each = read_layer;
    pull->lines.context = pull;
    CLEANUP(strbuf_release) struct strbuf path = {0};
    strbuf_puts(&path, "/images/create?fromImage=");
    strbuf_url(&path, parts.name);
    strbuf_puts(&path, "&tag=");
    strbuf_url(&path, parts.tag);
    CLEANUP(mem_free_text)
    char *header = registry_auth ? mem_format("X-Registry-Auth: %s", registry_auth) : NULL;
    struct docker_params params = {.path = strbuf_text(&path),
                                   .header = header,
                                   .sink = on_progress,
                                   .sink_context = pull};
    docker_begin(client, engine, &op_pull, &params, on_pulled, pull);
}
