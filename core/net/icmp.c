/* icmp: see icmp.h. */
#include "core/net/icmp.h"

#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/base/mem.h"

enum { HEADER = 8, IP_HEADER_MIN = 20, IP_WORD = 4, IP_PROTOCOL_AT = 9, PACKET_MAX = 1500 };
enum { COOKIE_AT = HEADER, TARGET_AT = COOKIE_AT + 8, SEQUENCE_AT = TARGET_AT + 4 };

struct icmp_socket {
    int fd;   /* -1 = none */
    bool raw; /* else a ping socket: the system chooses the id */
};

struct icmp {
    struct icmp_socket v4, v6;
    uint64_t cookie;
    uint16_t id;
};

uint16_t icmp_checksum(const unsigned char *bytes, size_t len) {
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void put(unsigned char *bytes, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(value >> (8 * (size - 1 - i)));
}

static uint64_t get(const unsigned char *bytes, size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

void icmp_write(int family, const struct icmp_echo *echo, unsigned char bytes[ICMP_ECHO_BYTES]) {
    memset(bytes, 0, ICMP_ECHO_BYTES);
    bytes[0] = family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
    put(bytes + 4, echo->id, 2);
    put(bytes + 6, echo->sequence, 2);
    put(bytes + COOKIE_AT, echo->cookie, 8);
    put(bytes + TARGET_AT, echo->target, 4);
    put(bytes + SEQUENCE_AT, echo->sequence, 4);
    if (family == AF_INET)
        put(bytes + 2, icmp_checksum(bytes, ICMP_ECHO_BYTES), 2);
}

/* Take the IPv4 header off (RFC 791, 3.1): its length is the lower half of the first byte, in
 * words of four bytes. */
static bool skip_ip(const unsigned char **bytes, size_t *len) {
    size_t header = *len >= IP_HEADER_MIN ? (size_t)((*bytes)[0] & 0xf) * IP_WORD : 0;
    if (header < IP_HEADER_MIN || header > *len || (*bytes)[0] >> 4 != 4 ||
        (*bytes)[IP_PROTOCOL_AT] != IPPROTO_ICMP)
        return false;
    *bytes += header;
    *len -= header;
    return true;
}

bool icmp_read(int family, bool with_ip, const unsigned char *bytes, size_t len,
               struct icmp_echo *ret_echo) {
    if (with_ip && !skip_ip(&bytes, &len))
        return false;
    if (len != ICMP_ECHO_BYTES ||
        bytes[0] != (family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) || bytes[1] != 0)
        return false;
    if (family == AF_INET && icmp_checksum(bytes, len) != 0)
        return false;
    *ret_echo = (struct icmp_echo){.id = (uint16_t)get(bytes + 4, 2),
                                   .sequence = (uint16_t)get(bytes + 6, 2),
                                   .cookie = get(bytes + COOKIE_AT, 8),
                                   .target = (uint32_t)get(bytes + TARGET_AT, 4)};
    return get(bytes + SEQUENCE_AT, 4) == ret_echo->sequence;
}

/* A raw socket gets all ICMP of the machine unless it is told what is wanted. */
static void want_replies(int fd, int family) {
    if (family == AF_INET) {
        struct icmp_filter filter = {.data = ~(1U << ICMP_ECHOREPLY)};
        setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof filter);
    } else {
        struct icmp6_filter filter;
        ICMP6_FILTER_SETBLOCKALL(&filter);
        ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
        setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
    }
}

static struct icmp_socket open_socket(int family) {
    int protocol = family == AF_INET ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6;
    const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    struct icmp_socket opened = {.fd = socket(family, SOCK_DGRAM | flags, protocol)};
    if (opened.fd >= 0)
        return opened;
    opened = (struct icmp_socket){.fd = socket(family, SOCK_RAW | flags, protocol), .raw = true};
    if (opened.fd >= 0)
        want_replies(opened.fd, family);
    return opened;
}

struct icmp *icmp_new(void) {
    struct icmp *icmp = mem_alloc(sizeof *icmp);
    icmp->v4 = open_socket(AF_INET);
    icmp->v6 = open_socket(AF_INET6);
    if (getrandom(&icmp->cookie, sizeof icmp->cookie, 0) != (ssize_t)sizeof icmp->cookie)
        abort();
    icmp->id = (uint16_t)icmp->cookie;
    return icmp;
}

void icmp_free(struct icmp *icmp) {
    if (!icmp)
        return;
    if (icmp->v4.fd >= 0)
        close(icmp->v4.fd);
    if (icmp->v6.fd >= 0)
        close(icmp->v6.fd);
    free(icmp);
}

static const struct icmp_socket *socket_of(const struct icmp *icmp, int family) {
    return family == AF_INET ? &icmp->v4 : &icmp->v6;
}

int icmp_fd(const struct icmp *icmp, int family) {
    return socket_of(icmp, family)->fd;
}

bool icmp_send(struct icmp *icmp, const struct sockaddr *to, uint32_t target, uint16_t sequence) {
    unsigned char bytes[ICMP_ECHO_BYTES];
    const struct icmp_echo echo = {.id = icmp->id,
                                   .sequence = sequence,
                                   .cookie = icmp->cookie,
                                   .target = target};
    socklen_t len =
        to->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    int fd = icmp_fd(icmp, to->sa_family);
    icmp_write(to->sa_family, &echo, bytes);
    return fd >= 0 && sendto(fd, bytes, sizeof bytes, MSG_NOSIGNAL, to, len) == ICMP_ECHO_BYTES;
}

bool icmp_receive(struct icmp *icmp, int family, struct icmp_echo *ret_echo,
                  struct sockaddr_storage *ret_from) {
    const struct icmp_socket *from = socket_of(icmp, family);
    unsigned char bytes[PACKET_MAX];
    socklen_t size = sizeof *ret_from;
    ssize_t len = 0;
    while (from->fd >= 0 && (len = recvfrom(from->fd, bytes, sizeof bytes, 0,
                                            (struct sockaddr *)ret_from, &size)) >= 0) {
        if (icmp_read(family, from->raw && family == AF_INET, bytes, (size_t)len, ret_echo) &&
            ret_echo->cookie == icmp->cookie && (!from->raw || ret_echo->id == icmp->id))
            return true;
        size = sizeof *ret_from;
    }
    return false;
}

bool icmp_same_host(const struct sockaddr *a, const struct sockaddr *b) {
    if (a->sa_family != b->sa_family)
        return false;
    if (a->sa_family == AF_INET)
        return ((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr ==
               ((const struct sockaddr_in *)(const void *)b)->sin_addr.s_addr;
    return memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
                  &((const struct sockaddr_in6 *)(const void *)b)->sin6_addr,
                  sizeof(struct in6_addr)) == 0;
}
