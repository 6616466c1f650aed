/* master: keeps the worker processes running; makes way for new ones on reload. */
#pragma once

#include "core/base/config.h"

/* Serve by `config`, which came from the file `config_path`, until SIGTERM or SIGINT. SIGHUP reads
 * the file again and starts `program` anew in this process (see fcgi/takeover.h). The exit status.
 */
int master_run(const struct config *config, const char *program, const char *config_path);
