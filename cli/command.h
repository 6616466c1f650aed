/* command: what the command table is made of, and what a command gets to work with. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/strbuf.h"

struct api;
struct cli;

enum { COMMAND_ARGUMENTS_MAX = 3, COMMAND_ALIASES_MAX = 3 };

/* What the shell is to offer for a value besides `words`. */
enum complete {
    COMPLETE_NOTHING,
    COMPLETE_FILE,
    COMPLETE_CONTAINER,
    COMPLETE_ENGINE,
    COMPLETE_ACCOUNT,
    COMPLETE_ROLE,
    COMPLETE_TOKEN,
    COMPLETE_OPERATION,
    COMPLETE_CONTEXT,
    COMPLETE_COMMAND,
};

struct cli_option {
    const char *name;  /* long name, without dashes */
    char letter;       /* short name, 0 = none */
    const char *value; /* what stands for its value in help, NULL = a flag */
    bool repeat;       /* may be given several times; else the last one counts */
    bool required;
    const char *help;
    const char *words; /* "a|b|c": all that its value may be; checked and completed */
    enum complete complete;
};

struct cli_argument {
    const char *name; /* "ID" */
    bool optional;
    bool repeat; /* the last one only: one or more */
    enum complete complete;
    const char *words; /* as of an option */
    bool piped;        /* "-" stands for the words on standard input */
};

struct command {
    const char *path; /* one word, or several: "token create" */
    const char *aliases[COMMAND_ALIASES_MAX + 1];
    const char *group; /* heading in help */
    const char *summary;
    const char *notes;    /* more help, or NULL */
    const char *examples; /* lines as typed, without "berth "; for help and manual */
    const struct cli_argument arguments[COMMAND_ARGUMENTS_MAX + 1]; /* ends with {0} */
    const struct cli_option *options;                               /* ends with {0}; NULL = none */
    bool hidden;      /* left out of help, manual and completion */
    bool offline;     /* needs no session: no `api` */
    bool list;        /* prints records with show_list: takes list_options */
    bool destructive; /* asks by confirm(): takes destructive_options */
    bool begins;      /* an operation: takes operation_options */
    const char
        *filters; /* of a list, "a|b": keys of --filter that the server knows as parameters */
    /* The error is reported by the caller, which makes the exit status of it. */
    bool (*run)(struct cli *cli, struct error *err);
};

/* The commands of each noun; each ends with {0}. */
extern const struct command session_commands[], container_commands[], engine_commands[],
    account_commands[], pool_commands[];
/* Command number `i` of all, those of a group together; NULL behind the last one. */
const struct command *command_at(size_t i);
extern const struct cli_option global_options[];      /* of every command; ends with {0} */
extern const struct cli_option list_options[];        /* of those with `list` */
extern const struct cli_option operation_options[];   /* of those with `begins` */
extern const struct cli_option destructive_options[]; /* of those with `destructive` */

/* All options that a command takes, its own first; `ret_tables` gets the tables, NULL after the
 * last one. `command` may be NULL. */
enum { OPTION_TABLES = 5 };
void command_options(const struct command *command,
                     const struct cli_option *ret_tables[OPTION_TABLES + 1]);

/* The command that `words` begin with and how many words that takes; NULL when there is none. */
const struct command *command_find(char *const *words, size_t count, size_t *ret_used);

/* Is `text` one of the words in "a|b|c"? */
bool words_have(const char *words, const char *text);

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
    char **expanded; /* the arguments, once standard input is among them */
    char *piped;     /* what the arguments of standard input lie in, NULL = none */
};

/* Errors: BAD_REQUEST, naming what is wrong and where help is. argv[0] is ignored. `given` is to be
 * released even after an error. */
bool given_parse(struct given *given, int argc, char **argv, struct error *err);
void given_release(struct given *given);
/* Put the words on standard input in the place of an argument "-" where the table allows that. */
bool given_expand(struct given *given, struct error *err);

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
    bool quiet; /* ids only: -q, -o name */
    bool no_headers;
    bool wide;        /* -o wide: more columns, nothing shortened */
    bool partial;     /* done in part: exit status 7 */
    bool interrupted; /* by Ctrl-C, and cancelled: exit status 130 */
    struct api *api;  /* NULL for an offline command */
};

/* The same as the given_ functions on cli->given, and the positional argument number `i`. */
const char *cli_argument(const struct cli *cli, size_t i);

/* May the command do what the text says, as in "destroy container 05e03fe8c689"? On a terminal the
 * person is asked, unless --yes was given; scripts are not. false without an error (its kind is
 * ERROR_NONE) after --dry-run: what would be done has been said, and the command shall return false
 * at once, too, which ends well. false with an error when the answer was no. */
bool confirm(struct cli *cli, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for several things: "destroy 3 containers: a, b, c", or "destroy container a". */
bool confirm_all(struct cli *cli, const char *verb, const char *noun, char *const *names,
                 size_t count, struct error *err);
/* Will confirm() ask, or refuse because of --dry-run? For questions that cost something to put. */
bool confirm_matters(const struct cli *cli);

/* The option that a field of the API stands for, "--port" for "image.bind_ports[0].port", with
 * " number 2" for the second one; the caller's, NULL = none. */
char *option_of_field(const struct command *command, const char *field);

/* Print "berth: ..." to standard error, with the option at fault and whatever reasons the server
 * gave. */
void cli_report(struct cli *cli, const struct error *err);
