/* cmd_adopt: containers that are not the pool's come under management. */
#include <stdio.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/render.h"
#include "cli/text.h"
#include "core/base/parse.h"

const struct cli_option adopt_options[] = {
    {.name = "cpus", .value = "CORES", .help = "share to reserve, instead of what it has"},
    {.name = "memory", .value = "MB", .help = "memory to reserve, instead of its limit"},
    {.name = "force", .help = "although it bears the label of another pool"},
    {0},
};

static void tell(const char *what, const char *text) {
    struct strbuf line = {0};
    strbuf_addf(&line, "berth: %s", what);
    text_safe(&line, text);
    fprintf(stderr, "%s\n", strbuf_text(&line));
    strbuf_release(&line);
}

/* What a copy made anew would lack, and what else there is to know. */
static void tell_notes(json_t *doc) {
    json_t *ignored = json_get_array(doc, "ignored"), *warnings = json_get_array(doc, "warnings");
    for (size_t i = 0; i < json_len(ignored); i++) {
        CLEANUP(mem_free_text)
        char *text = mem_format("%s: %s", json_get_text(json_at(ignored, i), "field", "?"),
                                json_get_text(json_at(ignored, i), "reason", ""));
        tell("note: ", text);
    }
    for (size_t i = 0; i < json_len(warnings); i++)
        tell("warning: ", json_object_get_string(json_at(warnings, i)));
}

bool cmd_adopt(struct cli *cli, struct error *err) {
    CLEANUP(strbuf_release) struct strbuf path = {0};
    CLEANUP(mem_free_text)
    char *start = api_path("/api/containers/", cli_argument(cli, 0), "/adopt");
    const char *cpus = given_text(&cli->given, "cpus"), *memory = given_text(&cli->given, "memory");
    CLEANUP(json_put) json_t *record = NULL;
    strbuf_puts(&path, start);
    if (cpus)
        add_query(&path, "cpus", cpus);
    if (memory)
        add_query(&path, "memory", memory);
    if (given_flag(&cli->given, "force"))
        add_query(&path, "force", "true");
    if (!post_record(cli, strbuf_text(&path), NULL, "id", "", &record, err))
        return false;
    if (cli->output != OUTPUT_JSON && !cli->quiet)
        tell_notes(record);
    return true;
}
