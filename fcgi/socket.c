/* socket: see socket.h. */
#include "fcgi/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/parse.h"

enum { BACKLOG = 1024, ACTIVATED_FD = 3 };

static int fail(int fd, struct error *err, const char *path, const char *what) {
    error_set(err, ERROR_BAD_FIELD, "%s: %s: %s.", path, what, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Make way for a new socket. */
static bool remove_stale(const struct sockaddr_un *address, struct error *err) {
    struct stat status;
    if (lstat(address->sun_path, &status) != 0)
        return errno == ENOENT || fail(-1, err, address->sun_path, "cannot look at it") == 0;
    if (!S_ISSOCK(status.st_mode))
        return error_set(err, ERROR_BAD_FIELD, "%s is there and is no socket.", address->sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail(-1, err, address->sun_path, "no socket") == 0;
    bool stale = connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
                 errno == ECONNREFUSED;
    close(fd);
    if (!stale)
        return error_set(err, ERROR_CONFLICT, "%s: another worker listens there.",
                         address->sun_path);
    return unlink(address->sun_path) == 0 ||
           fail(-1, err, address->sun_path, "cannot be removed") == 0;
}

int socket_listen(const char *path, const char *group, struct error *err) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        error_set(err, ERROR_BAD_FIELD, "%s: at most %zu bytes are possible.", path,
                  sizeof address.sun_path - 1);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    const struct group *owner = *group ? getgrnam(group) : NULL;
    if (*group && !owner) {
        error_field(err, "socket_group", "There is no group %s.", group);
        return -1;
    }
    if (!remove_stale(&address, err))
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail(-1, err, path, "no socket");
    mode_t before = umask(0117); /* bind makes it with the right mode at once */
    int failed = bind(fd, (const struct sockaddr *)&address, sizeof address);
    umask(before);
    if (failed)
        return fail(fd, err, path, "cannot bind");
    if (owner && chown(path, (uid_t)-1, owner->gr_gid) != 0)
        return fail(fd, err, path, "cannot give it to its group");
    if (listen(fd, BACKLOG) != 0)
        return fail(fd, err, path, "cannot listen");
    return fd;
}

int socket_activated(void) {
    const char *pid_text = getenv("LISTEN_PID"), *count_text = getenv("LISTEN_FDS");
    int64_t pid = 0, count = 0;
    bool ours = pid_text && count_text && parse_int(pid_text, 1, INT32_MAX, &pid) &&
                pid == getpid() && parse_int(count_text, 1, 1, &count);
    if (!ours || fcntl(ACTIVATED_FD, F_SETFD, FD_CLOEXEC) != 0)
        return -1;
    fcntl(ACTIVATED_FD, F_SETFL, O_NONBLOCK);
    return ACTIVATED_FD;
}

char *socket_path(int fd) {
    struct sockaddr_un address = {0};
    socklen_t len = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        address.sun_path[0] = '\0';
    return mem_strndup(address.sun_path, sizeof address.sun_path);
}
