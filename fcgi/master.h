/* master: keeps the worker processes running; makes way for new ones on reload. */
#pragma once

#include "core/base/config.h"

/* Serve by `config` (taken over), which came from the file `config_path`, until SIGTERM or SIGINT.
 * SIGHUP reads the file again. The exit status. */
int master_run(struct config *config, const char *config_path);
