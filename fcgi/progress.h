/* progress: how far the operations are that somebody watches: one board for each process. The
 * database is asked for all of them together, about once a second however many watch. Calls are
 * safe in any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/strbuf.h"
#include "core/store/db.h"

struct progress_board;
struct progress_watch; /* one watcher's place */

struct progress_board *progress_board_new(void);
void progress_board_free(struct progress_board *board); /* nobody may watch any more */

/* Never waits for the database. */
struct progress_watch *progress_watch_new(struct progress_board *board, const char *operation_id);
void progress_watch_free(struct progress_watch *watch);

/* What is told of one item, or of the end: `json` is a whole object. */
typedef void progress_tell(void *context, const char *event, const char *json);

/* Tell each item that has changed since the watch's last call (all of them at first), "item"; and
 * in the end the operation's document with its result, "finished". Asks the database when what the
 * board knows is too old; its failure changes nothing. Returns true after the end. */
bool progress_watch_look(struct progress_watch *watch, struct db *db, progress_tell *tell,
                         void *context);
