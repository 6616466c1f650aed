/* lookup: the address of a host's name, asked for in a thread of its own: a name server that does
 * not answer holds up nobody. */
#pragma once

#include <sys/socket.h>

struct lookup;

/* Begin; NULL: too many are under way, try again later. */
struct lookup *lookup_new(const char *host);

enum lookup_end { LOOKUP_BUSY, LOOKUP_FOUND, LOOKUP_NONE };
/* *ret_host is set with LOOKUP_FOUND only. */
enum lookup_end lookup_end(const struct lookup *lookup, struct sockaddr_storage *ret_host);

/* Whether it has ended or not; NULL is harmless. */
void lookup_free(struct lookup *lookup);
