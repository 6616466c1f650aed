/* spec: checks and completes the image specification of a container; see spec.h. */
#include "core/control/spec.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/parse.h"
#include "core/control/spec_names.h"
#include "core/control/spec_parts.h"

enum {
    CPUS_MAX = 1024,
    MEMORY_MIN_MB = 6, /* Docker's own minimum */
    MEMORY_MAX_MB = 16777216,
    LABEL_BYTES_MAX = 256,
    RESCHEDULE_MAX_S = 604800, /* a week */
};
#define AFTER "after="

static const struct json_field port_fields[] = {
    {.name = "proto", .type = FIELD_TEXT, .max = 8, .help = "tcp (default), udp or sctp"},
    {.name = "host_ip",
     .type = FIELD_TEXT,
     .max = 64,
     .help = "address of the engine to bind; empty = all"},
    {.name = "port",
     .type = FIELD_INT,
     .max = 65535,
     .help = "port of the engine; 0 or absent = berth chooses"},
    {.name = "container_port",
     .type = FIELD_INT,
     .required = true,
     .min = 1,
     .max = 65535,
     .help = "port inside the container"},
    {0},
};

static const struct json_field restart_fields[] = {
    {.name = "name",
     .type = FIELD_TEXT,
     .max = 32,
     .help = "no (default), always, on-failure or unless-stopped"},
    {.name = "maximum_retry",
     .type = FIELD_INT,
     .max = 1000000,
     .help = "restarts at most, with on-failure; 0 = no limit"},
    {0},
};

const struct json_field spec_fields[] = {
    {.name = "name",
     .type = FIELD_TEXT,
     .required = true,
     .min = 1,
     .max = 512,
     .help = "the image, as in registry.example/app:1.2"},
    {.name = "cpus",
     .type = FIELD_DECIMAL,
     .max = CPUS_MAX,
     .help = "cores, in thousandths: a share, guaranteed under contention; 0 = none reserved"},
    {.name = "cpuset", .type = FIELD_TEXT, .max = 256, .help = "cores to run on, as in 0-3,6"},
    {.name = "memory",
     .type = FIELD_INT,
     .max = MEMORY_MAX_MB,
     .help = "MB, at least 6; 0 or absent = the pool's default"},
    {.name = "entrypoint", .type = FIELD_TEXTS, .help = "replaces the image's entry point"},
    {.name = "environment", .type = FIELD_TEXT_MAP, .help = "variables: name and value"},
    {.name = "hostname", .type = FIELD_TEXT, .max = 64, .help = "host name inside the container"},
    {.name = "domain", .type = FIELD_TEXT, .max = 64, .help = "domain inside the container"},
    {.name = "args", .type = FIELD_TEXTS, .help = "command or its arguments"},
    {.name = "type",
     .type = FIELD_TEXT,
     .max = 16,
     .help = "placement: service (default), unique, multi or host"},
    {.name = "labels",
     .type = FIELD_TEXTS,
     .max = 64,
     .help = "labels that the engine must have; host:ID pins the engine with type host"},
    {.name = "bind_ports",
     .type = FIELD_OBJECTS,
     .max = 256,
     .fields = port_fields,
     .help = "ports of the container that are bound on the engine"},
    {.name = "user_data", .type = FIELD_TEXTS_MAP, .max = 256, .help = "kept with the container"},
    {.name = "volumes", .type = FIELD_TEXTS, .max = 256, .help = "/path or source:/path[:ro|rw]"},
    {.name = "links",
     .type = FIELD_TEXT_MAP,
     .max = 256,
     .help = "other container's name and its alias here; shows its environment"},
    {.name = "restart_policy", .type = FIELD_OBJECT, .fields = restart_fields},
    {.name = "reschedule",
     .type = FIELD_TEXT,
     .max = 32,
     .help = "when its engine's host is lost: never, always or after=SECONDS; the default is "
             "after=30, but never with volumes"},
    {.name = "publish", .type = FIELD_BOOL, .help = "bind every port that the image exposes"},
    {.name = "network_mode",
     .type = FIELD_TEXT,
     .max = 128,
     .help = "bridge (default), none, host, container:NAME or the name of a network"},
    {.name = "privileged", .type = FIELD_BOOL, .help = "all of the engine's devices and powers"},
    {.name = "container_name",
     .type = FIELD_TEXT,
     .max = 128,
     .help = "Docker's name, unique in the pool; numbered when there are several"},
    {.name = "pid_mode", .type = FIELD_TEXT, .max = 256, .help = "host or container:NAME"},
    {.name = "ipc_mode",
     .type = FIELD_TEXT,
     .max = 256,
     .help = "none, private, shareable, host or container:NAME"},
    {.name = "uts_mode", .type = FIELD_TEXT, .max = 16, .help = "host"},
    {.name = "userns_mode", .type = FIELD_TEXT, .max = 16, .help = "host"},
    {.name = "devices", .type = FIELD_TEXTS, .max = 64, .help = "/dev/NAME[:/dev/INSIDE[:rwm]]"},
    {.name = "cap_add", .type = FIELD_TEXTS, .max = 64, .help = "capabilities, as in NET_ADMIN"},
    {.name = "cap_drop", .type = FIELD_TEXTS, .max = 64, .help = "capabilities to take, or ALL"},
    {.name = "security_opt", .type = FIELD_TEXTS, .max = 16, .help = "as in no-new-privileges"},
    {.name = "sysctls", .type = FIELD_TEXT_MAP, .max = 64, .help = "kernel parameters"},
    {.name = "runtime", .type = FIELD_TEXT, .max = 128, .help = "the engine's default if empty"},
    {.name = "cgroup_parent", .type = FIELD_TEXT, .max = 256, .help = "path of a control group"},
    {.name = "user", .type = FIELD_TEXT, .max = 128, .help = "USER[:GROUP] of its processes"},
    {.name = "working_dir", .type = FIELD_TEXT, .max = 1024, .help = "absolute path inside"},
    {.name = "read_only", .type = FIELD_BOOL, .help = "its own files cannot be changed"},
    {0},
};

