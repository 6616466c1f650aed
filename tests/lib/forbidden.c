/* forbidden: see forbidden.h. */
#include "tests/lib/forbidden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/control/spec.h"

static bool is_in(const char *text, const char *const *list) {
    for (; *list; list++)
        if (strcmp(text, *list) == 0)
            return true;
    return false;
}

/* What is forbidden in Docker's request, told apart without the code that is tested: NULL, or the
 * member. Only members of this list may be there at all. */
static const char *forbidden(json_t *body) {
    static const char *const members[] = {"Image",    "Cmd",        "Entrypoint", "Env",
                                          "Hostname", "Domainname", "Labels",     "ExposedPorts",
                                          "Volumes",  "User",       "WorkingDir", "HostConfig",
                                          NULL};
    static const char *const host_members[] = {
        "PortBindings", "Binds",          "CpuShares",   "CpusetCpus", "Memory",
        "Links",        "RestartPolicy",  "NetworkMode", "Privileged", "IpcMode",
        "CapDrop",      "ReadonlyRootfs", NULL};
    static const char *const ipc_modes[] = {"private", "none", "shareable", NULL};
    json_t *host = json_get(body, "HostConfig"), *binds = json_get(host, "Binds");
    json_object_object_foreach(body, key, value) {
        (void)value;
        if (!is_in(key, members))
            return key;
    }
    json_object_object_foreach(host, host_key, any) {
        (void)any;
        if (!is_in(host_key, host_members))
            return host_key;
    }
    const char *network = json_get_text(host, "NetworkMode", "host");
    if (json_get_bool(host, "Privileged", true))
        return "Privileged";
    if (strcmp(network, "host") == 0 || strpbrk(network, ":/"))
        return "NetworkMode";
    if (!is_in(json_get_text(host, "IpcMode", "private"), ipc_modes))
        return "IpcMode";
    if (json_len(json_get_array(host, "Links")) > 0)
        return "Links";
    for (size_t i = 0; i < json_len(binds); i++)
        if (strchr("/.:~\\ ", *json_object_get_string(json_at(binds, i))))
            return "Binds";
    json_object_object_foreach(json_get(host, "PortBindings"), port, bindings) {
        (void)port;
        for (size_t i = 0; i < json_len(bindings); i++)
            if (strtol(json_get_text(json_at(bindings, i), "HostPort", "0"), NULL, 10) < 1024)
                return "PortBindings";
    }
    return NULL;
}

/* The bound ports as placement makes them: a port that is 0 gets one. */
static json_t *bound_ports(json_t *spec) {
    json_t *ports = json_copy(json_get_array(spec, "bind_ports"));
    for (size_t i = 0; i < json_len(ports); i++)
        if (json_get_int(json_at(ports, i), "port", 0) == 0)
            json_set_int(json_at(ports, i), "port", 20000 + (int64_t)i);
    return ports;
}

const char *forbidden_in_request_of(json_t *spec, char member[64]) {
    static const struct spec_identity identity = {"pool", "c0ffee", 1};
    CLEANUP(json_put) json_t *ports = bound_ports(spec);
    CLEANUP(json_put) json_t *body = NULL;
    CLEANUP(strbuf_release) struct strbuf text = {0};
    struct error err = {0};
    spec_docker_body(&text, spec, ports, &identity);
    if (!json_parse(strbuf_text(&text), text.len, &body, &err))
        return "not JSON";
    const char *found = forbidden(body);
    if (found)
        snprintf(member, 64, "%s", found);
    return found ? member : NULL;
}
