/* chain: what happens to each request, in this order: id, canonical path, route, query, token,
 * cookie, grant, body, handler. */
#pragma once

#include "fcgi/request.h"

struct fcgx;
struct worker;

/* Serve the request that has begun to arrive on the connection `fd`; `db` is the calling thread's.
 */
void chain_begin(struct worker *worker, struct db *db, int fd);

/* Go on with a request whose wait is over. */
void chain_resume(struct request *request, struct db *db);

/* The stream of a request is over; its connection is closed. With `answered` the answer is whole
 * and libfcgi's, otherwise nothing more is sent. */
void chain_finish_stream(struct request *request, bool answered);

/* Run the handler; the slow pool's work. */
void chain_handle(struct request *request);
