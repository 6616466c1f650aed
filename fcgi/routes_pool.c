/* routes_pool: the pool as a whole: summary, history; see routes.h. */
#include "fcgi/handlers.h"
#include "fcgi/routes.h"
#include "sql/statements.h"

const struct route pool_routes[] = {
    {.method = "GET",
     .pattern = "/api/cluster/info",
     .need = AUTH_READ,
     .statement = &sql_cluster_info,
     .fill = fill_cluster_info,
     .answers = {{200, "cluster"}},
     .summary = "The pool as a whole: CPU, memory, containers, engines"},
    {.method = "GET",
     .pattern = "/api/events",
     .need = AUTH_READ,
     .query = {"count", "since", "until", "type", "tag", "container", "engine", "account", "cursor",
               "after", "follow"},
     .handler = handle_event_list,
     .statement = &sql_event_list,
     .choose = choose_event_list,
     .fill = fill_event_list,
     .finish = finish_event_list,
     .list = true,
     .answers = {{200, "events"},
                 {200, "event_line", "application/x-ndjson"},
                 {200, "event_line", "text/event-stream"}},
     .summary = "The history, newest first; or as it goes on"},
    {.method = "GET",
     .pattern = "/api/events/verify",
     .need = AUTH_READ,
     .pool = POOL_SLOW,
     .query = {"cursor", "head"},
     .handler = handle_event_verify,
     .answers = {{200, "verification"}},
     .summary = "Compute the hash chain of the history again"},
    {0},
};
