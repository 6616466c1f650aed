/* berth-worker: answers the HTTP API of the pool, behind nginx, over FastCGI. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/config.h"
#include "fcgi/master.h"

static const char help[] =
    "usage: berth-worker --config FILE\n"
    "Answers berth's HTTP API over FastCGI on the unix socket `worker_socket`.\n"
    "  -c, --config FILE  configuration (lines of `key = value`)\n"
    "  -h, --help         show this\n"
    "  -v, --version      show the version\n"
    "Signals: TERM ends it after the requests in progress; HUP reads the configuration again, with\n"
    "new processes, while the old ones finish.\n";

int main(int argc, char **argv) {
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},
                                          {0}};
    const char *config_path = NULL;
    struct config config;
    struct error err = {0};
    for (int c; (c = getopt_long(argc, argv, "c:hv", longs, NULL)) != -1;) {
        if (c == 'c') {
            config_path = optarg;
            continue;
        }
        if (c == 'v')
            puts("berth-worker " PACKAGE_VERSION);
        else
            fputs(help, c == 'h' ? stdout : stderr);
        return c == '?' ? 2 : 0;
    }
    if (!config_path || optind != argc) {
        fputs(help, stderr);
        return 2;
    }
    if (!config_load(&config, config_path, &err)) {
        fprintf(stderr, "berth-worker: %s\n", err.message);
        config_release(&config);
        return 1;
    }
    return master_run(&config, config_path);
}
