/* command: what the command table is made of, and what a command gets to work with. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/json.h"

struct api;
struct cli;

enum { COMMAND_ARGUMENTS_MAX = 3, COMMAND_ALIASES_MAX = 3 };

struct cli_option {
    const char *name;  /* long name, without dashes */
    char letter;       /* short name, 0 = none */
    const char *value; /* what stands for its value in help, NULL = a flag */
    bool repeat;       /* may be given several times; else the last one counts */
    bool required;
    const char *help;
};

struct cli_argument {
    const char *name; /* "ID" */
    bool optional;
    bool repeat; /* the last one only: one or more */
};

struct command {
    const char *path; /* one word, or several: "token create" */
    const char *aliases[COMMAND_ALIASES_MAX + 1];
    const char *group; /* heading in help */
    const char *summary;
    const char *notes;                                              /* more help, or NULL */
    const struct cli_argument arguments[COMMAND_ARGUMENTS_MAX + 1]; /* ends with {0} */
    const struct cli_option *options;                               /* ends with {0}; NULL = none */
    bool offline;                                                   /* needs no session: no `api` */
    /* The error is reported by the caller, which makes the exit status of it. */
    bool (*run)(struct cli *cli, struct error *err);
};

extern const struct command commands[];          /* ends with {0} */
extern const struct cli_option global_options[]; /* of every command; ends with {0} */

/* The command that `words` begin with and how many words that takes; NULL when there is none. */
const struct command *command_find(char *const *words, size_t count, size_t *ret_used);

struct given_option {
    const struct cli_option *option;
    const char *text; /* NULL for a flag */
};

/* A command line, taken apart; texts are borrowed from argv. */
struct given {
    const struct command *command;
    struct given_option *options;
    size_t option_count;
    char **arguments;
    size_t argument_count;
};

/* Errors: BAD_REQUEST, naming what is wrong and where help is. argv[0] is ignored. `given` is to be
 * released even after an error. */
bool given_parse(struct given *given, int argc, char **argv, struct error *err);
void given_release(struct given *given);

bool given_flag(const struct given *given, const char *name);
/* The last value, or NULL. */
const char *given_text(const struct given *given, const char *name);
/* The value number `i` of an option that may be repeated, or NULL when there are fewer. */
const char *given_at(const struct given *given, const char *name, size_t i);
/* A whole number; *ret_value keeps its value when the option is absent. */
bool given_int(const struct given *given, const char *name, int64_t min, int64_t max,
               int64_t *ret_value, struct error *err);

enum output { OUTPUT_TABLE, OUTPUT_JSON };

struct cli {
    struct given given;
    enum output output;
    bool quiet; /* ids only */
    bool no_headers;
    bool partial;    /* done in part: exit status 7 */
    struct api *api; /* NULL for an offline command */
};

/* The same as the given_ functions on cli->given, and the positional argument number `i`. */
const char *cli_argument(const struct cli *cli, size_t i);

/* Print "berth: ..." to standard error, with the field and whatever reasons the server gave. */
void cli_report(struct cli *cli, const struct error *err);
