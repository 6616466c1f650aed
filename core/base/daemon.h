/* daemon: what the command lines of berth-worker, berth-keeper and berth-migrate share: where the
 * configuration comes from, checking and printing it, help and version. */
#pragma once

#include <stdbool.h>

#include "core/base/config.h"

/* An option of one daemon alone. */
struct daemon_option {
    const char *name;  /* long name, without dashes */
    const char *value; /* what stands for its value in help; NULL = a flag */
    const char *help;
    bool *flag;              /* set to true when given */
    const char **text;       /* or gets the value, borrowed from argv */
    char letter;             /* short name; 0 = none */
    void (*show)(FILE *out); /* called instead of everything else: no configuration is read */
};

struct daemon {
    const char *name;
    const char *summary;                 /* lines for --help */
    bool seals;                          /* needs the master key: --check-config tries it */
    const struct daemon_option *options; /* ends with {0} */
};

/* Reads the command line, then the configuration: the file of --config (default: berth.conf in the
 * configuration directory), over it the environment (BERTH_KEY), over it --set KEY=VALUE (which is
 * put into the environment, so that a program started anew by this one inherits it).
 * true: go on, with `config` (release it) and *ret_config_path (borrowed). false: all is said, end
 * with *ret_status; `config` holds nothing. */
bool daemon_begin(const struct daemon *daemon, int argc, char **argv, struct config *config,
                  const char **ret_config_path, int *ret_status);
