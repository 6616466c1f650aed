/* test_verdict: what the signs of life of an engine mean, row by row; and the queue of what was
 * found. */
#include "keeper/verdict.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/strbuf.h"
#include "keeper/heartbeat_queue.h"
#include "tests/unit/unit.h"

/* An engine that has always answered; a row says what is different. */
#pragma GCC diagnostic ignored "-Woverride-init"
#define WELL                                                                                       \
    .interval_ms = 1000, .api_streak = 9, .api_ms = 2, .echo_used = true, .echo_streak = 9,        \
    .api_error = "", .objection = "", .fit = true

#define LONG(text) text text text text text text text

static const struct {
    const char *name;
    struct signs signs;
    enum engine_state state;
    enum engine_host host;
    const char *reason; /* a part of it; "" = none */
} rows[] = {
    {"all is well", {WELL, .was = ENGINE_UP}, ENGINE_UP, HOST_ALIVE, ""},
    {"an answer late by one interval",
     {WELL, .was = ENGINE_UP, .api_age_ms = 2000, .echo_age_ms = 2000},
     ENGINE_UP,
     HOST_ALIVE,
     ""},
    {"nothing at all for 2.3 s: no placement",
     {WELL, .was = ENGINE_UP, .api_age_ms = 2300, .echo_age_ms = 2300, .api_error = "cut"},
     ENGINE_SUSPECT,
     HOST_SILENT,
     "neither its host nor Docker answers: cut"},
    {"it answers again", {WELL, .was = ENGINE_SUSPECT, .api_streak = 1}, ENGINE_UP, HOST_ALIVE, ""},
    {"nothing at all for 4 s: the host is lost",
     {WELL, .was = ENGINE_SUSPECT, .api_age_ms = 4000, .echo_age_ms = 4000},
     ENGINE_DOWN,
     HOST_SILENT,
     "neither"},
    {"Docker is busy, its host answers: a little more time",
     {WELL, .was = ENGINE_UP, .api_age_ms = 2700},
     ENGINE_UP,
     HOST_ALIVE,
     ""},
    {"Docker hangs, its host answers: no placement within 3 s",
     {WELL, .was = ENGINE_UP, .api_age_ms = 2800},
     ENGINE_SUSPECT,
     HOST_ALIVE,
     "its host answers"},
    {"Docker hangs: down within 5 s",
     {WELL, .was = ENGINE_SUSPECT, .api_age_ms = 4800},
     ENGINE_DOWN,
     HOST_ALIVE,
     "its host answers, but Docker does not"},
    {"no echo but Docker: still up",
     {WELL, .was = ENGINE_UP, .echo_age_ms = 4900},
     ENGINE_UP,
     HOST_ALIVE,
     ""},
    {"no echo but Docker: degraded",
     {WELL, .was = ENGINE_UP, .echo_age_ms = 5000, .echo_streak = 0},
     ENGINE_DEGRADED,
     HOST_ALIVE,
     "ICMP"},
    {"one echo does not make it well",
     {WELL, .was = ENGINE_DEGRADED, .echo_streak = 2},
     ENGINE_DEGRADED,
     HOST_ALIVE,
     "ICMP"},
    {"three do", {WELL, .was = ENGINE_DEGRADED, .echo_streak = 3}, ENGINE_UP, HOST_ALIVE, ""},
    {"slow", {WELL, .was = ENGINE_UP, .api_ms = 1000}, ENGINE_DEGRADED, HOST_ALIVE, "slow"},
    {"not slow enough", {WELL, .was = ENGINE_UP, .api_ms = 999}, ENGINE_UP, HOST_ALIVE, ""},
    {"not yet quick",
     {WELL, .was = ENGINE_DEGRADED, .api_ms = 500},
     ENGINE_DEGRADED,
     HOST_ALIVE,
     "slow"},
    {"quick again", {WELL, .was = ENGINE_DEGRADED, .api_ms = 499}, ENGINE_UP, HOST_ALIVE, ""},
    {"no echoes can be sent",
     {WELL, .was = ENGINE_UP, .echo_used = false, .echo_age_ms = 99999},
     ENGINE_UP,
     HOST_ALIVE,
     ""},
    {"nor does Docker answer",
     {WELL, .was = ENGINE_UP, .echo_used = false, .echo_age_ms = 99999, .api_age_ms = 4000},
     ENGINE_DOWN,
     HOST_UNKNOWN,
     "Docker does not answer"},
    {"down, one answer",
     {WELL, .was = ENGINE_DOWN, .api_streak = 1},
     ENGINE_DOWN,
     HOST_ALIVE,
     "looked at"},
    {"down, two answers", {WELL, .was = ENGINE_DOWN, .api_streak = 2}, ENGINE_UP, HOST_ALIVE, ""},
    {"down, not looked at yet",
     {WELL, .was = ENGINE_DOWN, .fit = false},
     ENGINE_DOWN,
     HOST_ALIVE,
     "looked at"},
    {"down, echoes only",
     {WELL, .was = ENGINE_DOWN, .api_streak = 0, .api_age_ms = 9999},
     ENGINE_DOWN,
     HOST_ALIVE,
     "its host answers"},
    {"down at the keeper's start, not asked yet",
     {WELL, .was = ENGINE_DOWN, .api_streak = 0},
     ENGINE_DOWN,
     HOST_ALIVE,
     "Docker does not"},
    {"down at the keeper's start, its host not heard yet",
     {WELL, .was = ENGINE_DOWN, .api_streak = 0, .echo_awaited = true},
     ENGINE_DOWN,
     HOST_UNKNOWN,
     "Docker does not"},
    {"nor for 4 s",
     {WELL, .was = ENGINE_DOWN, .api_streak = 0, .echo_awaited = true, .api_age_ms = 4000,
      .echo_age_ms = 4000},
     ENGINE_DOWN,
     HOST_SILENT,
     "neither"},
    {"Docker is down, a few echoes get lost: the host is not lost yet",
     {WELL, .was = ENGINE_DOWN, .host_was = HOST_ALIVE, .api_streak = 0, .api_age_ms = 9999,
      .echo_age_ms = 3999},
     ENGINE_DOWN,
     HOST_ALIVE,
     "its host answers"},
    {"a lost host stays lost until an echo comes",
     {WELL, .was = ENGINE_DOWN, .host_was = HOST_SILENT, .api_streak = 0, .api_age_ms = 9999,
      .echo_age_ms = 3999},
     ENGINE_DOWN,
     HOST_SILENT,
     "neither"},
    {"something speaks against it, and echoes are blocked: Docker answers, the host lives",
     {WELL, .was = ENGINE_UP, .objection = "another", .echo_age_ms = 9999, .echo_streak = 0},
     ENGINE_DOWN,
     HOST_ALIVE,
     "another"},
    {"new, it answers, not looked at",
     {WELL, .was = ENGINE_PENDING, .fit = false},
     ENGINE_PENDING,
     HOST_ALIVE,
     ""},
    {"new and fit", {WELL, .was = ENGINE_PENDING, .api_streak = 1}, ENGINE_UP, HOST_ALIVE, ""},
    {"new, it never answered",
     {WELL, .was = ENGINE_PENDING, .api_streak = 0, .api_age_ms = 5000, .fit = false},
     ENGINE_DOWN,
     HOST_ALIVE,
     "Docker does not"},
    {"something speaks against it",
     {WELL, .was = ENGINE_UP, .objection = "garbage"},
     ENGINE_DOWN,
     HOST_ALIVE,
     "garbage"},
    {"a long word against it, cut within a character",
     {WELL, .was = ENGINE_UP, .objection = LONG(LONG("0123456789")) "0123456789012345678x\xc3\xa9"},
     ENGINE_DOWN,
     HOST_ALIVE,
     "5678x?"},
    {"whatever it was",
     {WELL, .was = ENGINE_PENDING, .objection = "another"},
     ENGINE_DOWN,
     HOST_ALIVE,
     "another"},
    {"another answers in its place",
     {WELL, .was = ENGINE_UP, .objection = "another", .quarantined = true},
     ENGINE_QUARANTINED,
     HOST_ALIVE,
     "another"},
    {"after that, until it has been looked at",
     {WELL, .was = ENGINE_QUARANTINED, .fit = false},
     ENGINE_QUARANTINED,
     HOST_ALIVE,
     "being looked at"},
    {"and that one does not answer any more: whoever it was is gone",
     {WELL, .was = ENGINE_QUARANTINED, .objection = "another", .quarantined = true, .fit = false,
      .api_streak = 0, .api_age_ms = 4000, .echo_age_ms = 4000},
     ENGINE_DOWN,
     HOST_SILENT,
     "neither"},
    {"nor has it for a while, but it may yet",
     {WELL, .was = ENGINE_QUARANTINED, .objection = "another", .quarantined = true, .fit = false,
      .api_streak = 0, .api_age_ms = 3900, .echo_age_ms = 3900},
     ENGINE_QUARANTINED,
     HOST_SILENT,
     "another"},
    {"it is the right one again", {WELL, .was = ENGINE_QUARANTINED}, ENGINE_UP, HOST_ALIVE, ""},
    {"another interval, other times",
     {WELL, .was = ENGINE_UP, .interval_ms = 100, .api_age_ms = 230, .echo_age_ms = 230},
     ENGINE_SUSPECT,
     HOST_SILENT,
     "neither"},
};

