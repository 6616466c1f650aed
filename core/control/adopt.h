/* adopt: a container that runs on an engine already comes under management, as it is. */
#pragma once

#include "core/control/intent.h"
#include "core/control/spec_read.h"

/* What is known of it, and what it becomes. */
struct adoption {
    json_t *inspection;          /* of the container; borrowed */
    struct spec_reading reading; /* owned */
    json_t *spec;                /* normal; owned */
    bool labelled;               /* it bears this pool's labels, but no row knew it */
    char id[65];                 /* its id in the pool */
    int64_t generation;
    json_t *warnings; /* array of sentences for people; owned */
};

/* What the client changes of what was read; < 0 = nothing. */
struct adopt_changes {
    double cpus;
    int64_t memory_mb;
};

/* Read it: `image` is the inspection of its image, or NULL. `force`: although it bears the label of
 * another pool. Errors: NOT_EXPRESSIBLE, naming the field (all are in reading.obstacles), CONFLICT.
 * `adoption` is to be released in any case. */
bool adopt_read(const struct pool *pool, json_t *inspection, json_t *image,
                const struct adopt_changes *changes, bool force, struct adoption *adoption,
                struct error *err);
void adoption_release(struct adoption *adoption);

/* Write it down: row, reservation, host ports, event, in one transaction. Errors: FORBIDDEN,
 * CONFLICT (adopted or removed meanwhile; its name or a host port belongs to another container). */
bool intent_adopt(const struct intent_client *client, const char *engine_id,
                  struct adoption *adoption, struct error *err);
