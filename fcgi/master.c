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
#include "core/base/password.h"
#include "fcgi/process.h"
#include "fcgi/request.h"
#include "fcgi/socket.h"
#include "fcgi/wake.h"

/* HASHES: at a time over all processes; each takes 64 MiB. A process that ends within SHORT_LIFE_MS
 * counts as a failed start, and delays the next. */
enum { HASHES = 4, SHORT_LIFE_MS = 2000, DELAY_MS = 100, DELAY_MAX_MS = 5000, STEP_MS = 20 };

/* What processes are made of; a reload makes a new one. */
struct generation {
    struct config config;
    struct seal_key seal_key;
    int number;
};

struct child {
    pid_t pid; /* 0 = free */
    int slot;  /* of fcgi/wake.h */
    int generation;
    bool retiring;
    int64_t started_ms;
};

struct master {
    struct generation *current;
    const char *config_path;
    int listen_fd;
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

static void generation_free(struct generation *generation) {
    if (!generation)
        return;
    config_release(&generation->config);
    free(generation);
}

/* Takes `config` over, also when it fails. */
static struct generation *generation_new(struct config *config, int number, struct error *err) {
    struct generation *generation = mem_alloc(sizeof *generation);
    generation->config = *config;
    generation->number = number;
    *config = (struct config){0};
    if (!seal_key_load(&generation->seal_key, generation->config.master_key_file, err)) {
        generation_free(generation);
        return NULL;
    }
    return generation;
}

static void apply(const struct generation *generation) {
    int64_t processes = generation->config.worker_processes;
    log_setup("worker", level_of(generation->config.log_level));
    password_setup(processes < HASHES ? (unsigned)(HASHES / processes) : 1);
}

static void spawn(struct master *master) {
    struct child *child = master->children;
    int slot = wake_slot_take();
    if (slot < 0)
        return; /* that many still drain: the next step tries again */
    while (child->pid)
        child++;
    *child = (struct child){.slot = slot,
                            .generation = master->current->number,
                            .started_ms = request_now_ms()};
    const pid_t self = getpid();
    child->pid = fork();
    if (child->pid == 0) {
        const struct process_setup setup = {.master = self,
                                            .config = &master->current->config,
                                            .seal_key = &master->current->seal_key,
                                            .listen_fd = master->listen_fd,
                                            .slot = slot};
        exit(process_run(&setup));
    }
    if (child->pid < 0) {
        log_line(LOG_ERROR, "cannot fork: %s", strerror(errno));
        child->pid = 0;
        wake_slot_give(slot);
        master->not_before_ms = request_now_ms() + DELAY_MAX_MS;
    }
}

static void delay_spawn(struct master *master, const struct child *child) {
    int64_t now_ms = request_now_ms();
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
        if (!child->retiring && !master->stopping)
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
    size_t current; /* of the current generation */
    size_t ready;   /* of those */
    size_t old;     /* of earlier generations, not told to go yet */
};

static struct census count(const struct master *master) {
    struct census census = {0};
    for (size_t i = 0; i < WAKE_SLOTS; i++) {
        const struct child *child = &master->children[i];
        if (!child->pid)
            continue;
        census.all++;
        if (child->generation == master->current->number) {
            census.current++;
            census.ready += wake_slot_is_ready(child->slot);
        } else
            census.old += !child->retiring;
    }
    return census;
}

static void tell(struct master *master, int number, bool old_only) {
    for (size_t i = 0; i < WAKE_SLOTS; i++) {
        struct child *child = &master->children[i];
        if (!child->pid ||
            (old_only && (child->generation == master->current->number || child->retiring)))
            continue;
        child->retiring = true;
        kill(child->pid, number);
    }
}

/* As many as there should be, and the old ones away as soon as the new ones serve. */
static void maintain(struct master *master) {
    struct census census = count(master);
    size_t wanted = (size_t)master->current->config.worker_processes;
    while (census.current < wanted && request_now_ms() >= master->not_before_ms) {
        spawn(master);
        census.current++;
    }
    if (census.old && census.ready >= wanted)
        tell(master, PROCESS_RETIRE, true);
}

static void reload(struct master *master) {
    struct config config = {0};
    struct error err = {0};
    const struct config *before = &master->current->config;
    struct generation *next = NULL;
    if (config_load(&config, master->config_path, &err))
        next = generation_new(&config, master->current->number + 1, &err);
    else
        config_release(&config);
    if (!next) {
        log_line(LOG_ERROR, "the configuration stays as it is: %s", err.message);
        return;
    }
    if (strcmp(next->config.worker_socket, before->worker_socket) != 0 ||
        strcmp(next->config.socket_group, before->socket_group) != 0)
        log_line(LOG_WARNING, "worker_socket and socket_group change with a restart only");
    /* Children have copies of their own, so nothing of the old one is needed any more; the socket's
     * path is, at the end. */
    char *socket_path = STEAL(master->current->config.worker_socket);
    free(next->config.worker_socket);
    next->config.worker_socket = socket_path;
    generation_free(master->current);
    master->current = next;
    master->not_before_ms = 0;
    master->failures = 0;
    apply(next);
    log_line(LOG_INFO, "configuration read again; new worker processes take over");
}

static void stop(struct master *master) {
    if (master->stopping)
        return;
    master->stopping = true;
    log_line(LOG_INFO, "ending");
    /* From here on another worker may take the path. */
    unlink(master->current->config.worker_socket);
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
        bool busy = census.old || census.current < (size_t)master->current->config.worker_processes;
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

int master_run(struct config *config, const char *config_path) {
    struct error err = {0};
    struct master *master = mem_alloc(sizeof *master);
    int status = EXIT_FAILURE;
    master->config_path = config_path;
    master->current = generation_new(config, 0, &err);
    if (master->current) {
        apply(master->current);
        const struct config *now = &master->current->config;
        if (wake_setup(&err) &&
            (master->listen_fd = socket_listen(now->worker_socket, now->socket_group, &err)) >= 0) {
            log_line(LOG_INFO, "serving on %s with %d processes", now->worker_socket,
                     (int)now->worker_processes);
            status = serve(master);
        }
    }
    if (err.kind != ERROR_NONE)
        log_line(LOG_ERROR, "%s", err.message);
    generation_free(master->current);
    free(master);
    return status;
}
