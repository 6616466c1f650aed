/* fuzz_query: query strings, the parameters of every route, and the cursors in them. */
#include <string.h>

#include "core/base/mem.h"
#include "fcgi/cursor.h"
#include "fcgi/event_query.h"
#include "fcgi/params.h"
#include "fcgi/query.h"
#include "fcgi/routes.h"
#include "tests/fuzz/fuzz.h"

/* What was read, written down and read again. */
static void check_round_trip(const struct query *query) {
    CLEANUP(strbuf_release) struct strbuf text = {0};
    struct query again;
    struct error err = {0};
    for (size_t i = 0; i < query->count; i++) {
        strbuf_puts(&text, i ? "&" : "");
        strbuf_url(&text, query->params[i].name);
        strbuf_putc(&text, '=');
        strbuf_url(&text, query->params[i].value);
    }
    if (text.len > QUERY_BYTES_MAX)
        return;
    fuzz_check(query_parse(&again, strbuf_text(&text), &err) && again.count == query->count);
    for (size_t i = 0; i < query->count; i++)
        fuzz_check(strcmp(again.params[i].name, query->params[i].name) == 0 &&
                   strcmp(again.params[i].value, query->params[i].value) == 0);
    query_release(&again);
}

static void check_cursor(const struct request *request, const char *name) {
    static const char letters[] = "eco";
    struct error err = {0};
    char text[CURSOR_BYTES];
    uint64_t first, second;
    for (const char *letter = letters; *letter && query_find(&request->query, name); letter++)
        if (cursor_parse(request, name, *letter, &first, &second, &err)) {
            cursor_print(text, *letter, first, second);
            fuzz_check(strcmp(text, query_find(&request->query, name)) == 0);
        }
}

/* A checked value means what the table of parameters allows. */
static void check_values(const struct query *query, const char *pattern) {
    for (size_t i = 0; i < query->count; i++) {
        const struct param *param = param_find(pattern, query->params[i].name);
        const char *name = query->params[i].name;
        double number = 0;
        if (!param)
            continue;
        if (param->type == PARAM_INT)
            number = (double)query_get_int(query, name, -12345);
        else if (param->type == PARAM_DECIMAL)
            number = query_get_decimal(query, name, -12345);
        else if (param->type == PARAM_TIME)
            query_get_time(query, name, 0);
        else
            query_get_bool(query, name, false);
        if (param->type == PARAM_INT || param->type == PARAM_DECIMAL)
            fuzz_check(number >= param->min && number <= param->max);
    }
}

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    CLEANUP(mem_free_text) char *raw = fuzz_rest(&input);
    struct request request = {0};
    struct query *query = &request.query;
    struct error err = {0};
    if (!query_parse(query, raw, &err)) {
        fuzz_check(err.kind == ERROR_BAD_REQUEST && !query->text && query->count == 0);
        return;
    }
    for (size_t i = 0; i < query->count; i++)
        fuzz_check(*query->params[i].name &&
                   utf8_is_valid(query->params[i].value, strlen(query->params[i].value)));
    check_round_trip(query);
    for (size_t i = 0; route_at(i); i++)
        if (query_check(query, route_at(i)->pattern, route_at(i)->query, &err))
            check_values(query, route_at(i)->pattern);
        else
            fuzz_check(err.kind == ERROR_BAD_FIELD && err.field[0]);
    check_cursor(&request, "cursor");
    check_cursor(&request, "after");
    struct db_param params[EVENT_PARAMS] = {0};
    event_query_fill(&request, false, params, &err);
    if (query_find(query, "after"))
        event_query_fill(&request, true, params, &err);
    query_release(query);
}

const struct fuzz_target fuzz_query = {"query", run};
