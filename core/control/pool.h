/* pool: what every part that changes the pool needs to know; one for each process. */
#pragma once

#include "core/base/config.h"
#include "core/base/crypto.h"

struct pool {
    const struct config *config;
    const struct seal_key *key; /* the master key */
    char id[37];                /* UUID of the pool: on the label of each container */
};
