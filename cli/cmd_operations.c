/* cmd_operations: an operation, under way or over. */
#include <stdio.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/render.h"

static void print_items(const struct cli *cli, json_t *items) {
    static const char *const titles[] = {"CONTAINER", "ENGINE", "STATUS", "ERROR", NULL};
    struct table *table = table_new(cli, titles);
    for (size_t i = 0; i < json_len(items); i++) {
        json_t *item = json_at(items, i);
        char room[ID_SHORT + 1];
        table_add(table, (const char *[]){
                             short_id(json_get_text(item, "container", NULL), room),
                             json_get_text(item, "engine", NULL),
                             json_get_text(item, "status", NULL),
                             json_get_text(json_get(item, "error"), "detail", NULL),
                         });
    }
    table_print(table);
}

bool cmd_operation(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL;
    CLEANUP(mem_free_text) char *path = api_path("/api/operations/", cli_argument(cli, 0), "");
    if (!get_document(cli, path, &doc, err))
        return false;
    if (cli->output == OUTPUT_JSON) {
        render_json(doc);
        return true;
    }
    if (cli->quiet) {
        render_line(json_get_text(doc, "id", ""));
        return true;
    }
    CLEANUP(json_put) json_t *items = json_copy(json_get_array(doc, "items"));
    json_object_object_del(doc, "items");
    json_object_object_del(doc, "result");
    render_record(cli, doc);
    if (json_len(items) > 0) {
        putchar('\n');
        print_items(cli, items);
    }
    return true;
}
