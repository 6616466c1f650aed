/* berth-worker: answers the HTTP API of the pool, behind nginx, over FastCGI. */
#include "core/base/daemon.h"
#include "fcgi/master.h"
#include "fcgi/openapi.h"
#include "fcgi/reset_admin.h"
#include "fcgi/routes.h"

static const char summary[] =
    "Answers berth's HTTP API over FastCGI on the unix socket `worker_socket`.\n"
    "Signals: TERM ends it after the requests in progress; HUP starts the program anew, a new version\n"
    "perhaps, with the configuration as it is then, while its old processes finish.\n";

int main(int argc, char **argv) {
    bool reset = false;
    const struct daemon_option options[] = {
        {.name = "reset-admin",
         .help = "give the account admin a new random password, show it, and end",
         .flag = &reset},
        {.name = "print-routes",
         .help = "print what the API answers: method, path, right that it needs, summary",
         .show = routes_print},
        {.name = "print-openapi",
         .help = "print the description of the API (OpenAPI 3.1)",
         .show = openapi_print},
        {0},
    };
    const struct daemon daemon = {"berth-worker", summary, true, options};
    const char *config_path = NULL;
    struct config config;
    int status = 0;
    if (!daemon_begin(&daemon, argc, argv, &config, &config_path, &status))
        return status;
    status = reset ? reset_admin(&config) : master_run(&config, argv[0], config_path);
    config_release(&config);
    return status;
}
