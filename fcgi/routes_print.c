/* routes_print: the route table as lines for people and tests; see routes.h. */
#include "fcgi/routes.h"

void routes_print(FILE *out) {
    static const char *const needs[] = {
        [AUTH_NONE] = "none", [AUTH_LOGIN] = "login", [AUTH_READ] = "read", [AUTH_WRITE] = "write"};
    const struct route *route;
    for (size_t i = 0; (route = route_at(i)); i++)
        fprintf(out, "%s\t%s\t%s\t%s\n", route->method, route->pattern, needs[route->need],
                route->summary);
}
