/* strip: how an engine has answered during the last five minutes, in pieces of five seconds. */
#pragma once

#include <stdint.h>

enum { STRIP_PIECES = 60, STRIP_PIECE_MS = 5000, STRIP_TEXT = 512 };

/* Kept by whoever asks the engine; strip_init first. Times are monotonic. */
struct strip {
    int64_t began_ms;
    int64_t number; /* of the piece that is not over yet, the first being 0 */
    float worst_ms[STRIP_PIECES + 1];
};

void strip_init(struct strip *strip, int64_t now_ms);

/* The engine has answered after `took_ms`; or, below 0, it has not. */
void strip_note(struct strip *strip, int64_t now_ms, double took_ms);

/* The pieces that are over, oldest first, as a JSON array: the worst round trip in ms, null where
 * nothing was answered. A piece in which nothing was tried is as the one before. `text` is "" as
 * long as there is none. Returns when the last one ended. */
int64_t strip_print(struct strip *strip, int64_t now_ms, char text[STRIP_TEXT]);
