/* icmp: echo requests and their replies (RFC 792; RFC 4443, 4, for IPv6) over one socket for each
 * family, whatever the number of hosts: the unprivileged ping socket where the system allows it
 * (net.ipv4.ping_group_range), else a raw one, which needs CAP_NET_RAW. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* What an echo carries; a reply brings it back. */
struct icmp_echo {
    uint16_t id, sequence;
    uint64_t cookie; /* random, of the sender: nobody else's replies are taken for its own */
    uint32_t target; /* whom it was sent to, a number of the sender's */
};

enum { ICMP_ECHO_BYTES = 24 };

/* The Internet checksum (RFC 1071) as it goes into the header; 0 over a message that bears the
 * right one. */
uint16_t icmp_checksum(const unsigned char *bytes, size_t len);

/* An echo request. Its checksum is left to the system for IPv6, which knows the addresses in it. */
void icmp_write(int family, const struct icmp_echo *echo, unsigned char bytes[ICMP_ECHO_BYTES]);

/* Is it a reply to a request of icmp_write's form? `with_ip`: it begins with the IPv4 header, as
 * raw sockets give it. */
bool icmp_read(int family, bool with_ip, const unsigned char *bytes, size_t len,
               struct icmp_echo *ret_echo);

struct icmp;

struct icmp *icmp_new(void);
void icmp_free(struct icmp *icmp);

/* The socket of a family (AF_INET, AF_INET6), to wait for; -1 = there is none. */
int icmp_fd(const struct icmp *icmp, int family);

/* Send a request; false: it did not leave (no route, no socket). Never waits. */
bool icmp_send(struct icmp *icmp, const struct sockaddr *to, uint32_t target, uint16_t sequence);

/* The next reply to one of our requests; false: there is none for now. Who asked must compare
 * `from` with where it sent the request. */
bool icmp_receive(struct icmp *icmp, int family, struct icmp_echo *ret_echo,
                  struct sockaddr_storage *ret_from);

/* The same host, whatever the ports? */
bool icmp_same_host(const struct sockaddr *a, const struct sockaddr *b);
