/* manual: what help and the manual page say besides the command table. */
#pragma once

#include "cli/command.h"

struct topic_row {
    const char *name;
    const char *text;
};

/* A table of its own: `berth help NAME`, and a section of the manual page. */
struct topic {
    const char *name;             /* "exit-status" */
    const char *title;            /* "Exit status" */
    const char *section;          /* "EXIT STATUS" */
    const char *text;             /* goes before the rows, or NULL */
    const struct topic_row *rows; /* ends with {0} */
};

extern const struct topic topics[]; /* ends with {0} */

/* NULL when there is none of that name. */
const struct topic *topic_find(const char *name);
void topic_print(const struct topic *topic);

/* The manual page berth(1) in the macros of man(7), on standard output. */
void manual_print(void);
