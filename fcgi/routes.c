/* routes: see routes.h. */
#include "fcgi/routes.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/policy.h"

const struct route *const route_tables[] = {
    session_routes,   account_routes, engine_routes, container_routes,
    operation_routes, pool_routes,    NULL};

const struct route *route_at(size_t i) {
    for (const struct route *const *table = route_tables; *table; table++)
        for (const struct route *route = *table; route->method; route++)
            if (i-- == 0)
                return route;
    return NULL;
}

size_t route_number(const struct route *route) {
    size_t number = 0;
    for (const struct route *const *table = route_tables; *table; table++)
        for (const struct route *at = *table; at->method; at++, number++)
            if (at == route)
                return number;
    return number;
}

static void add_method(char *allow, size_t allow_len, const char *method) {
    size_t used = strlen(allow);
    snprintf(allow + used, allow_len - used, "%s%s", used ? ", " : "", method);
}

/* A route of the table that fits path and method, or NULL; the methods of those that fit the path
 * only are added to `allow`. */
static const struct route *find_in(const struct route *route, struct request *request, char *allow,
                                   size_t allow_len) {
    for (; route->method; route++) {
        if (!path_match(&request->path, route->pattern, request->params))
            continue;
        if (strcmp(route->method, request->method) == 0)
            return route;
        add_method(allow, allow_len, route->method);
    }
    return NULL;
}

static bool fits_in_other_case(const struct path *path) {
    const struct route *route;
    for (size_t i = 0; (route = route_at(i)); i++)
        if (path_match_any_case(path, route->pattern))
            return true;
    return false;
}

const struct route *route_find(struct request *request, char *allow, size_t allow_len,
                               struct error *err) {
    const struct route *route = NULL;
    allow[0] = '\0';
    for (const struct route *const *table = route_tables; *table && !route; table++)
        route = find_in(*table, request, allow, allow_len);
    if (route)
        return route;
    if (allow[0])
        error_set(err, ERROR_METHOD, "%s is not a method of this path; it knows %s.",
                  request->method, allow);
    else if (fits_in_other_case(&request->path))
        error_set(err, ERROR_BAD_PATH, "The path must be written in lower case.");
    else
        error_set(err, ERROR_NOT_FOUND, "There is nothing at this path.");
    return NULL;
}

bool route_allows(const struct route *route, const char *grants, const char *path) {
    enum auth_need need = route->need;
    return need == AUTH_NONE || need == AUTH_LOGIN ||
           policy_allows(grants, path, need == AUTH_WRITE ? ACCESS_WRITE : ACCESS_READ);
}

bool route_is_below(const struct path *path) {
    const struct route *route;
    for (size_t i = 0; (route = route_at(i)); i++)
        if (route->need != AUTH_NONE && route->need != AUTH_LOGIN &&
            path_begins(path, route->pattern))
            return true;
    return false;
}
