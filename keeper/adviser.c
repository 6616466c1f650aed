/* adviser: see adviser.h. */
#include "keeper/adviser.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/control/check.h"
#include "core/store/events.h"
#include "core/store/lease.h"
#include "sql/statements.h"

enum { PAUSE_MS = 10000, FIRST_MS = 2000, PAUSE_FACTOR = 100, NAMED_MAX = 5 };

struct adviser {
    const struct pool *pool;
    const struct leader *leader;
    struct db *db;
    pthread_t thread;
    int stop_fd;
};

/* Those that could not be lost, and how many nobody has looked at. */
static void culprits(json_t *doc, struct strbuf *names) {
    json_t *engines = json_get_array(doc, "engines");
    int64_t unchecked = json_get_int(doc, "unchecked", 0);
    size_t count = 0;
    for (size_t i = 0; i < json_len(engines); i++) {
        json_t *engine = json_at(engines, i);
        if (!json_get_bool(engine, "ok", false) && count++ < NAMED_MAX)
            strbuf_addf(names, "%s%s", names->len ? "," : "", json_get_text(engine, "id", "?"));
    }
    if (count > NAMED_MAX)
        strbuf_addf(names, ",+%zu", count - NAMED_MAX);
    if (unchecked > 0)
        strbuf_addf(names, "%s%" PRId64 " unchecked", names->len ? "," : "", unchecked);
}

static bool keep(struct adviser *adviser, json_t *doc, struct error *err) {
    CLEANUP(db_result_free) struct db_result *before = NULL;
    CLEANUP(strbuf_release) struct strbuf names = {0};
    struct db *db = adviser->db;
    bool ok = json_get_bool(doc, "ok", false);
    culprits(doc, &names);
    CLEANUP(mem_free_text) char *message = mem_format("engines=%s", strbuf_text(&names));
    const struct event event = {.type = ok ? "check-passed" : "check-failed",
                                .tag = "cluster",
                                .message = ok ? "the pool could lose any one engine" : message};
    bool kept = db_begin(db, err) &&
                db_run(db, &sql_pool_check_note,
                       DB_PARAMS(DB_TEXT(ok ? "true" : "false"), DB_TEXT(strbuf_text(&names))),
                       &before, err);
    bool changed = kept && db_rows(before) > 0 && db_is_true(before, 0, "ok") != ok;
    kept = kept && (!changed || event_insert(db, &event, err)) && db_commit(db, err);
    db_rollback(db);
    return kept;
}

static int64_t look(struct adviser *adviser, int64_t epoch) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct error err = {0};
    int64_t began = clock_ms();
    lease_fence(adviser->db, epoch);
    if (!check_pool(adviser->db, adviser->pool, NULL, CHECK_JUDGEMENTS_MAX, &doc, &err) ||
        !keep(adviser, doc, &err))
        log_line(LOG_WARNING, "the check of the pool: %s", err.message);
    int64_t pause = (clock_ms() - began) * PAUSE_FACTOR;
    return pause > PAUSE_MS ? pause : PAUSE_MS;
}

static void *run(void *context) {
    struct adviser *adviser = context;
    struct pollfd stop = {.fd = adviser->stop_fd, .events = POLLIN};
    int64_t pause_ms = FIRST_MS;
    while (poll(&stop, 1, (int)pause_ms) <= 0) {
        int64_t epoch = leader_epoch(adviser->leader);
        pause_ms = epoch ? look(adviser, epoch) : FIRST_MS;
    }
    return NULL;
}

struct adviser *adviser_new(const struct pool *pool, const char *conninfo,
                            const struct leader *leader) {
    struct adviser *adviser = mem_alloc(sizeof *adviser);
    *adviser = (struct adviser){.pool = pool,
                                .leader = leader,
                                .db = db_new(conninfo, "berth-keeper"),
                                .stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    thread_need(&adviser->thread, run, adviser);
    return adviser;
}

void adviser_free(struct adviser *adviser) {
    eventfd_write(adviser->stop_fd, 1);
    pthread_join(adviser->thread, NULL);
    close(adviser->stop_fd);
    db_free(adviser->db);
    free(adviser);
}
