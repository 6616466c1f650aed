/* file: see file.h. */
#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/strbuf.h"

enum { FILE_BYTES_MAX = 64 << 10 };

static bool failed(struct error *err, const char *what, const char *path) {
    return error_set(err, ERROR_INTERNAL, "%s %s: %s.", what, path, strerror(errno));
}

static bool read_all(int fd, const char *path, char **ret_text, struct error *err) {
    struct strbuf buf = STRBUF_MAX(FILE_BYTES_MAX);
    char piece[4096];
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) > 0)
        strbuf_add(&buf, piece, (size_t)n);
    if (n == 0 && !buf.full) {
        *ret_text = strbuf_steal(&buf);
        return true;
    }
    strbuf_release(&buf);
    return n < 0 ? failed(err, "Cannot read", path)
                 : error_set(err, ERROR_INTERNAL, "%s is larger than 64 KB.", path);
}

static bool read_file(const char *path, bool private, char **ret_text, struct error *err) {
    struct stat status;
    *ret_text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || failed(err, "Cannot open", path);
    bool ok = fstat(fd, &status) == 0 || failed(err, "Cannot read", path);
    if (ok && private && (status.st_uid != geteuid() || (status.st_mode & 077) != 0))
        ok = error_set(err, ERROR_FORBIDDEN,
                       "%s holds a token and must belong to you and be readable by you alone: "
                       "chmod 600 it, or log in again.",
                       path);
    ok = ok && read_all(fd, path, ret_text, err);
    close(fd);
    return ok;
}

bool file_read(const char *path, char **ret_text, struct error *err) {
    return read_file(path, false, ret_text, err);
}

bool file_read_private(const char *path, char **ret_text, struct error *err) {
    return read_file(path, true, ret_text, err);
}

static void make_directories(const char *path) {
    CLEANUP(mem_free_text) char *directory = mem_strdup(path);
    for (char *slash = strchr(directory + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(directory, 0700); /* if it fails, opening the file says why */
        *slash = '/';
    }
}

static bool write_all(int fd, const char *text) {
    for (size_t left = strlen(text); left > 0;) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            text += n;
            left -= (size_t)n;
        }
    }
    return true;
}

bool file_write_private(const char *path, const char *text, struct error *err) {
    CLEANUP(mem_free_text) char *aside = mem_format("%s.XXXXXX", path);
    make_directories(path);
    int fd = mkstemp(aside); /* mode 0600 */
    if (fd < 0)
        return failed(err, "Cannot write", path);
    bool ok = write_all(fd, text);
    ok = close(fd) == 0 && ok;
    ok = ok && rename(aside, path) == 0;
    if (ok)
        return true;
    failed(err, "Cannot write", path);
    unlink(aside);
    return false;
}

bool file_lock(const char *path, int *ret_fd, struct error *err) {
    CLEANUP(mem_free_text) char *name = mem_format("%s.lock", path);
    make_directories(name);
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX) == 0) {
        *ret_fd = fd;
        return true;
    }
    failed(err, "Cannot lock", name);
    if (fd >= 0)
        close(fd);
    return false;
}
