/* handle_container_list: what is asked of the list of containers, which is a document route. */
#include "core/base/mem.h"
#include "fcgi/cursor.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "sql/statements.h"

static const char letter = 'c'; /* of our cursors */

/* The whole list is asked for by a statement of its own, whose plan is kept. */
const struct sql_statement *choose_container_list(const struct request *request) {
    static const char *const names[] = {"name",  "image", "engine", "state",  "group",
                                        "label", "limit", "cursor", "summary"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (query_find(&request->query, names[i]))
            return &sql_container_page;
    return &sql_container_list;
}

/* All values of a parameter as an array of PostgreSQL; NULL when there is none. */
static const char *array_of(struct request *request, const char *name) {
    struct strbuf array = {0};
    const char *value;
    for (size_t i = 0; (value = query_at(&request->query, name, i)); i++) {
        strbuf_puts(&array, i ? ",\"" : "{\"");
        for (; *value; value++) {
            if (*value == '"' || *value == '\\')
                strbuf_putc(&array, '\\');
            strbuf_putc(&array, *value);
        }
        strbuf_putc(&array, '"');
    }
    if (array.len == 0)
        return NULL;
    strbuf_putc(&array, '}');
    return request_keep(request, strbuf_steal(&array));
}

static struct db_param bool_param(const struct query *query, const char *name, bool fallback) {
    return DB_TEXT(query_get_bool(query, name, fallback) ? "true" : "false");
}

static bool fill_page(struct request *request, struct db_param *params, struct error *err) {
    static const char *const sets[] = {"name", "image", "engine", "state", "group", "label"};
    const struct query *query = &request->query;
    uint64_t seq, tie;
    if (query_find(query, "limit"))
        params[0] = db_int(query_get_int(query, "limit", 0));
    params[1] = bool_param(query, "all", true);
    if (query_find(query, "managed"))
        params[2] = bool_param(query, "managed", true);
    for (size_t i = 0; i < ARRAY_LEN(sets); i++)
        params[3 + i] = DB_TEXT(array_of(request, sets[i]));
    params[11] = bool_param(query, "summary", false);
    if (!query_find(query, "cursor"))
        return true;
    if (!cursor_parse(request, "cursor", letter, &seq, &tie, err))
        return false;
    params[9] = db_int((int64_t)seq);
    params[10] = db_int((int64_t)tie);
    return true;
}

bool fill_container_list(struct request *request, struct db_param *params, struct error *err) {
    const struct query *query = &request->query;
    if (choose_container_list(request) == &sql_container_page)
        return fill_page(request, params, err);
    params[0] = bool_param(query, "all", true);
    if (query_find(query, "managed"))
        params[1] = bool_param(query, "managed", true);
    return true;
}

void finish_container_list(struct request *request) {
    const struct db_result *rows = request->document;
    int64_t limit = query_get_int(&request->query, "limit", 0);
    int last = db_rows(rows) - 1;
    char cursor[CURSOR_BYTES];
    if (limit == 0 || db_rows(rows) < limit)
        return;
    cursor_print(cursor, letter, (uint64_t)db_int64(rows, last, "seq", 0),
                 (uint64_t)db_int64(rows, last, "tie", 0));
    cursor_respond(request, "cursor", cursor);
}
