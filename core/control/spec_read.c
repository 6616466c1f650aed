/* spec_read: see spec_read.h. */
#include "core/control/spec_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/parse.h"
#include "core/control/spec.h"
#include "core/control/spec_names.h"

enum { SHARES_PER_CORE = 1024, SHARES_NONE = 10, ID_SHORT = 12, VALUES_MAX = 4 };

/* What has no place in a specification, and so must be as it is when nobody asks for anything:
 * null, false, 0, empty, or one of `usual`. Where `of_image`, the image's own setting is good too.
 */
static const struct fixed {
    const char *part, *key;
    bool power; /* over the engine, or against isolation */
    bool of_image;
    const char *usual[VALUES_MAX];
} fixed[] = {
    {"HostConfig", "DeviceRequests", true, false, {NULL}},
    {"HostConfig", "DeviceCgroupRules", true, false, {NULL}},
    {"HostConfig", "Cgroup", true, false, {NULL}},
    {"HostConfig", "VolumesFrom", true, false, {NULL}},
    {"HostConfig", "OomScoreAdj", true, false, {NULL}},
    {"HostConfig", "OomKillDisable", true, false, {NULL}},
    {"HostConfig", "GroupAdd", true, false, {NULL}},
    {"HostConfig", "VolumeDriver", false, false, {"local"}},
    {"HostConfig", "StorageOpt", false, false, {NULL}},
    {"HostConfig", "Dns", false, false, {NULL}},
    {"HostConfig", "DnsOptions", false, false, {NULL}},
    {"HostConfig", "DnsSearch", false, false, {NULL}},
    {"HostConfig", "ExtraHosts", false, false, {NULL}},
    {"HostConfig", "Tmpfs", false, false, {NULL}},
    {"HostConfig", "ShmSize", false, false, {"67108864"}},
    {"HostConfig", "Ulimits", false, false, {NULL}},
    {"HostConfig", "AutoRemove", false, false, {NULL}},
    {"HostConfig", "Init", false, false, {NULL}},
    {"HostConfig", "PidsLimit", false, false, {"-1"}},
    {"HostConfig", "BlkioWeight", false, false, {NULL}},
    {"HostConfig", "BlkioWeightDevice", false, false, {NULL}},
    {"HostConfig", "BlkioDeviceReadBps", false, false, {NULL}},
    {"HostConfig", "BlkioDeviceWriteBps", false, false, {NULL}},
    {"HostConfig", "BlkioDeviceReadIOps", false, false, {NULL}},
    {"HostConfig", "BlkioDeviceWriteIOps", false, false, {NULL}},
    {"HostConfig", "CpuRealtimePeriod", false, false, {NULL}},
    {"HostConfig", "CpuRealtimeRuntime", false, false, {NULL}},
    {"HostConfig", "CpusetMems", false, false, {NULL}},
    {"HostConfig", "MemoryReservation", false, false, {NULL}},
    {"HostConfig", "MemorySwappiness", false, false, {"-1"}},
    {"Config", "StopSignal", false, true, {"SIGTERM"}},
    {"Config", "StopTimeout", false, true, {NULL}},
    {"Config", "Healthcheck", false, true, {NULL}},
    {"Config", "Shell", false, true, {NULL}},
    {"Config", "Tty", false, false, {NULL}},
    {"Config", "OpenStdin", false, false, {NULL}},
    {"Config", "NetworkDisabled", false, false, {NULL}},
    {"Config", "MacAddress", false, false, {NULL}},
};

