/* handle_health: for load balancers and start scripts. */
#include <string.h>

#include "core/base/mem.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "sql/statements.h"

enum request_result handle_health(struct request *request) {
    static const char text[] = "{\"status\":\"ok\"}";
    return respond_json(request, 200, text, strlen(text));
}

enum request_result handle_ready(struct request *request) {
    static const char text[] = "{\"status\":\"ready\"}";
    CLEANUP(db_result_free) struct db_result *row = NULL;
    struct error err = {0};
    if (!db_run(request->db, &sql_pool_get, NULL, 0, &row, &err))
        return respond_problem(request, &err);
    return respond_json(request, 200, text, strlen(text));
}
