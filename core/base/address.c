/* address: see address.h. */
#include "core/base/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"

static bool bit(const struct in6_addr *addr, unsigned i) {
    return addr->s6_addr[i / 8] >> (7 - i % 8) & 1;
}

static bool within(const struct in6_addr *addr, const struct network *network) {
    for (unsigned i = 0; i < network->prefix; i++)
        if (bit(addr, i) != bit(&network->base, i))
            return false;
    return true;
}

static bool in_list(const struct in6_addr *addr, const struct network_list *list) {
    for (size_t i = 0; i < list->count; i++)
        if (within(addr, &list->networks[i]))
            return true;
    return false;
}

static struct in6_addr mapped(const void *ipv4) {
    struct in6_addr addr = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
    memcpy(addr.s6_addr + 12, ipv4, 4);
    return addr;
}

static bool parse_address(const char *text, struct in6_addr *addr, unsigned *ret_bits) {
    struct in_addr ipv4;
    if (inet_pton(AF_INET, text, &ipv4) == 1) {
        *addr = mapped(&ipv4);
        *ret_bits = 32;
        return true;
    }
    *ret_bits = 128;
    return inet_pton(AF_INET6, text, addr) == 1;
}

static bool parse_network(const char *text, struct network *network) {
    char base[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    unsigned bits;
    int64_t prefix;
    if (len >= sizeof base)
        return false;
    snprintf(base, sizeof base, "%.*s", (int)len, text);
    if (!parse_address(base, &network->base, &bits))
        return false;
    prefix = bits;
    if (slash && !parse_int(slash + 1, 0, bits, &prefix))
        return false;
    network->prefix = (unsigned)prefix + (128 - bits);
    for (unsigned i = network->prefix; i < 128; i++)
        if (bit(&network->base, i))
            return false;
    return true;
}

bool network_list_parse(struct network_list *list, const char *text, const char *field,
                        struct error *err) {
    struct network_list found = {0};
    for (;;) {
        char word[64];
        text += strspn(text, " ,\t");
        size_t len = strcspn(text, " ,\t");
        if (len == 0)
            break;
        snprintf(word, sizeof word, "%.*s", (int)(len < sizeof word ? len : sizeof word - 1), text);
        if (found.count == NETWORKS_MAX)
            return error_field(err, field, "%s has more than %d networks.", field, NETWORKS_MAX);
        if (len >= sizeof word || !parse_network(word, &found.networks[found.count++]))
            return error_field(err, field,
                               "%s: '%s' is no network; write 10.1.0.0/16 or fd00:1::/64.", field,
                               word);
        text += len;
    }
    *list = found;
    return true;
}

bool network_list_has(const struct network_list *list, const char *address) {
    struct in6_addr addr;
    unsigned bits;
    return parse_address(address, &addr, &bits) && in_list(&addr, list);
}

static const struct range {
    const char *network;
    const char *objection; /* NULL: a private network */
} ranges[] = {
    {"127.0.0.0/8", "is a loopback address"},
    {"::1/128", "is a loopback address"},
    {"0.0.0.0/8", "is no host's address"},
    {"::/128", "is no host's address"},
    {"169.254.0.0/16", "is a link-local address"},
    {"fe80::/10", "is a link-local address"},
    {"224.0.0.0/4", "is a multicast address"},
    {"ff00::/8", "is a multicast address"},
    {"240.0.0.0/4", "is a reserved address"},
    {"10.0.0.0/8", NULL},
    {"172.16.0.0/12", NULL},
    {"192.168.0.0/16", NULL},
    {"fc00::/7", NULL},
};

static const struct range *find_range(const struct in6_addr *addr) {
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
        struct network network;
        if (parse_network(ranges[i].network, &network) && within(addr, &network))
            return &ranges[i];
    }
    return NULL;
}

/* Where an IPv6 address carries an IPv4 one: RFC 4291 (2.5.5), 6052, 8215, 3056, 4380. */
static struct in6_addr embedded(const struct in6_addr *addr) {
    static const struct {
        const char *network;
        unsigned at;           /* byte where the IPv4 address begins */
        unsigned char flipped; /* what each of its bytes is combined with */
    } forms[] = {
        {"64:ff9b::/96", 12, 0}, {"64:ff9b:1::/48", 12, 0}, {"2002::/16", 2, 0},
        {"2001::/32", 12, 0xff}, {"::/96", 12, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct network network;
        unsigned char ipv4[4];
        if (!parse_network(forms[i].network, &network) || !within(addr, &network))
            continue;
        for (unsigned k = 0; k < 4; k++)
            ipv4[k] = addr->s6_addr[forms[i].at + k] ^ forms[i].flipped;
        return mapped(ipv4);
    }
    return *addr;
}

/* IPv6's own ::1 and :: are no IPv4 addresses, though they stand in ::/96. */
struct in6_addr address_judged(const struct sockaddr *addr) {
    if (addr->sa_family == AF_INET)
        return mapped(&((const struct sockaddr_in *)(const void *)addr)->sin_addr);
    struct in6_addr ipv6 = ((const struct sockaddr_in6 *)(const void *)addr)->sin6_addr;
    if (IN6_IS_ADDR_LOOPBACK(&ipv6) || IN6_IS_ADDR_UNSPECIFIED(&ipv6))
        return ipv6;
    return embedded(&ipv6);
}

const char *address_objection(const struct address_rules *rules, const struct sockaddr *addr,
                              bool own, bool encrypted) {
    if (addr->sa_family != AF_INET && addr->sa_family != AF_INET6)
        return "is no IP address";
    struct in6_addr ip = address_judged(addr);
    const struct range *range = find_range(&ip);
    bool allowed = in_list(&ip, &rules->allowed);
    bool loopback = range && range->objection && strstr(range->objection, "loopback");
    if (own || loopback) {
        if (allowed || rules->allow_loopback)
            return NULL; /* nothing leaves the machine */
        return loopback
                   ? "is a loopback address: set engine_allow_loopback if an engine is there"
                   : "is an address of the controller itself, where its own services listen: set "
                     "engine_allow_loopback or engine_networks_allowed if an engine is there";
    }
    if (range && range->objection && !allowed)
        return range->objection;
    if (!encrypted && !(range && !range->objection) && !in_list(&ip, &rules->plain))
        return "is not in a private network: plain TCP would show everything to everybody on the "
               "way; use https:// with certificates, or list its network in engine_plain_networks";
    return NULL;
}

bool address_unix_allowed(const struct address_rules *rules, const char *path) {
    const char *text = rules->unix_sockets ? rules->unix_sockets : "";
    size_t wanted = strlen(path);
    for (size_t len; *(text += strspn(text, " ")); text += len) {
        len = strcspn(text, " ");
        if (len == wanted && strncmp(text, path, len) == 0)
            return true;
    }
    return false;
}
