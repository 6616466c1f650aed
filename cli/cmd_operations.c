/* cmd_operations: operations, under way or over: list, show, wait, cancel. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/operation.h"
#include "cli/render.h"

static void add_operation(struct table *table, json_t *operation) {
    char done[48], created[AGO_ROOM];
    snprintf(done, sizeof done, "%lld/%lld", (long long)json_get_int(operation, "done", 0),
             (long long)json_get_int(operation, "total", 0));
    table_add(table, (const char *[]){
                         json_get_text(operation, "id", NULL),
                         json_get_text(operation, "type", NULL),
                         json_get_text(operation, "state", NULL),
                         done,
                         json_get_text(operation, "account", NULL),
                         ago_text(json_get_text(operation, "created", NULL), created),
                     });
}

bool cmd_operations(struct cli *cli, struct error *err) {
    static const char *const titles[] = {"ID", "TYPE", "STATE", "DONE", "ACCOUNT", "CREATED", NULL};
    return show_list(cli, "/api/operations", titles, add_operation, err);
}

/* Why it is as it is. */
static const char *reason_of(json_t *item) {
    return json_get_text(json_get(item, "error"), "detail", json_get_text(item, "note", NULL));
}

static void print_items(const struct cli *cli, json_t *items) {
    static const char *const titles[] = {"CONTAINER", "ENGINE", "STATUS", "ERROR", NULL};
    struct table *table = table_new(cli, titles);
    for (size_t i = 0; i < json_len(items); i++) {
        json_t *item = json_at(items, i);
        char room[ID_SHORT + 1];
        table_add(table, (const char *[]){
                             short_id(json_get_text(item, "container", NULL), room),
                             json_get_text(item, "engine", NULL),
                             json_get_text(item, "phase", json_get_text(item, "status", NULL)),
                             reason_of(item),
                         });
    }
    table_print(table);
}

/* Takes `doc`. */
static void show_operation(const struct cli *cli, json_t *doc) {
    CLEANUP(json_put) json_t *items = json_copy(json_get_array(doc, "items"));
    if (cli->output == OUTPUT_JSON) {
        render_json(doc);
    } else if (cli->quiet) {
        render_line(json_get_text(doc, "id", ""));
    } else {
        json_object_object_del(doc, "items");
        json_object_object_del(doc, "result");
        render_record(cli, doc);
        if (json_len(items) > 0) {
            putchar('\n');
            print_items(cli, items);
        }
    }
    json_put(&doc);
}

bool cmd_operation(struct cli *cli, struct error *err) {
    json_t *doc = NULL;
    CLEANUP(mem_free_text) char *path = api_path("/api/operations/", cli_argument(cli, 0), "");
    if (!get_document(cli, path, &doc, err))
        return false;
    show_operation(cli, doc);
    return true;
}

/* "ID done", or the document. What has failed is an error of status 1, whatever its kind, unless it
 * cannot be told at all. */
static bool wait_one(struct cli *cli, const char *id, struct error *err) {
    CLEANUP(mem_free_text) char *path = api_path("/api/operations/", id, "");
    struct outcome outcome = {.steadfast = true};
    snprintf(outcome.location, sizeof outcome.location, "%s", path);
    bool ok = operation_finish(cli, &outcome, err);
    const char *status = json_get_text(outcome.operation, "status", "running");
    bool known = strcmp(status, "running") != 0;
    if (known && cli->output == OUTPUT_JSON) {
        render_json(outcome.operation);
    } else if (known && !cli->quiet) {
        CLEANUP(mem_free_text) char *line = mem_format("%s %s", id, status);
        render_line(line);
    }
    if (ok)
        outcome_report(cli, &outcome);
    else if (known && err)
        err->kind = ERROR_INTERNAL;
    outcome_release(&outcome);
    return ok;
}

/* Each of the arguments; an error is reported here when there are several, and `err` gets the last.
 */
static bool for_each(struct cli *cli,
                     bool (*one)(struct cli *cli, const char *id, struct error *err),
                     struct error *err) {
    size_t count = cli->given.argument_count;
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        struct error mine = {0};
        if (one(cli, cli_argument(cli, i), &mine))
            continue;
        ok = false;
        *err = mine;
        if (i + 1 < count) {
            error_wrap(&mine, "%s", cli_argument(cli, i));
            cli_report(cli, &mine);
        }
    }
    return ok;
}

bool cmd_wait(struct cli *cli, struct error *err) {
    return for_each(cli, wait_one, err);
}

static bool cancel_one(struct cli *cli, const char *id, struct error *err) {
    CLEANUP(mem_free_text) char *path = api_path("/api/operations/", id, "");
    json_t *doc = NULL;
    if (!operation_cancel(cli, path, true, &doc, err))
        return false;
    show_operation(cli, doc);
    return true;
}

bool cmd_cancel(struct cli *cli, struct error *err) {
    return for_each(cli, cancel_one, err);
}
