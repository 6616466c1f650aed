/* test_icmp: echoes as bytes, and over the loopback interface where the system lets us. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/icmp.h"
#include "tests/unit/unit.h"

enum { IP_HEADER = 20, IP_LONGEST = 60 };

static const struct icmp_echo sent = {.id = 0xbe17,
                                      .sequence = 0xfff0,
                                      .cookie = 0x0123456789abcdef,
                                      .target = 0xcafe0001};

/* What a host makes of a request: another type, the checksum anew. */
static void answer(int family, unsigned char *bytes) {
    bytes[0] = family == AF_INET ? 0 : 129;
    bytes[2] = bytes[3] = 0;
    uint16_t sum = family == AF_INET ? icmp_checksum(bytes, ICMP_ECHO_BYTES) : 0;
    bytes[2] = (unsigned char)(sum >> 8);
    bytes[3] = (unsigned char)sum;
}

/* RFC 1071, 3: the example. And its rule for an odd length. */
static void test_checksum(void) {
    static const unsigned char bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    static const unsigned char odd[] = {0x12, 0x34, 0x56};
    CU_ASSERT_EQUAL(icmp_checksum(bytes, sizeof bytes), (uint16_t)~0xddf2);
    CU_ASSERT_EQUAL(icmp_checksum(odd, sizeof odd), (uint16_t) ~(0x1234 + 0x5600));
    CU_ASSERT_EQUAL(icmp_checksum(odd, 0), 0xffff);
}

static void test_request(void) {
    unsigned char bytes[ICMP_ECHO_BYTES];
    struct icmp_echo got;
    icmp_write(AF_INET, &sent, bytes);
    CU_ASSERT_EQUAL(bytes[0], 8);
    CU_ASSERT_EQUAL(icmp_checksum(bytes, sizeof bytes), 0);
    CU_ASSERT_FALSE(icmp_read(AF_INET, false, bytes, sizeof bytes, &got)); /* no reply */
    icmp_write(AF_INET6, &sent, bytes);
    CU_ASSERT_EQUAL(bytes[0], 128);
    CU_ASSERT_EQUAL(bytes[2] | bytes[3], 0);
}

static void test_reply(void) {
    static const int families[] = {AF_INET, AF_INET6};
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        unsigned char bytes[ICMP_ECHO_BYTES];
        struct icmp_echo got = {0};
        icmp_write(families[i], &sent, bytes);
        answer(families[i], bytes);
        CU_ASSERT_TRUE(icmp_read(families[i], false, bytes, sizeof bytes, &got));
        CU_ASSERT_TRUE(got.id == sent.id && got.sequence == sent.sequence &&
                       got.cookie == sent.cookie && got.target == sent.target);
    }
}

/* No byte of a reply may be another one; nor one be missing. */
static void test_damaged(void) {
    unsigned char good[ICMP_ECHO_BYTES], bytes[ICMP_ECHO_BYTES + 1] = {0};
    struct icmp_echo got;
    icmp_write(AF_INET, &sent, good);
    answer(AF_INET, good);
    for (size_t i = 0; i < sizeof good; i++) {
        memcpy(bytes, good, sizeof good);
        bytes[i] ^= 0x10;
        CU_ASSERT_FALSE(icmp_read(AF_INET, false, bytes, sizeof good, &got));
    }
    memcpy(bytes, good, sizeof good);
    for (size_t len = 0; len <= sizeof bytes; len++)
        CU_ASSERT_EQUAL(icmp_read(AF_INET, false, bytes, len, &got), len == sizeof good);
}

static void test_ip_header(void) {
    unsigned char packet[IP_LONGEST + ICMP_ECHO_BYTES];
    struct icmp_echo got;
    for (int words = 0; words <= 15; words++) {
        size_t header = (size_t)words * 4;
        memset(packet, 0, sizeof packet);
        icmp_write(AF_INET, &sent, packet + header);
        answer(AF_INET, packet + header);
        packet[0] = (unsigned char)(0x40 | words);
        packet[9] = header > 9 ? IPPROTO_ICMP : packet[9];
        bool ok = icmp_read(AF_INET, true, packet, header + ICMP_ECHO_BYTES, &got);
        CU_ASSERT_EQUAL(ok, words * 4 >= IP_HEADER);
        CU_ASSERT_FALSE(icmp_read(AF_INET, true, packet, header, &got));
    }
    packet[0] = 0x6f; /* not IPv4 */
    CU_ASSERT_FALSE(icmp_read(AF_INET, true, packet, sizeof packet, &got));
    packet[0] = 0x4f;
    packet[9] = IPPROTO_TCP;
    CU_ASSERT_FALSE(icmp_read(AF_INET, true, packet, sizeof packet, &got));
}

static void test_same_host(void) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = 1}, b = a;
    struct sockaddr_in6 c = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT}, d = c;
    b.sin_port = 2;
    CU_ASSERT_TRUE(icmp_same_host((struct sockaddr *)&a, (struct sockaddr *)&b));
    b.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CU_ASSERT_FALSE(icmp_same_host((struct sockaddr *)&a, (struct sockaddr *)&b));
    CU_ASSERT_FALSE(icmp_same_host((struct sockaddr *)&a, (struct sockaddr *)&c));
    CU_ASSERT_TRUE(icmp_same_host((struct sockaddr *)&c, (struct sockaddr *)&d));
    d.sin6_addr.s6_addr[0] = 1;
    CU_ASSERT_FALSE(icmp_same_host((struct sockaddr *)&c, (struct sockaddr *)&d));
}

static bool wait_for_reply(struct icmp *icmp, int family, struct icmp_echo *echo,
                           struct sockaddr_storage *from) {
    struct pollfd reply = {.fd = icmp_fd(icmp, family), .events = POLLIN};
    for (int i = 0; i < 20; i++)
        if (icmp_receive(icmp, family, echo, from))
            return true;
        else
            poll(&reply, 1, 1000);
    return false;
}

static void ping(struct icmp *icmp, const struct sockaddr *to) {
    struct icmp_echo echo;
    struct sockaddr_storage from;
    if (icmp_fd(icmp, to->sa_family) < 0) {
        CU_ASSERT_FALSE(icmp_send(icmp, to, 1, 1)); /* not allowed here */
        return;
    }
    if (!icmp_send(icmp, to, 77, 65535))
        return; /* no such address here: IPv6 may be off */
    CU_ASSERT_TRUE_FATAL(wait_for_reply(icmp, to->sa_family, &echo, &from));
    CU_ASSERT_TRUE(echo.target == 77 && echo.sequence == 65535);
    CU_ASSERT_TRUE(icmp_same_host((struct sockaddr *)&from, to));
}

static void test_loopback(void) {
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct icmp *icmp = icmp_new(), *other = icmp_new();
    struct icmp_echo echo;
    struct sockaddr_storage from;
    ping(icmp, (const struct sockaddr *)&v4);
    ping(icmp, (const struct sockaddr *)&v6);
    CU_ASSERT_FALSE(icmp_receive(other, AF_INET, &echo, &from)); /* nobody else's */
    icmp_free(other);
    icmp_free(icmp);
    icmp_free(NULL);
}

static const struct unit_test tests[] = {
    {"checksum", test_checksum},
    {"a request as bytes", test_request},
    {"a reply is read", test_reply},
    {"a damaged one is not", test_damaged},
    {"behind an IPv4 header of any length", test_ip_header},
    {"hosts are compared without ports", test_same_host},
    {"the loopback interface answers", test_loopback},
    {0},
};

const struct unit_suite suite_icmp = {"icmp", tests};
