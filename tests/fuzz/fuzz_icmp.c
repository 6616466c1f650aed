/* fuzz_icmp: packets from the network. The first byte says how they came: IPv4, IPv4 with its
 * header, IPv6. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/mem.h"
#include "core/net/icmp.h"
#include "tests/fuzz/fuzz.h"

/* What is read as a reply is, but for type and checksum, the request that it answers. */
static void check_reply(int family, const struct icmp_echo *echo, const uint8_t *message) {
    unsigned char request[ICMP_ECHO_BYTES];
    icmp_write(family, echo, request);
    fuzz_check(memcmp(request + 4, message + 4, sizeof request - 4) == 0);
    fuzz_check(family != AF_INET || icmp_checksum(message, ICMP_ECHO_BYTES) == 0);
}

static void run(const uint8_t *data, size_t size) {
    struct icmp_echo echo = {0};
    struct fuzz_input input = {data, size};
    unsigned how = fuzz_byte(&input) % 3;
    int family = how == 2 ? AF_INET6 : AF_INET;
    uint8_t *packet = mem_alloc(input.left ? input.left : 1);
    if (input.left)
        memcpy(packet, input.at, input.left);
    if (icmp_read(family, how == 1, packet, input.left, &echo)) {
        fuzz_check(input.left >= ICMP_ECHO_BYTES);
        check_reply(family, &echo, packet + input.left - ICMP_ECHO_BYTES);
    }
    free(packet);
}

const struct fuzz_target fuzz_icmp = {"icmp", run};
