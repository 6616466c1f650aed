/* verdict: see verdict.h. */
#include "keeper/verdict.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/strbuf.h"

/* In tenths of an interval, since the last answer, which was up to one interval before the fault.
 * A host that answers echoes gets more time: its Docker is rather busy than gone. */
enum {
    SUSPECT = 23,
    SUSPECT_ALIVE = 28,
    DOWN = 40,
    DOWN_ALIVE = 48,
    ECHO_SILENT = 50,
    STREAK_BACK = 2, /* answers in a row until one that was down is taken for being back */
    STREAK_ECHO = 3,
    SLOW_MS = 1000,
    QUICK_MS = 500
};

static const struct {
    const char *word, *status;
} states[] = {
    [ENGINE_PENDING] = {"pending", "pending"}, [ENGINE_UP] = {"up", "up"},
    [ENGINE_DEGRADED] = {"degraded", "up"},    [ENGINE_SUSPECT] = {"suspect", "down"},
    [ENGINE_DOWN] = {"down", "down"},          [ENGINE_QUARANTINED] = {"quarantined", "down"},
};

const char *engine_state_word(enum engine_state state) {
    return states[state].word;
}

const char *engine_state_status(enum engine_state state) {
    return states[state].status;
}

enum engine_state engine_state_of(const char *word) {
    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (strcmp(states[i].word, word) == 0)
            return (enum engine_state)i;
    return ENGINE_PENDING;
}

const char *engine_host_word(enum engine_host host) {
    static const char *const words[] = {
        [HOST_UNKNOWN] = "unknown", [HOST_ALIVE] = "alive", [HOST_SILENT] = "silent"};
    return words[host];
}

static bool older(int64_t age_ms, const struct signs *signs, int tenths) {
    return age_ms * 10 >= signs->interval_ms * tenths;
}

/* Of an engine that is down a silent host means that its containers go elsewhere: it is as long in
 * coming as the verdict on Docker. */
static enum engine_host host_of(const struct signs *signs) {
    bool patient = signs->was == ENGINE_DOWN && signs->host_was != HOST_SILENT;
    if (!older(signs->api_age_ms, signs, SUSPECT) && signs->api_streak > 0)
        return HOST_ALIVE; /* Docker answers, whatever became of the echoes */
    if (!signs->echo_used)
        return HOST_UNKNOWN;
    if (older(signs->echo_age_ms, signs, patient ? DOWN : SUSPECT))
        return HOST_SILENT;
    return signs->echo_awaited ? HOST_UNKNOWN : HOST_ALIVE;
}

/* Docker does not answer. */
static void explain_silence(const struct signs *signs, struct verdict *verdict) {
    static const char *const words[] = {[HOST_UNKNOWN] = "Docker does not answer",
                                        [HOST_ALIVE] = "its host answers, but Docker does not",
                                        [HOST_SILENT] = "neither its host nor Docker answers"};
    snprintf(verdict->reason, sizeof verdict->reason, "%s%s%s", words[verdict->host],
             *signs->api_error ? ": " : "", signs->api_error);
}

static bool is_slow(const struct signs *signs) {
    return signs->api_ms >= (signs->was == ENGINE_DEGRADED ? QUICK_MS : SLOW_MS);
}

static bool echo_is_missing(const struct signs *signs) {
    return signs->echo_used &&
           (older(signs->echo_age_ms, signs, ECHO_SILENT) ||
            (signs->was == ENGINE_DEGRADED && signs->echo_streak < STREAK_ECHO));
}

/* It is up; how well? */
static void judge_quality(const struct signs *signs, struct verdict *verdict) {
    if (is_slow(signs)) {
        verdict->state = ENGINE_DEGRADED;
        snprintf(verdict->reason, sizeof verdict->reason,
                 "Docker is slow: it took %.1f s to answer", signs->api_ms / 1000);
    } else if (echo_is_missing(signs)) {
        verdict->state = ENGINE_DEGRADED;
        snprintf(verdict->reason, sizeof verdict->reason,
                 "Docker answers, but no ICMP echo does: is it blocked on the way?");
    }
}

/* Taken for being back only after a closer look. */
bool engine_state_is_away(enum engine_state state) {
    return state == ENGINE_PENDING || state == ENGINE_DOWN || state == ENGINE_QUARANTINED;
}

void verdict_of(const struct signs *signs, struct verdict *ret_verdict) {
    bool is_away = engine_state_is_away(signs->was);
    int needed = signs->was == ENGINE_DOWN ? STREAK_BACK : 1;
    *ret_verdict = (struct verdict){.state = ENGINE_UP, .host = host_of(signs)};
    bool alive = ret_verdict->host == HOST_ALIVE;
    bool silent = older(signs->api_age_ms, signs, alive ? DOWN_ALIVE : DOWN);
    /* Against an engine that is not asked at all, say without credentials, the objection stands. */
    if (*signs->objection && !(signs->quarantined && silent)) {
        ret_verdict->state = signs->quarantined ? ENGINE_QUARANTINED : ENGINE_DOWN;
        snprintf(ret_verdict->reason, sizeof ret_verdict->reason, "%s", signs->objection);
    } else if (silent) {
        ret_verdict->state = ENGINE_DOWN;
        explain_silence(signs, ret_verdict);
    } else if (is_away && (signs->api_streak < needed || !signs->fit)) {
        ret_verdict->state = signs->was;
        if (signs->api_streak == 0)
            explain_silence(signs, ret_verdict);
        else
            snprintf(ret_verdict->reason, sizeof ret_verdict->reason,
                     "it answers; being looked at");
    } else if (older(signs->api_age_ms, signs, alive ? SUSPECT_ALIVE : SUSPECT)) {
        ret_verdict->state = ENGINE_SUSPECT;
        explain_silence(signs, ret_verdict);
    } else {
        ret_verdict->host = HOST_ALIVE; /* Docker answers, whatever became of the echoes */
        judge_quality(signs, ret_verdict);
    }
    utf8_clean(ret_verdict->reason); /* a longer one was cut */
}
