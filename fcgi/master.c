/* master: see master.h. It has no threads and uses neither libpq nor libcurl: its children are
 * made by fork alone and share what it has. */
#include "fcgi/master.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/metrics.h"
#include "core/base/password.h"
#include "fcgi/http_metrics.h"
#include "fcgi/process.h"
#include "fcgi/request.h"
#include "fcgi/socket.h"
#include "fcgi/takeover.h"
#include "fcgi/wake.h"

/* HASHES: at a time over all processes; each takes 64 MiB. A process that ends within SHORT_LIFE_MS
 * counts as a failed start, and delays the next. */
enum { HASHES = 4, SHORT_LIFE_MS = 2000, DELAY_MS = 100, DELAY_MAX_MS = 5000, STEP_MS = 20 };

struct child {
    pid_t pid; /* 0 = free */
    int slot;  /* of fcgi/wake.h */
    bool old;  /* a predecessor's */
    bool retiring;
    int64_t started_ms;
};

struct master {
    const struct config *config;
    const char *program, *config_path;
    struct seal_key seal_key;
    int listen_fd;
    char *socket_path;
    bool activated; /* the socket is systemd's: it stays */
    struct child children[WAKE_SLOTS];
    int failures; /* short lives in a row */
    int64_t not_before_ms;
    bool stopping;
};

static enum log_level level_of(const char *name) {
    static const char *const names[] = {"debug", "info", "warning", "error"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], name) == 0)
            return (enum log_level)i;
    return LOG_INFO;
}

static void spawn(struct master *master) {
    struct child *child = master->children;
    int slot = wake_slot_take();
    if (slot < 0)
        return; /* that many still drain: the next step tries again */
    while (child->pid)
        child++;
    *child = (struct child){.slot = slot, .started_ms = clock_ms()};
    const pid_t self = getpid();
    child->pid = fork();
    if (child->pid == 0) {
        const struct process_setup setup = {.master = self,
                                            .config = master->config,
                                            .seal_key = &master->seal_key,
                                            .listen_fd = master->listen_fd,
                                            .slot = slot};
        exit(process_run(&setup));
    }
    if (child->pid < 0) {
        log_line(LOG_ERROR, "cannot fork: %s", strerror(errno));
        child->pid = 0;
        wake_slot_give(slot);
        master->not_before_ms = clock_ms() + DELAY_MAX_MS;
    }
}

static void delay_spawn(struct master *master, const struct child *child) {
    int64_t now_ms = clock_ms();
    if (now_ms - child->started_ms >= SHORT_LIFE_MS) {
        master->failures = 0;
        return;
    }
    int64_t delay_ms = DELAY_MS << (master->failures < 6 ? master->failures : 6);
    master->failures++;
    master->not_before_ms = now_ms + (delay_ms < DELAY_MAX_MS ? delay_ms : DELAY_MAX_MS);
}

static void bury(struct master *master, pid_t pid, int status) {
    for (size_t i = 0; i < WAKE_SLOTS; i++) {
        struct child *child = &master->children[i];
        if (child->pid != pid)
            continue;
        if (WIFSIGNALED(status))
            log_line(LOG_ERROR, "worker process %d was ended by signal %d", (int)pid,
                     WTERMSIG(status));
        else if (WEXITSTATUS(status))
            log_line(LOG_ERROR, "worker process %d ended with status %d", (int)pid,
                     WEXITSTATUS(status));
        if (!child->old && !child->retiring && !master->stopping)
            delay_spawn(master, child);
        wake_slot_give(child->slot);
        child->pid = 0;
        /* What it had claimed is for the others. */
        wake_all();
    }
}

static void reap(struct master *master) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        bury(master, pid, status);
}

struct census {
    size_t all;     /* children */
    size_t current; /* of ours */
    size_t ready;   /* of those */
    size_t old;     /* of a predecessor, not told to go yet */
};

static struct census count(const struct master *master) {
    struct census census = {0};
    for (size_t i = 0; i < WAKE_SLOTS; i++) {
        const struct child *child = &master->children[i];
        if (!child->pid)
            continue;
        census.all++;
        if (child->old) {
            census.old += !child->retiring;
            continue;
        }
        census.current++;
        census.ready += wake_slot_is_ready(child->slot);
    }
    return census;
}