static void test_rows(void) {
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct verdict verdict;
        verdict_of(&rows[i].signs, &verdict);
        bool ok = verdict.state == rows[i].state && verdict.host == rows[i].host &&
                  (*rows[i].reason ? strstr(verdict.reason, rows[i].reason) != NULL
                                   : !*verdict.reason || verdict.state == ENGINE_PENDING) &&
                  utf8_is_valid(verdict.reason, strlen(verdict.reason));
        if (!ok)
            printf("# %s: %s, %s, %s\n", rows[i].name, engine_state_word(verdict.state),
                   engine_host_word(verdict.host), verdict.reason);
        CU_ASSERT_TRUE(ok);
    }
}

/* As time goes by without a sign, an engine only gets worse: up, suspect, down. */
static void test_decline(void) {
    for (int echo = 0; echo < 2; echo++) {
        struct verdict verdict = {.state = ENGINE_UP};
        for (int64_t age_ms = 0; age_ms <= 6000; age_ms += 50) {
            const struct signs signs = {WELL, .was = verdict.state, .api_age_ms = age_ms,
                                        .echo_age_ms = echo ? 0 : age_ms};
            enum engine_state before = verdict.state;
            verdict_of(&signs, &verdict);
            CU_ASSERT_TRUE(verdict.state >= before);
            if (age_ms >= 3000) /* out of placement */
                CU_ASSERT_STRING_EQUAL(engine_state_status(verdict.state), "down");
            if (age_ms >= 5000)
                CU_ASSERT_EQUAL(verdict.state, ENGINE_DOWN);
        }
    }
}

