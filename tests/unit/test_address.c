/* test_address: core/base/address and how core/net asks it; certificates and sealing of an engine's
 * secrets. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/address.h"
#include "core/base/config.h"
#include "core/base/crypto_cert.h"
#include "core/base/mem.h"
#include "core/net/docker.h"
#include "core/store/engines.h"
#include "tests/fake/fake.h"
#include "tests/unit/unit.h"

/* What is expected of an address: plain, over TLS. */
static const struct {
    const char *address;
    bool plain, encrypted;
} addresses[] = {
    {"10.0.0.1", true, true},
    {"10.255.255.255", true, true},
    {"11.0.0.1", false, true},
    {"172.16.0.1", true, true},
    {"172.31.255.254", true, true},
    {"172.32.0.1", false, true},
    {"192.168.3.4", true, true},
    {"192.169.0.1", false, true},
    {"8.8.8.8", false, true},
    {"fd12:3456::1", true, true},
    {"fc00::1", true, true},
    {"2001:db8::1", false, true},
    {"2600::1", false, true},
    {"127.0.0.1", false, false},
    {"127.9.9.9", false, false},
    {"::1", false, false},
    {"0.0.0.0", false, false},
    {"0.1.2.3", false, false},
    {"::", false, false},
    {"169.254.169.254", false, false},
    {"fe80::1", false, false},
    {"febf::1", false, false},
    {"224.0.0.1", false, false},
    {"239.1.1.1", false, false},
    {"ff02::1", false, false},
    {"255.255.255.255", false, false},
    {"240.0.0.1", false, false},
    /* an IPv4 address in other clothes */
    {"::ffff:127.0.0.1", false, false},
    {"::ffff:10.0.0.1", true, true},
    {"::ffff:8.8.8.8", false, true},
    {"::127.0.0.1", false, false},
    {"64:ff9b::127.0.0.1", false, false},
    {"64:ff9b::169.254.169.254", false, false},
    {"64:ff9b::10.0.0.1", true, true},
    {"64:ff9b:1::7f00:1", false, false},
    {"2002:7f00:1::1", false, false},
    {"2002:a9fe:a9fe::1", false, false},
    {"2002:a00:1::1", true, true},
    {"2002:808:808::1", false, true},
    {"2001:0:1:2:3:4:80ff:fffe", false, false}, /* Teredo of 127.0.0.1 */
    {"2001:0:1:2:3:4:f5ff:fffe", true, true},   /* of 10.0.0.1 */
};

static bool refused(const struct address_rules *rules, const char *text, bool own, bool encrypted) {
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    bool is_ipv4 = inet_pton(AF_INET, text, &ipv4.sin_addr) == 1;
    CU_ASSERT_TRUE_FATAL(is_ipv4 || inet_pton(AF_INET6, text, &ipv6.sin6_addr) == 1);
    const struct sockaddr *addr = is_ipv4 ? (struct sockaddr *)&ipv4 : (struct sockaddr *)&ipv6;
    return address_objection(rules, addr, own, encrypted) != NULL;
}

static void test_table(void) {
    const struct address_rules strict = {0};
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        const char *address = addresses[i].address;
        bool plain = !refused(&strict, address, false, false);
        bool encrypted = !refused(&strict, address, false, true);
        if (plain != addresses[i].plain || encrypted != addresses[i].encrypted)
            printf("# %s: plain %d, encrypted %d\n", address, plain, encrypted);
        CU_ASSERT_EQUAL(plain, addresses[i].plain);
        CU_ASSERT_EQUAL(encrypted, addresses[i].encrypted);
    }
    CU_ASSERT_TRUE(refused(&strict, "10.0.0.1", true, true)); /* the controller's own */
}

static void test_configured(void) {
    struct address_rules rules = {.allow_loopback = true};
    struct error err = {0};
    CU_ASSERT_TRUE(network_list_parse(&rules.plain, " 198.51.100.0/24, 2001:db8::/32", "f", &err));
    CU_ASSERT_TRUE(network_list_parse(&rules.allowed, "169.254.7.0/24", "f", &err));
    CU_ASSERT_FALSE(refused(&rules, "127.0.0.1", false, false));
    CU_ASSERT_FALSE(refused(&rules, "::1", false, false));
    CU_ASSERT_FALSE(refused(&rules, "10.0.0.1", true, false));
    CU_ASSERT_FALSE(refused(&rules, "198.51.100.9", false, false));
    CU_ASSERT_FALSE(refused(&rules, "64:ff9b::198.51.100.9", false, false));
    CU_ASSERT_TRUE(refused(&rules, "198.51.101.9", false, false));
    CU_ASSERT_FALSE(refused(&rules, "2001:db8::1", false, false));
    CU_ASSERT_FALSE(refused(&rules, "169.254.7.1", false, true));
    CU_ASSERT_TRUE(
        refused(&rules, "169.254.7.1", false, false)); /* plain is a question of its own */
    CU_ASSERT_TRUE(refused(&rules, "169.254.8.1", false, true));
    rules = (struct address_rules){0};
    CU_ASSERT_TRUE(network_list_parse(&rules.allowed, "127.0.0.9", "f", &err));
    CU_ASSERT_FALSE(refused(&rules, "127.0.0.9", false, false));
    CU_ASSERT_TRUE(refused(&rules, "127.0.0.8", false, false));
}

