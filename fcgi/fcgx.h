/* fcgx: one request on a FastCGI connection (FastCGI Specification 1.0); the only user of libfcgi.
 * Connections are accepted and waited for elsewhere; one object may be used by one thread at a
 * time, by any. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fcgx;

/* Once per process, before its threads and before signal handlers are set: libfcgi sets its own. */
void fcgx_setup(void);

/* Read the request that has begun to arrive on the connection `fd` (blocking, up to its
 * parameters). NULL: the peer closed the connection or sent something else; `fd` is closed then. */
struct fcgx *fcgx_begin(int fd);

/* A parameter ("REQUEST_METHOD", "HTTP_USER_AGENT"), or NULL. Valid until fcgx_finish. */
const char *fcgx_param(const struct fcgx *fcgx, const char *name);

/* The next bytes of the body: 1..len, 0 at its end, -1 when the connection failed. */
long fcgx_read(struct fcgx *fcgx, char *bytes, size_t len);

/* Buffered output. false: the connection failed (the client has left). */
bool fcgx_write(struct fcgx *fcgx, const char *bytes, size_t len);
bool fcgx_flush(struct fcgx *fcgx);

/* For an answer that is sent by other means (fcgi/outbox.h) once what was written is flushed: the
 * connection, the request's id on it, and the end of `fcgx` and the connection, without a word. */
int fcgx_fd(const struct fcgx *fcgx);
uint16_t fcgx_request_id(const struct fcgx *fcgx);
void fcgx_abandon(struct fcgx *fcgx);

/* End the answer and free `fcgx`. With `keep`, and when the peer wishes so, the connection stays
 * open and its descriptor is returned; otherwise it is closed, in a way that nginx can never send
 * another request on it, and -1 returned. */
int fcgx_finish(struct fcgx *fcgx, bool keep);
