/* events: see events.h. */
#include "core/store/events.h"

#include <stdio.h>

#include "sql/statements.h"

bool event_insert(struct db *db, const struct event *event, struct error *err) {
    char tags[32];
    snprintf(tags, sizeof tags, "{%s}", event->tag);
    return db_run(db, &sql_event_insert,
                  DB_PARAMS(DB_TEXT(event->type), DB_TEXT(tags), DB_TEXT(event->message),
                            DB_TEXT(event->container_id), DB_TEXT(event->engine_id),
                            DB_TEXT(event->account), DB_TEXT(event->request_id),
                            DB_TEXT(event->doc)),
                  NULL, err);
}
