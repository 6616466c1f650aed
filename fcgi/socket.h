/* socket: the listening unix socket of the worker. */
#pragma once

#include "core/base/error.h"

/* Bind `path`, mode 0660, owned by `group` ("" = the process's own), and listen; non-blocking. A
 * socket that is there already is replaced when nobody listens on it. The descriptor, or -1. */
int socket_listen(const char *path, const char *group, struct error *err);

/* The socket that systemd listens on for this process (sd_listen_fds(3): LISTEN_PID, LISTEN_FDS).
 * The descriptor, or -1 when there is none. */
int socket_activated(void);

/* The path that `fd` is bound to; the caller frees. */
char *socket_path(int fd);
