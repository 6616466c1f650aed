/* cmd_drain: moving containers at one's word: drain, uncordon, thaw. */
#include <stdio.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/render.h"
#include "cli/text.h"
#include "core/base/mem.h"

static void note(const char *format, json_t *item, const char *name) {
    CLEANUP(strbuf_release) struct strbuf safe = {0};
    CLEANUP(mem_free_text)
    char *text =
        mem_format(format, json_get_text(item, "id", ""), name, json_get_text(item, "reason", ""));
    text_safe(&safe, text);
    fprintf(stderr, "%s\n", strbuf_text(&safe));
}

/* What does not leave it. */
static void tell_rest(json_t *record) {
    json_t *drain = json_get_object(record, "drain");
    json_t *stays = json_get_array(drain, "stays"), *blocked = json_get_array(drain, "blocked");
    for (size_t i = 0; i < json_len(stays); i++)
        note("stays: %.12s %s: %s", json_at(stays, i),
             json_get_text(json_at(stays, i), "name", ""));
    for (size_t i = 0; i < json_len(blocked); i++)
        note("no place yet: %.12s%s: %s", json_at(blocked, i), "");
}

static bool post(struct cli *cli, const char *action, struct error *err) {
    CLEANUP(json_put) json_t *record = NULL;
    const char *id = cli_argument(cli, 0);
    CLEANUP(mem_free_text) char *path = api_path("/api/engines/", id, action);
    if (!post_record(cli, path, NULL, "id", id, &record, err))
        return false;
    if (cli->output != OUTPUT_JSON && !cli->quiet)
        tell_rest(record);
    return true;
}

bool cmd_engine_drain(struct cli *cli, struct error *err) {
    return post(cli, "/drain", err);
}

bool cmd_engine_uncordon(struct cli *cli, struct error *err) {
    return post(cli, "/uncordon", err);
}

bool cmd_thaw(struct cli *cli, struct error *err) {
    struct api_request request = {.method = "POST", .path = "/api/cluster/thaw"};
    struct api_reply reply;
    if (!api_call(cli->api, &request, &reply, err))
        return false;
    json_t *list = json_get_array(reply.doc, "thawed");
    if (cli->output == OUTPUT_JSON)
        render_json(reply.doc);
    else
        for (size_t i = 0; i < json_len(list); i++)
            render_line(json_get_text(json_at(list, i), "reason", ""));
    if (cli->output != OUTPUT_JSON && !cli->quiet && json_len(list) == 0)
        fprintf(stderr, "Nothing was frozen.\n");
    api_reply_release(&reply);
    return true;
}
