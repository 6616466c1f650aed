/* berth-worker: answers the HTTP API of the pool, behind nginx, over FastCGI. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/config.h"
#include "fcgi/master.h"
#include "fcgi/reset_admin.h"
#include "fcgi/routes.h"

static const char help[] =
    "usage: berth-worker --config FILE [--check | --reset-admin]\n"
    "       berth-worker --print-routes\n"
    "Answers berth's HTTP API over FastCGI on the unix socket `worker_socket`.\n"
    "  -c, --config FILE  configuration (lines of `key = value`)\n"
    "      --check        check the configuration and the master key, and end\n"
    "      --reset-admin  give the account admin a new random password, show it, and end\n"
    "      --print-routes print what the API answers: method, path, right that it needs, summary\n"
    "  -h, --help         show this\n"
    "  -v, --version      show the version\n"
    "Signals: TERM ends it after the requests in progress; HUP starts the program anew, a new version\n"
    "perhaps, with the configuration as it is then, while its old processes finish.\n";

struct options {
    const char *config_path;
    bool check;
    bool reset_admin;
};

/* -1: go on; else the exit status. */
static int parse_options(int argc, char **argv, struct options *options) {
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"check", no_argument, NULL, 'k'},
                                          {"reset-admin", no_argument, NULL, 'r'},
                                          {"print-routes", no_argument, NULL, 'p'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},
                                          {0}};
    for (int c; (c = getopt_long(argc, argv, "c:hv", longs, NULL)) != -1;) {
        if (c == 'c')
            options->config_path = optarg;
        else if (c == 'k')
            options->check = true;
        else if (c == 'r')
            options->reset_admin = true;
        else if (c == 'p')
            return routes_print(stdout), 0;
        else if (c == 'v')
            return puts("berth-worker " PACKAGE_VERSION), 0;
        else
            return fputs(help, c == 'h' ? stdout : stderr), c == 'h' ? 0 : 2;
    }
    if (options->config_path && optind == argc)
        return -1;
    return fputs(help, stderr), 2;
}

int main(int argc, char **argv) {
    struct options options = {0};
    struct config config;
    struct error err = {0};
    int status = parse_options(argc, argv, &options);
    if (status >= 0)
        return status;
    if (!config_load(&config, options.config_path, &err)) {
        fprintf(stderr, "berth-worker: %s\n", err.message);
        config_release(&config);
        return 1;
    }
    if (options.check)
        status = master_check(&config);
    else if (options.reset_admin)
        status = reset_admin(&config);
    else
        status = master_run(&config, argv[0], options.config_path);
    config_release(&config);
    return status;
}
