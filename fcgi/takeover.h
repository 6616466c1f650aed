/* takeover: a reload. The master becomes the program that now stands in its place, a new version
 * perhaps, which inherits the socket and the worker processes, and replaces them in its own time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/base/error.h"
#include "fcgi/wake.h"

struct takeover_child {
    pid_t pid;
    int slot; /* of fcgi/wake.h */
};

struct takeover {
    int listen_fd;
    size_t count;
    struct takeover_child children[WAKE_SLOTS];
};

/* What a predecessor in this process has left, if any; once. */
bool takeover_receive(struct takeover *ret_legacy);

/* Let the program at `program` check the configuration at `config_path`, then become it and leave
 * it `legacy`. Returns only when that fails; nothing has changed then. */
void takeover_begin(const struct takeover *legacy, const char *program, const char *config_path,
                    struct error *err);
