/* event_follow: the history as it goes on, event by event. */
#pragma once

#include "cli/command.h"

enum { EVENT_PAGE = 1000 }; /* of the history, fetched at once */

/* Print each event that comes, until Ctrl-C ends the process, or what does not pass by itself the
 * following; over a connection that breaks it goes on after the last one. `path` has the filters,
 * but no count. First come the newest `count` events that there are (0 = none), or with `oldest`
 * all of them. */
bool event_follow(struct cli *cli, const char *path, int64_t count, bool oldest, struct error *err);
