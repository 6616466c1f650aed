/* follow: what is followed (a log, the history) goes on over connections that break: patience,
 * pauses, what the last mark of a stream says. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cli/command.h"

/* Zero-initialise. */
struct follow {
    bool begun;   /* something has come, on whatever connection: a new one may be tried */
    int silent_s; /* since the last bytes on this connection */
    int64_t broken_ms, pause_ms; /* broken_ms: since when nothing was heard at all, 0 = it was */
};

/* For the sink of the call, with the length of each piece. false: the connection is silent for so
 * long that it must be broken. */
bool follow_heard(struct follow *follow, size_t len);

/* After a call that ended in `err`: is there to be another one? Waits for its time. Not after what
 * does not pass by itself, nor after 30 s without a word, nor when the time of --timeout is over.
 */
bool follow_again(struct follow *follow, const struct cli *cli, const struct error *err);

/* What the mark "end: WHY" at the end of a stream of `what` ("The log") says; NULL: there was none.
 * true: it has ended as it should. */
bool follow_judge(const char *what, const char *why, struct error *err);
