/* routes: see routes.h. */
#include "fcgi/routes.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "fcgi/handlers.h"
#include "sql/statements.h"

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
        if (!path_match(&request->path, routes[i].pattern, request->params)) {
            other_case = other_case || path_match_any_case(&request->path, routes[i].pattern);
            continue;
        }
        if (strcmp(routes[i].method, request->method) == 0)
            return &routes[i];
        add_method(allow, allow_len, routes[i].method);
    }
    if (allow[0])
        error_set(err, ERROR_METHOD, "%s is not a method of this path; it knows %s.",
                  request->method, allow);
    else if (other_case)
        error_set(err, ERROR_BAD_PATH, "The path must be written in lower case.");
    else
        error_set(err, ERROR_NOT_FOUND, "There is nothing at this path.");
    return NULL;
}
