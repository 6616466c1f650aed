/* http_address: which addresses may be connected to, those of a name and those of this machine. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "core/net/http_transfer.h"

static bool is_ip(const struct sockaddr *addr) {
    return addr && (addr->sa_family == AF_INET || addr->sa_family == AF_INET6);
}

/* An address of this machine? The interfaces are asked each time: addresses come and go. */
static bool is_own(const struct sockaddr *addr) {
    struct ifaddrs *list = NULL;
    struct in6_addr wanted = address_judged(addr);
    bool own = false;
    if (getifaddrs(&list) != 0)
        return false;
    for (struct ifaddrs *at = list; at && !own; at = at->ifa_next) {
        if (!is_ip(at->ifa_addr))
            continue;
        struct in6_addr ip = address_judged(at->ifa_addr);
        own = memcmp(&ip, &wanted, sizeof ip) == 0;
    }
    freeifaddrs(list);
    return own;
}

static void print_address(const struct sockaddr *addr, char text[INET6_ADDRSTRLEN]) {
    const void *at = addr->sa_family == AF_INET
                         ? (const void *)&((const struct sockaddr_in *)(const void *)addr)->sin_addr
                         : &((const struct sockaddr_in6 *)(const void *)addr)->sin6_addr;
    if (!inet_ntop(addr->sa_family, at, text, INET6_ADDRSTRLEN))
        text[0] = '\0';
}

bool address_refused(const struct address_rules *rules, const struct sockaddr *addr, bool encrypted,
                     char *words, size_t size) {
    char text[INET6_ADDRSTRLEN] = "it";
    const char *objection = address_objection(rules, addr, is_ip(addr) && is_own(addr), encrypted);
    if (!objection)
        return false;
    if (is_ip(addr))
        print_address(addr, text);
    snprintf(words, size, "%s %s", text, objection);
    return true;
}

bool http_host_check(const struct address_rules *rules, const char *host, bool encrypted,
                     const char *field, struct error *err) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char words[400] = "";
    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return error_field(err, field, "The host name %s is not known.", host);
    bool refused = false;
    for (const struct addrinfo *at = found; at && !refused; at = at->ai_next)
        refused = address_refused(rules, at->ai_addr, encrypted, words, sizeof words);
    freeaddrinfo(found);
    return !refused || error_field(err, field, "No engine can be at %s: %s.", host, words);
}