static bool set_name(json_t *spec, json_t *body, struct error *err) {
    const char *image = json_get_text(body, "name", "");
    if (!is_image_reference(image))
        return error_field(err, "name", "name is not an image reference such as httpd:2.4.");
    json_set_text(spec, "name", image);
    return true;
}

/* Kept as whole thousandths, so that sums of reservations are exact. */
static bool set_cpus(json_t *spec, json_t *body, struct error *err) {
    double thousandths = json_get_decimal(body, "cpus", 0) * 1000;
    if (fabs(thousandths - round(thousandths)) > 1e-6)
        return error_field(err, "cpus", "cpus has more than three decimals.");
    json_set_decimal(spec, "cpus", (double)llround(thousandths) / 1000);
    return true;
}

static bool set_memory(json_t *spec, json_t *body, const struct spec_defaults *defaults,
                       struct error *err) {
    int64_t memory_mb = json_get_int(body, "memory", 0);
    if (memory_mb == 0)
        memory_mb = defaults->memory_mb;
    else if (memory_mb < MEMORY_MIN_MB)
        return error_field(err, "memory", "memory must be from %d to %d MB.", MEMORY_MIN_MB,
                           MEMORY_MAX_MB);
    json_set_int(spec, "memory", memory_mb);
    return true;
}

static bool set_checked(json_t *spec, json_t *body, const char *key, bool (*is_good)(const char *),
                        const char *problem, struct error *err) {
    const char *text = json_get_text(body, key, "");
    if (*text && !is_good(text))
        return error_field(err, key, "%s %s.", key, problem);
    json_set_text(spec, key, text);
    return true;
}

static void set_copy(json_t *spec, json_t *body, const char *key, json_t *(*make_empty)(void)) {
    json_t *value = json_get(body, key);
    json_set(spec, key, value ? json_copy(value) : make_empty());
}

static bool set_environment(json_t *spec, json_t *body, struct error *err) {
    json_t *environment = json_get_object(body, "environment");
    if (environment) {
        json_object_object_foreach(environment, name, value) {
            (void)value;
            if (!is_variable_name(name)) {
                CLEANUP(mem_free_text) char *field = mem_format("environment.%s", name);
                return error_field(err, field,
                                   "The name of a variable must not be empty nor hold '=' or "
                                   "control characters.");
            }
        }
    }
    set_copy(spec, body, "environment", json_object_new_object);
    return true;
}

static bool set_type(json_t *spec, json_t *body, struct error *err) {
    const char *type = json_get_text(body, "type", "");
    if (!*type)
        type = "service";
    if (strcmp(type, "service") != 0 && strcmp(type, "unique") != 0 && strcmp(type, "multi") != 0 &&
        strcmp(type, "host") != 0)
        return error_field(err, "type", "type must be service, unique, multi or host.");
    json_set_text(spec, "type", type);
    return true;
}

/* Labels are a set: sorted, each once, empty ones dropped. */
static bool set_labels(json_t *spec, json_t *body, struct error *err) {
    json_t *labels = json_get_array(body, "labels");
    json_t *sorted = json_object_new_array();
    bool pinned = false;
    json_set(spec, "labels", sorted);
    for (size_t i = 0; i < json_len(labels); i++) {
        const char *label = json_object_get_string(json_at(labels, i));
        if (!is_label(label, LABEL_BYTES_MAX)) {
            char field[32];
            snprintf(field, sizeof field, "labels[%zu]", i);
            return error_field(err, field,
                               "A label has at most %d bytes and no control characters.",
                               LABEL_BYTES_MAX);
        }
        pinned |= strncmp(label, "host:", 5) == 0 && label[5];
        if (*label)
            json_object_array_add(sorted, json_object_new_string(label));
    }
    spec_sort_set(sorted);
    if (strcmp(json_get_text(spec, "type", ""), "host") == 0 && !pinned)
        return error_field(err, "labels", "type host needs a label host:ID that names the engine.");
    return true;
}

