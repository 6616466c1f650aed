/* fuzz_address: where engines may be. Lines of the input: an engine's address, allowed networks,
 * networks for plain TCP, the text of an IP address. */
#include <arpa/inet.h>
#include <string.h>

#include "core/base/address.h"
#include "core/base/mem.h"
#include "core/net/docker_call.h"
#include "tests/fuzz/fuzz.h"

/* Loopback, link-local and "this host" are refused unless something is said about them, whatever
 * IPv6 address the IPv4 one is wrapped in. */
static void check_strictest(const struct in_addr *ipv4) {
    static const struct address_rules strictest = {0};
    const unsigned char *byte = (const unsigned char *)ipv4;
    bool special =
        byte[0] == 127 || byte[0] == 0 || (byte[0] == 169 && byte[1] == 254) || byte[0] >= 224;
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = *ipv4};
    static const unsigned char prefixes[][12] = {{[10] = 0xff, [11] = 0xff},
                                                 {0},
                                                 {0, 0x64, 0xff, 0x9b}};
    const char *objection =
        address_objection(&strictest, (const struct sockaddr *)&addr, false, true);
    fuzz_check((objection != NULL) == special);
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        struct sockaddr_in6 wrapped = {.sin6_family = AF_INET6};
        memcpy(wrapped.sin6_addr.s6_addr, prefixes[i], 12);
        memcpy(wrapped.sin6_addr.s6_addr + 12, ipv4, 4);
        fuzz_check(address_objection(&strictest, (const struct sockaddr *)&wrapped, false, true)
                       ? special
                       : !special);
    }
}

/* What the rules allow over plain TCP they allow over TLS; an address of our own is never better
 * than another one. */
static void check_rules(const struct address_rules *rules, const struct sockaddr *addr) {
    bool plain = !address_objection(rules, addr, false, false);
    bool encrypted = !address_objection(rules, addr, false, true);
    fuzz_check(!plain || encrypted);
    fuzz_check(address_objection(rules, addr, true, true) || encrypted || rules->allow_loopback ||
               rules->allowed.count);
}

static void check_ip(const struct address_rules *rules, const char *text) {
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1) {
        check_strictest(&ipv4.sin_addr);
        check_rules(rules, (const struct sockaddr *)&ipv4);
    } else if (inet_pton(AF_INET6, text, &ipv6.sin6_addr) == 1) {
        check_rules(rules, (const struct sockaddr *)&ipv6);
    }
}

static void check_engine(const char *text) {
    struct docker_addr addr;
    struct docker_engine engine = {.id = "e", .addr = text};
    struct error err = {0};
    bool ok = docker_addr_parse(text, &addr, &err);
    fuzz_check(ok == docker_addr_check(text, &err));
    fuzz_check(ok || err.kind == ERROR_BAD_FIELD);
    bool encrypted = docker_is_encrypted(&engine);
    if (!ok)
        return;
    fuzz_check(encrypted == (strcmp(addr.scheme, "https") == 0));
    fuzz_check((addr.path[0] == '/') == (strcmp(addr.scheme, "unix") == 0));
    fuzz_check(!strpbrk(addr.authority, "/?#@ \t\r\n"));
    fuzz_check(addr.path[0] || strchr(addr.authority, ':'));
}

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    CLEANUP(mem_free_text) char *engine = fuzz_line(&input);
    CLEANUP(mem_free_text) char *allowed = fuzz_line(&input);
    CLEANUP(mem_free_text) char *plain = fuzz_line(&input);
    CLEANUP(mem_free_text) char *ip = fuzz_rest(&input);
    struct address_rules rules = {.allow_loopback = size % 2, .unix_sockets = allowed};
    struct error err = {0};
    check_engine(engine);
    address_unix_allowed(&rules, engine);
    if (!network_list_parse(&rules.allowed, allowed, "allowed", &err))
        fuzz_check(err.kind == ERROR_BAD_FIELD && rules.allowed.count == 0);
    network_list_parse(&rules.plain, plain, "plain", &err);
    for (size_t i = 0; i < rules.plain.count; i++)
        fuzz_check(rules.plain.networks[i].prefix <= 128);
    check_ip(&rules, ip);
}

const struct fuzz_target fuzz_address = {"address", run};
