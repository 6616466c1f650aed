/* verdict: what the signs of life of an engine mean. A pure function, so that every combination can
 * be tried in a test; the times are those of the fault table. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum engine_state {
    ENGINE_PENDING,
    ENGINE_UP,
    ENGINE_DEGRADED,
    ENGINE_SUSPECT,
    ENGINE_DOWN,
    ENGINE_QUARANTINED /* another than the pool knows answers in its place */
};

/* Whether its kernel answers, whatever Docker does. */
enum engine_host { HOST_UNKNOWN, HOST_ALIVE, HOST_SILENT };

struct signs {
    enum engine_state was;
    int64_t interval_ms; /* between two signs */
    int64_t api_age_ms;  /* since Docker last answered */
    int api_streak;      /* answers in a row */
    double api_ms;       /* the last one took */
    bool echo_used;      /* it has an address to send echoes to, and we may */
    int64_t echo_age_ms; /* since the last reply */
    int echo_streak;
    bool echo_awaited;         /* there has been no reply at all yet */
    enum engine_host host_was; /* as was judged before */
    const char *api_error;     /* of the last probe that failed; "" = none has */
    const char *objection;     /* of whoever looked closer: it must not be used; "" = none */
    bool quarantined;          /* the objection is against who it is */
    bool fit;                  /* it was looked at closer since it came (back) */
};

struct verdict {
    enum engine_state state;
    enum engine_host host;
    char reason[512]; /* for people; "" where there is nothing to say */
};

void verdict_of(const struct signs *signs, struct verdict *ret_verdict);

/* "up" ... and what it is for placement: "pending", "up" or "down". */
const char *engine_state_word(enum engine_state state);
const char *engine_state_status(enum engine_state state);
/* ENGINE_PENDING for an unknown word. */
enum engine_state engine_state_of(const char *word);
/* Away: it was not there, or not fit, and is taken back only after a closer look. */
bool engine_state_is_away(enum engine_state state);
const char *engine_host_word(enum engine_host host);
