/* document: routes that are answered with what one SQL statement gives. */
#pragma once

#include "fcgi/request.h"

/* Does the request ask for a statement's document? */
bool document_asked(const struct request *request);

/* Send the look-up of the token and the route's statement in one round trip: *ret_rows is the
 * result of token_find (the caller's), that of the route's stays in the request, as does an error
 * of its own: it may be told only after authorisation. */
bool document_with_token(struct request *request, const char *token_id, struct db_result **ret_rows,
                         struct error *err);

/* Answer with the result, asking for it first on a route without authentication. */
enum request_result document_respond(struct request *request);

/* Ask for the document by its whole id, with the version that remembered rights must have; false
 * when the request is not of this kind or there is none: then the long way tells why. */
bool document_by_id(struct request *request, int64_t *ret_auth_version);
