/* join_host: see join_host.h. */
#include "keeper/join_host.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/mem.h"

enum { DETECT_MS = 3000, HOST_MAX = 256, PLAIN_PORT = 2375, TLS_PORT = 2376 };

/* The local address that `addr` is reached from: a datagram socket is connected without a packet.
 */
static bool local_address(const struct addrinfo *addr, char host[HOST_MAX]) {
    struct sockaddr_storage own = {0};
    socklen_t len = sizeof own;
    int fd = socket(addr->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ok =
        fd >= 0 && connect(fd, addr->ai_addr, addr->ai_addrlen) == 0 &&
        getsockname(fd, (struct sockaddr *)&own, &len) == 0 &&
        getnameinfo((struct sockaddr *)&own, len, host, HOST_MAX, NULL, 0, NI_NUMERICHOST) == 0;
    if (fd >= 0)
        close(fd);
    return ok && !strchr(host, '%'); /* link-local: another host cannot use it */
}

static bool is_loopback(const char *host) {
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

/* The address from which this host reaches etcd: the pool, being near etcd, reaches it there. */
static bool route_to_etcd(struct etcd *etcd, char host[HOST_MAX], struct error *err) {
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    char peer[HOST_MAX], port[6];
    etcd_endpoint(etcd, peer, sizeof peer, port);
    if (getaddrinfo(peer, port, &hints, &found) != 0)
        return error_set(err, ERROR_UNAVAILABLE, "the host name of etcd, %s, is not known", peer);
    bool ok = false;
    for (const struct addrinfo *at = found; at && !ok; at = at->ai_next)
        ok = local_address(at, host);
    freeaddrinfo(found);
    if (!ok)
        return error_set(err, ERROR_UNAVAILABLE, "there is no route to etcd at %s", peer);
    return !is_loopback(host) ||
           error_field(err, "address",
                       "etcd is reached by loopback, which tells no address that the pool could "
                       "use: give --address");
}

static bool ask(struct etcd *etcd, const char *addr, struct docker_facts *facts,
                struct error *err) {
    const struct docker_engine engine = {.id = addr, .addr = addr, .api_version = ""};
    return docker_detect(etcd_http(etcd), &engine, DETECT_MS, facts, err);
}

/* Does anything listen there? TLS has its own answer to whoever has no certificate. */
static bool listens(struct etcd *etcd, const char *addr) {
    struct docker_facts facts;
    struct error err = {0};
    return ask(etcd, addr, &facts, &err) || err.kind == ERROR_ENGINE;
}

/* Which of Docker's ports is it that answers at `host`, and is it this very Docker? */
static bool find_port(struct etcd *etcd, const char *host, const char *identity, char **ret_addr,
                      struct error *err) {
    const char *open = strchr(host, ':') ? "[" : "", *close = *open ? "]" : "";
    CLEANUP(mem_free_text)
    char *plain = mem_format("tcp://%s%s%s:%d", open, host, close, PLAIN_PORT);
    CLEANUP(mem_free_text)
    char *tls = mem_format("https://%s%s%s:%d", open, host, close, TLS_PORT);
    struct docker_facts facts;
    struct error plain_err = {0};
    if (ask(etcd, plain, &facts, &plain_err)) {
        if (strcmp(facts.identity, identity) != 0)
            return error_set(err, ERROR_ENGINE,
                             "another Docker engine (%s) answers at %s: give this host's own "
                             "--address",
                             facts.identity, plain);
        *ret_addr = STEAL(plain);
        return true;
    }
    if (listens(etcd, tls)) {
        *ret_addr = STEAL(tls);
        return true;
    }
    return error_set(err, ERROR_UNREACHABLE,
                     "Docker answers neither at %s nor at %s: let dockerd listen there (-H), or "
                     "give --address",
                     plain, tls);
}

static bool find_address(struct etcd *etcd, const struct join_options *options,
                         const char *identity, char **ret_addr, struct error *err) {
    char host[HOST_MAX];
    if (strstr(options->address, "://")) { /* may be another's: a proxy, a translated address */
        *ret_addr = mem_strdup(options->address);
        return docker_addr_check(options->address, err);
    }
    if (*options->address)
        snprintf(host, sizeof host, "%s", options->address);
    else if (!route_to_etcd(etcd, host, err))
        return false;
    return find_port(etcd, host, identity, ret_addr, err);
}

static json_t *labels_of(const struct join_options *options) {
    json_t *labels = json_object_new_array();
    for (size_t i = 0; i < options->label_count; i++)
        json_object_array_add(labels, json_object_new_string(options->labels[i]));
    return labels;
}

bool join_host_look(struct etcd *etcd, const struct join_options *options,
                    struct registration *ret_registration, char ret_id[REGISTRATION_ID_MAX + 1],
                    struct error *err) {
    struct docker_facts facts;
    CLEANUP(mem_free_text) char *addr = NULL;
    char derived[17];
    if (!ask(etcd, options->docker, &facts, err) ||
        !find_address(etcd, options, facts.identity, &addr, err))
        return false;
    registration_id_of(facts.identity, derived);
    snprintf(ret_id, REGISTRATION_ID_MAX + 1, "%s", *options->id ? options->id : derived);
    *ret_registration = (struct registration){
        .addr = STEAL(addr),
        .identity = mem_strdup(facts.identity),
        .version = mem_strdup(facts.version),
        .cpus = options->cpus > 0 ? options->cpus : (double)facts.cpus,
        .memory_mb = options->memory_mb > 0 ? options->memory_mb : facts.memory_mb,
        .labels = labels_of(options),
        .by = REGISTRATION_HOST,
    };
    return true;
}

const char *join_host_mend(const char *identity) {
    return strchr(identity, ':')
               ? "systemctl stop docker; rm /etc/docker/key.json; systemctl start docker"
               : "systemctl stop docker; rm /var/lib/docker/engine-id; systemctl start docker";
}
