/* db: see db.h. */
#include "core/store/db.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/metrics.h"
#include "core/store/db_result.h"

enum { PREPARED_MAX = 256, RETRY_S = 2, PARAMS_MAX = 24 };
/* For an answer: longer than the server's own limits, which tell more. After that it hangs, or what
 * is between. */
enum { ANSWER_MS = 18000 };

struct db {
    PGconn *conn; /* NULL until the first statement */
    char *conninfo;
    char *application;
    const struct sql_statement *prepared[PREPARED_MAX];
    size_t prepared_count;
    bool in_transaction; /* begun, neither committed nor rolled back, whatever became of the session
                          */
    bool patient;        /* waits for answers for ever */
    bool lock_missed;    /* by the last statement that failed */
    int64_t not_before_ms;             /* monotonic: no new attempt to connect before */
    int64_t used_s;                    /* monotonic: when the session was last known to be alive */
    const struct sql_statement *fence; /* begins each transaction; NULL = none */
    int64_t epoch;                     /* its parameter */
};

/* Every session: bounded waits, so that a stalled peer never holds a lock for long; and plans that
 * are kept, so none of them may scan a whole table because that was tiny when the plan was made. */
static const char session_options[] =
    "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=2s "
    "-c TimeZone=UTC -c plan_cache_mode=force_generic_plan -c jit=off "
    "-c enable_seqscan=off";

struct db *db_new(const char *conninfo, const char *application) {
    struct db *db = mem_alloc(sizeof *db);
    db->conninfo = mem_strdup(conninfo);
    db->application = mem_strdup(application);
    return db;
}

void db_fence(struct db *db, const struct sql_statement *check, int64_t epoch) {
    db->fence = check;
    db->epoch = epoch;
}

void db_patient(struct db *db) {
    db->patient = true;
}

void db_free(struct db *db) {
    if (!db)
        return;
    PQfinish(db->conn);
    free(db->conninfo);
    free(db->application);
    free(db);
}

struct db_param db_int(int64_t value) {
    struct db_param param = {0};
    snprintf(param.number, sizeof param.number, "%" PRId64, value);
    return param;
}

static bool unavailable(struct error *err, const char *what) {
    error_set(err, ERROR_UNAVAILABLE, "The database is away; try again in a moment.%s%s",
              *what ? " " : "", what);
    if (err)
        err->retry_after_s = RETRY_S;
    return false;
}

/* What the server says unasked is told by the error that follows; stderr is for whole log lines. */
static void ignore_notice(void *context, const char *message) {
    (void)context;
    (void)message;
}

static bool connect_db(struct db *db, struct error *err) {
    if (clock_ms() < db->not_before_ms)
        return unavailable(err, "");
    const char *keys[] = {"dbname",           "application_name",
                          "connect_timeout",  "options",
                          "keepalives_idle",  "keepalives_interval",
                          "keepalives_count", "tcp_user_timeout",
                          "client_encoding",  NULL};
    const char *values[] = {db->conninfo, db->application, "2", session_options, "10", "5", "3",
                            "10000",      "UTF8",          NULL};
    PQfinish(db->conn);
    db->prepared_count = 0;
    db->conn = PQconnectdbParams(keys, values, 1);
    PQsetNoticeProcessor(db->conn, ignore_notice, NULL);
    if (PQstatus(db->conn) == CONNECTION_OK)
        return PQsetnonblocking(db->conn, 1) == 0 || unavailable(err, "");
    db->not_before_ms = clock_ms() + 1000;
    return unavailable(err, "");
}

/* What state the session is in is not known any more: the next statement gets another one, and what
 * was open in this one is rolled back with it. */
static void drop(struct db *db) {
    PQfinish(db->conn);
    db->conn = NULL;
}

/* Waits until there is something that PQgetResult gives at once, be it that the session is lost;
 * false: not in time. libpq alone would wait for ever for a server that hangs. */
static bool await(const struct db *db, int64_t until_ms) {
    int unsent = PQflush(db->conn);
    while (unsent == 1 || (unsent == 0 && PQisBusy(db->conn))) {
        struct pollfd peer = {.fd = PQsocket(db->conn),
                              .events = (short)(unsent ? POLLIN | POLLOUT : POLLIN)};
        int64_t left_ms = db->patient ? ANSWER_MS : until_ms - clock_ms();
        if (left_ms <= 0)
            return false;
        poll(&peer, 1, (int)left_ms);
        if ((peer.revents & ~POLLOUT) && !PQconsumeInput(db->conn))
            return true;
        unsent = PQflush(db->conn);
    }
    return true;
}

