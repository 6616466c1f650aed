/* serve: a program that scripts keep open to ask it many things, which costs them less than to
 * start it each time. A question is a number N and N fields, each ended by NUL; an answer is one
 * byte, 0 for done, 1 for failed or ? for a question that is not for this program, then text, then
 * NUL. */
#pragma once

#include <stdbool.h>

#include "core/base/strbuf.h"

enum { SERVE_FIELDS_MAX = 64 };

struct serve_question {
    int count;
    char *fields[SERVE_FIELDS_MAX + 1]; /* ended by NULL */
};

/* The next question of standard input; its fields are good until serve_release. False at the end.
 */
bool serve_next(struct serve_question *ret_question);
void serve_release(struct serve_question *question);

/* Answer on standard output; NULs in the text are left out. The text goes into the file that
 * SERVE_FILE names where it is set, for a shell reads from a pipe byte by byte. */
void serve_answer(char status, const struct strbuf *text);