static void test_words(void) {
    for (int state = ENGINE_PENDING; state <= ENGINE_DOWN; state++)
        CU_ASSERT_EQUAL(engine_state_of(engine_state_word((enum engine_state)state)), state);
    CU_ASSERT_EQUAL(engine_state_of("nonsense"), ENGINE_PENDING);
    CU_ASSERT_STRING_EQUAL(engine_state_status(ENGINE_DEGRADED), "up");
    CU_ASSERT_STRING_EQUAL(engine_state_status(ENGINE_SUSPECT), "down");
}

static struct heartbeat_report report_of(const char *id, enum engine_state state, double ms) {
    struct heartbeat_report report = {.verdict = {.state = state}, .api_ms = ms};
    snprintf(report.engine_id, sizeof report.engine_id, "%s", id);
    return report;
}

static void put(struct heartbeat_queue *queue, const char *id, enum engine_state state, double ms) {
    struct heartbeat_report report = report_of(id, state, ms);
    heartbeat_queue_put(queue, &report);
}

static bool readable(const struct heartbeat_queue *queue) {
    struct pollfd fd = {.fd = heartbeat_queue_fd(queue), .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

static void test_queue(void) {
    struct heartbeat_queue *queue = heartbeat_queue_new();
    struct heartbeat_report first, next;
    CU_ASSERT_FALSE(readable(queue) || heartbeat_queue_next(queue, &first));
    put(queue, "a", ENGINE_UP, 1);
    put(queue, "b", ENGINE_UP, 2);
    put(queue, "a", ENGINE_SUSPECT, 3);
    put(queue, "a", ENGINE_SUSPECT, 4); /* no change: in its place */
    CU_ASSERT_TRUE(readable(queue));
    CU_ASSERT_TRUE(heartbeat_queue_next(queue, &first) && first.api_ms == 1);
    CU_ASSERT_TRUE(heartbeat_queue_has(queue, "b") && !heartbeat_queue_has(queue, "c"));
    CU_ASSERT_TRUE(heartbeat_queue_next(queue, &next) && next.number == first.number);
    heartbeat_queue_done(queue, first.number);
    CU_ASSERT_TRUE(heartbeat_queue_next(queue, &next) && next.api_ms == 2);
    put(queue, "b", ENGINE_UP, 5);
    heartbeat_queue_done(queue, next.number); /* it is another one now */
    CU_ASSERT_TRUE(heartbeat_queue_next(queue, &next) && next.api_ms == 5);
    heartbeat_queue_done(queue, next.number);
    CU_ASSERT_TRUE(heartbeat_queue_next(queue, &next) && next.api_ms == 4);
    heartbeat_queue_done(queue, next.number);
    CU_ASSERT_FALSE(readable(queue) || heartbeat_queue_next(queue, &next));
    heartbeat_queue_free(queue);
}

/* However often an engine changes while nobody can write: bounded, and the last state is kept. */
static void test_queue_bounded(void) {
    struct heartbeat_queue *queue = heartbeat_queue_new();
    struct heartbeat_report report;
    int count = 0;
    for (int i = 0; i < 1001; i++)
        put(queue, "a", i % 2 ? ENGINE_UP : ENGINE_DOWN, i);
    while (heartbeat_queue_next(queue, &report)) {
        heartbeat_queue_done(queue, report.number);
        count++;
    }
    CU_ASSERT_EQUAL(count, 32);
    CU_ASSERT_EQUAL(report.api_ms, 1000);
    CU_ASSERT_EQUAL(report.verdict.state, ENGINE_DOWN);
    put(queue, "a", ENGINE_UP, 1);
    heartbeat_queue_free(queue);
}

static const struct unit_test tests[] = {
    {"each combination of signs", test_rows},
    {"silence: out of placement within 3 s, down within 5 s", test_decline},
    {"words", test_words},
    {"what was found waits in order", test_queue},
    {"and does not grow without end", test_queue_bounded},
    {0},
};

const struct unit_suite suite_verdict = {"verdict", tests};
