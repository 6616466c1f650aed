/* watch: looks at every engine in turn: ping, full list, verdict; each engine at its own pace, so
 * that a slow one delays no other. */
#pragma once

#include "core/control/pool.h"
#include "core/store/db.h"

struct watch;

struct watch *watch_new(const struct pool *pool, struct db *db);
void watch_free(struct watch *watch);

/* Go on for about timeout_ms; wake_fd (>= 0) ends it early. */
void watch_poll(struct watch *watch, int wake_fd, int timeout_ms);
