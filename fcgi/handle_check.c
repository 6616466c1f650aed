/* handle_check: could the pool lose any one of its engines? */
#include "core/control/check.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "fcgi/worker.h"

enum request_result handle_cluster_check(struct request *request) {
    const char *made = query_find(&request->query, "container");
    json_t *doc = NULL;
    struct error err = {0};
    return check_pool(request->db, &request->worker->pool, made, CHECK_JUDGEMENTS_MAX, &doc, &err)
               ? respond_document(request, 200, doc)
               : respond_problem(request, &err);
}