/* NULL: none comes any more. Without an answer in time the session is given up. */
static PGresult *next_result(struct db *db, int64_t until_ms) {
    if (await(db, until_ms))
        return PQgetResult(db->conn);
    drop(db);
    return NULL;
}

/* The last result of what was sent; NULL: there is none, and the session is given up. */
static PGresult *answer(struct db *db, int sent) {
    int64_t until_ms = clock_ms() + ANSWER_MS;
    PGresult *last = NULL, *next;
    while (sent && (next = next_result(db, until_ms))) {
        PQclear(last);
        last = next;
    }
    if (!last)
        drop(db);
    return last;
}

/* Errors of SQL as errors for people; texts of the server only where they cannot hold user data. */
static bool classify(struct db *db, const PGresult *result, const char *what, struct error *err) {
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *constraint = result ? PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME) : NULL;
    const char *message = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    db->lock_missed = state && (strcmp(state, "55P03") == 0 || strcmp(state, "40P01") == 0);
    if (PQstatus(db->conn) != CONNECTION_OK || !state || strncmp(state, "08", 2) == 0 ||
        strncmp(state, "57P", 3) == 0 || strcmp(state, "25P03") == 0)
        return unavailable(err, "");
    if (strcmp(state, "BE001") == 0) {
        error_set(err, ERROR_UNAVAILABLE, "Another keeper leads now: %s.", message ? message : "");
        if (err)
            snprintf(err->field, sizeof err->field, "epoch");
        return false;
    }
    if (strcmp(state, "53100") == 0) {
        unavailable(err, "");
        return error_set(err, ERROR_UNAVAILABLE,
                         "The disk of the database is full: nothing was changed. It needs space "
                         "before anything can be.");
    }
    if (strcmp(state, "53300") == 0 || strcmp(state, "55P03") == 0 || strcmp(state, "57014") == 0 ||
        strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0 || strncmp(state, "53", 2) == 0)
        return unavailable(err, message ? message : "");
    if (strcmp(state, "23505") == 0) {
        error_set(err, ERROR_CONFLICT, "It is there already.");
        if (err && constraint)
            snprintf(err->field, sizeof err->field, "%s", constraint);
        return false;
    }
    return error_set(err, ERROR_INTERNAL, "SQL statement %s failed: %s (SQLSTATE %s).", what,
                     message ? message : "no message", state);
}

static bool is_prepared(const struct db *db, const struct sql_statement *statement) {
    for (size_t i = 0; i < db->prepared_count; i++)
        if (db->prepared[i] == statement)
            return true;
    return false;
}

static bool prepare(struct db *db, const struct sql_statement *statement, struct error *err) {
    if (is_prepared(db, statement))
        return true;
    if (db->prepared_count == PREPARED_MAX)
        abort(); /* more statements than sql/ has files */
    PGresult *result = answer(db, PQsendPrepare(db->conn, statement->name, statement->text,
                                                statement->params, NULL));
    bool ok =
        PQresultStatus(result) == PGRES_COMMAND_OK || classify(db, result, statement->name, err);
    PQclear(result);
    if (ok)
        db->prepared[db->prepared_count++] = statement;
    return ok;
}

/* A connection that is known to be broken is replaced, unless a transaction was lost with it. */
static bool ready(struct db *db, struct error *err) {
    struct pollfd peer = {.events = POLLIN | POLLRDHUP};
    if (db->in_transaction)
        return PQtransactionStatus(db->conn) == PQTRANS_INTRANS || unavailable(err, "");
    if (!db->conn || PQstatus(db->conn) != CONNECTION_OK)
        return connect_db(db, err);
    int64_t now_s = clock_ms() / 1000;
    if (db->used_s == now_s)
        return true; /* a look at the socket for each statement would cost more than it tells */
    db->used_s = now_s;
    peer.fd = PQsocket(db->conn);
    if (poll(&peer, 1, 0) > 0) {
        /* The server said something unasked: a notice, or that it ends the session. */
        if (!PQconsumeInput(db->conn) || (peer.revents & (POLLRDHUP | POLLHUP | POLLERR)))
            return connect_db(db, err);
    }
    return true;
}