static void test_networks(void) {
    static const char *const wrong[] = {"10.0.0.0/33", "10.0.0.1/8",  "10.0.0.0/", "10.0.0/8",
                                        "fd00::/129",  "fd00::1/64",  "x",         "10.0.0.0/8x",
                                        "-",           "10.0.0.0/-1", "::/08"};
    struct network_list list;
    struct error err;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        err = (struct error){0};
        CU_ASSERT_FALSE(network_list_parse(&list, wrong[i], "key", &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_BAD_FIELD);
        CU_ASSERT_STRING_EQUAL(err.field, "key");
    }
    CU_ASSERT_TRUE(network_list_parse(&list, "", "key", &err));
    CU_ASSERT_EQUAL(list.count, 0);
    CU_ASSERT_TRUE(network_list_parse(&list, "0.0.0.0/0 ::/0", "key", &err));
    CU_ASSERT_EQUAL(list.count, 2);
}

static void test_sockets(void) {
    struct address_rules rules = {.unix_sockets = "/run/a.sock  /run/b.sock"};
    CU_ASSERT_TRUE(address_unix_allowed(&rules, "/run/a.sock"));
    CU_ASSERT_TRUE(address_unix_allowed(&rules, "/run/b.sock"));
    CU_ASSERT_FALSE(address_unix_allowed(&rules, "/run/b"));
    CU_ASSERT_FALSE(address_unix_allowed(&rules, "/run/a.sock  /run/b.sock"));
    rules.unix_sockets = NULL;
    CU_ASSERT_FALSE(address_unix_allowed(&rules, "/run/a.sock"));
}

static const struct fake_step pong[] = {{FAKE_ANSWER, "200 OK", "OK", 0}, {0}};
static const struct fake_answer answers[] = {{"GET /_ping", pong}, {NULL, NULL}};

static void keep(void *context, struct docker_result *result) {
    *(struct docker_result *)context = *result;
}

/* The rules are asked when a connection is made, whatever was asked before. */
static void test_connection(void) {
    struct fake *fake = fake_new(answers, NULL);
    struct http_client *client = http_client_new();
    struct address_rules rules = {0};
    struct docker_result result = {0};
    struct error err = {0};
    CLEANUP(mem_free_text) char *addr = mem_format("tcp://localhost:%d", fake_port(fake));
    struct docker_engine engine = {.id = "n1", .addr = addr, .rules = &rules};
    docker_ping(client, &engine, keep, &result);
    while (http_client_open_calls(client))
        http_client_poll(client, -1, 1000);
    CU_ASSERT_FALSE(result.ok);
    CU_ASSERT_EQUAL(result.err.kind, ERROR_UNREACHABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(result.err.message, "is a loopback address"));
    CU_ASSERT_EQUAL(fake_connections(fake), 0);
    CU_ASSERT_FALSE(docker_addr_allowed(&engine, &err));
    CU_ASSERT_STRING_EQUAL(err.field, "addr");
    rules.allow_loopback = true;
    CU_ASSERT_TRUE(docker_addr_allowed(&engine, &err));
    docker_ping(client, &engine, keep, &result);
    while (http_client_open_calls(client))
        http_client_poll(client, -1, 1000);
    CU_ASSERT_TRUE(result.ok);
    engine.addr = "unix:///run/other.sock";
    docker_ping(client, &engine, keep, &result);
    while (http_client_open_calls(client))
        http_client_poll(client, -1, 1000);
    CU_ASSERT_EQUAL(result.err.kind, ERROR_BAD_FIELD);
    http_client_free(client);
    fake_free(fake);
}

static void bad(bool ok, const struct error *err, const char *words) {
    CU_ASSERT_FALSE(ok);
    CU_ASSERT_EQUAL(err->kind, ERROR_BAD_FIELD);
    CU_ASSERT_STRING_EQUAL(err->field, "f");
    CU_ASSERT_PTR_NOT_NULL(strstr(err->message, words));
}

