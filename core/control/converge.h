/* converge: drives one claimed row towards what is wanted: the transition table picks the next call
 * to the engine, its answer the next state, until the row can be settled. The one piece of code
 * that changes anything on an engine. */
#pragma once

#include "core/control/pool.h"
#include "core/net/docker.h"
#include "core/store/foreign.h"
#include "core/store/work.h"

struct converge; /* what the rows of one executor share: image pulls under way */

struct converge_host {
    const struct pool *pool;
    struct db *db;
    const char *name; /* of the bearer of the claims */
    struct http_client *client;
    /* A row is settled, moved or lost; `finished`: an operation is finished with it; `more`:
     * another row may have become due. */
    void (*row_done)(void *context, bool finished, bool more);
    void *context;
};

struct converge *converge_new(const struct converge_host *host);
/* From now on a job that has to make another call is put off instead. */
void converge_close(struct converge *converge);
void converge_free(struct converge *converge); /* after http_client_free(), which ends all calls */

/* What is under way, in PostgreSQL's text of an array: ids of containers and, for those that are
 * not the pool's, of operations. */
void converge_held(const struct converge *converge, struct strbuf *ids);

/* Take over `row` (emptied) and begin. */
void converge_start(struct converge *converge, struct work_row *row);
/* The same of a container that is not the pool's. */
void converge_foreign(struct converge *converge, struct foreign_work *work);
