/* handle_operation_list: which operations a list shall have. */
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "fcgi/handlers.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 500, ACCOUNT_MAX = 128, TYPE_MAX = 64 };

static bool is_state(const char *word) {
    static const char *const states[] = {"running", "done", "failed", "cancelled"};
    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (strcmp(states[i], word) == 0)
            return true;
    return false;
}

static bool is_id(const char *text) {
    return strlen(text) == 32 && hex_is(text);
}

bool fill_operation_list(struct request *request, struct db_param *params, struct error *err) {
    const struct query *query = &request->query;
    const char *state, *account, *type, *cursor;
    int64_t limit = 0;
    if (!query_text(query, "state", TYPE_MAX, NULL, &state, err) ||
        !query_text(query, "account", ACCOUNT_MAX, NULL, &account, err) ||
        !query_text(query, "type", TYPE_MAX, NULL, &type, err) ||
        !query_int(query, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &limit, err) ||
        !query_text(query, "cursor", TYPE_MAX, NULL, &cursor, err))
        return false;
    if (state && !is_state(state))
        return error_field(err, "state", "state must be running, done, failed or cancelled.");
    if (cursor && !is_id(cursor))
        return error_field(err, "cursor", "cursor must be the id of the last operation seen.");
    params[0] = DB_TEXT(state);
    params[1] = DB_TEXT(account);
    params[2] = DB_TEXT(type);
    params[3] = db_int(limit);
    params[4] = DB_TEXT(cursor);
    return true;
}
