/* suggest: what somebody may have meant who wrote a name that does not exist. */
#pragma once

#include "cli/command.h"

/* How many characters to put in, leave out, exchange or swap with their neighbour to make `b` of
 * `a` (restricted Damerau-Levenshtein distance); names longer than 63 bytes are infinitely far. */
size_t edit_distance(const char *a, const char *b);

/* Is `name` so near to `word` that it may have been meant? 0 = no, else the smaller the nearer. */
size_t suggest_rank(const char *word, const char *name);

/* The command (its path or alias) that the first word or words may have meant; NULL = none. */
const char *suggest_command(char *const *words, size_t count);

/* The option, without dashes, of a command (may be NULL) or of all commands. */
const char *suggest_option(const struct command *command, const char *word);

/* What may follow `word` if it only begins the names of commands: "list, use, delete"; empty when
 * it begins none. */
void suggest_following(struct strbuf *buf, const char *word);
