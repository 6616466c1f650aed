/* leader: a thread that looks that this keeper leads when no other one does, and keeps the lease
 * alive while it does, however long the keeper's other work takes. */
#pragma once

#include <stdint.h>

struct leader;

/* `name` is this keeper's, unique among those that live. */
struct leader *leader_new(const char *conninfo, const char *name);

/* The epoch in which this keeper leads; 0 = it stands by. From any thread. A leader goes on while
 * the database is away: what another one may have taken over by then is refused (lease_fence). */
int64_t leader_epoch(const struct leader *leader);

/* Gives the lease up, so that another keeper takes it at once. NULL is harmless. */
void leader_free(struct leader *leader);