/* What has a field of its own, and is left out where it is as usual. */
static const struct said {
    struct fixed docker;
    const char *field;
} said[] = {
    {{"HostConfig", "PidMode", true, false, {NULL}}, "pid_mode"},
    {{"HostConfig", "IpcMode", true, false, {"private", "shareable"}}, "ipc_mode"},
    {{"HostConfig", "UTSMode", true, false, {NULL}}, "uts_mode"},
    {{"HostConfig", "UsernsMode", true, false, {NULL}}, "userns_mode"},
    {{"HostConfig", "Devices", true, false, {NULL}}, "devices"},
    {{"HostConfig", "CapAdd", true, false, {NULL}}, "cap_add"},
    {{"HostConfig", "CapDrop", false, false, {NULL}}, "cap_drop"},
    {{"HostConfig", "SecurityOpt", true, false, {NULL}}, "security_opt"},
    {{"HostConfig", "Sysctls", true, false, {NULL}}, "sysctls"},
    {{"HostConfig", "Runtime", true, false, {"runc", "io.containerd.runc.v2"}}, "runtime"},
    {{"HostConfig", "CgroupParent", true, false, {NULL}}, "cgroup_parent"},
    {{"Config", "User", false, true, {NULL}}, "user"},
    {{"Config", "WorkingDir", false, true, {NULL}}, "working_dir"},
    {{"HostConfig", "ReadonlyRootfs", false, false, {NULL}}, "read_only"},
};

static void note(json_t *list, const char *field, const char *reason) {
    json_t *entry = json_object_new_object();
    json_set_text(entry, "field", field);
    json_set_text(entry, "reason", reason);
    json_object_array_add(list, entry);
}

static bool is_empty(json_t *value) {
    switch (json_object_get_type(value)) {
    case json_type_string:
        return json_object_get_string_len(value) == 0;
    case json_type_array:
        return json_len(value) == 0;
    case json_type_object:
        return json_object_object_length(value) == 0;
    default:
        return !value || json_object_get_int64(value) == 0;
    }
}

static bool is_usual(const struct fixed *row, json_t *value, json_t *image_config) {
    if (is_empty(value) ||
        (row->of_image && json_object_equal(value, json_get(image_config, row->key))))
        return true;
    for (size_t i = 0; i < VALUES_MAX && row->usual[i]; i++)
        if (strcmp(json_object_get_string(value), row->usual[i]) == 0)
            return true;
    return false;
}

/* Docker itself adds this to a privileged container. */
static bool is_of_privileged(const struct fixed *row, json_t *host, json_t *value) {
    return strcmp(row->key, "SecurityOpt") == 0 && json_get_bool(host, "Privileged", false) &&
           strcmp(json_print(value), "[\"label=disable\"]") == 0;
}

static void read_fixed(json_t *container, json_t *image_config, struct spec_reading *reading) {
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
        const struct fixed *row = &fixed[i];
        json_t *part = json_get_object(container, row->part), *value = json_get(part, row->key);
        char field[64];
        if (is_usual(row, value, image_config) || is_of_privileged(row, part, value))
            continue;
        snprintf(field, sizeof field, "%s.%s", row->part, row->key);
        note(reading->obstacles, field, "A specification cannot say this.");
        if (row->power && !reading->power)
            reading->power = row->key;
    }
}

/* Docker fills these lists, unless it is told to hide nothing of /proc and /sys: that option
 * (systempaths=unconfined) is seen nowhere else. */
static void read_hidden_paths(json_t *host, struct spec_reading *reading) {
    static const char *const keys[] = {"MaskedPaths", "ReadonlyPaths"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        json_t *list = json_get_array(host, keys[i]);
        char field[64];
        if (!list || json_len(list) > 0 || json_get_bool(host, "Privileged", false))
            continue;
        snprintf(field, sizeof field, "HostConfig.%s", keys[i]);
        note(reading->obstacles, field, "A specification cannot say this.");
        if (!reading->power)
            reading->power = keys[i];
    }
}

/* Docker's objects as "/dev/a:/dev/b:rwm". */
static json_t *devices_of(json_t *list) {
    json_t *devices = json_object_new_array();
    for (size_t i = 0; i < json_len(list); i++) {
        json_t *device = json_at(list, i);
        CLEANUP(mem_free_text)
        char *text = mem_format("%s:%s:%s", json_get_text(device, "PathOnHost", ""),
                                json_get_text(device, "PathInContainer", ""),
                                json_get_text(device, "CgroupPermissions", ""));
        json_object_array_add(devices, json_object_new_string(text));
    }
    return devices;
}

