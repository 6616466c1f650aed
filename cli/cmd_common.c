/* cmd_common: what several commands share; see cmd.h. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/filter.h"
#include "cli/render.h"

bool get_document(struct cli *cli, const char *path, json_t **ret_doc, struct error *err) {
    struct api_request request = {.method = "GET", .path = path};
    struct api_reply reply;
    if (!api_call(cli->api, &request, &reply, err))
        return false;
    *ret_doc = STEAL(reply.doc);
    api_reply_release(&reply);
    return true;
}

bool show_record(struct cli *cli, const char *path, struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL;
    if (!get_document(cli, path, &doc, err))
        return false;
    if (cli->output == OUTPUT_JSON)
        render_json(doc);
    else if (!cli->quiet)
        render_record(cli, doc);
    else if (json_get_text(doc, "id", NULL))
        render_line(json_get_text(doc, "id", ""));
    return true;
}

bool show_records(struct cli *cli, json_t **list, const char *const *titles,
                  void (*add_row)(struct table *table, json_t *record), struct error *err) {
    if (!filter_records(cli, list, err))
        return false;
    if (cli->output == OUTPUT_JSON) {
        render_json(*list);
    } else if (cli->quiet) {
        print_ids(*list, "id");
    } else {
        struct table *table = table_new(cli, titles);
        for (size_t i = 0; i < json_len(*list); i++)
            add_row(table, json_at(*list, i));
        table_print(table);
    }
    return true;
}

bool show_list(struct cli *cli, const char *path, const char *const *titles,
               void (*add_row)(struct table *table, json_t *record), struct error *err) {
    CLEANUP(json_put) json_t *list = NULL;
    struct strbuf filtered = {0};
    strbuf_puts(&filtered, path);
    bool ok = filter_query(cli, &filtered, err) &&
              get_document(cli, strbuf_text(&filtered), &list, err) &&
              show_records(cli, &list, titles, add_row, err);
    strbuf_release(&filtered);
    return ok;
}

void print_ids(json_t *list, const char *key) {
    for (size_t i = 0; i < json_len(list); i++) {
        json_t *id = json_get(json_at(list, i), key);
        if (id)
            render_line(json_object_get_string(id));
    }
}

void add_query(struct strbuf *path, const char *name, const char *value) {
    strbuf_putc(path, path->len && strchr(strbuf_text(path), '?') ? '&' : '?');
    strbuf_puts(path, name);
    strbuf_putc(path, '=');
    strbuf_url(path, value);
}
