/* interrupt: Ctrl-C while an operation is waited for: it goes on without us, unless the person at
 * the terminal wants it otherwise. */
#pragma once

#include <stdbool.h>

enum interrupt_answer {
    INTERRUPT_NONE, /* nothing was pressed */
    INTERRUPT_CANCEL,
    INTERRUPT_LEAVE,
    INTERRUPT_WAIT
};

/* The call that begins an operation is on its way: the first SIGINT is kept until it is known where
 * the operation is. */
void interrupt_hold(void);

/* From now on SIGINT and SIGTERM end the process with 128 + their number, after a line that says
 * how the operation can be found, waited for and cancelled. With `may_ask` (standard input and
 * error are a terminal) the first SIGINT is kept for interrupt_ask(), and the second ends it. One
 * that was held counts now. */
void interrupt_begin(const char *location, bool may_ask);
/* The same without a word: nothing is left behind. */
void interrupt_quietly(void);
void interrupt_end(void); /* none of these */

/* If Ctrl-C was pressed, ask what is to become of the operation. */
enum interrupt_answer interrupt_ask(void);

/* End the process as SIGINT would. */
void interrupt_leave(void) __attribute__((noreturn));
