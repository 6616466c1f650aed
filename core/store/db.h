/* db: connections, statements and transactions on PostgreSQL; the only user of libpq. A connection
 * belongs to one thread. Statements come from sql/, are prepared on first use of a connection, and
 * are classified by SQLSTATE: ERROR_UNAVAILABLE (database away; retry_after_s set), ERROR_CONFLICT
 * (unique), ERROR_INTERNAL (anything else). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/json.h"

struct db;
struct db_result;

struct sql_statement {
    const char *name; /* of its file, sql/query/NAME.sql */
    const char *text;
    int params;
};

/* One parameter; NULL text = SQL NULL. */
struct db_param {
    const char *text;           /* NUL-terminated text form, borrowed */
    const unsigned char *bytes; /* or bytea in binary form (then text is ignored) */
    size_t len;                 /* of bytes */
    char number[24];            /* text form of DB_INT, kept here */
};

#define DB_TEXT(value) ((struct db_param){.text = (value)})
#define DB_BYTES(value, length) ((struct db_param){.bytes = (value), .len = (length)})
struct db_param db_int(int64_t value);
#define DB_PARAMS(...)                                                                             \
    (const struct db_param[]){__VA_ARGS__},                                                        \
        sizeof((const struct db_param[]){__VA_ARGS__}) / sizeof(struct db_param)

/* Not yet connected: the first statement connects (2 s at most), and a broken connection is renewed
 * at the next statement outside a transaction. `application` shows in pg_stat_activity. */
struct db *db_new(const char *conninfo, const char *application);
void db_free(struct db *db);
/* A statement without an answer within 18 s ends its session and fails with ERROR_UNAVAILABLE:
 * what it was to do may be done or not. After this call it waits for ever: for the migrator. */
void db_patient(struct db *db);
/* From now on each transaction begins with `check`, whose only parameter is `epoch`, and a
 * statement outside of one gets a transaction of its own; NULL: not any more. When the check
 * refuses (SQLSTATE BE001) the transaction does not begin: ERROR_UNAVAILABLE, field "epoch". Not
 * for pipelines. */
void db_fence(struct db *db, const struct sql_statement *check, int64_t epoch);

/* Run one statement. ret_result may be NULL. */
bool db_run(struct db *db, const struct sql_statement *statement, const struct db_param *params,
            size_t count, struct db_result **ret_result, struct error *err);

/* Two statements in one round trip (pipeline mode): both are sent before the first is answered. */
struct db_call {
    const struct sql_statement *statement;
    const struct db_param *params;
    size_t count;
    struct db_result *result; /* out; the caller's */
};
bool db_run_pipeline(struct db *db, struct db_call *calls, size_t count, struct error *err);

/* Transactions, READ COMMITTED. After a failed statement, or when the session is lost, every
 * further statement fails with ERROR_UNAVAILABLE until db_rollback. When db_commit fails because
 * the session is lost, the transaction may have been committed or not. */
bool db_begin(struct db *db, struct error *err);
bool db_commit(struct db *db, struct error *err);
bool db_in_transaction(const struct db *db); /* also when it is lost with its session */
void db_rollback(struct db *db); /* harmless without a transaction: a cleanup may always call it */

/* Several statements as one script (of the schema); for the migrator. */
bool db_script(struct db *db, const char *script, struct error *err);
/* Did the last statement that failed give up a lock, after lock_timeout or in a deadlock? */
bool db_lock_missed(const struct db *db);
/* Did the last attempt to connect fail because the database does not exist? */
bool db_database_missing(const struct db *db);
/* Create the database that `conninfo` names, by way of the cluster's database "postgres". */
bool db_create_database(const char *conninfo, struct error *err);
/* libpq's own words about the last failure, for the migrator's operator. Borrowed. */
const char *db_last_message(const struct db *db);

void db_result_free(struct db_result **result); /* cleanup function */
int db_rows(const struct db_result *result);
int64_t db_changed(const struct db_result *result); /* rows that the statement changed */
/* Text of a column; NULL for SQL NULL. An unknown column aborts: the statement is ours. Borrowed.
 */
const char *db_text(const struct db_result *result, int row, const char *column);
size_t db_text_len(const struct db_result *result, int row, const char *column);
int64_t db_int64(const struct db_result *result, int row, const char *column, int64_t if_null);
bool db_is_true(const struct db_result *result, int row, const char *column);
json_t *db_json(const struct db_result *result, int row,
                const char *column); /* caller's; or NULL */
/* bytea in text form "\x..."; the caller frees; NULL for SQL NULL. */
unsigned char *db_bytes(const struct db_result *result, int row, const char *column,
                        size_t *ret_len);
