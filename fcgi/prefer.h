/* prefer: what a client prefers (RFC 7240, header Prefer), as far as it concerns operations. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct preference {
    bool async;    /* respond-async: 202 instead of waiting */
    double wait_s; /* wait=N: how long to wait before 202; < 0 = not said */
};

/* `header` may be NULL. Names are compared without case; of a preference that stands twice the
 * first counts; what is unknown or malformed is ignored, as the RFC wants it. */
struct preference prefer_parse(const char *header);

/* How long to wait for an operation, in seconds, `longest_s` at most: not at all with respond-async
 * alone. */
double prefer_wait_s(const struct preference *preference, double longest_s);

/* The value of Preference-Applied: what of it the answer honours; "" = nothing. `async`: the answer
 * is a 202. */
void prefer_applied(const struct preference *preference, bool async, char *text, size_t room);
