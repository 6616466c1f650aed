/* routes_engines: engines; see routes.h. */
#include "fcgi/handlers.h"
#include "fcgi/routes.h"
#include "sql/statements.h"

const struct route engine_routes[] = {
    {.method = "GET",
     .pattern = "/api/engines",
     .need = AUTH_READ,
     .statement = &sql_engine_list,
     .list = true,
     .summary = "All engines"},
    {.method = "POST",
     .pattern = "/api/engines",
     .need = AUTH_WRITE,
     .pool = POOL_SLOW,
     .body_max = BODY_MAX,
     .handler = handle_engine_add,
     .summary = "Add an engine"},
    {.method = "GET",
     .pattern = "/api/engines/{id}",
     .need = AUTH_READ,
     .statement = &sql_engine_get,
     .missing = "There is no such engine.",
     .summary = "One engine"},
    {.method = "DELETE",
     .pattern = "/api/engines/{id}",
     .need = AUTH_WRITE,
     .query = {"force"},
     .handler = handle_engine_delete,
     .summary = "Remove an engine from the pool"},
    {0},
};
