/* routes_containers: containers; see routes.h. */
#include "core/store/containers.h"
#include "fcgi/handle_operations.h"
#include "fcgi/handlers.h"
#include "fcgi/routes.h"
#include "sql/statements.h"

/* The thesis's GETs that change state stay; each has a POST twin. */
#define CONTAINER_CHANGE(verb, what, function, text)                                               \
    {                                                                                              \
        .method = (verb), .pattern = "/api/containers/{id}/" what, .need = AUTH_WRITE,             \
        .handler = (function), .resume = operation_resume, .summary = (text)                       \
    }

const struct route container_routes[] = {
    {.method = "GET",
     .pattern = "/api/containers",
     .need = AUTH_READ,
     .query = {"all", "managed", "name", "image", "engine", "state", "group", "label", "limit",
               "cursor", "summary"},
     .statement = &sql_container_list,
     .choose = choose_container_list,
     .finish = finish_container_list,
     .print = container_print,
     .fill = fill_container_list,
     .list = true,
     .summary = "All containers, those that are not the pool's after its own"},
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
     .query = {"stdout", "stderr", "tail", "since", "until", "timestamps", "follow", "frames"},
     .handler = handle_container_logs,
     .summary = "What a container has printed, and goes on printing"},
    {.method = "GET",
     .pattern = "/api/containers/{id}/environment",
     .need = AUTH_READ,
     .handler = handle_container_environment,
     .summary = "The variables of a container in clear, for roles with reveal-environment"},
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
    {0},
};