struct raw_params {
    const char *values[PARAMS_MAX];
    int lengths[PARAMS_MAX];
    int formats[PARAMS_MAX];
};

static void raw(const struct sql_statement *statement, const struct db_param *params, size_t count,
                struct raw_params *ret) {
    if (count != (size_t)statement->params || count > PARAMS_MAX)
        abort(); /* caller and sql/ file disagree */
    for (size_t i = 0; i < count; i++) {
        ret->formats[i] = params[i].bytes != NULL;
        ret->lengths[i] = (int)params[i].len;
        ret->values[i] = params[i].bytes       ? (const char *)params[i].bytes
                         : params[i].number[0] ? params[i].number
                                               : params[i].text;
    }
}

static bool accept_result(struct db *db, PGresult *rows, const struct sql_statement *statement,
                          struct db_result **ret_result, struct error *err) {
    ExecStatusType status = PQresultStatus(rows);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        classify(db, rows, statement->name, err);
        PQclear(rows);
        return false;
    }
    if (!ret_result) {
        PQclear(rows);
        return true;
    }
    *ret_result = mem_alloc(sizeof **ret_result);
    (*ret_result)->rows = rows;
    return true;
}

static bool execute(struct db *db, const struct sql_statement *statement,
                    const struct db_param *params, size_t count, struct db_result **ret_result,
                    struct error *err) {
    struct raw_params p;
    raw(statement, params, count, &p);
    if (!ready(db, err) || !prepare(db, statement, err))
        return false;
    PGresult *rows = answer(db, PQsendQueryPrepared(db->conn, statement->name, (int)count, p.values,
                                                    p.lengths, p.formats, 0));
    return accept_result(db, rows, statement, ret_result, err);
}

static bool run(struct db *db, const struct sql_statement *statement, const struct db_param *params,
                size_t count, struct db_result **ret_result, struct error *err) {
    int64_t began_us = clock_us();
    bool ok = execute(db, statement, params, count, ret_result, err);
    metrics_database_call(ok, clock_us() - began_us);
    return ok;
}

bool db_run(struct db *db, const struct sql_statement *statement, const struct db_param *params,
            size_t count, struct db_result **ret_result, struct error *err) {
    struct db_result *result = NULL;
    if (!db->fence || db->in_transaction)
        return run(db, statement, params, count, ret_result, err);
    bool ok =
        db_begin(db, err) && run(db, statement, params, count, &result, err) && db_commit(db, err);
    db_rollback(db);
    if (ok && ret_result)
        *ret_result = result;
    else if (result)
        db_result_free(&result);
    return ok;
}

/* Take the result of one statement of a pipeline, and the NULL that ends it. */
static bool pipeline_result(struct db *db, struct db_call *call, bool wanted, int64_t until_ms,
                            struct error *err) {
    PGresult *rows = next_result(db, until_ms);
    bool ok = false;
    if (!rows)
        drop(db); /* answers and statements would not match any more */
    if (wanted)
        ok = accept_result(db, rows, call->statement, &call->result, err);
    else
        PQclear(rows);
    if (rows)
        PQclear(next_result(db, until_ms));
    return ok;
}

/* Sends all of them, and what makes the server answer. */
static bool send_pipeline(struct db *db, const struct db_call *calls, size_t count) {
    bool ok = PQenterPipelineMode(db->conn);
    for (size_t i = 0; ok && i < count; i++) {
        struct raw_params p;
        raw(calls[i].statement, calls[i].params, calls[i].count, &p);
        ok = PQsendQueryPrepared(db->conn, calls[i].statement->name, (int)calls[i].count, p.values,
                                 p.lengths, p.formats, 0);
    }
    return ok && PQpipelineSync(db->conn);
}

static bool run_pipeline(struct db *db, struct db_call *calls, size_t count, struct error *err) {
    bool ok = ready(db, err);
    int64_t until_ms = clock_ms() + ANSWER_MS;
    for (size_t i = 0; ok && i < count; i++)
        ok = prepare(db, calls[i].statement, err);
    if (!ok)
        return false;
    if (!send_pipeline(db, calls, count)) {
        drop(db); /* without the sync no answer would ever come */
        return unavailable(err, "");
    }
    for (size_t i = 0; PQstatus(db->conn) == CONNECTION_OK && i < count; i++)
        ok = pipeline_result(db, &calls[i], ok, until_ms, err) && ok;
    PQclear(next_result(db, until_ms)); /* of the sync */
    if (PQstatus(db->conn) != CONNECTION_OK || !PQexitPipelineMode(db->conn)) {
        drop(db);
        ok = unavailable(err, "");
    }
    for (size_t i = 0; !ok && i < count; i++)
        db_result_free(&calls[i].result);
    return ok;
}