static bool is_any_address(const char *ip) {
    return !*ip || strcmp(ip, "0.0.0.0") == 0 || strcmp(ip, "::") == 0;
}

bool spec_ports_collide(json_t *a, json_t *b) {
    const char *ip_a = json_get_text(a, "host_ip", ""), *ip_b = json_get_text(b, "host_ip", "");
    int64_t port = json_get_int(a, "port", 0);
    return port > 0 && port == json_get_int(b, "port", 0) &&
           strcmp(json_get_text(a, "proto", ""), json_get_text(b, "proto", "")) == 0 &&
           (is_any_address(ip_a) || is_any_address(ip_b) || strcmp(ip_a, ip_b) == 0);
}

static bool normal_port(json_t *given, size_t i, json_t **ret_port, struct error *err) {
    char field[48], proto[8], ip[INET6_ADDRSTRLEN];
    if (!canonical_proto(json_get_text(given, "proto", ""), proto)) {
        snprintf(field, sizeof field, "bind_ports[%zu].proto", i);
        return error_field(err, field, "%s must be tcp, udp or sctp.", field);
    }
    if (!canonical_ip(json_get_text(given, "host_ip", ""), ip)) {
        snprintf(field, sizeof field, "bind_ports[%zu].host_ip", i);
        return error_field(err, field, "%s must be an IP address or empty.", field);
    }
    *ret_port = json_object_new_object();
    json_set_text(*ret_port, "proto", proto);
    json_set_text(*ret_port, "host_ip", ip);
    json_set_int(*ret_port, "port", json_get_int(given, "port", 0));
    json_set_int(*ret_port, "container_port", json_get_int(given, "container_port", 0));
    return true;
}

static bool set_ports(json_t *spec, json_t *body, struct error *err) {
    json_t *given = json_get_array(body, "bind_ports");
    json_t *ports = json_object_new_array();
    json_set(spec, "bind_ports", ports);
    for (size_t i = 0; i < json_len(given); i++) {
        json_t *port = NULL;
        if (!normal_port(json_at(given, i), i, &port, err))
            return false;
        for (size_t k = 0; k < i; k++) {
            if (spec_ports_collide(json_at(ports, k), port)) {
                char field[48];
                snprintf(field, sizeof field, "bind_ports[%zu].port", i);
                error_field(err, field, "Port %d of the engine is asked for twice.",
                            (int)json_get_int(port, "port", 0));
                json_put(&port);
                return false;
            }
        }
        json_object_array_add(ports, port);
    }
    return true;
}

static bool set_volumes(json_t *spec, json_t *body, struct error *err) {
    json_t *given = json_get_array(body, "volumes");
    json_t *volumes = json_object_new_array();
    json_set(spec, "volumes", volumes);
    for (size_t i = 0; i < json_len(given); i++) {
        char field[32];
        struct volume volume;
        struct strbuf normal = {0};
        snprintf(field, sizeof field, "volumes[%zu]", i);
        if (!volume_parse(json_object_get_string(json_at(given, i)), &volume))
            return error_field(err, field,
                               "%s must be /path or source:/path[:ro|rw]; the source is a "
                               "volume's name or an absolute path.",
                               field);
        for (size_t k = 0; k < i; k++) {
            struct volume other;
            volume_parse(json_object_get_string(json_at(volumes, k)), &other);
            if (strcmp(other.target, volume.target) == 0)
                return error_field(err, field, "Two volumes have the same path %s.", volume.target);
        }
        volume_print(&normal, &volume);
        json_object_array_add(volumes, json_object_new_string(strbuf_text(&normal)));
        strbuf_release(&normal);
    }
    return true;
}

static bool set_links(json_t *spec, json_t *body, struct error *err) {
    json_t *links = json_get_object(body, "links");
    if (links) {
        json_object_object_foreach(links, other, alias) {
            if (!is_docker_name(other) || !is_docker_name(json_object_get_string(alias))) {
                CLEANUP(mem_free_text) char *field = mem_format("links.%s", other);
                return error_field(err, field,
                                   "A link is a container's name and an alias, both of letters, "
                                   "digits and _.- only.");
            }
        }
    }
    set_copy(spec, body, "links", json_object_new_object);
    return true;
}

