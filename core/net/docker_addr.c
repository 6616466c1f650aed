/* docker_addr: engine addresses and API versions. */
#include "core/net/docker_call.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "core/base/parse.h"

static bool bad(struct error *err, const char *problem) {
    return error_field(
        err, "addr", "%s Use tcp://HOST:PORT, https://HOST:PORT, http://HOST:PORT or unix:///PATH.",
        problem);
}

static bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A host name (RFC 1123; underscores occur and do no harm). One whose last label is a number would
 * be taken for an IPv4 address in some odd notation, so it must be a plain one. */
static bool is_host(const char *host) {
    struct in_addr addr;
    size_t len = strlen(host), label = 0;
    const char *last = host;
    if (len == 0 || len > 253)
        return false;
    for (size_t i = 0; i <= len; i++) {
        if (host[i] == '.' || host[i] == '\0') {
            if (label == 0 || label > 63 || host[i - 1] == '-' || last[0] == '-')
                return false;
            label = 0;
            if (host[i])
                last = host + i + 1;
        } else if (is_alnum(host[i]) || host[i] == '-' || host[i] == '_') {
            label++;
        } else {
            return false;
        }
    }
    bool number =
        last[strspn(last, "0123456789")] == '\0' || (last[0] == '0' && (last[1] | 0x20) == 'x');
    return !number || inet_pton(AF_INET, host, &addr) == 1;
}

static bool parse_authority(const char *text, struct error *err) {
    struct in6_addr addr;
    char host[256];
    const char *colon = strrchr(text, ':');
    int64_t port;
    if (strlen(text) >= sizeof host || strpbrk(text, "/?#@"))
        return bad(err, "An engine's address has no user, path or query.");
    if (!colon)
        return bad(err, "The address has no port.");
    if (!parse_int(colon + 1, 1, 65535, &port))
        return bad(err, "The address's port must be 1 to 65535.");
    snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
    size_t len = strlen(host);
    if (host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        return inet_pton(AF_INET6, host + 1, &addr) == 1 ||
               bad(err, "The address is no IPv6 address.");
    }
    return is_host(host) || bad(err, "The address has no valid host.");
}

static bool parse_path(const char *path, struct docker_addr *addr, struct error *err) {
    if (path[0] != '/' || path[1] == '\0')
        return bad(err, "A socket's path must be absolute.");
    if (strlen(path) >= sizeof addr->path)
        return bad(err, "A socket's path must be shorter than 108 bytes.");
    for (const char *s = path; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return bad(err, "A socket's path cannot have control characters.");
    return true;
}

bool docker_addr_parse(const char *text, struct docker_addr *addr, struct error *err) {
    static const char *const schemes[] = {"unix", "tcp", "http", "https"};
    const char *sep = strstr(text, "://");
    for (size_t i = 0; sep && i < ARRAY_LEN(schemes); i++) {
        size_t len = strlen(schemes[i]);
        if ((size_t)(sep - text) != len || strncmp(text, schemes[i], len) != 0)
            continue;
        const char *rest = sep + 3;
        bool is_unix = i == 0;
        if (!(is_unix ? parse_path(rest, addr, err) : parse_authority(rest, err)))
            return false;
        *addr = (struct docker_addr){0};
        snprintf(addr->scheme, sizeof addr->scheme, "%s", schemes[i]);
        snprintf(addr->authority, sizeof addr->authority, "%s", is_unix ? "docker" : rest);
        snprintf(addr->path, sizeof addr->path, "%s", is_unix ? rest : "");
        return true;
    }
    return bad(err, "The address has no known scheme.");
}

bool docker_addr_check(const char *addr, struct error *err) {
    struct docker_addr parsed;
    return docker_addr_parse(addr, &parsed, err);
}

static bool is_encrypted(const struct docker_addr *addr, const struct docker_engine *engine) {
    return strcmp(addr->scheme, "https") == 0 ||
           (strcmp(addr->scheme, "tcp") == 0 && (engine->ca_pem || engine->cert_pem));
}

bool docker_is_encrypted(const struct docker_engine *engine) {
    struct docker_addr addr;
    return docker_addr_parse(engine->addr, &addr, NULL) && is_encrypted(&addr, engine);
}

bool docker_socket_allowed(const struct docker_engine *engine, const char *path,
                           struct error *err) {
    return !engine->rules || address_unix_allowed(engine->rules, path) ||
           error_field(err, "addr",
                       "The socket %s is not allowed for engines: list it in engine_unix_sockets.",
                       path);
}

static void host_of(const struct docker_addr *addr, char host[DOCKER_HOST_MAX]) {
    bool literal = addr->authority[0] == '[';
    snprintf(host, DOCKER_HOST_MAX, "%s", addr->authority + literal);
    *(literal ? strchr(host, ']') : strrchr(host, ':')) = '\0';
}

bool docker_addr_name(const char *text, char host[DOCKER_HOST_MAX]) {
    struct docker_addr addr = {0};
    if (!docker_addr_parse(text, &addr, NULL) || addr.path[0])
        return false;
    host_of(&addr, host);
    return true;
}

bool docker_addr_allowed(const struct docker_engine *engine, struct error *err) {
    struct docker_addr addr = {0};
    char host[DOCKER_HOST_MAX];
    if (!docker_addr_parse(engine->addr, &addr, err))
        return false;
    if (addr.path[0])
        return docker_socket_allowed(engine, addr.path, err);
    host_of(&addr, host);
    return http_host_check(engine->rules, host, is_encrypted(&addr, engine), "addr", err);
}

/* "1.NN", the only form there is so far. */
static bool parse_version(const char *version, int64_t *ret_minor) {
    return strncmp(version, "1.", 2) == 0 && parse_int(version + 2, 0, 999, ret_minor);
}

bool docker_negotiate(const char *api, const char *min_api, char version[16]) {
    int64_t high, low = 0;
    if (!api || !parse_version(api, &high))
        return false;
    if (min_api && min_api[0] && !parse_version(min_api, &low))
        return false;
    if (high > DOCKER_API_MAX_MINOR)
        high = DOCKER_API_MAX_MINOR;
    if (high < low || high < DOCKER_API_MIN_MINOR)
        return false;
    snprintf(version, 16, "1.%d", (int)high);
    return true;
}

bool docker_addr_host(const char *addr, struct sockaddr_storage *ret_host) {
    const struct addrinfo literal = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char host[DOCKER_HOST_MAX];
    if (!docker_addr_name(addr, host) || getaddrinfo(host, NULL, &literal, &found) != 0)
        return false;
    *ret_host = (struct sockaddr_storage){0};
    memcpy(ret_host, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}
