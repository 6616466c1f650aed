/* prompt: questions to the person at the terminal. */
#pragma once

#include "core/base/error.h"

/* Ask on standard error, read a line from standard input; an empty answer gives `fallback` (may be
 * NULL: then the answer is required). *ret_answer is the caller's. Errors: BAD_REQUEST when
 * standard input is no terminal; the message names `option`, which would have answered. */
bool prompt_line(const char *question, const char *fallback, const char *option, char **ret_answer,
                 struct error *err);

/* The same without echo. */
bool prompt_hidden(const char *question, const char *option, char **ret_answer, struct error *err);

/* The first line of standard input, without its end. */
bool read_line(char **ret_line, struct error *err);

/* All of standard input, at most 1 MB; the caller's. Errors: BAD_REQUEST when it is longer, or a
 * terminal. */
bool read_all_input(char **ret_text, struct error *err);

/* Ask a question whose answer is yes or no, on a terminal; anything but "y" or "yes" is no. */
bool prompt_yes(const char *question);
