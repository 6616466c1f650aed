/* policy_spec: which parts of an image specification are open to everybody who may run containers,
 * and which only to roles that list an option for them (security.md, "Container options by role").
 * It is one table, and an allow list: what is in no row of it is refused. */
#pragma once

#include "core/base/json.h"

/* To see the values of environments: not of a specification, but given to a role like the rest. */
#define POLICY_REVEAL_ENVIRONMENT "reveal-environment"

/* Labels that begin so, of engines and of what containers ask for, are berth's own. */
#define POLICY_RESERVED_LABELS "berth."

enum {
    POLICY_UNUSED = -2,
    POLICY_USED = -1, /* the field as a whole; from 0 on: this entry of the array */
};

struct policy_option {
    const char *name;   /* as in the `options` of a role's document */
    const char *field;  /* of spec_fields; NULL = asked for elsewhere */
    const char *part;   /* of the array's entry: ".port"; NULL = all of it */
    const char *reason; /* what it means on the engine; a sentence for people */
    /* Does the field's value, of a normal specification, use it? A value of another form than the
     * normal one does. */
    int (*used)(json_t *value);
};

extern const struct policy_option policy_options[]; /* ends with {0} */

/* Fields that anybody may use, whatever is in them; ends with NULL. */
extern const char *const policy_free_fields[];

/* The option of that name, or NULL. */
const struct policy_option *policy_option_find(const char *name);

/* May a role with these grants bring a container of the normal specification `spec` to life? To be
 * asked on every way in: intent_run, intent_scale and intent_change do so themselves; whatever else
 * makes a row of a container (adoption, applications) calls it before, on a specification that says
 * all that the container has: what a specification cannot say may be let in only for those who have
 * policy_allows(grants, "/", ACCESS_WRITE). Stopping and destroying need no option.
 * ERROR_FORBIDDEN, naming role, field, option and reason, and what to do. */
bool policy_allows_spec(const char *role, const char *grants, json_t *spec, struct error *err);

/* May it use the option? `field`: what of the request that is about, for the error. */
bool policy_allows_option(const char *role, const char *grants, const char *option,
                          const char *field, struct error *err);

/* May it give these labels (array of texts) to an engine? `field`: for the error, "engine.labels".
 */
bool policy_allows_labels(const char *role, const char *grants, json_t *labels, const char *field,
                          struct error *err);
