/* spec_args: see spec_args.h. */
#include "cli/spec_args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/parse.h"
#include "core/control/spec_names.h"

static bool bad_port(const char *text, struct error *err) {
    return error_field(err, "port",
                       "--port must be [PROTO/][[ADDRESS:]PORT:]CONTAINERPORT, as in tcp/:8080:80 "
                       "or 80, not %s.",
                       text);
}

/* Cut `text` at its last ':'; what follows, or all of it when there is none. */
static char *cut_last(char **text) {
    char *colon = strrchr(*text, ':');
    char *last = colon ? colon + 1 : *text;
    if (colon)
        *colon = '\0';
    else
        *text = NULL;
    return last;
}

/* Take the protocol off the front or, as Docker writes it, off the end. */
static char *cut_proto(char *text, char proto[8]) {
    char *slash = strchr(text, '/');
    proto[0] = '\0';
    if (!slash)
        return canonical_proto("", proto) ? text : NULL;
    *slash = '\0';
    if (canonical_proto(text, proto))
        return slash + 1;
    return canonical_proto(slash + 1, proto) ? text : NULL;
}

bool port_parse(const char *text, json_t **ret_port, struct error *err) {
    CLEANUP(mem_free_text) char *copy = mem_strdup(text);
    char proto[8], ip[64] = "";
    int64_t host_port = 0, container_port = 0;
    char *rest = cut_proto(copy, proto);
    if (!rest || !parse_int(cut_last(&rest), 1, 65535, &container_port))
        return bad_port(text, err);
    const char *host = rest ? cut_last(&rest) : "";
    if (*host && !parse_int(host, 0, 65535, &host_port))
        return bad_port(text, err);
    size_t len = rest ? strlen(rest) : 0;
    if (len > 2 && rest[0] == '[' && rest[len - 1] == ']') {
        rest[len - 1] = '\0';
        rest++;
    }
    if (rest && (strlen(rest) >= 46 || !canonical_ip(rest, ip)))
        return bad_port(text, err);
    *ret_port = json_object_new_object();
    json_set_text(*ret_port, "proto", proto);
    json_set_text(*ret_port, "host_ip", ip);
    json_set_int(*ret_port, "port", host_port);
    json_set_int(*ret_port, "container_port", container_port);
    return true;
}

bool restart_parse(const char *text, json_t **ret_policy, struct error *err) {
    size_t len = strcspn(text, ":");
    CLEANUP(mem_free_text) char *name = mem_strndup(text, len);
    int64_t retries = 0;
    if (text[len] && !parse_int(text + len + 1, 0, 1000000, &retries))
        return error_field(err, "restart",
                           "--restart must be as in always or on-failure:5, not %s.", text);
    *ret_policy = json_object_new_object();
    json_set_text(*ret_policy, "name", name);
    json_set_int(*ret_policy, "maximum_retry", retries);
    return true;
}

static bool set_ports(json_t *spec, const struct given *given, struct error *err) {
    json_t *ports = NULL, *port;
    const char *text;
    for (size_t i = 0; (text = given_at(given, "port", i)); i++) {
        if (!port_parse(text, &port, err))
            return false;
        if (!ports)
            json_set(spec, "bind_ports", ports = json_object_new_array());
        json_object_array_add(ports, port);
    }
    return true;
}

static bool set_environment(json_t *spec, const struct given *given, struct error *err) {
    json_t *environment = NULL;
    const char *text;
    for (size_t i = 0; (text = given_at(given, "env", i)); i++) {
        CLEANUP(mem_free_text) char *name = mem_strndup(text, strcspn(text, "="));
        const char *value = strchr(text, '=');
        value = value ? value + 1 : getenv(name);
        if (!*name)
            return error_field(err, "env", "--env must be NAME=VALUE or NAME, not %s.", text);
        if (!value)
            return error_field(err, "env", "--env %s: there is no such variable here.", name);
        if (!environment)
            json_set(spec, "environment", environment = json_object_new_object());
        json_set_text(environment, name, value);
    }
    return true;
}

