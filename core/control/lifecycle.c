/* lifecycle: see lifecycle.h. */
#include "core/control/lifecycle.h"

#include <stddef.h>
#include <string.h>

#include "core/base/mem.h"

#define ROW(want, is, restart, act, text)                                                          \
    { DESIRED_##want, OBSERVED_##is, restart, ACTION_##act, text }

const struct lifecycle_row lifecycle_table[] = {
    ROW(RUNNING, UNKNOWN, false, LOOK, "an earlier attempt may have created it"),
    ROW(RUNNING, ABSENT, false, CREATE, "not there yet, or vanished"),
    ROW(RUNNING, CREATED, false, START, "never started"),
    ROW(RUNNING, RUNNING, false, NONE, "as desired"),
    ROW(RUNNING, PAUSED, false, NONE, "paused by hand; it is theirs to resume"),
    ROW(RUNNING, RESTARTING, false, NONE, "Docker's restart policy is at work"),
    ROW(RUNNING, EXITED, false, START, "start was asked for"),
    ROW(RUNNING, UNKNOWN, true, LOOK, "look first"),
    ROW(RUNNING, ABSENT, true, CREATE, "a new one is a restarted one"),
    ROW(RUNNING, CREATED, true, START, "a first start is a restart"),
    ROW(RUNNING, RUNNING, true, RESTART, "asked for"),
    ROW(RUNNING, PAUSED, true, RESTART, "asked for"),
    ROW(RUNNING, RESTARTING, true, RESTART, "asked for"),
    ROW(RUNNING, EXITED, true, START, "a stopped one starts"),
    ROW(STOPPED, UNKNOWN, false, LOOK, "an earlier attempt may have started it"),
    ROW(STOPPED, ABSENT, false, NONE, "nothing runs"),
    ROW(STOPPED, CREATED, false, NONE, "never started"),
    ROW(STOPPED, RUNNING, false, STOP, "stop was asked for"),
    ROW(STOPPED, PAUSED, false, STOP, "stop was asked for"),
    ROW(STOPPED, RESTARTING, false, STOP, "ends the restart policy's work"),
    ROW(STOPPED, EXITED, false, NONE, "as desired"),
    ROW(STOPPED, UNKNOWN, true, LOOK, "a stop after a restart wins"),
    ROW(STOPPED, ABSENT, true, NONE, "a stop after a restart wins"),
    ROW(STOPPED, CREATED, true, NONE, "a stop after a restart wins"),
    ROW(STOPPED, RUNNING, true, STOP, "a stop after a restart wins"),
    ROW(STOPPED, PAUSED, true, STOP, "a stop after a restart wins"),
    ROW(STOPPED, RESTARTING, true, STOP, "a stop after a restart wins"),
    ROW(STOPPED, EXITED, true, NONE, "a stop after a restart wins"),
    ROW(REMOVED, UNKNOWN, false, LOOK, "removal needs its Docker id"),
    ROW(REMOVED, ABSENT, false, NONE, "gone"),
    ROW(REMOVED, CREATED, false, REMOVE, "destroy"),
    ROW(REMOVED, RUNNING, false, REMOVE, "destroy"),
    ROW(REMOVED, PAUSED, false, REMOVE, "destroy"),
    ROW(REMOVED, RESTARTING, false, REMOVE, "destroy"),
    ROW(REMOVED, EXITED, false, REMOVE, "destroy"),
    ROW(REMOVED, UNKNOWN, true, LOOK, "removal needs its Docker id"),
    ROW(REMOVED, ABSENT, true, NONE, "gone"),
    ROW(REMOVED, CREATED, true, REMOVE, "destroy"),
    ROW(REMOVED, RUNNING, true, REMOVE, "destroy"),
    ROW(REMOVED, PAUSED, true, REMOVE, "destroy"),
    ROW(REMOVED, RESTARTING, true, REMOVE, "destroy"),
    ROW(REMOVED, EXITED, true, REMOVE, "destroy"),
};

const int lifecycle_row_count = ARRAY_LEN(lifecycle_table);

enum action lifecycle_next(enum desired desired, enum observed observed, bool restart_asked) {
    for (int i = 0; i < lifecycle_row_count; i++) {
        const struct lifecycle_row *row = &lifecycle_table[i];
        if (row->desired == desired && row->observed == observed &&
            row->restart_asked == restart_asked)
            return row->action;
    }
    return ACTION_LOOK;
}

enum desired desired_of(const char *word) {
    if (strcmp(word, "stopped") == 0)
        return DESIRED_STOPPED;
    if (strcmp(word, "removed") == 0)
        return DESIRED_REMOVED;
    return DESIRED_RUNNING;
}

static const struct {
    const char *word;
    enum observed observed;
} words[] = {
    {"created", OBSERVED_CREATED}, {"running", OBSERVED_RUNNING},
    {"paused", OBSERVED_PAUSED},   {"restarting", OBSERVED_RESTARTING},
    {"exited", OBSERVED_EXITED},   {"missing", OBSERVED_ABSENT},
    {"dead", OBSERVED_EXITED},     {"removing", OBSERVED_EXITED},
};

enum observed observed_of(const char *word) {
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(words[i].word, word) == 0)
            return words[i].observed;
    return OBSERVED_UNKNOWN;
}

const char *observed_word(enum observed observed) {
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (words[i].observed == observed)
            return words[i].word;
    return "placed";
}