static void read_said(json_t *container, json_t *image_config, struct spec_reading *reading) {
    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        const struct fixed *row = &said[i].docker;
        json_t *part = json_get_object(container, row->part), *value = json_get(part, row->key);
        if (!is_usual(row, value, image_config) && !is_of_privileged(row, part, value))
            json_set(reading->spec, said[i].field,
                     strcmp(row->key, "Devices") == 0 ? devices_of(value) : json_copy(value));
    }
}

static void read_cpu(json_t *host, struct spec_reading *reading) {
    int64_t shares = json_get_int(host, "CpuShares", 0), nano = json_get_int(host, "NanoCpus", 0);
    int64_t quota = json_get_int(host, "CpuQuota", 0), period = json_get_int(host, "CpuPeriod", 0);
    int64_t milli = 0;
    if (shares > SHARES_NONE && shares <= INT32_MAX)
        milli = (shares * 1000 + SHARES_PER_CORE - 1) / SHARES_PER_CORE;
    if (nano > 0)
        milli = nano / 1000000;
    else if (quota > 0 && quota <= INT32_MAX)
        milli = quota * 1000 / (period > 0 ? period : 100000);
    if (nano > 0 || quota > 0)
        note(reading->ignored, "cpus",
             "Its limit becomes a share: a copy made anew may use more while nobody needs it.");
    json_set_decimal(reading->spec, "cpus", (double)milli / 1000);
    json_set_text(reading->spec, "cpuset", json_get_text(host, "CpusetCpus", ""));
}

static void read_memory(json_t *host, struct spec_reading *reading) {
    int64_t memory = json_get_int(host, "Memory", 0), swap = json_get_int(host, "MemorySwap", 0);
    if (memory <= 0)
        note(reading->ignored, "memory",
             "It has no limit: it counts with the pool's default, which a copy made anew may not "
             "exceed.");
    else
        json_set_int(reading->spec, "memory", (memory + (1 << 20) - 1) >> 20);
    if (swap != 0 && swap != 2 * memory && !(memory <= 0 && swap < 0))
        note(reading->obstacles, "HostConfig.MemorySwap", "A specification cannot say this.");
}

static bool in_array(json_t *array, json_t *value) {
    for (size_t i = 0; i < json_len(array); i++)
        if (json_object_equal(json_at(array, i), value))
            return true;
    return false;
}

static void read_environment(json_t *config, json_t *image_config, json_t *spec) {
    json_t *environment = json_object_new_object(), *list = json_get_array(config, "Env");
    json_set(spec, "environment", environment);
    for (size_t i = 0; i < json_len(list); i++) {
        const char *text = json_object_get_string(json_at(list, i));
        const char *value = text ? strchr(text, '=') : NULL;
        if (!value || in_array(json_get_array(image_config, "Env"), json_at(list, i)))
            continue;
        CLEANUP(mem_free_text) char *name = mem_strndup(text, (size_t)(value - text));
        json_set_text(environment, name, value + 1);
    }
}

static void copy_array(json_t *spec, const char *to, json_t *config, const char *key) {
    if (json_len(json_get_array(config, key)) > 0)
        json_set(spec, to, json_copy(json_get_array(config, key)));
}

static bool same(json_t *config, json_t *image_config, const char *key) {
    json_t *a = json_get_array(config, key), *b = json_get_array(image_config, key);
    return json_len(a) == json_len(b) && (json_len(a) == 0 || json_object_equal(a, b));
}

/* What the image gives anyhow is left out; but with an entry point of its own a container does not
 * get the image's arguments. */
static void read_command(json_t *config, json_t *image_config, json_t *spec) {
    bool same_args = same(config, image_config, "Cmd");
    bool no_args = json_len(json_get_array(config, "Cmd")) == 0;
    if (!same(config, image_config, "Entrypoint") || (no_args && !same_args)) {
        copy_array(spec, "entrypoint", config, "Entrypoint");
        copy_array(spec, "args", config, "Cmd");
    } else if (!same_args) {
        copy_array(spec, "args", config, "Cmd");
    }
}

