/* complete: what the shell offers for the word that is being typed; `berth
 * --generate-bash-completion` is its hidden entrance. */
#pragma once

#include "cli/command.h"

/* Is this a question of a shell? "berth --generate-bash-completion WORD...", the last word being
 * the one under way, or, as the thesis has it, "berth WORD... --generate-bash-completion" for a new
 * word. *ret_words: the words, the caller's to free; borrowed from argv. */
bool complete_asked(int argc, char **argv, char ***ret_words, size_t *ret_count);

/* Print the candidates, one a line, what it is behind a tab; ":files" alone means files. Asks the
 * server quietly and for two seconds at most. */
void complete_print(char *const *words, size_t count);
