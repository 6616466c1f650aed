/* join_host: what a host can tell of itself: Docker's identity and size, and the address at which
 * the pool reaches it. */
#pragma once

#include "core/net/docker.h"
#include "core/net/etcd.h"
#include "core/net/registration.h"
#include "keeper/join_options.h"

/* Ask Docker and the routing table. *ret_registration is the caller's, ret_id gets the id under
 * which it is to stand. UNREACHABLE, TIMEOUT, ENGINE: Docker does not answer, here or at the
 * address; BAD_FIELD: no address can be told. */
bool join_host_look(struct etcd *etcd, const struct join_options *options,
                    struct registration *ret_registration, char ret_id[REGISTRATION_ID_MAX + 1],
                    struct error *err);

/* How to give a cloned host an identity of its own: Docker's keeps it in a file (up to 20.10 in
 * /etc/docker/key.json, an ID in groups; later in /var/lib/docker/engine-id, a UUID). */
const char *join_host_mend(const char *identity);
