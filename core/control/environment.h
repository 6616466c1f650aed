/* environment: the variables of a container, which the database holds sealed. */
#pragma once

#include "core/control/intent.h"

/* Open what is sealed for the container `container_id` (NULL = no variables): *ret_environment is
 * an object of texts, the caller's. ERROR_INTERNAL when it is not ours. */
bool environment_open(const struct pool *pool, const char *container_id,
                      const unsigned char *sealed, size_t len, json_t **ret_environment,
                      struct error *err);

/* Show the values of the container `prefix` to the client; an event tells of it, and nothing is
 * shown before that is written. `id` gets the whole id. Errors: FORBIDDEN without the option
 * POLICY_REVEAL_ENVIRONMENT, NOT_FOUND, AMBIGUOUS. */
bool environment_reveal(const struct intent_client *client, const char *prefix, char id[65],
                        json_t **ret_environment, struct error *err);
