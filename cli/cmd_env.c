/* cmd_env: the variables of a container in clear. */
#include <stdio.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/text.h"

/* A terminal gets what is safe for it; a file or a pipe gets every byte as it is. */
static void print_variables(json_t *environment) {
    bool terminal = isatty(STDOUT_FILENO);
    json_object_object_foreach(environment, name, value) {
        CLEANUP(strbuf_release) struct strbuf safe = {0};
        CLEANUP(mem_free_text)
        char *line = mem_format("%s=%s", name, json_object_get_string(value));
        if (terminal)
            text_safe(&safe, line);
        puts(terminal ? strbuf_text(&safe) : line);
    }
}

bool cmd_env(struct cli *cli, struct error *err) {
    CLEANUP(mem_free_text)
    char *path = api_path("/api/containers/", cli_argument(cli, 0), "/environment");
    CLEANUP(json_put) json_t *doc = NULL;
    if (!get_document(cli, path, &doc, err))
        return false;
    json_t *environment = json_get_object(doc, "environment");
    if (cli->output == OUTPUT_JSON)
        render_json(doc);
    else if (environment)
        print_variables(environment);
    return true;
}
