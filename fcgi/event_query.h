/* event_query: what a request asks of the history, as parameters of the statements that read it. */
#pragma once

#include "fcgi/request.h"

enum { EVENT_PARAMS = 10 };

/* Those of event_find and event_after (EVENT_PARAMS); texts are the request's. The cursor is that
 * of `cursor`, or `after` when `forward`. ERROR_BAD_FIELD. */
bool event_query_fill(const struct request *request, bool forward, struct db_param *params,
                      struct error *err);
void event_query_set_cursor(struct db_param *params, int64_t txid, int64_t id);
/* A text of CURSOR_BYTES bytes. */
void event_query_print_cursor(char *cursor, int64_t txid, int64_t id);
int64_t event_query_count(const struct request *request);

/* Forward from the event on that `last_id` of server-sent events names. */
bool event_query_resume(const struct request *request, const char *last_id, struct db_param *params,
                        struct error *err);
