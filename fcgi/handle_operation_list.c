/* handle_operation_list: which operations a list shall have. */
#include "core/base/parse.h"
#include "fcgi/handlers.h"

enum { LIMIT_DEFAULT = 100 };

bool fill_operation_list(struct request *request, struct db_param *params, struct error *err) {
    const struct query *query = &request->query;
    const char *cursor = query_find(query, "cursor");
    if (cursor && !hex_is(cursor))
        return error_field(err, "cursor", "cursor must be the id of the last operation seen.");
    params[0] = DB_TEXT(query_find(query, "state"));
    params[1] = DB_TEXT(query_find(query, "account"));
    params[2] = DB_TEXT(query_find(query, "type"));
    params[3] = db_int(query_get_int(query, "limit", LIMIT_DEFAULT));
    params[4] = DB_TEXT(cursor);
    return true;
}
