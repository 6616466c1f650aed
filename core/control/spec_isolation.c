/* spec_isolation: namespaces, devices, capabilities and the like of a specification; see
 * spec_parts.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/control/spec_names.h"
#include "core/control/spec_parts.h"

enum isolation_type { TYPE_TEXT, TYPE_FLAG, TYPE_SET, TYPE_CAPABILITIES, TYPE_DEVICES, TYPE_MAP };

struct isolation {
    const char *name;
    enum isolation_type type;
    bool of_host;       /* in HostConfig */
    const char *docker; /* its name there */
    bool (*is_good)(const char *text);
    const char *problem;
};

static bool is_container_mode(const char *text) {
    static const char prefix[] = "container:";
    return strncmp(text, prefix, strlen(prefix)) == 0 && is_docker_name(text + strlen(prefix));
}

static bool is_host(const char *text) {
    return strcmp(text, "host") == 0;
}

static bool is_pid_mode(const char *text) {
    return is_host(text) || is_container_mode(text);
}

static bool is_ipc_mode(const char *text) {
    return is_pid_mode(text) || strcmp(text, "none") == 0 || strcmp(text, "private") == 0 ||
           strcmp(text, "shareable") == 0;
}

/* Not isalnum(): the locale has no say here. */
#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool is_of(const char *text, const char *characters) {
    return *text && !text[strspn(text, characters)];
}

static bool is_cgroup_parent(const char *text) {
    return is_of(text, ALNUM "._-/@:") && !strstr(text, "..");
}

/* A name or number, and perhaps that of a group. */
static bool is_user(const char *text) {
    const char *colon = strchr(text, ':');
    return is_of(text, ALNUM "._-:") && text[0] != ':' &&
           (!colon || (colon[1] && !strchr(colon + 1, ':')));
}

/* Without the prefix that a capability may be written with, once. */
static const char *bare_capability(const char *text) {
    return strncasecmp(text, "cap_", 4) == 0 ? text + 4 : text;
}

static bool is_capability(const char *text) {
    const char *name = bare_capability(text);
    return is_of(name, ALNUM "_") && strlen(name) <= 64 && bare_capability(name) == name;
}

/* "no-new-privileges", or NAME=VALUE and NAME:VALUE, where a value may be a whole profile. */
static bool is_security_option(const char *text) {
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz-");
    return len > 0 && (!text[len] || ((text[len] == '=' || text[len] == ':') && text[len + 1]));
}

static bool is_sysctl(const char *text) {
    return is_of(text, ALNUM "._-/") && strlen(text) <= 256;
}

static const struct isolation fields[] = {
    {"pid_mode", TYPE_TEXT, true, "PidMode", is_pid_mode, "must be host or container:NAME"},
    {"ipc_mode", TYPE_TEXT, true, "IpcMode", is_ipc_mode,
     "must be none, private, shareable, host or container:NAME"},
    {"uts_mode", TYPE_TEXT, true, "UTSMode", is_host, "must be host"},
    {"userns_mode", TYPE_TEXT, true, "UsernsMode", is_host, "must be host"},
    {"devices", TYPE_DEVICES, true, "Devices", NULL, NULL},
    {"cap_add", TYPE_CAPABILITIES, true, "CapAdd", is_capability,
     "must be the name of a capability such as NET_ADMIN"},
    {"cap_drop", TYPE_CAPABILITIES, true, "CapDrop", is_capability,
     "must be the name of a capability such as NET_RAW, or ALL"},
    {"security_opt", TYPE_SET, true, "SecurityOpt", is_security_option,
     "must be as in no-new-privileges or seccomp=unconfined"},
    {"sysctls", TYPE_MAP, true, "Sysctls", is_sysctl,
     "must be the name of a kernel parameter such as net.core.somaxconn"},
    {"runtime", TYPE_TEXT, true, "Runtime", is_docker_name, "must be the name of a runtime"},
    {"cgroup_parent", TYPE_TEXT, true, "CgroupParent", is_cgroup_parent,
     "must be the path of a control group"},
    {"user", TYPE_TEXT, false, "User", is_user, "must be USER or USER:GROUP"},
    {"working_dir", TYPE_TEXT, false, "WorkingDir", is_absolute_path,
     "must be an absolute path in the container"},
    {"read_only", TYPE_FLAG, true, "ReadonlyRootfs", NULL, NULL},
};

static int by_text(const void *a, const void *b) {
    return strcmp(json_object_get_string(*(json_t *const *)a),
                  json_object_get_string(*(json_t *const *)b));
}

void spec_sort_set(json_t *texts) {
    json_object_array_sort(texts, by_text);
    for (size_t i = json_len(texts); i > 1; i--)
        if (json_object_equal(json_at(texts, i - 1), json_at(texts, i - 2)))
            json_object_array_del_idx(texts, i - 1, 1);
}

