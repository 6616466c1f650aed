/* spec_docker: reads a normal specification: Docker's create request, identity, reservation. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/control/spec.h"
#include "core/control/spec_parts.h"

enum {
    SHARES_PER_CORE = 1024,
    SHARES_NONE = 10,    /* of a container without reservation */
    SHARES_MAX = 262144, /* the kernel's */
};

/* By canonical text: the database gives the keys of an object back in another order. */
static int by_canonical(const void *a, const void *b) {
    struct strbuf text_a = {0}, text_b = {0};
    json_canonical(&text_a, *(json_t *const *)a);
    json_canonical(&text_b, *(json_t *const *)b);
    int order = strcmp(strbuf_text(&text_a), strbuf_text(&text_b));
    strbuf_release(&text_a);
    strbuf_release(&text_b);
    return order;
}

void spec_group_text(struct strbuf *buf, json_t *spec) {
    CLEANUP(json_put) json_t *group = json_copy(spec);
    json_object_object_del(group, "container_name");
    if (spec_reschedule_is_default(spec))
        json_object_object_del(group, "reschedule");
    json_object_array_sort(json_get_array(group, "bind_ports"), by_canonical);
    json_object_array_sort(json_get_array(group, "volumes"), by_canonical);
    json_canonical(buf, group);
}

json_t *spec_masked(json_t *spec) {
    json_t *masked = json_copy(spec);
    json_t *environment = json_get_object(spec, "environment");
    if (environment) {
        json_t *hidden = json_object_new_object();
        json_object_object_foreach(environment, name, value) {
            (void)value;
            json_set_text(hidden, name, "***");
        }
        json_set(masked, "environment", hidden);
    }
    return masked;
}

enum spec_type spec_type(json_t *spec) {
    const char *type = json_get_text(spec, "type", "service");
    return strcmp(type, "unique") == 0  ? SPEC_UNIQUE
           : strcmp(type, "multi") == 0 ? SPEC_MULTI
           : strcmp(type, "host") == 0  ? SPEC_HOST
                                        : SPEC_SERVICE;
}

int64_t spec_cpu_milli(json_t *spec) {
    return llround(json_get_decimal(spec, "cpus", 0) * 1000);
}

int64_t spec_memory_mb(json_t *spec) {
    return json_get_int(spec, "memory", 0);
}

static void copy_if_any(json_t *to, const char *to_key, json_t *spec, const char *key) {
    json_t *array = json_get_array(spec, key);
    if (json_len(array) > 0)
        json_set(to, to_key, json_copy(array));
}

static void text_if_any(json_t *to, const char *to_key, json_t *spec, const char *key) {
    const char *text = json_get_text(spec, key, "");
    if (*text)
        json_set_text(to, to_key, text);
}

/* {"K":"V"} as ["K<separator>V"]. */
static json_t *joined_pairs(json_t *map, char separator) {
    json_t *array = json_object_new_array();
    if (!map)
        return array;
    json_object_object_foreach(map, key, value) {
        CLEANUP(mem_free_text)
        char *pair = mem_format("%s%c%s", key, separator, json_object_get_string(value));
        json_object_array_add(array, json_object_new_string(pair));
    }
    return array;
}

static json_t *identity_labels(const struct spec_identity *identity) {
    json_t *labels = json_object_new_object();
    char generation[24];
    snprintf(generation, sizeof generation, "%lld", (long long)identity->generation);
    json_set_text(labels, "berth.pool", identity->pool);
    json_set_text(labels, "berth.container", identity->container_id);
    json_set_text(labels, "berth.generation", generation);
    return labels;
}

static void set_ports(json_t *body, json_t *host, json_t *ports) {
    json_t *exposed = json_object_new_object(), *bindings = json_object_new_object();
    for (size_t i = 0; i < json_len(ports); i++) {
        json_t *port = json_at(ports, i), *binding = json_object_new_object();
        char key[32], number[16];
        snprintf(key, sizeof key, "%d/%s", (int)json_get_int(port, "container_port", 0),
                 json_get_text(port, "proto", "tcp"));
        snprintf(number, sizeof number, "%d", (int)json_get_int(port, "port", 0));
        json_set_text(binding, "HostIp", json_get_text(port, "host_ip", ""));
        json_set_text(binding, "HostPort", number);
        if (!json_get(bindings, key)) {
            json_set(exposed, key, json_object_new_object());
            json_set(bindings, key, json_object_new_array());
        }
        json_object_array_add(json_get(bindings, key), binding);
    }
    json_set(body, "ExposedPorts", exposed);
    json_set(host, "PortBindings", bindings);
}

static void set_volumes(json_t *body, json_t *host, json_t *volumes) {
    json_t *anonymous = json_object_new_object(), *binds = json_object_new_array();
    for (size_t i = 0; i < json_len(volumes); i++) {
        const char *text = json_object_get_string(json_at(volumes, i));
        if (strchr(text, ':'))
            json_object_array_add(binds, json_object_new_string(text));
        else
            json_set(anonymous, text, json_object_new_object());
    }
    json_set(body, "Volumes", anonymous);
    json_set(host, "Binds", binds);
}

static int64_t cpu_shares(json_t *spec) {
    int64_t shares = spec_cpu_milli(spec) * SHARES_PER_CORE / 1000;
    return shares < SHARES_NONE ? SHARES_NONE : shares > SHARES_MAX ? SHARES_MAX : shares;
}

static json_t *restart_policy(json_t *policy) {
    json_t *docker = json_object_new_object();
    json_set_text(docker, "Name", json_get_text(policy, "name", "no"));
    json_set_int(docker, "MaximumRetryCount", json_get_int(policy, "maximum_retry", 0));
    return docker;
}

void spec_docker_body(struct strbuf *buf, json_t *spec, json_t *ports,
                      const struct spec_identity *identity) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    json_t *host = json_object_new_object();
    json_set_text(body, "Image", json_get_text(spec, "name", ""));
    copy_if_any(body, "Cmd", spec, "args");
    copy_if_any(body, "Entrypoint", spec, "entrypoint");
    json_set(body, "Env", joined_pairs(json_get_object(spec, "environment"), '='));
    text_if_any(body, "Hostname", spec, "hostname");
    text_if_any(body, "Domainname", spec, "domain");
    json_set(body, "Labels", identity_labels(identity));
    set_ports(body, host, ports);
    set_volumes(body, host, json_get_array(spec, "volumes"));
    json_set(body, "HostConfig", host);
    json_set_int(host, "CpuShares", cpu_shares(spec));
    text_if_any(host, "CpusetCpus", spec, "cpuset");
    json_set_int(host, "Memory", spec_memory_mb(spec) << 20);
    json_set(host, "Links", joined_pairs(json_get_object(spec, "links"), ':'));
    json_set(host, "RestartPolicy", restart_policy(json_get_object(spec, "restart_policy")));
    json_set_text(host, "NetworkMode", json_get_text(spec, "network_mode", "bridge"));
    json_set_bool(host, "Privileged", json_get_bool(spec, "privileged", false));
    spec_isolation_docker(body, host, spec);
    strbuf_puts(buf, json_print(body));
}
