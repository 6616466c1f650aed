/* place_parts: what place.c shares with unit.c. */
#pragma once

#include "core/control/place.h"

/* Take the placement lock, then fill place->engines with the engines and their load as they are for
 * one container of `spec`; `tried` and `self` as of place_containers(). */
bool place_load_engines(struct db *db, const struct pool *pool, json_t *spec, json_t *tried,
                        const char *self, struct place *place, struct error *err);

/* The same without the lock, for a look that changes nothing. */
bool place_look(struct db *db, const struct pool *pool, json_t *spec, struct place *place,
                struct error *err);

/* `count` containers of `spec` as placement.h reads them. */
struct placement_request place_request(const struct pool *pool, json_t *spec, size_t count);

/* Host ports for the zeros in the ports of all items, which go to one engine. */
bool place_ports_together(struct db *db, const struct pool *pool, struct place *place,
                          struct error *err);
