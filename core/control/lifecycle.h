/* lifecycle: the transition table of a container: from what is wanted and what is there to the next
 * call to its engine. */
#pragma once

#include <stdbool.h>

enum desired { DESIRED_RUNNING, DESIRED_STOPPED, DESIRED_REMOVED };

enum observed {
    OBSERVED_UNKNOWN, /* somebody may have created it: look */
    OBSERVED_ABSENT,
    OBSERVED_CREATED, /* never started */
    OBSERVED_RUNNING,
    OBSERVED_PAUSED,
    OBSERVED_RESTARTING, /* by Docker's restart policy */
    OBSERVED_EXITED,
};

enum action {
    ACTION_NONE,   /* as desired */
    ACTION_LOOK,   /* inspect */
    ACTION_CREATE, /* pulling the image first where needed */
    ACTION_START,
    ACTION_STOP,
    ACTION_RESTART,
    ACTION_REMOVE, /* kill and remove */
};

struct lifecycle_row {
    enum desired desired;
    enum observed observed;
    bool restart_asked;
    enum action action;
    const char *comment;
};

/* The whole table, for the tests that prove it complete and free of contradictions. */
extern const struct lifecycle_row lifecycle_table[];
extern const int lifecycle_row_count;

/* The next action. Total: each combination has exactly one row. */
enum action lifecycle_next(enum desired desired, enum observed observed, bool restart_asked);

/* Words of the database and of Docker <-> the enums. Unknown words give DESIRED_RUNNING and
 * OBSERVED_UNKNOWN. `dead` and `removing` of Docker count as exited: they can only be removed. */
enum desired desired_of(const char *word);
enum observed observed_of(const char *word);
const char *observed_word(enum observed observed); /* state column: "missing" for ABSENT */