static bool set_links(json_t *spec, const struct given *given, struct error *err) {
    json_t *links = NULL;
    const char *text;
    for (size_t i = 0; (text = given_at(given, "link", i)); i++) {
        const char *colon = strchr(text, ':');
        CLEANUP(mem_free_text) char *other = mem_strndup(text, strcspn(text, ":"));
        if (!*other || (colon && !colon[1]))
            return error_field(err, "link", "--link must be CONTAINER:ALIAS, not %s.", text);
        if (!links)
            json_set(spec, "links", links = json_object_new_object());
        json_set_text(links, other, colon ? colon + 1 : other);
    }
    return true;
}

static void set_texts(json_t *spec, const char *key, const struct given *given, const char *name) {
    const char *text;
    json_t *array = NULL;
    for (size_t i = 0; (text = given_at(given, name, i)); i++) {
        if (!array)
            json_set(spec, key, array = json_object_new_array());
        json_object_array_add(array, json_object_new_string(text));
    }
}

static void set_text(json_t *spec, const char *key, const struct given *given, const char *name) {
    const char *text = given_text(given, name);
    if (text)
        json_set_text(spec, key, text);
}

static bool set_numbers(json_t *spec, const struct given *given, struct error *err) {
    const char *text = given_text(given, "cpus");
    int64_t memory_mb = -1;
    double cpus;
    if (text && !parse_decimal(text, 0, 1024, &cpus))
        return error_field(err, "cpus",
                           "--cpus must be a number from 0 to 1024, as in 0.5, not %s.", text);
    if (text)
        json_set_decimal(spec, "cpus", cpus);
    if (!given_int(given, "memory", 0, 16777216, &memory_mb, err))
        return false;
    if (memory_mb >= 0)
        json_set_int(spec, "memory", memory_mb);
    return true;
}

static bool set_sysctls(json_t *spec, const struct given *given, struct error *err) {
    json_t *sysctls = NULL;
    const char *text;
    for (size_t i = 0; (text = given_at(given, "sysctl", i)); i++) {
        const char *value = strchr(text, '=');
        if (!value || value == text)
            return error_field(err, "sysctl", "--sysctl must be NAME=VALUE, not %s.", text);
        CLEANUP(mem_free_text) char *name = mem_strndup(text, (size_t)(value - text));
        if (!sysctls)
            json_set(spec, "sysctls", sysctls = json_object_new_object());
        json_set_text(sysctls, name, value + 1);
    }
    return true;
}

/* Options that go into a field as they are. */
static const struct {
    const char *field, *option;
} texts[] =
    {
        {"name", "name"},
        {"cpuset", "cpuset"},
        {"hostname", "hostname"},
        {"domain", "domain"},
        {"type", "type"},
        {"reschedule", "reschedule"},
        {"network_mode", "network"},
        {"container_name", "container-name"},
        {"pid_mode", "pid"},
        {"ipc_mode", "ipc"},
        {"uts_mode", "uts"},
        {"userns_mode", "userns"},
        {"runtime", "runtime"},
        {"cgroup_parent", "cgroup-parent"},
        {"user", "user"},
        {"working_dir", "workdir"},
},
  arrays[] =
      {
          {"entrypoint", "entrypoint"}, {"args", "arg"},
          {"labels", "label"},          {"volumes", "vol"},
          {"devices", "device"},        {"cap_add", "cap-add"},
          {"cap_drop", "cap-drop"},     {"security_opt", "security-opt"},
},
  flags[] = {
      {"publish", "publish"},
      {"privileged", "privileged"},
      {"read_only", "read-only"},
};

bool spec_of_options(const struct given *given, json_t **ret_spec, struct error *err) {
    CLEANUP(json_put) json_t *spec = json_object_new_object();
    const char *restart = given_text(given, "restart");
    json_t *policy = NULL;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        set_text(spec, texts[i].field, given, texts[i].option);
    for (size_t i = 0; i < ARRAY_LEN(arrays); i++)
        set_texts(spec, arrays[i].field, given, arrays[i].option);
    if (!set_numbers(spec, given, err) || !set_ports(spec, given, err) ||
        !set_environment(spec, given, err) || !set_links(spec, given, err) ||
        !set_sysctls(spec, given, err) || (restart && !restart_parse(restart, &policy, err)))
        return false;
    if (policy)
        json_set(spec, "restart_policy", policy);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (given_flag(given, flags[i].option))
            json_set_bool(spec, flags[i].field, true);
    *ret_spec = STEAL(spec);
    return true;
}
