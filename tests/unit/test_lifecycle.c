/* test_lifecycle: the transition table is complete, without contradictions, and leads to its end.
 */
#include "core/control/lifecycle.h"
#include "tests/unit/unit.h"

static void test_total(void) {
    for (int desired = DESIRED_RUNNING; desired <= DESIRED_REMOVED; desired++)
        for (int observed = OBSERVED_UNKNOWN; observed <= OBSERVED_EXITED; observed++)
            for (int restart = 0; restart < 2; restart++) {
                int rows = 0;
                for (int i = 0; i < lifecycle_row_count; i++)
                    rows += lifecycle_table[i].desired == (enum desired)desired &&
                            lifecycle_table[i].observed == (enum observed)observed &&
                            lifecycle_table[i].restart_asked == restart;
                CU_ASSERT_EQUAL(rows, 1);
            }
}

/* What each action leads to when the engine does as it is told. */
static enum observed after(enum action action, enum observed observed) {
    switch (action) {
    case ACTION_LOOK:
    case ACTION_REMOVE:
        return OBSERVED_ABSENT;
    case ACTION_CREATE:
        return OBSERVED_CREATED;
    case ACTION_START:
    case ACTION_RESTART:
        return OBSERVED_RUNNING;
    case ACTION_STOP:
        return OBSERVED_EXITED;
    case ACTION_NONE:
        break;
    }
    return observed;
}

static void test_converges(void) {
    for (int i = 0; i < lifecycle_row_count; i++) {
        enum desired desired = lifecycle_table[i].desired;
        enum observed observed = lifecycle_table[i].observed;
        bool restart = lifecycle_table[i].restart_asked;
        int steps = 0;
        for (; steps < 5; steps++) {
            enum action action = lifecycle_next(desired, observed, restart);
            if (action == ACTION_NONE)
                break;
            observed = after(action, observed);
            restart = restart && action != ACTION_START && action != ACTION_RESTART;
        }
        CU_ASSERT_TRUE(steps < 5);
        if (desired == DESIRED_REMOVED)
            CU_ASSERT_EQUAL(observed, OBSERVED_ABSENT);
        if (desired == DESIRED_STOPPED)
            CU_ASSERT_TRUE(observed != OBSERVED_RUNNING && observed != OBSERVED_RESTARTING);
    }
}

/* Nothing that is absent or wanted is ever removed; nothing not wanted is ever created or started.
 */
static void test_safe(void) {
    for (int i = 0; i < lifecycle_row_count; i++) {
        const struct lifecycle_row *row = &lifecycle_table[i];
        if (row->action == ACTION_REMOVE)
            CU_ASSERT_EQUAL(row->desired, DESIRED_REMOVED);
        if (row->action == ACTION_CREATE || row->action == ACTION_START ||
            row->action == ACTION_RESTART)
            CU_ASSERT_EQUAL(row->desired, DESIRED_RUNNING);
        if (row->action == ACTION_CREATE)
            CU_ASSERT_EQUAL(row->observed, OBSERVED_ABSENT);
    }
}

static void test_words(void) {
    CU_ASSERT_EQUAL(observed_of("running"), OBSERVED_RUNNING);
    CU_ASSERT_EQUAL(observed_of("dead"), OBSERVED_EXITED);
    CU_ASSERT_EQUAL(observed_of("placed"), OBSERVED_UNKNOWN);
    CU_ASSERT_STRING_EQUAL(observed_word(OBSERVED_EXITED), "exited");
    CU_ASSERT_STRING_EQUAL(observed_word(OBSERVED_ABSENT), "missing");
    CU_ASSERT_EQUAL(desired_of("removed"), DESIRED_REMOVED);
}

static const struct unit_test tests[] = {
    {"each combination has exactly one row", test_total},
    {"each row leads to what is wanted", test_converges},
    {"only the unwanted is removed, only the wanted started", test_safe},
    {"words of Docker and of the database", test_words},
    {0},
};

const struct unit_suite suite_lifecycle = {"lifecycle", tests};
