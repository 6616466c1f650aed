/* berth-keeper: the side process: looks at every engine, takes what it sees into the rows, takes
 * over what a dead worker left, seals the history. Of several keepers one leads and does all that;
 * the others carry out claimed rows as it does, and stand by. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/daemon.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/control/executor.h"
#include "core/control/restored.h"
#include "core/net/http.h"
#include "core/store/lease.h"
#include "keeper/adviser.h"
#include "keeper/discovery.h"
#include "keeper/failover.h"
#include "keeper/leader.h"
#include "keeper/watch.h"
#include "sql/statements.h"

enum { SEAL_MS = 1000, JANITOR_MS = 3600000, POLL_MS = 200, RETRY_S = 2 };

static atomic_bool stopping;
static int stop_fd = -1;

static void on_signal(int number) {
    (void)number;
    atomic_store(&stopping, true);
    eventfd_write(stop_fd, 1);
}

/* The head of the chain is logged: whoever changes the history later cannot change the log too. */
static bool seal_events(struct db *db, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    if (!db_run(db, &sql_events_seal, NULL, 0, &rows, err))
        return false;
    if (db_rows(rows) > 0)
        log_line(LOG_INFO, "history sealed: seal %s, %s events, digest %s", db_text(rows, 0, "seq"),
                 db_text(rows, 0, "events"), db_text(rows, 0, "digest"));
    return true;
}

/* What is sealed is written outside the database too, after the look whether it is still there. */
static bool seal_and_mark(struct db *db, const struct pool *pool, struct error *err) {
    return restored_check(db, pool, err) && seal_events(db, err) && restored_mark(db, pool, err);
}

/* Months of the history that have served their time, the oldest first. */
static bool drop_events(struct db *db, int64_t months, struct error *err) {
    bool more = months > 0;
    while (more) {
        CLEANUP(db_result_free) struct db_result *row = NULL;
        if (!db_run(db, &sql_events_drop, DB_PARAMS(db_int(months)), &row, err))
            return false;
        more = db_text(row, 0, "name") != NULL;
        if (more)
            log_line(LOG_INFO, "history dropped: %s", db_text(row, 0, "name"));
    }
    return true;
}

static bool clean_up(struct db *db, const struct config *config, struct error *err) {
    return db_run(db, &sql_events_partitions, NULL, 0, NULL, err) &&
           drop_events(db, config->events_keep_months, err) &&
           db_run(db, &sql_janitor, NULL, 0, NULL, err);
}

static void fail_over(struct failover *failover, const struct watch *watch) {
    CLEANUP(strbuf_release) struct strbuf lost = {0};
    bool known = watch_lost(watch, &lost);
    failover_poll(failover, known ? strbuf_text(&lost) : NULL);
}

/* What only the leader does, for as long as it leads in this epoch: another keeper's is refused by
 * the database. */
static void lead(const struct pool *pool, struct db *db, const struct leader *leader, int64_t epoch,
                 int wake_fd) {
    struct watch *watch = watch_new(pool, db, stop_fd);
    struct failover *failover = failover_new(pool, db, wake_fd);
    int64_t next_seal = 0, next_janitor = 0;
    lease_fence(db, epoch);
    while (!atomic_load(&stopping) && leader_epoch(leader) == epoch) {
        struct error err = {0};
        int64_t now = clock_ms();
        watch_poll(watch, POLL_MS);
        fail_over(failover, watch);
        if (now >= next_seal) {
            if (!seal_and_mark(db, pool, &err))
                log_line(LOG_WARNING, "the history cannot be sealed: %s", err.message);
            next_seal = now + SEAL_MS;
        }
        if (now >= next_janitor) {
            bool ok = clean_up(db, pool->config, &err);
            if (!ok)
                log_line(LOG_WARNING, "cleaning up failed: %s", err.message);
            next_janitor = now + (ok ? JANITOR_MS : RETRY_S * 1000);
        }
    }
    failover_free(failover);
    watch_free(watch);
    lease_fence(db, 0);
}

