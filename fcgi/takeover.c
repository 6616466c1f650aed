/* takeover: see takeover.h. The legacy goes through the environment as text, "FD PID:SLOT ...", so
 * that two versions need to agree on nothing else. */
#include "fcgi/takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/base/strbuf.h"

static const char variable[] = "BERTH_TAKEOVER";

enum { CHECK_MS = 10000, STEP_MS = 10 };

static bool receive_child(char *text, struct takeover *legacy) {
    int64_t pid = 0, slot = 0;
    char *colon = strchr(text, ':');
    if (!colon || legacy->count == WAKE_SLOTS)
        return false;
    *colon = '\0';
    if (!parse_int(text, 1, INT32_MAX, &pid) || !parse_int(colon + 1, 0, WAKE_SLOTS - 1, &slot))
        return false;
    legacy->children[legacy->count++] = (struct takeover_child){(pid_t)pid, (int)slot};
    return true;
}

bool takeover_receive(struct takeover *ret_legacy) {
    CLEANUP(mem_free_text) char *text = mem_strdup(getenv(variable));
    struct takeover legacy = {0};
    int64_t fd = 0;
    char *rest = text;
    if (!text)
        return false;
    unsetenv(variable);
    if (!parse_int(strsep(&rest, " "), 0, INT32_MAX, &fd) || fcntl((int)fd, F_SETFD, FD_CLOEXEC))
        return false;
    for (char *child; (child = strsep(&rest, " "));)
        if (!receive_child(child, &legacy))
            return false;
    legacy.listen_fd = (int)fd;
    *ret_legacy = legacy;
    return true;
}

/* 0 when `pid` has ended well in time. */
static int status_of(pid_t pid) {
    int status = 0;
    for (int waited_ms = 0; waited_ms < CHECK_MS; waited_ms += STEP_MS) {
        if (waitpid(pid, &status, WNOHANG) != 0)
            return status;
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return status;
}

static bool check(const char *program, const char *config_path, struct error *err) {
    pid_t pid = fork();
    if (pid == 0) {
        execlp(program, program, "--config", config_path, "--check-config", (char *)NULL);
        _exit(EXIT_FAILURE);
    }
    if (pid < 0)
        return error_set(err, ERROR_INTERNAL, "cannot fork: %s", strerror(errno));
    return status_of(pid) == 0 ||
           error_set(err, ERROR_BAD_FIELD, "%s --config %s --check-config fails.", program,
                     config_path);
}

void takeover_begin(const struct takeover *legacy, const char *program, const char *config_path,
                    struct error *err) {
    CLEANUP(strbuf_release) struct strbuf text = {0};
    if (!check(program, config_path, err))
        return;
    strbuf_addf(&text, "%d", legacy->listen_fd);
    for (size_t i = 0; i < legacy->count; i++)
        strbuf_addf(&text, " %d:%d", (int)legacy->children[i].pid, legacy->children[i].slot);
    setenv(variable, strbuf_text(&text), 1);
    fcntl(legacy->listen_fd, F_SETFD, 0);
    execlp(program, program, "--config", config_path, (char *)NULL);
    error_set(err, ERROR_INTERNAL, "%s: %s.", program, strerror(errno));
    fcntl(legacy->listen_fd, F_SETFD, FD_CLOEXEC);
    unsetenv(variable);
}
