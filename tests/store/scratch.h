/* scratch: the scratch database of the store's tests: connections for each role, a pool with
 * engines in it, and short ways to look at and change rows. Statements of its own run as the
 * superuser. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/config.h"
#include "core/control/intent.h"
#include "core/control/pool.h"
#include "core/store/db.h"
#include "core/store/work.h"

/* All rows but those of the migrations go, the configuration is as loaded, the connections new. */
void scratch_reset(void);

/* Of the main thread; good until the next reset. */
struct db *scratch_worker(void);
struct db *scratch_keeper(void);
struct db *scratch_admin(void);
/* A connection more, for a thread or a second transaction; the caller frees it. */
struct db *scratch_connect(const char *role);

const struct pool *scratch_pool(void);
struct config *scratch_config(void); /* to change; until the next reset */
const char *scratch_path(char *path, size_t size, const char *name); /* in the scratch directory */

/* Run statements as the superuser; they must succeed. */
void sql_do(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The first value of a query as the superuser; 0 and "" for NULL or no row. The text is the
 * caller's. */
int64_t sql_int(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *sql_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same on a connection of the caller's, from any thread; -1 when it fails. */
int64_t sql_int_on(struct db *db, const char *query);
char *sql_text_on(struct db *db, const char *query); /* NULL when it fails */

/* Run a script and tell the kind of error, ERROR_NONE when it succeeds. */
enum error_kind sql_try(struct db *db, const char *script, struct error *err);

/* An engine that is up. */
void engine_add(const char *id, int cpus, int memory_mb);

struct intent_client client_of(struct db *db);
/* The normal form of a specification; the caller's. Aborts when it is not acceptable. */
json_t *spec_of(const char *text);
/* A run as the worker; result may be NULL. */
bool run(const char *spec, size_t count, struct intent_result *result, struct error *err);
/* A run that must succeed; the text of the containers' ids, oldest first, is in ids[]. */
void run_ids(const char *spec, size_t count, char ids[][65]);
bool change(const char *prefix, enum intent_change what, struct intent_result *result,
            struct error *err);
bool scale(const char *prefix, size_t count, struct intent_result *result, struct error *err);

/* Rows that must always hold, however many transactions went on at once; each is told. */
void check_invariants(void);

/* Take the row's work, as an executor: claim what is due, settle each as done in `state`. */
void work_off(struct db *db, const char *state);
/* Claim exactly one row with the name `executor`; NULL when none is due. Free with claim_free. */
struct work_row *claim_one(struct db *db, const char *executor);
void claim_free(struct work_row *row);

/* `count` threads at once, each with its number from 0 on and `context`; returns when all ended.
 * Assertions are for afterwards: CUnit's are not made for threads. */
void in_threads(size_t count, void (*task)(size_t number, void *context), void *context);
/* How many sessions wait for a lock. */
extern const char waiting_sessions[];

void sleep_ms(int ms);
/* Wait until the query gives `wanted`, 20 s at most. */
bool wait_for(int64_t wanted, const char *query);
