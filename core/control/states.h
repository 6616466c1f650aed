/* states: the words for what containers are, as lists filter by them: of the pool's own (the column
 * containers.state) and of those that only Docker knows ("dead"). */
#pragma once

/* The texts with `between` in the middle: STATES_COMMA for an array, "|" for one text. */
#define CONTAINER_STATES(between)                                                                  \
    "placed" between "created" between "running" between "paused" between "restarting" between     \
    "exited" between "dead" between "missing" between "removing" between "removed" between         \
    "failed"
#define STATES_COMMA ,