static void read_names(json_t *container, json_t *config, json_t *host,
                       struct spec_reading *reading) {
    const char *image = json_get_text(config, "Image", "");
    const char *name = json_get_text(container, "Name", "");
    const char *id = json_get_text(container, "Id", "");
    const char *hostname = json_get_text(config, "Hostname", "");
    const char *mode = json_get_text(host, "NetworkMode", "");
    bool made_up = strlen(hostname) == ID_SHORT && strncmp(hostname, id, ID_SHORT) == 0;
    bool shared = strcmp(mode, "host") == 0 || strncmp(mode, "container:", 10) == 0;
    json_set_text(reading->spec, "name", image);
    if (strncmp(image, "sha256:", 7) == 0)
        note(reading->obstacles, "name",
             "It was made from an image's id, which no other engine knows: give the image a name.");
    json_set_text(reading->spec, "container_name", *name == '/' ? name + 1 : name);
    json_set_text(reading->spec, "hostname", made_up || shared ? "" : hostname);
    json_set_text(reading->spec, "domain", json_get_text(config, "Domainname", ""));
    json_set_text(reading->spec, "network_mode", mode);
    json_set_bool(reading->spec, "privileged", json_get_bool(host, "Privileged", false));
    json_set_bool(reading->spec, "publish", json_get_bool(host, "PublishAllPorts", false));
}

static void read_restart_policy(json_t *host, json_t *spec) {
    json_t *given = json_get_object(host, "RestartPolicy"), *policy = json_object_new_object();
    const char *name = json_get_text(given, "Name", "");
    json_set_text(policy, "name", name);
    json_set_int(policy, "maximum_retry",
                 strcmp(name, "on-failure") == 0 ? json_get_int(given, "MaximumRetryCount", 0) : 0);
    json_set(spec, "restart_policy", policy);
}

/* "/other:/name/alias" */
static void read_links(json_t *host, json_t *spec) {
    json_t *links = json_object_new_object(), *list = json_get_array(host, "Links");
    json_set(spec, "links", links);
    for (size_t i = 0; i < json_len(list); i++) {
        CLEANUP(mem_free_text) char *text = mem_strdup(json_object_get_string(json_at(list, i)));
        char *colon = text ? strchr(text, ':') : NULL;
        if (!colon)
            continue;
        *colon = '\0';
        char *slash = strrchr(colon + 1, '/');
        json_set_text(links, *text == '/' ? text + 1 : text, slash ? slash + 1 : colon + 1);
    }
}

static bool is_anonymous(const char *name) {
    return strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64;
}

static void read_volumes(json_t *container, json_t *image_config, struct spec_reading *reading) {
    json_t *volumes = json_object_new_array(), *list = json_get_array(container, "Mounts");
    json_set(reading->spec, "volumes", volumes);
    for (size_t i = 0; i < json_len(list); i++) {
        json_t *mount = json_at(list, i);
        const char *type = json_get_text(mount, "Type", ""),
                   *target = json_get_text(mount, "Destination", "");
        const char *source =
            json_get_text(mount, strcmp(type, "bind") == 0 ? "Source" : "Name", "");
        const char *propagation = json_get_text(mount, "Propagation", "");
        const char *driver = json_get_text(mount, "Driver", "");
        const char *mode = json_get_text(mount, "Mode", "");
        bool anonymous = strcmp(type, "volume") == 0 && is_anonymous(source);
        struct strbuf text = {0};
        if ((strcmp(type, "bind") != 0 && strcmp(type, "volume") != 0) ||
            (*propagation && strcmp(propagation, "rprivate") != 0) ||
            (*driver && strcmp(driver, "local") != 0) ||
            (*mode && strcmp(mode, "ro") != 0 && strcmp(mode, "rw") != 0 &&
             !(strcmp(type, "volume") == 0 && strcmp(mode, "z") == 0))) {
            note(reading->obstacles, "Mounts", "A specification cannot say this kind of mount.");
            continue;
        }
        if (anonymous && json_get(json_get_object(image_config, "Volumes"), target))
            continue; /* the image's own */
        if (anonymous)
            strbuf_puts(&text, target);
        else
            strbuf_addf(&text, "%s:%s%s", source, target,
                        json_get_bool(mount, "RW", true) ? "" : ":ro");
        json_object_array_add(volumes, json_object_new_string(strbuf_text(&text)));
        strbuf_release(&text);
    }
}

