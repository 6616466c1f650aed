/* spec_read: the way back: a container that berth did not make, as Docker's inspection tells of it,
 * as an image specification. */
#pragma once

#include "core/base/json.h"

struct spec_reading {
    json_t *spec;      /* as a client would write it; environment in clear text */
    json_t *ports;     /* as they are bound now, in the form of a container's record */
    json_t *obstacles; /* [{"field","reason"}]: what a specification cannot say, so that a copy made
                          from it elsewhere would be another container */
    json_t *ignored;   /* [{"field","reason"}]: what such a copy would lack without harm */
    const char *power; /* the first option without a place in a specification that means power over
                          the engine; NULL = none. Constant. */
};

/* `container`: the answer of an inspection; `image`: that of its image, whose own settings are left
 * out of the specification, or NULL. Whatever an engine says, it is data: of an unexpected type it
 * counts as absent. */
void spec_read(json_t *container, json_t *image, struct spec_reading *ret_reading);
void spec_reading_release(struct spec_reading *reading);

/* What the policy has to know of a container as inspected: *ret_spec, in normal form but without
 * environment, is the caller's, NULL = no specification can say what it is; and the first setting
 * besides that means power over the engine, "" = none. Constant. */
const char *spec_read_policy(json_t *container, json_t **ret_spec);
