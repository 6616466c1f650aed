/* routes_session: health, login and logout; see routes.h. */
#include "fcgi/handlers.h"
#include "fcgi/routes.h"

const struct route session_routes[] = {
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
    {0},
};