bool db_run_pipeline(struct db *db, struct db_call *calls, size_t count, struct error *err) {
    int64_t began_us = clock_us();
    bool ok = run_pipeline(db, calls, count, err);
    metrics_database_call(ok, clock_us() - began_us);
    return ok;
}

static bool simple(struct db *db, const char *command, struct error *err) {
    PGresult *result = answer(db, PQsendQuery(db->conn, command));
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK || classify(db, result, command, err);
    /* A COMMIT of a failed transaction reports success with the tag ROLLBACK. */
    if (ok && strcmp(command, "COMMIT") == 0 && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        ok = error_set(err, ERROR_INTERNAL, "A transaction could not be committed.");
    PQclear(result);
    return ok;
}

bool db_begin(struct db *db, struct error *err) {
    db->in_transaction = ready(db, err) && simple(db, "BEGIN", err);
    if (db->in_transaction && db->fence &&
        !run(db, db->fence, DB_PARAMS(db_int(db->epoch)), NULL, err))
        db_rollback(db);
    return db->in_transaction;
}

bool db_commit(struct db *db, struct error *err) {
    bool ok = ready(db, err) && simple(db, "COMMIT", err);
    if (ok)
        db->in_transaction = false;
    return ok;
}

void db_rollback(struct db *db) {
    bool alive = db->conn && PQstatus(db->conn) == CONNECTION_OK &&
                 PQtransactionStatus(db->conn) != PQTRANS_IDLE;
    if (db->in_transaction && alive && !simple(db, "ROLLBACK", NULL))
        drop(db); /* the next statement would be part of what is to be undone */
    db->in_transaction = false;
}

bool db_in_transaction(const struct db *db) {
    return db->in_transaction;
}

bool db_script(struct db *db, const char *script, struct error *err) {
    if (!ready(db, err))
        return false;
    PGresult *result = answer(db, PQsendQuery(db->conn, script));
    ExecStatusType status = PQresultStatus(result);
    bool ok =
        status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
    if (!ok)
        classify(db, result, "script", err);
    PQclear(result);
    return ok;
}

bool db_lock_missed(const struct db *db) {
    return db->lock_missed;
}

bool db_database_missing(const struct db *db) {
    /* The start-up failed before a session existed: libpq keeps no SQLSTATE, only the words. */
    return db->conn && strstr(PQerrorMessage(db->conn), "does not exist") != NULL;
}

static char *database_name(const char *conninfo) {
    char *name = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    for (PQconninfoOption *option = options; option && option->keyword; option++)
        if (strcmp(option->keyword, "dbname") == 0)
            name = mem_strdup(option->val);
    PQconninfoFree(options);
    return name;
}

bool db_create_database(const char *conninfo, struct error *err) {
    CLEANUP(mem_free_text) char *name = database_name(conninfo);
    CLEANUP(mem_free_text) char *elsewhere = mem_format("%s dbname=postgres", conninfo);
    if (!name)
        return error_set(err, ERROR_BAD_FIELD, "The connection string names no dbname.");
    PGconn *conn = PQconnectdb(elsewhere);
    char *quoted = PQescapeIdentifier(conn, name, strlen(name));
    CLEANUP(mem_free_text) char *command = mem_format("CREATE DATABASE %s", quoted ? quoted : "");
    PGresult *result = PQexec(conn, command);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    /* Another migrator may have been faster. */
    bool there = state && (strcmp(state, "42P04") == 0 || strcmp(state, "23505") == 0);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK || there ||
              error_set(err, ERROR_UNAVAILABLE, "Cannot create the database %s: %s", name,
                        PQerrorMessage(conn));
    PQclear(result);
    PQfreemem(quoted);
    PQfinish(conn);
    return ok;
}

const char *db_last_message(const struct db *db) {
    return db->conn ? PQerrorMessage(db->conn) : "";
}