static json_t *new_port(const char *proto, const char *host_ip, int64_t port, int64_t inside) {
    json_t *object = json_object_new_object();
    json_set_text(object, "proto", proto);
    json_set_text(object, "host_ip", host_ip);
    json_set_int(object, "port", port);
    json_set_int(object, "container_port", inside);
    return object;
}

/* The port number that Docker has chosen for the binding number `i` of `key`; 0 = none now. */
static int64_t chosen_port(json_t *container, const char *key, size_t i) {
    json_t *ports = json_get_object(json_get_object(container, "NetworkSettings"), "Ports");
    int64_t port = 0;
    /* IPv4 and IPv6 are told apart, in turn, where nothing was said. */
    const char *text = json_get_text(json_at(json_get_array(ports, key), i), "HostPort", "");
    return parse_int(text, 1, 65535, &port) ? port : 0;
}

static void read_binding(json_t *container, const char *key, size_t i, json_t *binding,
                         struct spec_reading *reading) {
    char proto[8] = "tcp";
    int64_t inside = 0, port = 0;
    const char *host_ip = json_get_text(binding, "HostIp", "");
    const char *slash = strchr(key, '/');
    CLEANUP(mem_free_text) char *number = mem_strndup(key, strcspn(key, "/"));
    char ip[64];
    bool good = parse_int(number, 1, 65535, &inside) &&
                canonical_proto(slash ? slash + 1 : "", proto) && strlen(host_ip) < sizeof ip &&
                canonical_ip(host_ip, ip);
    if (!good) {
        note(reading->obstacles, "bind_ports", "A specification cannot say this binding.");
        return;
    }
    bool named = parse_int(json_get_text(binding, "HostPort", ""), 1, 65535, &port);
    if (!named)
        port = chosen_port(container, key, i);
    if (port == 0) {
        note(reading->obstacles, "bind_ports",
             "Docker chooses a host port at each start, and it does not run: start it first.");
        return;
    }
    if (!named)
        note(reading->ignored, "bind_ports",
             "Docker chose a host port, and may choose another one at each start until a copy is "
             "made anew.");
    json_object_array_add(json_get(reading->spec, "bind_ports"),
                          new_port(proto, ip, named ? port : 0, inside));
    json_object_array_add(reading->ports, new_port(proto, ip, port, inside));
}

static void read_ports(json_t *container, json_t *host, struct spec_reading *reading) {
    json_t *bindings = json_get_object(host, "PortBindings");
    json_t *published = json_get_object(json_get_object(container, "NetworkSettings"), "Ports");
    json_set(reading->spec, "bind_ports", json_object_new_array());
    if (bindings) {
        json_object_object_foreach(bindings, key, list) {
            for (size_t i = 0; i < json_len(list); i++)
                read_binding(container, key, i, json_at(list, i), reading);
        }
    }
    if (!published || !json_get_bool(host, "PublishAllPorts", false))
        return;
    json_object_object_foreach(published, exposed, all) {
        int64_t inside = 0;
        CLEANUP(mem_free_text) char *number = mem_strndup(exposed, strcspn(exposed, "/"));
        const char *slash = strchr(exposed, '/');
        int64_t port = chosen_port(container, exposed, 0);
        if (json_len(all) == 0 || port == 0 || json_len(json_get_array(bindings, exposed)) > 0 ||
            !parse_int(number, 1, 65535, &inside))
            continue;
        json_object_array_add(reading->ports,
                              new_port(slash ? slash + 1 : "tcp", "", port, inside));
    }
}

