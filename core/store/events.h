/* events: the history. An event is written in the transaction of the change that it tells of. */
#pragma once

#include "core/store/db.h"

struct event {
    const char *type; /* "run-container" ... */
    const char *tag;  /* "cluster", "security" or "docker" */
    const char *message;
    const char *container_id, *engine_id; /* NULL where it is not about one */
    const char *account, *request_id;     /* NULL where berth acts by itself */
    const char *doc;                      /* JSON text with more members, or NULL */
};

bool event_insert(struct db *db, const struct event *event, struct error *err);