static bool bad_entry(const char *name, size_t i, const char *problem, struct error *err) {
    char at[64];
    snprintf(at, sizeof at, "%s[%zu]", name, i);
    return error_field(err, at, "%s %s.", at, problem);
}

/* "cap_net_admin" -> "NET_ADMIN". */
static char *capability_name(const char *text) {
    char *name = mem_strdup(bare_capability(text));
    for (char *c = name; *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    return name;
}

/* HOST[:CONTAINER[:rwm]] in full; NULL when it is not of that form. */
static char *device_name(const char *text) {
    size_t host_len = strcspn(text, ":");
    CLEANUP(mem_free_text) char *host = mem_strndup(text, host_len);
    const char *rest = text[host_len] ? text + host_len + 1 : host;
    size_t inside_len = strcspn(rest, ":");
    CLEANUP(mem_free_text) char *inside = mem_strndup(rest, inside_len);
    const char *access = rest[inside_len] ? rest + inside_len + 1 : "rwm";
    size_t access_len = strlen(access);
    if (!is_absolute_path(host) || !is_absolute_path(inside) || !host[1] || !inside[1] ||
        access_len == 0 || access_len > 3 || strspn(access, "rwm") != access_len)
        return NULL;
    return mem_format("%s:%s:%s", host, inside, access);
}

static bool set_entries(json_t *spec, json_t *given, const struct isolation *field,
                        struct error *err) {
    json_t *set = json_object_new_array();
    json_set(spec, field->name, set);
    for (size_t i = 0; i < json_len(given); i++) {
        const char *text = json_object_get_string(json_at(given, i));
        if (field->is_good && !field->is_good(text))
            return bad_entry(field->name, i, field->problem, err);
        CLEANUP(mem_free_text)
        char *name = field->type == TYPE_CAPABILITIES ? capability_name(text)
                     : field->type == TYPE_DEVICES    ? device_name(text)
                                                      : mem_strdup(text);
        if (!name)
            return bad_entry(field->name, i, "must be /dev/NAME[:/dev/NAME_INSIDE[:rwm]]", err);
        json_object_array_add(set, json_object_new_string(name));
    }
    spec_sort_set(set);
    return true;
}

static bool set_map(json_t *spec, json_t *given, const struct isolation *field, struct error *err) {
    json_object_object_foreach(given, key, value) {
        if (!field->is_good(key) || !is_label(json_object_get_string(value), 1024)) {
            char at[96];
            snprintf(at, sizeof at, "%s.%s", field->name, key);
            return error_field(err, at, "%s %s, with a value of one line.", at, field->problem);
        }
    }
    json_set(spec, field->name, json_copy(given));
    return true;
}

static bool set_field(json_t *spec, json_t *value, const struct isolation *field,
                      struct error *err) {
    const char *text;
    switch (field->type) {
    case TYPE_TEXT:
        text = json_object_get_string(value);
        if (*text && !field->is_good(text))
            return error_field(err, field->name, "%s %s.", field->name, field->problem);
        if (*text)
            json_set_text(spec, field->name, text);
        return true;
    case TYPE_FLAG:
        if (json_object_get_boolean(value))
            json_set_bool(spec, field->name, true);
        return true;
    case TYPE_MAP:
        return json_object_object_length(value) == 0 || set_map(spec, value, field, err);
    case TYPE_SET:
    case TYPE_CAPABILITIES:
    case TYPE_DEVICES:
        break;
    }
    return json_len(value) == 0 || set_entries(spec, value, field, err);
}

bool spec_isolation_normalize(json_t *spec, json_t *body, struct error *err) {
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        json_t *value = json_get(body, fields[i].name);
        if (value && !set_field(spec, value, &fields[i], err))
            return false;
    }
    return true;
}

/* ["/dev/a:/dev/b:rwm"] as Docker's objects. */
static json_t *docker_devices(json_t *devices) {
    json_t *list = json_object_new_array();
    for (size_t i = 0; i < json_len(devices); i++) {
        CLEANUP(mem_free_text)
        char *host = mem_strdup(json_object_get_string(json_at(devices, i)));
        char *inside = host + strcspn(host, ":");
        *inside++ = '\0';
        char *access = inside + strcspn(inside, ":");
        *access++ = '\0';
        json_t *device = json_object_new_object();
        json_set_text(device, "PathOnHost", host);
        json_set_text(device, "PathInContainer", inside);
        json_set_text(device, "CgroupPermissions", access);
        json_object_array_add(list, device);
    }
    return list;
}

void spec_isolation_docker(json_t *body, json_t *host, json_t *spec) {
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        json_t *value = json_get(spec, fields[i].name);
        if (value)
            json_set(fields[i].of_host ? host : body, fields[i].docker,
                     fields[i].type == TYPE_DEVICES ? docker_devices(value) : json_copy(value));
    }
}
