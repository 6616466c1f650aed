/* handle_events: parameters of the history and of the cluster's summary, which are document routes.
 */
#include "fcgi/handlers.h"
#include "sql/statements.h"

enum { EVENTS_MAX = 10000, EVENTS_DEFAULT = 100 };

bool fill_event_list(struct request *request, struct db_param *params, struct error *err) {
    int64_t count = EVENTS_DEFAULT;
    if (!query_int(&request->query, "count", 1, EVENTS_MAX, EVENTS_DEFAULT, &count, err))
        return false;
    params[0] = db_int(count);
    return true;
}

bool fill_cluster_info(struct request *request, struct db_param *params, struct error *err) {
    (void)request;
    (void)err;
    params[0] = DB_TEXT(PACKAGE_VERSION);
    return true;
}
