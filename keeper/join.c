/* berth-join: the agent of a Docker host: registers it in the pool's etcd, and keeps it
 * registered. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/net/http.h"
#include "keeper/join_agent.h"

enum { USAGE = 2 };

static atomic_bool stopping;
static int stop_fd = -1;

static void on_signal(int number) {
    (void)number;
    atomic_store(&stopping, true);
    eventfd_write(stop_fd, 1);
}

static int leave(struct etcd *etcd, const struct join_options *options) {
    struct error err = {0};
    if (join_agent_leave(etcd, options, &err)) {
        puts("The pool has forgotten this host.");
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "berth-join: %s\n", err.message);
    return error_info(err.kind)->exit_code;
}

static void tell_end(enum join_end end, const struct join_options *options) {
    if (end == JOIN_LEFT)
        log_line(LOG_INFO, "ended: the host is not part of the pool any more");
    else if (end == JOIN_UNREGISTERED)
        log_line(LOG_INFO, "ended while it was not registered");
    else
        log_line(LOG_INFO, "ended; the registration stays for %lld s", (long long)options->ttl_s);
}

int main(int argc, char **argv) {
    struct join_options options;
    struct etcd *etcd = NULL;
    struct error err = {0};
    int status = 0;
    if (!join_options_read(argc, argv, &options, &status))
        return status;
    log_setup("join", LOG_INFO);
    http_setup();
    const struct etcd_options etcd_options = {.endpoints = options.etcd,
                                              .ca_file = options.etcd_ca,
                                              .cert_file = options.etcd_cert,
                                              .key_file = options.etcd_key};
    if (!etcd_new(&etcd_options, &etcd, &err)) {
        fprintf(stderr, "berth-join: %s\n", err.message);
        return USAGE;
    }
    stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    if (options.leave)
        status = leave(etcd, &options);
    else
        tell_end(join_agent_run(etcd, &options, &stopping, stop_fd), &options);
    etcd_free(etcd);
    return status;
}
