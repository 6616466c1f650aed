/* session_cookie: the console's session in a browser's cookie, and what a request that is known by
 * nothing else must show: a browser adds the cookie on anybody's behalf. */
#pragma once

#include "fcgi/request.h"

/* Set-Cookie with the token for `hours`; and one that takes it away. */
void session_cookie_set(struct request *request, const char *token, int64_t hours);
void session_cookie_clear(struct request *request);

/* May a request that came with the cookie go on? One that can change something (any method but GET
 * and HEAD) needs the header X-CSRF-Token of its session and an Origin of this server; a GET that
 * changes something is refused. ERROR_CSRF. */
bool session_cookie_check(const struct request *request, struct error *err);

/* Is there no header Origin, or is it this server's? ERROR_CSRF. */
bool session_cookie_own_origin(const struct request *request, struct error *err);
