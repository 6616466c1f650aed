/* cmd_check: could the pool lose any one of its engines? */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/render.h"
#include "cli/text.h"

static const char check_path[] = "/api/cluster/info/check";

/* What is to be known of one engine, in a line. */
static void words_of(struct strbuf *buf, json_t *engine) {
    json_t *first = json_at(json_get_array(engine, "misfits"), 0);
    long long misfits = (long long)json_get_int(engine, "misfit_count", 0);
    if (misfits == 0)
        return;
    strbuf_addf(buf, "%s", json_get_text(first, "name", "?"));
    if (misfits > 1)
        strbuf_addf(buf, " and %lld more", misfits - 1);
    strbuf_addf(buf, ": %s. To do: %s.", json_get_text(first, "reason", "?"),
                json_get_text(engine, "advice", "?"));
}

static void add_engine(struct table *table, json_t *engine) {
    CLEANUP(strbuf_release) struct strbuf words = {0};
    char moves[COUNT_ROOM], stays[COUNT_ROOM], misfits[COUNT_ROOM];
    words_of(&words, engine);
    table_add(table, (const char *[]){json_get_text(engine, "id", NULL),
                                      json_get_bool(engine, "ok", false) ? "yes" : "no",
                                      count_text(json_get_int(engine, "moves", 0), moves),
                                      count_text(json_get_int(engine, "misfit_count", 0), misfits),
                                      count_text(json_get_int(engine, "stay_count", 0), stays),
                                      words.len ? strbuf_text(&words) : NULL});
}

/* The engines that could not be lost, for a message: the first, and how many more; NULL: none of
 * those that were looked at. */
static char *culprits(json_t *doc) {
    json_t *engines = json_get_array(doc, "engines"), *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < json_len(engines); i++) {
        if (json_get_bool(json_at(engines, i), "ok", false))
            continue;
        if (count++ == 0)
            first = json_at(engines, i);
    }
    if (!first)
        return NULL;
    const char *id = json_get_text(first, "id", "?");
    return count > 1 ? mem_format("%s (nor %zu others)", id, count - 1) : mem_strdup(id);
}

bool cmd_check(struct cli *cli, struct error *err) {
    static const char *const titles[] = {"ENGINE", "OK",  "WOULD MOVE", "NO ROOM",
                                         "STAY",   "WHY", NULL};
    CLEANUP(json_put) json_t *doc = NULL;
    if (!get_document(cli, check_path, &doc, err))
        return false;
    json_t *engines = json_get_array(doc, "engines");
    if (cli->output == OUTPUT_JSON) {
        render_json(doc);
    } else if (!cli->quiet) {
        struct table *table = table_new(cli, titles);
        for (size_t i = 0; i < json_len(engines); i++)
            add_engine(table, json_at(engines, i));
        table_print(table);
    }
    if (json_get_bool(doc, "ok", false))
        return true;
    int64_t unchecked = json_get_int(doc, "unchecked", 0);
    CLEANUP(mem_free_text) char *which = culprits(doc);
    if (!which)
        return error_set(err, ERROR_CONFLICT,
                         "Nobody knows whether the pool could lose any engine: %lld were too many "
                         "to look at.",
                         (long long)unchecked);
    return error_set(err, ERROR_CONFLICT, "The pool could not lose engine %s.", which);
}

void check_warn(struct cli *cli, const char *container_id) {
    CLEANUP(mem_free_text) char *path = mem_format("%s?container=%s", check_path, container_id);
    CLEANUP(strbuf_release) struct strbuf line = {0};
    struct api_request request = {.method = "GET", .path = path};
    struct api_reply reply;
    struct error err = {0};
    if (!api_call(cli->api, &request, &reply, &err)) /* no leave to look, or no answer: no matter */
        return;
    CLEANUP(mem_free_text) char *which = culprits(reply.doc);
    if (which && json_get_bool(reply.doc, "made_so", false) &&
        json_len(json_get_array(reply.doc, "engines")) > 1) {
        text_safe(&line, which);
        fprintf(stderr,
                "berth: From now on the pool could not lose engine %s: not all would find room on "
                "the others (see: berth check).\n",
                strbuf_text(&line));
    }
    api_reply_release(&reply);
}