static bool set_restart_policy(json_t *spec, json_t *body, struct error *err) {
    json_t *given = json_get_object(body, "restart_policy");
    const char *name = json_get_text(given, "name", "");
    int64_t retries = json_get_int(given, "maximum_retry", 0);
    if (!*name)
        name = "no";
    if (strcmp(name, "no") != 0 && strcmp(name, "always") != 0 && strcmp(name, "on-failure") != 0 &&
        strcmp(name, "unless-stopped") != 0)
        return error_field(err, "restart_policy.name",
                           "restart_policy.name must be no, always, on-failure or unless-stopped.");
    if (retries > 0 && strcmp(name, "on-failure") != 0)
        return error_field(err, "restart_policy.maximum_retry",
                           "restart_policy.maximum_retry goes with on-failure only.");
    json_t *policy = json_object_new_object();
    json_set_text(policy, "name", name);
    json_set_int(policy, "maximum_retry", retries);
    json_set(spec, "restart_policy", policy);
    return true;
}

/* What stays behind on an engine that is lost would be missed on another one. */
static const char *default_reschedule(json_t *spec) {
    return json_len(json_get_array(spec, "volumes")) > 0 ? "never" : "after=30";
}

static bool set_reschedule(json_t *spec, json_t *body, struct error *err) {
    const char *given = json_get_text(body, "reschedule", "");
    int64_t after_s = 0;
    char normal[32];
    if (!*given)
        given = default_reschedule(spec);
    snprintf(normal, sizeof normal, "%s", given);
    if (strncmp(given, AFTER, strlen(AFTER)) == 0) {
        if (!parse_int(given + strlen(AFTER), 0, RESCHEDULE_MAX_S, &after_s))
            return error_field(err, "reschedule",
                               "reschedule: after= takes seconds from 0 to %d, as in after=30.",
                               RESCHEDULE_MAX_S);
        snprintf(normal, sizeof normal, AFTER "%d", (int)after_s);
        if (after_s == 0)
            snprintf(normal, sizeof normal, "always");
    } else if (strcmp(given, "never") != 0 && strcmp(given, "always") != 0) {
        return error_field(err, "reschedule",
                           "reschedule must be never, always or after=SECONDS, as in after=30.");
    }
    json_set_text(spec, "reschedule", normal);
    return true;
}

bool spec_reschedule_is_default(json_t *spec) {
    return strcmp(json_get_text(spec, "reschedule", ""), default_reschedule(spec)) == 0;
}

static bool set_network_mode(json_t *spec, json_t *body, struct error *err) {
    const char *mode = json_get_text(body, "network_mode", "");
    if (!*mode || strcmp(mode, "default") == 0)
        mode = "bridge";
    const char *name = strncmp(mode, "container:", 10) == 0 ? mode + 10 : mode;
    if (!is_docker_name(name))
        return error_field(err, "network_mode",
                           "network_mode must be bridge, none, host, container:NAME or the name "
                           "of a network.");
    json_set_text(spec, "network_mode", mode);
    return true;
}

static bool fill_spec(json_t *spec, json_t *body, const struct spec_defaults *defaults,
                      struct error *err) {
    if (!set_name(spec, body, err) || !set_cpus(spec, body, err) ||
        !set_checked(spec, body, "cpuset", is_cpuset, "must be a list of cores such as 0-3,6",
                     err) ||
        !set_memory(spec, body, defaults, err))
        return false;
    set_copy(spec, body, "entrypoint", json_object_new_array);
    if (!set_environment(spec, body, err) ||
        !set_checked(spec, body, "hostname", is_host_name, "is not a host name (RFC 1123)", err) ||
        !set_checked(spec, body, "domain", is_host_name, "is not a domain name (RFC 1123)", err))
        return false;
    set_copy(spec, body, "args", json_object_new_array);
    if (!set_type(spec, body, err) || !set_labels(spec, body, err) || !set_ports(spec, body, err))
        return false;
    set_copy(spec, body, "user_data", json_object_new_object);
    if (!set_volumes(spec, body, err) || !set_links(spec, body, err) ||
        !set_restart_policy(spec, body, err) || !set_reschedule(spec, body, err))
        return false;
    json_set_bool(spec, "publish", json_get_bool(body, "publish", false));
    if (!set_network_mode(spec, body, err))
        return false;
    json_set_bool(spec, "privileged", json_get_bool(body, "privileged", false));
    return set_checked(spec, body, "container_name", is_container_name,
                       "must be two or more letters, digits and _.-, a letter or digit first",
                       err) &&
           spec_isolation_normalize(spec, body, err);
}

bool spec_normalize(json_t *body, const struct spec_defaults *defaults, json_t **ret_spec,
                    struct error *err) {
    if (!json_check(body, spec_fields, err))
        return false;
    CLEANUP(json_put) json_t *spec = json_object_new_object();
    if (!fill_spec(spec, body, defaults, err))
        return false;
    *ret_spec = STEAL(spec);
    return true;
}
