/* spec: the image specification of a container: what a client may ask for, checked, completed and
 * turned into Docker's own request. A client's JSON is never forwarded: only known fields are read.
 */
#pragma once

#include "core/base/json.h"

/* The fields of an image specification (spec.md section 2), for checking and for documentation. */
extern const struct json_field spec_fields[];

/* What must be known of the pool to complete a specification. */
struct spec_defaults {
    int64_t memory_mb;
};

/* Check `body` and make the complete, normal form of it: every known field present with its default
 * (empty arrays and objects, type "service", cpus 0, restart_policy
 * {"name":"no","maximum_retry":0}, reschedule "after=30" or, with volumes, "never", network_mode
 * "bridge"), labels sorted, each once and not empty,
 * ports as numbers with a lower-case proto, addresses and volumes in their shortest form; but the
 * fields of spec_isolation.c (pid_mode ... read_only) are present only when they are used. Two
 * requests that mean the same have the same normal form, up to the order of ports and volumes,
 * which messages refer to by number. The original stays the caller's. Errors: BAD_FIELD, naming the
 * field. */
bool spec_normalize(json_t *body, const struct spec_defaults *defaults, json_t **ret_spec,
                    struct error *err);

/* The part of a normal specification that decides whether two containers are identical: all of it
 * but `container_name`, a `reschedule` that is the default (the hash is older than that field) and
 * the host ports that berth chose (those are not in a specification: its port stays 0); canonical
 * text for hashing, whatever the order of ports and volumes. */
void spec_group_text(struct strbuf *buf, json_t *spec);

/* The specification as clients see it: environment values masked as "***". A new document. */
json_t *spec_masked(json_t *spec);

/* Placement type of a specification. */
enum spec_type { SPEC_SERVICE, SPEC_UNIQUE, SPEC_MULTI, SPEC_HOST };
enum spec_type spec_type(json_t *spec);

/* Do two ports of normal specifications ask for the same host port by number? */
bool spec_ports_collide(json_t *a, json_t *b);

/* The reservation: thousandths of a core, MB. */
int64_t spec_cpu_milli(json_t *spec);
int64_t spec_memory_mb(json_t *spec);

/* Identity that berth puts on each of its containers as Docker labels. */
struct spec_identity {
    const char *pool;         /* the pool's UUID: label "berth.pool" */
    const char *container_id; /* label "berth.container" */
    int64_t generation;       /* label "berth.generation" */
};

/* Docker's create request as text. `ports`: the bound ports, array of {proto,host_ip,port,
 * container_port}, every port > 0. cpus become CpuShares: 1024 a core, at most 262144 (the kernel's
 * limit); less than 10 gives 10, so that the small equal share of cpus 0 never outweighs a
 * reservation. */
void spec_docker_body(struct strbuf *buf, json_t *spec, json_t *ports,
                      const struct spec_identity *identity);
