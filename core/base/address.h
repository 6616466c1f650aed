/* address: which IP addresses an engine may have. An address that carries an IPv4 address in it is
 * judged by that one, so that no notation leads around a rule. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "core/base/error.h"

enum { NETWORKS_MAX = 32 };

/* A network as IPv6 (IPv4 as IPv4-mapped), so that one comparison does for both. */
struct network {
    struct in6_addr base;
    unsigned prefix; /* 0..128 */
};

struct network_list {
    struct network networks[NETWORKS_MAX];
    size_t count;
};

/* "10.0.0.0/8, fd00::/8 192.0.2.1": separated by spaces or commas; an address alone is a network of
 * one. BAD_FIELD, naming `field`: not of this form, bits set behind the prefix, too many. */
bool network_list_parse(struct network_list *list, const char *text, const char *field,
                        struct error *err);

/* Is `address`, a literal, in one of the networks? An embedded IPv4 address is not looked for. */
bool network_list_has(const struct network_list *list, const char *address);

/* The configuration's say in it; all zero = the strictest. */
struct address_rules {
    bool allow_loopback;         /* loopback addresses, and those of this machine itself */
    struct network_list allowed; /* the special addresses that are allowed all the same */
    struct network_list plain;   /* where plain TCP may go besides private networks */
    const char *unix_sockets;    /* paths, separated by spaces; borrowed; NULL = none */
};

/* May an engine be called at `addr` (AF_INET or AF_INET6)? NULL, or what is against it, as the end
 * of a sentence that begins with the address ("is a loopback address, which ..."). `own`: it is an
 * address of this machine. `encrypted`: over TLS. */
const char *address_objection(const struct address_rules *rules, const struct sockaddr *addr,
                              bool own, bool encrypted);

/* The address to judge: IPv4 as IPv4-mapped, an embedded IPv4 address instead of its bearer. */
struct in6_addr address_judged(const struct sockaddr *addr);

/* Is `path` one of rules->unix_sockets? */
bool address_unix_allowed(const struct address_rules *rules, const char *path);
