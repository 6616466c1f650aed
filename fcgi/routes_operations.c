/* routes_operations: what engines are asked to do: see it, wait for it, cancel it, try it again;
 * see routes.h. */
#include "fcgi/handle_operations.h"
#include "fcgi/handlers.h"
#include "fcgi/routes.h"
#include "sql/statements.h"

/* Cancelling has two names: one says what is done, the other what becomes of the resource. */
#define CANCEL(verb, path)                                                                         \
    {                                                                                              \
        .method = (verb), .pattern = (path), .need = AUTH_WRITE,                                   \
        .handler = handle_operation_cancel, .resume = resume_operation_cancel,                     \
        .answers = {{200, "operation"}, {202, "operation"}},                                       \
        .summary = "Cancel what has not begun of an operation"                                     \
    }

const struct route operation_routes[] = {
    {.method = "GET",
     .pattern = "/api/operations",
     .need = AUTH_READ,
     .query = {"state", "account", "type", "limit", "cursor"},
     .statement = &sql_operation_list,
     .fill = fill_operation_list,
     .list = true,
     .answers = {{200, "operations"}},
     .summary = "Operations, newest first"},
    {.method = "GET",
     .pattern = "/api/operations/{id}",
     .need = AUTH_READ,
     .query = {"wait"},
     .handler = handle_operation_get,
     .resume = resume_operation_get,
     .answers = {{200, "operation"}},
     .summary = "How far an operation is"},
    {.method = "GET",
     .pattern = "/api/operations/{id}/progress",
     .need = AUTH_READ,
     .handler = handle_operation_progress,
     .answers = {{200, "progress", "application/x-ndjson"},
                 {200, "progress_data", "text/event-stream"}},
     .summary = "An operation as a stream of its items' changes"},
    CANCEL("DELETE", "/api/operations/{id}"),
    CANCEL("POST", "/api/operations/{id}/cancel"),
    {.method = "POST",
     .pattern = "/api/operations/{id}/retry",
     .need = AUTH_WRITE,
     .handler = handle_operation_retry,
     .resume = operation_resume,
     .answers = {{201, "containers"}, {202, "operation"}, {204}, {207, "partial"}},
     .summary = "Do again what has failed of an operation"},
    {0},
};
