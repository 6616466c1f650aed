/* routes_print: the route table as lines for people and tests; see routes.h. */
#include "fcgi/routes.h"

const char *auth_need_word(enum auth_need need) {
    static const char *const words[] = {[AUTH_NONE] = "none",
                                        [AUTH_LOGIN] = "login",
                                        [AUTH_READ] = "read",
                                        [AUTH_WRITE] = "write",
                                        [AUTH_LOCAL] = "local"};
    return words[need];
}

void routes_print(FILE *out) {
    const struct route *route;
    for (size_t i = 0; (route = route_at(i)); i++)
        fprintf(out, "%s\t%s\t%s\t%s\n", route->method, route->pattern, auth_need_word(route->need),
                route->summary);
}