static void read_networks(json_t *container, struct spec_reading *reading) {
    json_t *networks = json_get_object(json_get_object(container, "NetworkSettings"), "Networks");
    const char *id = json_get_text(container, "Id", "");
    if (!networks)
        return;
    if (json_object_object_length(networks) > 1)
        note(reading->obstacles, "NetworkSettings.Networks", "It is in more than one network.");
    json_object_object_foreach(networks, name, network) {
        json_t *aliases = json_get_array(network, "Aliases");
        (void)name;
        if (!is_empty(json_get(json_get_object(network, "IPAMConfig"), "IPv4Address")) ||
            !is_empty(json_get(json_get_object(network, "IPAMConfig"), "IPv6Address")))
            note(reading->obstacles, "NetworkSettings.Networks", "It has a fixed address.");
        for (size_t i = 0; i < json_len(aliases); i++) {
            const char *alias = json_object_get_string(json_at(aliases, i));
            if (alias && (strlen(alias) != ID_SHORT || strncmp(alias, id, ID_SHORT) != 0)) {
                note(reading->obstacles, "NetworkSettings.Networks",
                     "It has names of its own in its network.");
                break;
            }
        }
    }
}

/* Docker's labels and the driver of its log are of no consequence to the container itself. */
static void read_ignored(json_t *config, json_t *image_config, json_t *host,
                         struct spec_reading *reading) {
    json_t *labels = json_get_object(config, "Labels");
    json_t *log = json_get_object(host, "LogConfig");
    size_t own = 0;
    if (labels) {
        json_object_object_foreach(labels, name, value) {
            json_t *given = json_get(json_get_object(image_config, "Labels"), name);
            own += strncmp(name, "berth.", 6) != 0 && !json_object_equal(value, given);
        }
    }
    if (own > 0)
        note(reading->ignored, "Config.Labels", "A copy made anew lacks its Docker labels.");
    if (strcmp(json_get_text(log, "Type", "json-file"), "json-file") != 0 ||
        !is_empty(json_get(log, "Config")))
        note(reading->ignored, "HostConfig.LogConfig", "A copy made anew logs as its engine does.");
}

void spec_read(json_t *container, json_t *image, struct spec_reading *ret_reading) {
    json_t *config = json_get_object(container, "Config");
    json_t *host = json_get_object(container, "HostConfig");
    json_t *image_config = json_get_object(image, "Config");
    struct spec_reading reading = {.spec = json_object_new_object(),
                                   .ports = json_object_new_array(),
                                   .obstacles = json_object_new_array(),
                                   .ignored = json_object_new_array()};
    read_names(container, config, host, &reading);
    read_fixed(container, image_config, &reading);
    read_hidden_paths(host, &reading);
    read_said(container, image_config, &reading);
    read_cpu(host, &reading);
    read_memory(host, &reading);
    read_environment(config, image_config, reading.spec);
    read_command(config, image_config, reading.spec);
    read_restart_policy(host, reading.spec);
    read_links(host, reading.spec);
    read_volumes(container, image_config, &reading);
    read_ports(container, host, &reading);
    read_networks(container, &reading);
    read_ignored(config, image_config, host, &reading);
    *ret_reading = reading;
}

void spec_reading_release(struct spec_reading *reading) {
    json_put(&reading->spec);
    json_put(&reading->ports);
    json_put(&reading->obstacles);
    json_put(&reading->ignored);
    *reading = (struct spec_reading){0};
}

const char *spec_read_policy(json_t *container, json_t **ret_spec) {
    static const struct spec_defaults defaults = {.memory_mb = 0};
    struct spec_reading reading;
    struct error err = {0};
    *ret_spec = NULL;
    spec_read(container, NULL, &reading);
    json_set(reading.spec, "environment", json_object_new_object());
    spec_normalize(reading.spec, &defaults, ret_spec, &err);
    const char *power = reading.power ? reading.power : "";
    spec_reading_release(&reading);
    return power;
}