static void test_certificates(void) {
    struct cert authority, one, two;
    struct cert_facts facts;
    struct error err = {0};
    cert_make(&authority, NULL, NULL);
    cert_make(&one, "DNS:one", &authority);
    cert_make(&two, "DNS:two", &authority);
    CLEANUP(mem_free_text) char *both = mem_format("%s%s", one.cert_pem, two.cert_pem);
    CLEANUP(mem_free_text)
    char *mixed = mem_format("%s-----BEGIN CERTIFICATE-----\nAAAA\n", one.cert_pem);
    CU_ASSERT_TRUE(cert_check(one.cert_pem, "f", &facts, &err));
    CU_ASSERT_TRUE(facts.not_after > 1600000000);
    CU_ASSERT_EQUAL(strncmp(facts.subject, "CN=", 3), 0);
    CU_ASSERT_TRUE(cert_check(both, "f", &facts, &err));
    bad(cert_check("", "f", &facts, &err), &err, "no certificate");
    bad(cert_check(one.key_pem, "f", &facts, &err), &err, "no certificate");
    bad(cert_check(mixed, "f", &facts, &err), &err, "PEM");
    CU_ASSERT_TRUE(cert_key_check(one.key_pem, one.cert_pem, "f", &err));
    bad(cert_key_check(two.key_pem, one.cert_pem, "f", &err), &err, "not the key");
    bad(cert_key_check(one.cert_pem, one.cert_pem, "f", &err), &err, "no private key");
    bad(cert_key_check("-----BEGIN ENCRYPTED PRIVATE KEY-----\n", one.cert_pem, "f", &err), &err,
        "password");
    cert_release(&authority);
    cert_release(&one);
    cert_release(&two);
}

/* An access as if loaded from a row, with `sealed` in it as its key. */
static bool opens(const struct seal_key *key, const char *id, const struct sealed *sealed,
                  bool as_password, struct engine_access *access) {
    struct error err = {0};
    struct sealed copy = {mem_alloc(sealed->len), sealed->len};
    memcpy(copy.bytes, sealed->bytes, sealed->len);
    *access = (struct engine_access){.id = mem_strdup(id)};
    *(as_password ? &access->sealed_password : &access->sealed_key) = copy;
    bool ok = engine_access_open(access, key, &err);
    CU_ASSERT_EQUAL(err.kind, ok ? ERROR_NONE : ERROR_INTERNAL);
    CU_ASSERT_PTR_NULL(strstr(err.message, "secret text"));
    return ok;
}

static void test_seals(void) {
    struct seal_key key, other;
    struct engine_access access;
    struct sealed sealed;
    crypto_random(key.bytes, sizeof key.bytes);
    crypto_random(other.bytes, sizeof other.bytes);
    engine_seal(&key, "n1", ENGINE_SSL_KEY, "secret text", &sealed);
    CU_ASSERT_PTR_NULL(memmem(sealed.bytes, sealed.len, "secret", 6));
    CU_ASSERT_TRUE(opens(&key, "n1", &sealed, false, &access));
    CU_ASSERT_STRING_EQUAL(access.ssl_key, "secret text");
    engine_access_release(&access);
    engine_access_release(&access);
    CU_ASSERT_FALSE(opens(&key, "n2", &sealed, false, &access)); /* another engine's row */
    engine_access_release(&access);
    CU_ASSERT_FALSE(opens(&key, "n1", &sealed, true, &access)); /* another purpose */
    engine_access_release(&access);
    CU_ASSERT_FALSE(opens(&other, "n1", &sealed, false, &access));
    engine_access_release(&access);
    sealed.bytes[sealed.len - 1] ^= 1;
    CU_ASSERT_FALSE(opens(&key, "n1", &sealed, false, &access));
    engine_access_release(&access);
    free(sealed.bytes);
}

static void test_has(void) {
    struct network_list list;
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(network_list_parse(&list, "10.1.0.0/16 fd00:1::/64", "networks", &err));
    CU_ASSERT_TRUE(network_list_has(&list, "10.1.255.1"));
    CU_ASSERT_TRUE(network_list_has(&list, "::ffff:10.1.0.1"));
    CU_ASSERT_TRUE(network_list_has(&list, "fd00:1::7"));
    CU_ASSERT_FALSE(network_list_has(&list, "10.2.0.1"));
    CU_ASSERT_FALSE(network_list_has(&list, "fd00:1:0:1::7"));
    CU_ASSERT_FALSE(network_list_has(&list, "ten.example.org"));
    CU_ASSERT_FALSE(network_list_has(&list, ""));
}

/* The host of an engine's address. */
static void test_host(void) {
    static const char *const hosts[][2] = {
        {"tcp://10.1.0.1:2375", "10.1.0.1"},
        {"https://[fd00:1::7]:2376", "fd00:1::7"},
        {"http://my-host.example:1", "my-host.example"},
    };
    char host[DOCKER_HOST_MAX];
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        CU_ASSERT_TRUE(docker_addr_name(hosts[i][0], host));
        CU_ASSERT_STRING_EQUAL(host, hosts[i][1]);
    }
    CU_ASSERT_FALSE(docker_addr_name("unix:///var/run/docker.sock", host));
    CU_ASSERT_FALSE(docker_addr_name("10.1.0.1:2375", host));
}

static const struct unit_test tests[] = {
    {"a list of networks has an address", test_has},
    {"the host of an engine's address", test_host},
    {"every kind of address, plain and encrypted", test_table},
    {"what the configuration allows", test_configured},
    {"networks are written strictly", test_networks},
    {"unix sockets", test_sockets},
    {"the rules hold at each connection", test_connection},
    {"certificates and keys that somebody hands in", test_certificates},
    {"an engine's secrets open in its own row only", test_seals},
    {0},
};

const struct unit_suite suite_address = {"address", tests};
