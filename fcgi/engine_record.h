/* engine_record: what a client says about an engine: how to reach it, what it offers; held against
 * what is stored of it, and written down. */
#pragma once

#include "core/control/pool.h"
#include "core/store/engines.h"
#include "fcgi/request.h"

enum { ENGINE_ID_MAX = 64 };

/* The bodies of an addition and of an update. */
extern const struct json_field engine_add_fields[], engine_update_fields[];

/* Put what `body` says on top of `access`, which is that of a new or a stored engine, and check the
 * whole: address, certificates and key fit together, nothing has expired, the pool's rules allow
 * the address. An empty text takes a thing away. BAD_FIELD names the field. */
bool engine_record_apply(json_t *body, const struct pool *pool, struct engine_access *access,
                         struct error *err);

/* May the address of `stored` become that of `moved`? A secret is never sent to a new address
 * unless `body` gives it again. BAD_FIELD. */
bool engine_record_may_move(json_t *body, const struct engine_access *stored,
                            const struct engine_access *moved, struct error *err);

/* In a transaction: write what `body` says, and what follows from `access`, into the row of
 * access->id, whose address is still `addr`. *ret_row: its document as clients see it. CONFLICT:
 * the address has changed meanwhile, or is another engine's. */
bool engine_record_write(struct db *db, const struct pool *pool, json_t *body,
                         const struct engine_access *access, const char *addr,
                         struct db_result **ret_row, struct error *err);

/* Say which of id, address and identity it was that a statement found twice. */
void engine_record_explain_conflict(struct error *err);