static void tell(struct master *master, int number, bool old_only) {
    for (size_t i = 0; i < WAKE_SLOTS; i++) {
        struct child *child = &master->children[i];
        if (!child->pid || (old_only && (!child->old || child->retiring)))
            continue;
        child->retiring = true;
        kill(child->pid, number);
    }
}

/* As many as there should be, and the old ones away as soon as the new ones serve. */
static void maintain(struct master *master) {
    struct census census = count(master);
    size_t wanted = (size_t)master->config->worker_processes;
    while (census.current < wanted && clock_ms() >= master->not_before_ms) {
        spawn(master);
        census.current++;
    }
    if (census.old && census.ready >= wanted)
        tell(master, PROCESS_RETIRE, true);
}

static void reload(struct master *master) {
    struct error err = {0};
    struct takeover legacy = {.listen_fd = master->listen_fd};
    for (size_t i = 0; i < WAKE_SLOTS; i++)
        if (master->children[i].pid)
            legacy.children[legacy.count++] =
                (struct takeover_child){master->children[i].pid, master->children[i].slot};
    log_line(LOG_INFO, "starting anew");
    takeover_begin(&legacy, master->program, master->config_path, &err);
    log_line(LOG_ERROR, "everything stays as it is: %s", err.message);
}

static void stop(struct master *master) {
    if (master->stopping)
        return;
    master->stopping = true;
    log_line(LOG_INFO, "ending");
    /* From here on another worker may take the path. */
    if (!master->activated)
        unlink(master->socket_path);
    close(master->listen_fd);
    tell(master, PROCESS_STOP, false);
}

static void setup_signals(sigset_t *set) {
    struct rlimit limit;
    sigset_t all;
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int serve(struct master *master) {
    sigset_t set;
    setup_signals(&set);
    for (;;) {
        struct census census = count(master);
        bool busy = census.old || census.current < (size_t)master->config->worker_processes;
        struct timespec step = {.tv_sec = busy ? 0 : 1, .tv_nsec = busy ? STEP_MS * 1000000L : 0};
        if (!master->stopping)
            maintain(master);
        else if (census.all == 0)
            return EXIT_SUCCESS;
        int number = sigtimedwait(&set, NULL, &step);
        reap(master);
        if (number == SIGTERM || number == SIGINT)
            stop(master);
        else if (number == SIGHUP && !master->stopping)
            reload(master);
    }
}

static bool setup(struct master *master, struct error *err) {
    const struct config *config = master->config;
    int64_t processes = config->worker_processes;
    log_setup("worker", level_of(config->log_level));
    if (!seal_key_load(&master->seal_key, config->master_key_file, err))
        return false;
    password_setup(processes < HASHES ? (unsigned)(HASHES / processes) : 1);
    return wake_setup(err) && metrics_share(err) && http_metrics_share(err);
}

/* The socket and the children of a predecessor, or a socket of our own. */
static bool inherit(struct master *master, struct error *err) {
    const struct config *config = master->config;
    struct takeover legacy;
    int activated = socket_activated();
    master->activated = activated >= 0;
    if (!takeover_receive(&legacy)) {
        master->listen_fd = activated;
        if (master->listen_fd < 0)
            master->listen_fd = socket_listen(config->worker_socket, config->socket_group, err);
        if (master->listen_fd >= 0)
            master->socket_path = socket_path(master->listen_fd);
        return master->listen_fd >= 0;
    }
    master->listen_fd = legacy.listen_fd;
    master->socket_path = socket_path(legacy.listen_fd);
    if (strcmp(master->socket_path, config->worker_socket) != 0)
        log_line(LOG_WARNING, "worker_socket changes with a restart only");
    for (size_t i = 0; i < legacy.count; i++) {
        wake_slot_reserve(legacy.children[i].slot);
        master->children[i] = (struct child){.pid = legacy.children[i].pid,
                                             .slot = legacy.children[i].slot,
                                             .old = true};
    }
    return true;
}

int master_run(const struct config *config, const char *program, const char *config_path) {
    struct error err = {0};
    struct master *master = mem_alloc(sizeof *master);
    int status = EXIT_FAILURE;
    master->config = config;
    master->program = program;
    master->config_path = config_path;
    if (setup(master, &err) && inherit(master, &err)) {
        log_line(LOG_INFO, "serving on %s with %d processes", master->socket_path,
                 (int)config->worker_processes);
        status = serve(master);
    } else
        log_line(LOG_ERROR, "%s", err.message);
    free(master->socket_path);
    free(master);
    return status;
}
