/* handle_operation: one operation: how far it is, its cancelling, and what has failed of it once
 * more. */
#include <string.h>

#include "core/base/mem.h"
#include "core/control/policy.h"
#include "fcgi/handle_operations.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "fcgi/wake.h"
#include "sql/statements.h"

enum request_result handle_operation_get(struct request *request) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    CLEANUP(mem_free_text) char *id = NULL;
    struct error err = {0};
    double wait_s = query_get_decimal(&request->query, "wait", 0);
    if (!operation_find(request, &id, &err) ||
        !db_run(request->db, &sql_operation_get, DB_PARAMS(DB_TEXT(id)), &row, &err))
        return respond_problem(request, &err);
    if (wait_s > 0 && db_rows(row) > 0 && !db_is_true(row, 0, "finished"))
        return request_park(request, id, (int64_t)(wait_s * 1000));
    return operation_answer(request, id, operation_respond_whole);
}

enum request_result resume_operation_get(struct request *request) {
    return operation_answer(request, request->operation_id, operation_respond_whole);
}

/* One that was cancelled before is answered as the first time; one that ended otherwise is not. */
enum request_result handle_operation_cancel(struct request *request) {
    CLEANUP(strbuf_release) struct strbuf text = {0};
    struct intent_client client;
    struct intent_cancelled cancelled;
    struct error err = {0};
    CLEANUP(mem_free_text) char *id = NULL;
    operation_client(request, &client, &text);
    if (!operation_find(request, &id, &err) || !intent_cancel(&client, id, &cancelled, &err))
        return respond_problem(request, &err);
    if (cancelled.ended)
        return operation_answer(request, id,
                                strcmp(cancelled.state, "cancelled") == 0
                                    ? operation_respond_cancelled
                                    : operation_respond_ended);
    wake_all(); /* there is something to undo, and whoever waits for it may do so elsewhere */
    return operation_wait(request, id, operation_respond_cancelled);
}

enum request_result resume_operation_cancel(struct request *request) {
    return operation_answer(request, request->operation_id, operation_respond_cancelled);
}

/* It does with containers what only those may who may do it by their own addresses. */
enum request_result handle_operation_retry(struct request *request) {
    CLEANUP(strbuf_release) struct strbuf text = {0};
    CLEANUP(mem_free_text) char *id = NULL;
    struct intent_client client;
    struct intent_result result = {0};
    struct error err = {0};
    operation_client(request, &client, &text);
    if (!policy_allows(request->identity.grants, "/api/containers", ACCESS_WRITE))
        error_set(&err, ERROR_FORBIDDEN, "The role %s does not grant to change containers.",
                  request->identity.role);
    if (err.kind || !operation_check_key(request, &err) || !operation_find(request, &id, &err) ||
        !intent_retry(&client, id, &result, &err))
        return operation_refused(request, &result, &err);
    return operation_begin(request, &result);
}
