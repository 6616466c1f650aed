/* cmd_context: the servers that `berth login` knows. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/contexts.h"
#include "cli/render.h"

static bool unknown_context(const char *name, struct error *err) {
    return error_set(err, ERROR_NOT_FOUND, "There is no context %s (see: berth context list).",
                     name);
}

/* What may be shown of a context: everything but its token. */
static json_t *record_of(json_t *doc, const char *name) {
    json_t *record = json_object_new_object(), *context = contexts_get(doc, name);
    const char *current = contexts_current(doc),
               *expires = json_get_text(context, "expires_at", NULL);
    json_set_text(record, "id", name);
    json_set_bool(record, "current", current && strcmp(current, name) == 0);
    json_set(record, "urls", json_copy(json_get_array(context, "urls")));
    json_set_text(record, "username", json_get_text(context, "username", NULL));
    json_set_bool(record, "logged_in", json_get_text(context, "token", NULL) != NULL);
    json_set_text(record, "expires_at", expires);
    json_set_text(record, "cacert", json_get_text(context, "cacert", NULL));
    return record;
}

static void add_context(struct table *table, json_t *record) {
    json_t *urls = json_get_array(record, "urls");
    struct strbuf text = {0};
    char room[AGO_ROOM];
    for (size_t i = 0; i < json_len(urls); i++)
        strbuf_addf(&text, "%s%s", i ? " " : "", json_object_get_string(json_at(urls, i)));
    bool logged_in = json_get_bool(record, "logged_in", false);
    const char *expires = json_get_text(record, "expires_at", NULL);
    table_add(table, (const char *[]){
                         json_get_bool(record, "current", false) ? "*" : " ",
                         json_get_text(record, "id", NULL),
                         strbuf_text(&text),
                         json_get_text(record, "username", NULL),
                         !logged_in ? "logged out"
                         : expires  ? ago_text(expires, room)
                                    : "?",
                         json_get_text(record, "cacert", NULL),
                     });
    strbuf_release(&text);
}

bool cmd_context_list(struct cli *cli, struct error *err) {
    static const char *const titles[] = {"USED",    "CONTEXT",  "URL", "ACCOUNT",
                                         "EXPIRES", "+CA FILE", NULL};
    CLEANUP(json_put) json_t *doc = NULL, *list = json_object_new_array();
    if (!contexts_load(&doc, err))
        return false;
    json_object_object_foreach(json_get(doc, "contexts"), name, context) {
        (void)context;
        json_object_array_add(list, record_of(doc, name));
    }
    return show_records(cli, &list, titles, add_context, err);
}

bool cmd_context_show(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL, *record = NULL;
    const char *name = cli_argument(cli, 0);
    if (!contexts_load(&doc, err))
        return false;
    if (!name)
        name = given_text(&cli->given, "context");
    if (!name)
        name = environment("BERTH_CONTEXT");
    if (!name)
        name = contexts_current(doc);
    if (!name)
        return error_set(err, ERROR_NOT_FOUND, "There is no current context: berth login.");
    if (!contexts_get(doc, name))
        return unknown_context(name, err);
    record = record_of(doc, name);
    if (cli->output == OUTPUT_JSON)
        render_json(record);
    else if (cli->quiet)
        render_line(name);
    else
        render_record(cli, record);
    return true;
}

static bool use(json_t *doc, void *data, struct error *err) {
    const char *name = data;
    if (!contexts_get(doc, name))
        return unknown_context(name, err);
    json_set_text(doc, "current", name);
    return true;
}

bool cmd_context_use(struct cli *cli, struct error *err) {
    if (!contexts_change(use, cli->given.arguments[0], err))
        return false;
    render_line(cli_argument(cli, 0));
    return true;
}

static bool forget(json_t *doc, void *data, struct error *err) {
    const char *name = data, *current = contexts_current(doc);
    if (!contexts_get(doc, name))
        return unknown_context(name, err);
    json_object_object_del(json_get(doc, "contexts"), name);
    if (current && strcmp(current, name) == 0)
        json_object_object_del(doc, "current");
    return true;
}

bool cmd_context_delete(struct cli *cli, struct error *err) {
    const char *name = cli_argument(cli, 0);
    CLEANUP(json_put) json_t *doc = NULL;
    if (!contexts_load(&doc, err))
        return false;
    if (!contexts_get(doc, name))
        return unknown_context(name, err);
    if (!confirm(cli, err, "forget the context %s and its token", name) ||
        !contexts_change(forget, cli->given.arguments[0], err))
        return false;
    render_line(name);
    return true;
}

static bool change_name(json_t *doc, void *data, struct error *err) {
    char *const *names = data;
    const char *current = contexts_current(doc);
    json_t *context = contexts_get(doc, names[0]);
    bool is_current = current && strcmp(current, names[0]) == 0;
    if (!context)
        return unknown_context(names[0], err);
    if (contexts_get(doc, names[1]))
        return error_set(err, ERROR_CONFLICT, "There is a context %s already.", names[1]);
    json_set(json_get(doc, "contexts"), names[1], json_copy(context));
    json_object_object_del(json_get(doc, "contexts"), names[0]);
    if (is_current)
        json_set_text(doc, "current", names[1]);
    return true;
}

bool cmd_context_rename(struct cli *cli, struct error *err) {
    const char *name = cli_argument(cli, 1);
    if (!context_name_check(name, err) || !contexts_change(change_name, cli->given.arguments, err))
        return false;
    render_line(name);
    return true;
}
