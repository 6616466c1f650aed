/* leader: see leader.h. */
#include "keeper/leader.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/store/lease.h"
#include "keeper/counters.h"

/* A dead leader's successor leads within TTL_MS; one that goes in order is missed at the next look.
 */
enum { TTL_MS = 4000, RENEW_MS = 1000, LOOK_MS = 250, SOON_MS = 10, COUNTERS_MS = 5000 };

struct leader {
    struct db *db;
    char *name;
    char *following; /* the leader that was last told of; "" = none yet */
    pthread_t thread;
    int stop_fd;
    _Atomic int64_t epoch;
    bool away;           /* the database, as was told */
    int64_t counters_ms; /* when the counters are to be written */
};

static void set_epoch(struct leader *leader, int64_t epoch) {
    atomic_store(&leader->epoch, epoch);
}

static void follow(struct leader *leader, const struct lease *lease) {
    if (strcmp(leader->following, lease->holder) == 0)
        return;
    free(leader->following);
    leader->following = mem_strdup(lease->holder);
    log_line(LOG_INFO, "stands by: %s leads in epoch %" PRId64, lease->holder, lease->epoch);
}

/* What a standby does; returns when to do it again, in ms. */
static bool stand_by(struct leader *leader, int *ret_pause_ms, struct error *err) {
    struct lease lease;
    int64_t epoch = 0;
    *ret_pause_ms = LOOK_MS;
    if (!lease_look(leader->db, leader->name, &lease, err))
        return false;
    if (lease.left_ms > 0) {
        follow(leader, &lease);
        if (lease.left_ms < LOOK_MS)
            *ret_pause_ms = (int)lease.left_ms + SOON_MS;
        return true;
    }
    if (!lease_take(leader->db, leader->name, TTL_MS, &epoch, err))
        return false;
    if (epoch) {
        log_line(LOG_INFO, "leads in epoch %" PRId64, epoch);
        set_epoch(leader, epoch);
        *ret_pause_ms = RENEW_MS;
    }
    return true;
}

static bool renew(struct leader *leader, int64_t epoch, int *ret_pause_ms, struct error *err) {
    bool kept = false;
    *ret_pause_ms = RENEW_MS;
    if (!lease_renew(leader->db, leader->name, epoch, TTL_MS, &kept, err))
        return false;
    if (!kept) {
        log_line(LOG_WARNING, "epoch %" PRId64 " is over: another keeper has taken the lease",
                 epoch);
        set_epoch(leader, 0);
        *ret_pause_ms = 0;
    }
    return true;
}

/* Not worth a word of its own when it fails: the lease's would stand beside it. */
static void write_counters(struct leader *leader) {
    struct error err = {0};
    if (clock_ms() < leader->counters_ms)
        return;
    leader->counters_ms = clock_ms() + COUNTERS_MS;
    counters_write(leader->db, leader->name, &err);
}

static void *run(void *context) {
    struct leader *leader = context;
    struct pollfd stop = {.fd = leader->stop_fd, .events = POLLIN};
    int pause_ms = 0;
    while (poll(&stop, 1, pause_ms) <= 0) {
        struct error err = {0};
        int64_t epoch = leader_epoch(leader);
        bool ok = epoch ? renew(leader, epoch, &pause_ms, &err) : stand_by(leader, &pause_ms, &err);
        if (!ok && !leader->away)
            log_line(LOG_WARNING, "the lease of the keepers: %s", err.message);
        leader->away = !ok;
        if (ok)
            write_counters(leader);
    }
    return NULL;
}

struct leader *leader_new(const char *conninfo, const char *name) {
    struct leader *leader = mem_alloc(sizeof *leader);
    leader->db = db_new(conninfo, "berth-keeper");
    leader->name = mem_strdup(name);
    leader->following = mem_strdup("");
    leader->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    thread_need(&leader->thread, run, leader);
    return leader;
}

int64_t leader_epoch(const struct leader *leader) {
    return atomic_load(&leader->epoch);
}

void leader_free(struct leader *leader) {
    struct error err = {0};
    if (!leader)
        return;
    eventfd_write(leader->stop_fd, 1);
    pthread_join(leader->thread, NULL);
    if (!lease_leave(leader->db, leader->name, leader_epoch(leader), &err))
        log_line(LOG_WARNING, "the lease of the keepers cannot be given up: %s", err.message);
    close(leader->stop_fd);
    db_free(leader->db);
    free(leader->name);
    free(leader->following);
    free(leader);
}
