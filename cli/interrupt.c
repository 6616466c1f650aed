/* interrupt: see interrupt.h. */
#include "cli/interrupt.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/prompt.h"
#include "core/base/mem.h"

/* What is left behind; written by a signal handler, so made beforehand. */
static char farewell[512];
static volatile sig_atomic_t keeps, pressed;

__attribute__((noreturn)) static void leave(int number) {
    (void)!write(STDERR_FILENO, farewell, strlen(farewell));
    _exit(128 + number);
}

static void on_signal(int number) {
    if (number == SIGINT && keeps && !pressed)
        pressed = 1;
    else
        leave(number);
}

static void watch(bool may_keep) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    keeps = may_keep;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void interrupt_hold(void) {
    farewell[0] = '\0';
    pressed = 0;
    watch(true);
}

void interrupt_begin(const char *location, bool may_ask) {
    const char *slash = strrchr(location, '/');
    const char *id = slash ? slash + 1 : location;
    snprintf(farewell, sizeof farewell,
             "\nberth: the operation goes on; to see it: berth operation %.64s\n"
             "  to wait for it: berth wait %.64s; to cancel it: berth cancel %.64s\n",
             id, id, id);
    if (pressed && !may_ask)
        leave(SIGINT);
    watch(may_ask);
}

void interrupt_quietly(void) {
    farewell[0] = '\0';
    watch(false);
}

void interrupt_end(void) {
    pressed = 0;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

enum interrupt_answer interrupt_ask(void) {
    CLEANUP(mem_free_text) char *line = NULL;
    struct error err = {0};
    if (!pressed)
        return INTERRUPT_NONE;
    fputs("\nberth: [c]ancel what has not begun, [l]et it go on (default), [w]ait? ", stderr);
    bool answered = read_line(&line, &err);
    pressed = 0;
    switch (answered ? line[0] : 'l') {
    case 'c':
    case 'C':
        return INTERRUPT_CANCEL;
    case 'w':
    case 'W':
        return INTERRUPT_WAIT;
    default:
        return INTERRUPT_LEAVE;
    }
}

void interrupt_leave(void) {
    leave(SIGINT);
}
