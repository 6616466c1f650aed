/* routes: the table of everything that the API answers. */
#pragma once

#include <stdio.h>

#include "fcgi/request.h"

enum auth_need {
    AUTH_NONE,
    AUTH_LOGIN, /* any valid token */
    AUTH_READ,  /* and a grant of the account's role that covers the path */
    AUTH_WRITE,
    AUTH_LOCAL /* AUTH_READ, or a caller on this machine who shows no token */
};

enum route_pool {
    POOL_QUICK, /* the handler only asks the database */
    POOL_SLOW   /* it calls engines and waits for them, or hashes passwords */
};

enum { ROUTE_QUERY_MAX = 20, ROUTE_ANSWERS_MAX = 5, BODY_MAX = 1 << 20 };

/* A good answer, for the description of the API; refusals are problem documents. */
struct answer {
    int status;
    const char *schema; /* of fcgi/openapi_base.json: of the body, or of each line of a stream */
    const char *type;   /* media type; NULL = JSON, or no body where there is no schema either */
};

/* `handler`, or `statement` (a document route, answered without a handler: the statement is sent in
 * one round trip with the look-up of the token), or both: then the handler ends with
 * document_respond. */
struct route {
    const char *method;
    const char *pattern; /* "/api/containers/{id}"; literals in lower case */
    enum auth_need need;
    enum route_pool pool;
    size_t body_max;                 /* bytes; 0 = takes no body */
    const struct json_field *fields; /* of the body, as the handler checks it */
    const char
        *query[ROUTE_QUERY_MAX]; /* names of its parameters, of fcgi/params.c; ends with NULL */
    enum request_result (*handler)(struct request *request);
    enum request_result (*resume)(struct request *request); /* after REQUEST_PARK */

    /* A document route answers with the column `document` (JSON text) of the statement's row, or of
     * all its rows as an array when `list`. */
    const struct sql_statement *statement;
    /* Another one by what is asked for, instead of `statement`; NULL: the handler does it alone. */
    const struct sql_statement *(*choose)(const struct request *request);
    /* Asked first, with the same parameters, when the first of the path is a whole id (64 hex
     * digits). It gives `auth_version` too: a caller known under that version is not looked up. */
    const struct sql_statement *by_id;
    void (*print)(struct strbuf *buf, const struct db_result *rows,
                  int row); /* instead of `document` */
    /* Fill statement->params parameters from path and query; texts must live as long as the
     * request. NULL: the path's parameters in their order. */
    bool (*fill)(struct request *request, struct db_param *params, struct error *err);
    bool list;                               /* rows whose `document` is NULL are left out */
    void (*finish)(struct request *request); /* set headers from request->document */
    const char *missing; /* detail of the 404 when there is no row (NULL = there always is one);
                            several rows are a 409 */

    struct answer answers[ROUTE_ANSWERS_MAX]; /* ends with {0} */
    const char *summary;
};

/* One table a noun, each in a file of its own; they end with {0}. */
extern const struct route session_routes[], account_routes[], engine_routes[], container_routes[],
    operation_routes[], pool_routes[];
extern const struct route *const route_tables[]; /* all of them; ends with NULL */

/* The route number `i` of all tables, or NULL; and back: NULL has the number after the last. */
const struct route *route_at(size_t i);
size_t route_number(const struct route *route);

/* The route of the request's method and path; fills request->params. ERROR_NOT_FOUND; ERROR_METHOD
 * (then `allow`, of allow_len bytes, gets the methods that the path knows); ERROR_BAD_PATH when
 * only the case of letters differs from a route's. */
const struct route *route_find(struct request *request, char *allow, size_t allow_len,
                               struct error *err);

/* May a caller with these grants, who has shown a valid token, use the route at `path`? */
bool route_allows(const struct route *route, const char *grants, const char *path);

/* Is a route that asks for a right at `path` or below it? */
bool route_is_below(const struct path *path);

/* "none", "login", "read", "write" or "local". */
const char *auth_need_word(enum auth_need need);

/* One line a route: method, pattern, need (none, login, read, write, local) and summary, parted by
 * tabs.
 */
void routes_print(FILE *out);
