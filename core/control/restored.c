/* restored: see restored.h. */
#include "core/control/restored.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/store/events.h"
#include "sql/statements.h"

/* Others may read it: the workers, which have a user of their own, compare it too. */
enum { MARK_MODE = 0644 };

static const char freeze_kind[] = "restored";

struct mark {
    char pool[37];
    int64_t seq;
    char digest[65]; /* hexadecimal; "-" without a seal */
    int64_t us;      /* the database's time when it was written; 0 = not known, long ago */
};

static bool mark_parse(char *line, struct mark *mark) {
    char *rest = NULL, *pool = strtok_r(line, " \n", &rest);
    const char *seq = strtok_r(NULL, " \n", &rest), *digest = strtok_r(NULL, " \n", &rest);
    const char *us = strtok_r(NULL, " \n", &rest);
    if (!digest || strlen(pool) >= sizeof mark->pool || strlen(digest) >= sizeof mark->digest)
        return false;
    snprintf(mark->pool, sizeof mark->pool, "%s", pool);
    snprintf(mark->digest, sizeof mark->digest, "%s", digest);
    return parse_int(seq, 0, INT64_MAX, &mark->seq) &&
           (!us || parse_int(us, 0, INT64_MAX, &mark->us)) &&
           strspn(digest, "0123456789abcdef-") == strlen(digest);
}

/* A file that is not there, or holds the mark of another pool, proves nothing: seal 0. */
static void mark_read(const struct pool *pool, struct mark *mark) {
    const char *path = pool->config->restore_mark_file;
    char line[160] = "";
    struct mark found = {0};
    *mark = (struct mark){.digest = "-"};
    FILE *file = fopen(path, "re");
    if (!file) {
        if (errno != ENOENT)
            log_line(LOG_WARNING, "restore_mark_file: cannot read %s: %m", path);
        return;
    }
    bool whole = fgets(line, sizeof line, file) && mark_parse(line, &found);
    fclose(file);
    if (whole && strcmp(found.pool, pool->id) == 0)
        *mark = found;
    else
        log_line(LOG_WARNING, "restore_mark_file: %s is not of this pool: it is made anew", path);
}

static bool write_whole(int fd, const char *text) {
    size_t len = strlen(text);
    return write(fd, text, len) == (ssize_t)len && fchmod(fd, MARK_MODE) == 0 && fsync(fd) == 0;
}

static bool mark_write(const struct pool *pool, const struct mark *mark, struct error *err) {
    const char *path = pool->config->restore_mark_file;
    /* Keepers may share it: each has a file of its own until it is whole. */
    CLEANUP(mem_free_text) char *fresh = mem_format("%s.%d", path, (int)getpid());
    CLEANUP(mem_free_text)
    char *text =
        mem_format("%s %" PRId64 " %s %" PRId64 "\n", pool->id, mark->seq, mark->digest, mark->us);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write_whole(fd, text);
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    ok = ok && rename(fresh, path) == 0;
    if (!ok)
        error_field(err, "restore_mark_file", "Cannot write %s: %m.", path);
    if (!ok && fd >= 0)
        unlink(fresh);
    return ok;
}

/* In the caller's transaction. */
static bool freeze(struct db *db, const char *why, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    CLEANUP(mem_free_text)
    char *reason = mem_format("the database is older than what was done by it: %s. It was "
                              "restored: only what is asked for from now on is done, until berth "
                              "thaw",
                              why);
    CLEANUP(mem_free_text) char *message = mem_format("reason=%s", reason);
    const struct event event = {.type = "freeze-restored", .tag = "cluster", .message = message};
    bool ok =
        db_run(db, &sql_freeze_begin, DB_PARAMS(DB_TEXT(freeze_kind), DB_TEXT(reason)), &row, err);
    if (!ok || db_rows(row) == 0)
        return ok;
    log_line(LOG_WARNING, "frozen: %s", reason);
    return event_insert(db, &event, err);
}

static bool freeze_by_mark(struct db *db, const struct mark *mark, const struct mark *head,
                           struct error *err) {
    char why[128];
    snprintf(why, sizeof why, "its history ends at seal %" PRId64 " and lacks seal %" PRId64,
             head->seq, mark->seq);
    bool ok = db_begin(db, err) && freeze(db, why, err) && db_commit(db, err);
    db_rollback(db);
    return ok;
}

static bool compare(struct db *db, const struct pool *pool, struct mark *mark, struct mark *head,
                    struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    mark_read(pool, mark);
    const char *digest = mark->seq > 0 ? mark->digest : "";
    if (!db_run(db, &sql_restored_look,
                DB_PARAMS(db_int(mark->seq), DB_TEXT(digest), db_int(mark->us)), &row, err))
        return false;
    *head = (struct mark){.seq = db_int64(row, 0, "seq", 0), .us = db_int64(row, 0, "now_us", 0)};
    snprintf(head->pool, sizeof head->pool, "%s", pool->id);
    snprintf(head->digest, sizeof head->digest, "%s", db_text(row, 0, "digest"));
    return db_is_true(row, 0, "known") || freeze_by_mark(db, mark, head, err);
}

bool restored_check(struct db *db, const struct pool *pool, struct error *err) {
    struct mark mark, head;
    return !*pool->config->restore_mark_file || compare(db, pool, &mark, &head, err);
}

bool restored_mark(struct db *db, const struct pool *pool, struct error *err) {
    struct mark mark, head;
    if (!*pool->config->restore_mark_file)
        return true;
    if (!compare(db, pool, &mark, &head, err))
        return false;
    bool same = *mark.pool && mark.seq == head.seq && strcmp(mark.digest, head.digest) == 0;
    return same || mark_write(pool, &head, err);
}

bool restored_compare(struct db *db, const char *engine_id, json_t *seen, struct error *err) {
    CLEANUP(db_result_free) struct db_result *newer = NULL;
    if (!db_run(db, &sql_observe_newer, DB_PARAMS(DB_TEXT(engine_id), DB_TEXT(json_print(seen))),
                &newer, err))
        return false;
    if (db_rows(newer) == 0)
        return true;
    CLEANUP(mem_free_text)
    char *why = mem_format("on engine %s container %.12s is of generation %s, by its row of %s",
                           engine_id, db_text(newer, 0, "container_id"),
                           db_text(newer, 0, "generation"), db_text(newer, 0, "row_generation"));
    return freeze(db, why, err);
}

bool restored_accept(struct db *db, const char *kind, struct error *err) {
    return strcmp(kind, freeze_kind) != 0 ||
           (db_run(db, &sql_restored_accept, NULL, 0, NULL, err) &&
            db_run(db, &sql_newer_settle, NULL, 0, NULL, err));
}
