/* routes: see routes.h. */
#include "fcgi/routes.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/store/containers.h"
#include "fcgi/handle_operations.h"
#include "fcgi/handlers.h"
#include "sql/statements.h"

/* The thesis's GETs that change state stay; each has a POST twin. */
#define CONTAINER_CHANGE(verb, what, function, text)                                               \
    {                                                                                              \
        .method = (verb), .pattern = "/api/containers/{id}/" what, .need = AUTH_WRITE,             \
        .handler = (function), .resume = operation_resume, .summary = (text)                       \
    }

const struct route routes[] = {
    {.method = "GET",
     .pattern = "/healthz",
     .handler = handle_health,
     .summary = "Does the worker run?"},
    {.method = "GET",
     .pattern = "/readyz",
     .handler = handle_ready,
     .summary = "Does the worker run and reach its database?"},
    {.method = "POST",
     .pattern = "/auth/login",
     .pool = POOL_SLOW,
     .body_max = 4096,
     .handler = handle_login,
     .summary = "Exchange user name and password for a token"},
    {.method = "POST",
     .pattern = "/auth/logout",
     .need = AUTH_LOGIN,
     .handler = handle_logout,
     .summary = "End the token's life"},
    {.method = "POST",
     .pattern = "/account/passwdchange",
     .need = AUTH_LOGIN,
     .pool = POOL_SLOW,
     .body_max = 8192,
     .handler = handle_password_change,
     .summary = "Change one's own password, or as an administrator anyone's"},
    {.method = "GET",
     .pattern = "/api/account",
     .need = AUTH_READ,
     .statement = &sql_account_list,
     .list = true,
     .summary = "All accounts"},
    {.method = "POST",
     .pattern = "/api/account",
     .need = AUTH_WRITE,
     .pool = POOL_SLOW,
     .body_max = 8192,
     .handler = handle_account_add,
     .summary = "Add an account"},
    {.method = "DELETE",
     .pattern = "/api/account",
     .need = AUTH_WRITE,
     .body_max = 8192,
     .handler = handle_account_delete,
     .summary = "Delete an account"},
    {.method = "GET",
     .pattern = "/api/account/{name}",
     .need = AUTH_READ,
     .statement = &sql_account_get,
     .missing = "There is no such account.",
     .summary = "One account"},
    {.method = "GET",
     .pattern = "/api/roles",
     .need = AUTH_READ,
     .statement = &sql_role_list,
     .list = true,
     .summary = "All roles, with what they grant"},
    {.method = "GET",
     .pattern = "/api/cluster/info",
     .need = AUTH_READ,
     .statement = &sql_cluster_info,
     .fill = fill_cluster_info,
     .summary = "The pool as a whole: CPU, memory, containers, engines"},
    {.method = "GET",
     .pattern = "/api/events",
     .need = AUTH_READ,
     .query = {"count"},
     .statement = &sql_event_list,
     .fill = fill_event_list,
     .list = true,
     .summary = "The history, newest first"},
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
    {.method = "GET",
     .pattern = "/api/containers",
     .need = AUTH_READ,
     .query = {"all"},
     .statement = &sql_container_list,
     .print = container_print,
     .fill = fill_container_list,
     .list = true,
     .summary = "All containers"},
    {.method = "POST",
     .pattern = "/api/containers",
     .need = AUTH_WRITE,
     .body_max = BODY_MAX,
     .query = {"count", "pull"},
     .handler = handle_container_run,
     .resume = operation_resume,
     .summary = "Run containers"},
    {.method = "GET",
     .pattern = "/api/containers/{id}",
     .need = AUTH_READ,
     .statement = &sql_container_get_any,
     .by_id = &sql_container_get,
     .print = container_print,
     .missing = "There is no such container.",
     .summary = "One container"},
    {.method = "DELETE",
     .pattern = "/api/containers/{id}",
     .need = AUTH_WRITE,
     .handler = handle_container_destroy,
     .resume = operation_resume,
     .summary = "Destroy a container"},
    {.method = "GET",
     .pattern = "/api/containers/{id}/logs",
     .need = AUTH_READ,
     .pool = POOL_STREAM,
     .query = {"stdout", "stderr", "tail", "since", "timestamps"},
     .handler = handle_container_logs,
     .summary = "What a container has printed"},
    CONTAINER_CHANGE("GET", "start", handle_container_start, "Start a container"),
    CONTAINER_CHANGE("POST", "start", handle_container_start, "Start a container"),
    CONTAINER_CHANGE("GET", "stop", handle_container_stop, "Stop a container"),
    CONTAINER_CHANGE("POST", "stop", handle_container_stop, "Stop a container"),
    CONTAINER_CHANGE("GET", "restart", handle_container_restart, "Restart a container"),
    CONTAINER_CHANGE("POST", "restart", handle_container_restart, "Restart a container"),
    {.method = "GET",
     .pattern = "/api/containers/{id}/scale",
     .need = AUTH_WRITE,
     .query = {"count"},
     .handler = handle_container_scale,
     .resume = operation_resume,
     .summary = "Bring the number of identical containers to count"},
    {.method = "POST",
     .pattern = "/api/containers/{id}/scale",
     .need = AUTH_WRITE,
     .query = {"count"},
     .handler = handle_container_scale,
     .resume = operation_resume,
     .summary = "Bring the number of identical containers to count"},
    {.method = "GET",
     .pattern = "/api/operations/{id}",
     .need = AUTH_READ,
     .query = {"wait"},
     .handler = handle_operation_get,
     .resume = resume_operation_get,
     .summary = "How far an operation is"},
};

const size_t route_count = ARRAY_LEN(routes);

static void add_method(char *allow, size_t allow_len, const char *method) {
    size_t used = strlen(allow);
    snprintf(allow + used, allow_len - used, "%s%s", used ? ", " : "", method);
}

const struct route *route_find(struct request *request, char *allow, size_t allow_len,
                               struct error *err) {
    bool other_case = false;
    allow[0] = '\0';
    for (size_t i = 0; i < route_count; i++) {
        if (!path_match(&request->path, routes[i].pattern, request->params))
            continue;
        if (strcmp(routes[i].method, request->method) == 0)
            return &routes[i];
        add_method(allow, allow_len, routes[i].method);
    }
    for (size_t i = 0; !allow[0] && !other_case && i < route_count; i++)
        other_case = path_match_any_case(&request->path, routes[i].pattern);
    if (allow[0])
        error_set(err, ERROR_METHOD, "%s is not a method of this path; it knows %s.",
                  request->method, allow);
    else if (other_case)
        error_set(err, ERROR_BAD_PATH, "The path must be written in lower case.");
    else
        error_set(err, ERROR_NOT_FOUND, "There is nothing at this path.");
    return NULL;
}
