/* cmd_common: what several commands share; see cmd.h. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/filter.h"
#include "cli/render.h"
#include "core/base/times.h"

/* The same, and `cursor` gets where the list goes on. */
static bool get_page(struct cli *cli, const char *path, json_t **ret_doc,
                     char cursor[HTTP_CURSOR_MAX], struct error *err) {
    struct api_request request = {.method = "GET", .path = path};
    struct api_reply reply;
    if (!api_call(cli->api, &request, &reply, err))
        return false;
    *ret_doc = STEAL(reply.doc);
    snprintf(cursor, HTTP_CURSOR_MAX, "%s", reply.next_cursor);
    api_reply_release(&reply);
    return true;
}

bool get_document(struct cli *cli, const char *path, json_t **ret_doc, struct error *err) {
    char cursor[HTTP_CURSOR_MAX];
    return get_page(cli, path, ret_doc, cursor, err);
}

bool look_first(struct cli *cli, const char *path, json_t **ret_record, struct error *err) {
    CLEANUP(json_put) json_t *record = NULL;
    if (confirm_matters(cli) && !get_document(cli, path, &record, err))
        return false;
    if (ret_record)
        *ret_record = STEAL(record);
    return true;
}

bool post_record(struct cli *cli, const char *path, json_t *body, const char *key, const char *name,
                 json_t **ret_record, struct error *err) {
    struct api_request request = {.method = "POST", .path = path, .body = body};
    struct api_reply reply;
    if (!api_call(cli->api, &request, &reply, err))
        return false;
    if (cli->output == OUTPUT_JSON)
        render_json(reply.doc);
    else
        render_line(json_get_text(reply.doc, key, name));
    fflush(stdout);
    if (ret_record)
        *ret_record = STEAL(reply.doc);
    api_reply_release(&reply);
    return true;
}

/* A page of the list, added to it; `cursor` is where it begins, then where the next one does. */
static bool add_page(struct cli *cli, const char *path, const char *size_name, int64_t size,
                     char cursor[HTTP_CURSOR_MAX], json_t *list, struct error *err) {
    CLEANUP(strbuf_release) struct strbuf page = {0};
    CLEANUP(json_put) json_t *records = NULL;
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)size);
    strbuf_puts(&page, path);
    add_query(&page, size_name, number);
    if (*cursor)
        add_query(&page, "cursor", cursor);
    if (!get_page(cli, strbuf_text(&page), &records, cursor, err))
        return false;
    for (size_t i = 0; i < json_len(records); i++)
        json_object_array_add(list, json_object_get(json_at(records, i)));
    return true;
}

bool get_pages(struct cli *cli, const char *path, const struct pages *pages, json_t **ret_list,
               struct error *err) {
    CLEANUP(json_put) json_t *list = json_object_new_array();
    char cursor[HTTP_CURSOR_MAX] = "";
    int64_t total = pages->total, count = -1;
    /* A page without records ends it, whatever its cursor says. */
    while (count < (int64_t)json_len(list)) {
        count = (int64_t)json_len(list);
        bool last = total && total - count <= pages->size_max;
        if (!add_page(cli, path, pages->size_name, last ? total - count : pages->size_max, cursor,
                      list, err))
            return false;
        if (last || !*cursor)
            break;
    }
    *ret_list = STEAL(list);
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

static void print_list(struct cli *cli, json_t *list, const char *const *titles,
                       void (*add_row)(struct table *table, json_t *record)) {
    if (cli->output == OUTPUT_JSON) {
        render_json(list);
    } else if (cli->quiet) {
        print_ids(list, "id");
    } else {
        struct table *table = table_new(cli, titles);
        for (size_t i = 0; i < json_len(list); i++)
            add_row(table, json_at(list, i));
        table_print(table);
    }
}

bool show_records(struct cli *cli, json_t **list, const char *const *titles,
                  void (*add_row)(struct table *table, json_t *record), struct error *err) {
    if (!filter_records(cli, list, err))
        return false;
    print_list(cli, *list, titles, add_row);
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

bool show_pages(struct cli *cli, const char *path, const struct pages *pages,
                const char *const *titles, void (*add_row)(struct table *table, json_t *record),
                struct error *err) {
    CLEANUP(json_put) json_t *list = NULL;
    CLEANUP(strbuf_release) struct strbuf filtered = {0};
    struct pages fetched = *pages;
    strbuf_puts(&filtered, path);
    if (pages->fitting && !filter_is_servers(cli))
        fetched.total = 0;
    if (!filter_query(cli, &filtered, err) ||
        !get_pages(cli, strbuf_text(&filtered), &fetched, &list, err) ||
        !filter_records(cli, &list, err))
        return false;
    size_t total = pages->total ? (size_t)pages->total : SIZE_MAX;
    if (json_len(list) > total)
        json_object_array_del_idx(list, total, json_len(list) - total);
    print_list(cli, list, titles, add_row);
    return true;
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

void add_options(struct strbuf *path, const struct given *given, const char *const *names) {
    const char *value;
    for (; *names; names++)
        for (size_t i = 0; (value = given_at(given, *names, i)); i++)
            add_query(path, *names, value);
}

bool add_time(struct strbuf *path, const struct given *given, const char *name, struct error *err) {
    char seconds[24];
    int64_t at;
    const char *text = given_text(given, name);
    if (!text)
        return true;
    if (!time_parse(text, time(NULL), &at))
        return error_field(err, name,
                           "--%s must be as in 10m, 2h, 2026-01-31T12:00:00Z, or seconds since "
                           "1970, not %s.",
                           name, text);
    snprintf(seconds, sizeof seconds, "%lld", (long long)at);
    add_query(path, name, seconds);
    return true;
}
