/* policy_spec: see policy_spec.h. */
#include "core/control/policy_spec.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/control/policy.h"
#include "core/control/spec_names.h"

enum { PRIVILEGED_PORTS = 1024 };

static int used_flag(json_t *value) {
    return json_object_is_type(value, json_type_boolean) && !json_object_get_boolean(value)
               ? POLICY_UNUSED
               : POLICY_USED;
}

/* Any entry of an array or an object, any text. */
static int used_any(json_t *value) {
    if (json_object_is_type(value, json_type_string))
        return *json_object_get_string(value) ? POLICY_USED : POLICY_UNUSED;
    if (json_object_is_type(value, json_type_array))
        return json_len(value) > 0 ? 0 : POLICY_UNUSED;
    if (json_object_is_type(value, json_type_object))
        return json_object_object_length(value) > 0 ? POLICY_USED : POLICY_UNUSED;
    return POLICY_USED;
}

/* The text, or NULL when it is none. */
static const char *text_of(json_t *value) {
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static int used_host_network(json_t *value) {
    const char *mode = text_of(value);
    return !mode || strcmp(mode, "host") == 0 ? POLICY_USED : POLICY_UNUSED;
}

/* Free are the names of networks; `host` is the other row's. */
static int used_container_network(json_t *value) {
    const char *mode = text_of(value);
    return mode && (!*mode || is_docker_name(mode)) ? POLICY_UNUSED : POLICY_USED;
}

static int used_ipc(json_t *value) {
    static const char *const own[] = {"", "none", "private", "shareable"};
    const char *mode = text_of(value);
    for (size_t i = 0; mode && i < ARRAY_LEN(own); i++)
        if (strcmp(mode, own[i]) == 0)
            return POLICY_UNUSED;
    return POLICY_USED;
}

/* The first entry that `is_free` does not let pass; what is no array does not either. */
static int first_used(json_t *array, bool (*is_free)(json_t *entry)) {
    if (!json_object_is_type(array, json_type_array))
        return POLICY_USED;
    for (size_t i = 0; i < json_len(array); i++)
        if (!is_free(json_at(array, i)))
            return (int)i;
    return POLICY_UNUSED;
}

static bool is_free_volume(json_t *entry) {
    struct volume volume;
    const char *text = text_of(entry);
    return text && volume_parse(text, &volume) && volume.source[0] != '/';
}

static int used_host_mounts(json_t *value) {
    return first_used(value, is_free_volume);
}

static bool is_free_port(json_t *entry) {
    json_t *port = json_get(entry, "port");
    return !port ||
           (json_object_is_type(port, json_type_int) &&
            (json_object_get_int64(port) == 0 || json_object_get_int64(port) >= PRIVILEGED_PORTS));
}

static int used_low_ports(json_t *value) {
    return first_used(value, is_free_port);
}

static bool is_free_label(json_t *entry) {
    const char *text = text_of(entry);
    return text && strncasecmp(text, POLICY_RESERVED_LABELS, strlen(POLICY_RESERVED_LABELS)) != 0;
}

static int used_reserved_labels(json_t *value) {
    return first_used(value, is_free_label);
}

static const char reserved_labels[] = "reserved-labels";
static const char reserved_reason[] =
    "Labels that begin with " POLICY_RESERVED_LABELS " are kept for the pool's administration.";

const struct policy_option policy_options[] = {
    {.name = "privileged",
     .field = "privileged",
     .reason = "A privileged container is root on its engine.",
     .used = used_flag},
    {.name = "host-mounts",
     .field = "volumes",
     .reason = "A volume from a path of the engine gives access to the engine's own files.",
     .used = used_host_mounts},
    {.name = "host-network",
     .field = "network_mode",
     .reason = "In the engine's network a container reaches whatever the engine itself reaches.",
     .used = used_host_network},
    {.name = "container-network",
     .field = "network_mode",
     .reason = "In another container's network it sees and sends that container's traffic.",
     .used = used_container_network},
    {.name = "pid-mode",
     .field = "pid_mode",
     .reason = "It sees and kills processes that are not its own, and reads their environment.",
     .used = used_any},
    {.name = "ipc-mode",
     .field = "ipc_mode",
     .reason = "It reads and writes shared memory that is not its own.",
     .used = used_ipc},
    {.name = "uts-mode",
     .field = "uts_mode",
     .reason = "It can change the host name of its engine.",
     .used = used_any},
    {.name = "userns-mode",
     .field = "userns_mode",
     .reason = "Its root would be the root of its engine.",
     .used = used_any},
    {.name = "devices",
     .field = "devices",
     .reason = "A device of the engine is open to it, a disk with all files for instance.",
     .used = used_any},
    {.name = "cap-add",
     .field = "cap_add",
     .reason = "Most capabilities are ways to be root on the engine.",
     .used = used_any},
    {.name = "security-opt",
     .field = "security_opt",
     .reason = "It can switch off what keeps a container apart from its engine.",
     .used = used_any},
    {.name = "sysctls",
     .field = "sysctls",
     .reason = "Kernel parameters can reach beyond the container.",
     .used = used_any},
    {.name = "runtime",
     .field = "runtime",
     .reason = "Another runtime can keep the container less apart from its engine.",
     .used = used_any},
    {.name = "cgroup-parent",
     .field = "cgroup_parent",
     .reason = "In another control group it escapes the limits of its engine.",
     .used = used_any},
    {.name = "links",
     .field = "links",
     .reason = "Docker gives it all the variables of the other container, passwords and keys too.",
     .used = used_any},
    {.name = "host-ports-below-1024",
     .field = "bind_ports",
     .part = ".port",
     .reason = "Ports of the engine below 1024 are kept for its own services.",
     .used = used_low_ports},
    {.name = reserved_labels,
     .field = "labels",
     .reason = reserved_reason,
     .used = used_reserved_labels},
    {.name = POLICY_REVEAL_ENVIRONMENT, .reason = "Environments hold passwords and keys."},
    {0},
};

const char *const policy_free_fields[] = {
    "name",        "cpus",           "cpuset",         "memory",     "entrypoint",
    "environment", "hostname",       "domain",         "args",       "type",
    "user_data",   "publish",        "cap_drop",       "user",       "working_dir",
    "read_only",   "restart_policy", "container_name", "reschedule", NULL,
};

const struct policy_option *policy_option_find(const char *name) {
    for (const struct policy_option *option = policy_options; option->name; option++)
        if (strcmp(option->name, name) == 0)
            return option;
    return NULL;
}

static bool is_classified(const char *field) {
    for (size_t i = 0; policy_free_fields[i]; i++)
        if (strcmp(policy_free_fields[i], field) == 0)
            return true;
    for (const struct policy_option *option = policy_options; option->name; option++)
        if (option->field && strcmp(option->field, field) == 0)
            return true;
    return false;
}

static bool refuse(const char *role, const struct policy_option *option, const char *field,
                   struct error *err) {
    char how[96] = "";
    if (option)
        snprintf(how, sizeof how, ", or to list the option \"%s\" in the role", option->name);
    error_set(err, ERROR_FORBIDDEN,
              "The role %s may not use %s. %s Ask an administrator to do it%s.", role ? role : "-",
              field, option ? option->reason : "It is not known what it means on an engine.", how);
    snprintf(err->field, sizeof err->field, "%s", field);
    return false;
}

static bool refuse_at(const char *role, const struct policy_option *option, const char *field,
                      int at, struct error *err) {
    char place[64];
    if (at < 0)
        return refuse(role, option, field, err);
    snprintf(place, sizeof place, "%s[%d]%s", field, at, option->part ? option->part : "");
    return refuse(role, option, place, err);
}

/* Where the specification uses the option, or POLICY_UNUSED. */
static int used_at(const struct policy_option *option, json_t *spec) {
    json_t *value = option->field ? json_get(spec, option->field) : NULL;
    return value ? option->used(value) : POLICY_UNUSED;
}

bool policy_allows_spec(const char *role, const char *grants, json_t *spec, struct error *err) {
    if (policy_allows(grants, "/", ACCESS_WRITE))
        return true;
    if (!json_object_is_type(spec, json_type_object))
        return refuse(role, NULL, "this", err);
    for (const struct policy_option *option = policy_options; option->name; option++) {
        int at = used_at(option, spec);
        if (at != POLICY_UNUSED && !policy_has_option(grants, option->name))
            return refuse_at(role, option, option->field, at, err);
    }
    json_object_object_foreach(spec, field, any) {
        (void)any;
        if (!is_classified(field))
            return refuse(role, NULL, field, err);
    }
    return true;
}

bool policy_allows_option(const char *role, const char *grants, const char *option,
                          const char *field, struct error *err) {
    if (policy_has_option(grants, option))
        return true;
    return refuse(role, policy_option_find(option), field, err);
}

bool policy_allows_labels(const char *role, const char *grants, json_t *labels, const char *field,
                          struct error *err) {
    int at = labels ? used_reserved_labels(labels) : POLICY_UNUSED;
    if (at == POLICY_UNUSED || policy_has_option(grants, reserved_labels))
        return true;
    return refuse_at(role, policy_option_find(reserved_labels), field, at, err);
}
