/* check: could the pool lose any one of its engines? For each of them: would what runs there, and
 * may go elsewhere, find room on the others, as failover would place it? Nothing is changed, and no
 * lock is taken; the answer is of one moment. */
#pragma once

#include "core/control/pool.h"
#include "core/store/db.h"

/* Of what is listed for each engine. */
enum { CHECK_LIST_MAX = 20 };
/* An engine and a unit of containers that are held against each other are one judgement, some 50
 * ns: a pool of 1,000 engines and 10,000 containers takes 10 million. What would need more is left
 * unchecked. */
enum { CHECK_JUDGEMENTS_MAX = 100000000 };

/* `most`: CHECK_JUDGEMENTS_MAX but in tests; nothing new is begun after as many judgements.
 * *ret_doc is the caller's: {"ok": false = some engine could not be lost, or was not looked at,
 * "unchecked": engines that were too many to look at, "engines": [{"id", "ok", "moves": containers
 * that would find a place, "misfits": [{"id","name","together_with": others of its unit,"reason"}],
 * "misfit_count", "stays":
 * [{"id","name","reason"}] which would wait for the engine's return, "stay_count", "advice":
 * what to do, "" where it is ok}]}.
 * `made`: the id of a container; besides tell, as "made_so", whether that is so only since it and
 * those that were made together with it are there; NULL = do not. A pool of one engine is never ok,
 * unless it is empty. */
bool check_pool(struct db *db, const struct pool *pool, const char *made, int64_t most,
                json_t **ret_doc, struct error *err);
