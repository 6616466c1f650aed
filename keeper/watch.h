/* watch: looks closer at every engine whose heart beats (heartbeat.h): what Docker says of itself,
 * its full list; each engine at its own pace, so that a slow one delays no other. Writes down what
 * the heartbeat finds. */
#pragma once

#include "core/control/pool.h"
#include "core/store/db.h"

struct watch;

/* `stop_fd` readable ends watch_poll early. */
struct watch *watch_new(const struct pool *pool, struct db *db, int stop_fd);
void watch_free(struct watch *watch);

/* Go on for about timeout_ms. */
void watch_poll(struct watch *watch, int timeout_ms);

/* The engines that were found to be lost (down, and the host silent) and written down as such:
 * PostgreSQL's text of an array. One of which something has been found since then is left out.
 * False: the last watch_poll could not write down all that had been found when it began. */
bool watch_lost(const struct watch *watch, struct strbuf *ids);
