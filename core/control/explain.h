/* explain: why containers are where they are. A placement is kept as one record for the whole
 * batch: the engines as they were before it, and the choices in their order; what was true at each
 * step follows from that, by the same rules as the placement itself.
 *
 * A record is bounded: in detail it has the best engines and the chosen ones, and of those that
 * could take nothing the first ones, with counts by kind of reason. */
#pragma once

#include "core/control/placement.h"

enum { EXPLAIN_ENGINES_MAX = 50 };

/* {"request": {...}, "engines": [{"id", sizes and loads before}], "engine_count": how many could
 * take one, "excluded": [{"id","reason"}], "excluded_counts": {KIND: n}, "choices": [indices into
 * engines]}. `before` is judged, so its why_not change. The caller's. */
json_t *explain_record(struct placement_engine *before, size_t engine_count,
                       const struct placement_request *request, const size_t *choice);

/* What was true when the container number `step` (from 1 on) of the record was placed:
 * {"candidates": [{"id","score","reserved_cpus","cpus","reserved_memory","memory","containers",
 * "behind_by": the rule that put another one before it, null of the chosen one}], best first,
 * "candidate_count", "excluded", "excluded_counts"}. A broken record gives less. The caller's. */
json_t *explain_step(json_t *record, size_t step);

/* The score of each choice at its step; an array of decimals. The caller's. */
json_t *explain_scores(json_t *record);
