/* cmd_events: the history. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/render.h"
#include "core/base/parse.h"

static void add_event(struct table *table, json_t *event) {
    char room[ID_SHORT + 1], ago[AGO_ROOM];
    table_add(table, (const char *[]){
                         json_get_text(event, "type", NULL),
                         json_get_text(event, "message", NULL),
                         ago_text(json_get_text(event, "time", NULL), ago),
                         json_get_text(event, "account", NULL),
                         json_get_text(json_get(event, "engine"), "id", NULL),
                         short_id(json_get_text(json_get(event, "container"), "id", NULL), room),
                     });
}

bool cmd_events(struct cli *cli, struct error *err) {
    static const char *const titles[] = {"TYPE",   "MESSAGE",   "TIME", "ACCOUNT",
                                         "ENGINE", "CONTAINER", NULL};
    const char *count = cli_argument(cli, 0);
    int64_t number;
    struct strbuf path = {0};
    if (count && !parse_int(count, 1, INT32_MAX, &number))
        return error_field(err, "count", "N must be a whole number from 1 on, not %s.", count);
    strbuf_puts(&path, "/api/events");
    if (count)
        add_query(&path, "count", count);
    bool ok = show_list(cli, strbuf_text(&path), titles, add_event, err);
    strbuf_release(&path);
    return ok;
}
