/* commands: the table of all commands; help comes out of it. Those of a noun are in
 * commands_<noun>s.c. */
#include "cli/cmd.h"
#include "core/base/mem.h"

const struct cli_option global_options[] = {
    {.name = "output",
     .letter = 'o',
     .value = "FORM",
     .words = "table|wide|json|name",
     .help = "table, wide (more columns), json (as the server says it), name (ids only)"},
    {.name = "quiet", .letter = 'q', .help = "print ids only"},
    {.name = "no-headers", .help = "tables without their first line"},
    {.name = "no-trunc", .help = "ids in full, times as they are, nothing folded"},
    {.name = "no-color", .help = "no colours; nor with NO_COLOR set, nor into a file or pipe"},
    {.name = "context",
     .value = "NAME",
     .complete = COMPLETE_CONTEXT,
     .help = "the server to talk to, of those in `berth context list`"},
    {.name = "timeout",
     .value = "TIME",
     .help = "give up after that long, as in 30s, 5m; status 124"},
    {.name = "help", .letter = 'h', .help = "explain the command instead"},
    {.name = "version", .letter = 'v', .help = "print the version instead"},
    {0},
};

const struct cli_option list_options[] = {
    {.name = "filter",
     .value = "KEY=VALUE",
     .repeat = true,
     .help = "only records whose field is so, as in state=running, image=httpd*"},
    {0},
};

const struct cli_option destructive_options[] = {
    {.name = "dry-run", .help = "say what would be done, and do nothing"},
    {.name = "yes", .letter = 'y', .help = "do not ask; only a terminal is ever asked"},
    {0},
};

const struct cli_option operation_options[] = {
    {.name = "async", .help = "do not wait: print the id of the operation only"},
    {0},
};

void command_options(const struct command *command,
                     const struct cli_option *ret_tables[OPTION_TABLES + 1]) {
    size_t n = 0;
    if (command && command->options)
        ret_tables[n++] = command->options;
    if (command && command->list)
        ret_tables[n++] = list_options;
    if (command && command->destructive)
        ret_tables[n++] = destructive_options;
    if (command && command->begins)
        ret_tables[n++] = operation_options;
    ret_tables[n++] = global_options;
    ret_tables[n] = NULL;
}

static const struct command help_commands[] = {
    {.path = "completion",
     .group = "Help",
     .summary = "print the completion script of a shell",
     .notes = "make install puts the scripts where the shells look for them.",
     .examples = "completion bash >~/.local/share/bash-completion/completions/berth",
     .arguments = {{.name = "SHELL", .words = "bash|zsh|fish"}},
     .offline = true,
     .run = cmd_completion},
    {.path = "help",
     .aliases = {"h"},
     .group = "Help",
     .summary = "list the commands, or explain a command or a topic",
     .examples = "help run\nhelp exit-status",
     .arguments =
         {{.name = "COMMAND", .optional = true, .repeat = true, .complete = COMPLETE_COMMAND}},
     .options = help_options,
     .offline = true,
     .run = cmd_help},
    {.path = "version",
     .group = "Help",
     .summary = "print the version of this program; clusterinfo has the server's",
     .examples = "version",
     .offline = true,
     .run = cmd_version},
    {0},
};

/* In the order of help; those of one group together. */
static const struct command *const tables[] = {session_commands, container_commands,
                                               engine_commands,  account_commands,
                                               pool_commands,    help_commands};

const struct command *command_at(size_t i) {
    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (const struct command *command = tables[t]; command->path; command++)
            if (i-- == 0)
                return command;
    return NULL;
}
