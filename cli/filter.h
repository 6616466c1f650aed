/* filter: --filter KEY=VALUE of lists: by the server where it knows the key, else here, by the
 * fields of the records. */
#pragma once

#include "cli/command.h"

/* Add what the server can do to the path, as a query. Errors: BAD_FIELD, no KEY=VALUE. */
bool filter_query(const struct cli *cli, struct strbuf *path, struct error *err);

/* Can the server do all of them? */
bool filter_is_servers(const struct cli *cli);

/* Leave only the records that fit the filters which the server has not applied. Errors: BAD_FIELD
 * when no record of a list that has any knows the key. */
bool filter_records(const struct cli *cli, json_t **list, struct error *err);

/* The same for one record of a list that is not whole yet: one without the field does not fit. */
bool filter_lets(const struct cli *cli, json_t *record);

/* Does a record fit? KEY is a path as in "engine.id", "health.status"; an object counts by its
 * "name" or "id", an array by any of its elements. Case does not count; "*" in the value stands for
 * anything. *ret_known: the record has that field. */
bool filter_fits(json_t *record, const char *key, const char *value, bool *ret_known);
