/* process: see process.h. */
#include "fcgi/process.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/control/auth_cache.h"
#include "core/net/http.h"
#include "fcgi/acceptor.h"
#include "fcgi/chain.h"
#include "fcgi/fcgx.h"
#include "fcgi/progress.h"
#include "fcgi/request.h"
#include "fcgi/slow.h"
#include "fcgi/streams.h"
#include "fcgi/wake.h"
#include "fcgi/worker.h"

/* STUCK_S: longer than any request takes once it was told to end. QUEUE_FACTOR: slow requests that
 * may wait for each thread. */
enum { QUEUE_FACTOR = 8, ARENAS = 2, DRAIN_STEP_MS = 20, STUCK_S = 20 };

struct background_thread {
    pthread_t thread;
    const struct background *what;
    struct worker *worker;
};

static void *run_background(void *arg) {
    struct background_thread *thread = arg;
    thread->what->run(thread->worker);
    return NULL;
}

static struct background_thread *start_background(struct worker *worker) {
    struct background_thread *threads = mem_array(background_count, sizeof *threads);
    for (size_t i = 0; i < background_count; i++) {
        threads[i].what = &background[i];
        threads[i].worker = worker;
        thread_need(&threads[i].thread, run_background, &threads[i]);
    }
    return threads;
}

static void end_background(struct worker *worker, struct background_thread *threads) {
    atomic_store(&worker->stopping, true);
    wake_slot(worker->slot);
    for (size_t i = 0; i < background_count; i++)
        pthread_join(threads[i].thread, NULL);
    free(threads);
}

/* libfcgi has set handlers of its own, so this comes after fcgx_setup. */
static void setup_signals(pid_t master) {
    struct sigaction ignore = {.sa_handler = SIG_IGN}, fallback = {.sa_handler = SIG_DFL};
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGUSR1, &ignore, NULL);
    sigaction(SIGINT, &ignore, NULL); /* of a terminal: the master decides */
    sigaction(SIGHUP, &ignore, NULL);
    sigaction(PROCESS_STOP, &fallback, NULL); /* blocked, and fetched by sigwaitinfo */
    sigaction(PROCESS_RETIRE, &fallback, NULL);
    /* A killed master must not leave workers that its successor knows nothing of. */
    prctl(PR_SET_PDEATHSIG, PROCESS_STOP);
    if (getppid() != master)
        raise(PROCESS_STOP);
}

static int wait_for_signal(void) {
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, PROCESS_STOP);
    sigaddset(&set, PROCESS_RETIRE);
    do
        number = sigwaitinfo(&set, NULL);
    while (number < 0);
    return number;
}

/* Connections that nginx keeps idle may still bring requests, so they are waited for until nginx
 * closes them, or the grace ends. */
static void drain(struct worker *worker, int number) {
    int64_t grace_ms = clock_ms() + worker->config->drain_grace_s * 1000;
    int64_t stuck_ms = grace_ms + STUCK_S * 1000;
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, PROCESS_STOP);
    if (number == PROCESS_RETIRE)
        stuck_ms += worker->config->operation_wait_s * 1000;
    acceptor_refuse(worker->acceptor);
    atomic_store(&worker->draining, true);
    streams_drain(worker->streams);
    for (int64_t now; (now = clock_ms()) < stuck_ms;) {
        if (number == PROCESS_STOP)
            parked_expire(worker->parked, INT64_MAX);
        if (atomic_load(&worker->in_flight) == 0 &&
            (atomic_load(&worker->open) == 0 || now >= grace_ms))
            return;
        if (sigtimedwait(&stop, NULL, &(struct timespec){.tv_nsec = DRAIN_STEP_MS * 1000000L}) > 0)
            number = PROCESS_STOP;
    }
    log_line(LOG_WARNING, "%d requests did not end; leaving without them",
             atomic_load(&worker->in_flight));
    _exit(EXIT_FAILURE);
}

int process_run(const struct process_setup *setup) {
    struct worker worker = {.config = setup->config,
                            .pool = {.config = setup->config, .key = setup->seal_key},
                            .slot = setup->slot,
                            .wake_fd = wake_fd(setup->slot)};
    mallopt(M_ARENA_MAX, ARENAS);
    http_setup();
    fcgx_setup();
    setup_signals(setup->master);
    worker.auth_cache = auth_cache_new();
    worker.ready = ready_new();
    worker.parked = parked_new(worker.ready);
    worker.progress = progress_board_new();
    unsigned slow_threads = (unsigned)setup->config->slow_threads;
    worker.slow = slow_new(&worker, slow_threads, slow_threads * QUEUE_FACTOR, chain_handle);
    worker.streams = streams_new(&worker);
    struct background_thread *threads = start_background(&worker);
    acceptor_new(&worker, setup->listen_fd, (unsigned)setup->config->worker_threads);
    wake_slot_ready(setup->slot);
    drain(&worker, wait_for_signal());
    acceptor_free(worker.acceptor);
    slow_free(worker.slow);
    streams_free(worker.streams);
    end_background(&worker, threads);
    parked_free(worker.parked);
    progress_board_free(worker.progress);
    ready_free(worker.ready);
    auth_cache_free(worker.auth_cache);
    return EXIT_SUCCESS;
}