/* Whoever leads knows before whether the database was restored; who stands by keeps up. */
static void keep(const struct pool *pool, struct db *db, const struct leader *leader, int wake_fd) {
    struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
    int64_t next_mark = 0;
    while (!atomic_load(&stopping)) {
        struct error err = {0};
        int64_t epoch = leader_epoch(leader), now = clock_ms();
        bool known = true;
        if (epoch || now >= next_mark) {
            known = restored_check(db, pool, &err);
            if (known && !restored_mark(db, pool, &err))
                log_line(LOG_WARNING, "%s", err.message);
            next_mark = now + SEAL_MS;
        }
        if (epoch && known)
            lead(pool, db, leader, epoch, wake_fd);
        else
            poll(&stop, 1, POLL_MS);
    }
}

/* The pool's UUID; waits for the database as long as it takes. */
static bool load_pool_id(struct db *db, struct pool *pool) {
    while (!atomic_load(&stopping)) {
        CLEANUP(db_result_free) struct db_result *rows = NULL;
        struct error err = {0};
        if (db_run(db, &sql_pool_get, NULL, 0, &rows, &err)) {
            snprintf(pool->id, sizeof pool->id, "%s", db_text(rows, 0, "id"));
            return true;
        }
        log_line(LOG_WARNING, "%s", err.message);
        sleep(RETRY_S);
    }
    return false;
}

static void *execute(void *options) {
    executor_run(options);
    return NULL;
}

/* Hosts register by themselves where an etcd is configured; the leader sees to it. */
static void *discover(void *options) {
    struct error err = {0};
    if (!discovery_run(options, &err))
        log_line(LOG_ERROR, "etcd_%s: %s No host can register.", err.field, err.message);
    return NULL;
}

static void run(struct pool *pool, struct db *db) {
    char host[65] = "", name[128];
    gethostname(host, sizeof host - 1);
    snprintf(name, sizeof name, "keeper/%s/%d", host, (int)getpid());
    struct executor_options options = {.pool = pool,
                                       .conninfo = pool->config->keeper_database,
                                       .name = name,
                                       .wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
                                       .stop = &stopping};
    struct leader *leader = leader_new(pool->config->keeper_database, name);
    struct adviser *adviser = adviser_new(pool, pool->config->keeper_database, leader);
    struct discovery_options discovery = {.pool = pool,
                                          .conninfo = pool->config->keeper_database,
                                          .leader = leader,
                                          .stop = &stopping,
                                          .stop_fd = stop_fd};
    pthread_t thread, discoverer;
    bool discovers = *pool->config->etcd_endpoints != '\0';
    thread_need(&thread, execute, &options);
    if (discovers)
        thread_need(&discoverer, discover, &discovery);
    log_line(LOG_INFO, "the keeper looks after pool %s", pool->id);
    keep(pool, db, leader, options.wake_fd);
    if (discovers)
        pthread_join(discoverer, NULL);
    adviser_free(adviser);
    leader_free(leader); /* before the executor's end, which may take a while */
    eventfd_write(options.wake_fd, 1);
    pthread_join(thread, NULL);
    close(options.wake_fd);
}

static const char summary[] =
    "Looks at every engine, takes over what a dead worker left, seals the history.\n"
    "Several may run: one leads, the others stand by. Signals: TERM ends it.\n";

int main(int argc, char **argv) {
    static const struct daemon_option no_options[] = {{0}};
    const struct daemon daemon = {"berth-keeper", summary, true, no_options};
    struct config config;
    struct seal_key key;
    struct error err = {0};
    const char *config_path = NULL;
    int status = 0;
    if (!daemon_begin(&daemon, argc, argv, &config, &config_path, &status))
        return status;
    log_setup("keeper", LOG_INFO);
    if (!seal_key_load(&key, config.master_key_file, &err)) {
        fprintf(stderr, "berth-keeper: %s\n", err.message);
        config_release(&config);
        return 1;
    }
    stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    http_setup();
    struct pool pool = {.config = &config, .key = &key};
    struct db *db = db_new(config.keeper_database, "berth-keeper");
    if (load_pool_id(db, &pool))
        run(&pool, db);
    db_free(db);
    config_release(&config);
    return 0;
}
