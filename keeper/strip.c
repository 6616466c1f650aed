/* strip: see strip.h. */
#include "keeper/strip.h"

#include <stdio.h>

enum { SLOTS = STRIP_PIECES + 1, MAX_MS = 99999 };
static const float untried = -2, unanswered = -1;

void strip_init(struct strip *strip, int64_t now_ms) {
    *strip = (struct strip){.began_ms = now_ms, .worst_ms = {untried}};
}

static float *piece(struct strip *strip, int64_t number) {
    return &strip->worst_ms[number % SLOTS];
}

/* A piece is over: where nothing was tried, since nobody had the time, it is as the one before. */
static void go_on(struct strip *strip, int64_t now_ms) {
    int64_t number = (now_ms - strip->began_ms) / STRIP_PIECE_MS;
    while (strip->number < number) {
        if (*piece(strip, strip->number) == untried)
            *piece(strip, strip->number) =
                strip->number ? *piece(strip, strip->number - 1) : unanswered;
        strip->number++;
        *piece(strip, strip->number) = untried;
    }
}

void strip_note(struct strip *strip, int64_t now_ms, double took_ms) {
    go_on(strip, now_ms);
    float *worst = piece(strip, strip->number);
    float took = took_ms < 0 ? unanswered : took_ms > MAX_MS ? (float)MAX_MS : (float)took_ms;
    if (took > *worst)
        *worst = took;
}

int64_t strip_print(struct strip *strip, int64_t now_ms, char text[STRIP_TEXT]) {
    size_t used = 0;
    go_on(strip, now_ms);
    text[0] = '\0';
    int64_t first = strip->number > STRIP_PIECES ? strip->number - STRIP_PIECES : 0;
    for (int64_t i = first; i < strip->number; i++) {
        float worst = *piece(strip, i);
        text[used++] = i == first ? '[' : ',';
        used += (size_t)snprintf(text + used, STRIP_TEXT - used, worst < 0 ? "null" : "%.1f",
                                 (double)worst);
    }
    if (used)
        snprintf(text + used, STRIP_TEXT - used, "]");
    return strip->began_ms + strip->number * STRIP_PIECE_MS;
}
