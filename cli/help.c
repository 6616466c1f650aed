/* help: made of the command table. */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"

enum { INDENT_COMMAND = 14, INDENT_OPTION = 28 };

static void print_names(const struct command *command) {
    fputs(command->path, stdout);
    for (const struct cli_argument *argument = command->arguments; argument->name; argument++)
        printf(argument->optional ? " [%s%s]" : " %s%s", argument->name,
               argument->repeat ? "..." : "");
}

static void print_options(const struct cli_option *options) {
    for (; options && options->name; options++) {
        char left[64], letter[8] = "    ";
        if (options->letter)
            snprintf(letter, sizeof letter, "-%c, ", options->letter);
        int len = snprintf(left, sizeof left, "%s--%s", letter, options->name);
        if (options->value && len > 0 && (size_t)len < sizeof left)
            snprintf(left + len, sizeof left - (size_t)len, " %s", options->value);
        printf("  %-*s  %s%s%s\n", INDENT_OPTION, left, options->help,
               options->repeat ? " (may be repeated)" : "", options->required ? " (required)" : "");
    }
}

static void print_command(const struct command *command) {
    printf("%s\n\nUsage: berth ", command->summary);
    print_names(command);
    fputs(command->options ? " [OPTIONS]\n" : "\n", stdout);
    if (command->aliases[0]) {
        fputs("Also:", stdout);
        for (size_t i = 0; command->aliases[i]; i++)
            printf("%s berth %s", i ? "," : "", command->aliases[i]);
        putchar('\n');
    }
    if (command->notes)
        printf("\n%s\n", command->notes);
    if (command->options) {
        puts("\nOptions:");
        print_options(command->options);
    }
    puts("\nOptions of every command:");
    print_options(global_options);
}

static void print_overview(void) {
    const char *group = "";
    puts("berth: one private platform out of several Docker hosts\n\n"
         "Usage: berth [OPTIONS] COMMAND [OPTIONS] [ARGUMENTS]");
    for (const struct command *command = commands; command->path; command++) {
        if (strcmp(group, command->group) != 0)
            printf("\n%s:\n", command->group);
        group = command->group;
        printf("  %-*s  %s", INDENT_COMMAND, command->path, command->summary);
        for (size_t i = 0; command->aliases[i]; i++)
            printf("%s%s", i ? ", " : " (also: ", command->aliases[i]);
        puts(command->aliases[0] ? ")" : "");
    }
    puts("\nOptions:");
    print_options(global_options);
    puts("\nEnvironment: BERTH_URL, BERTH_CACERT, BERTH_TOKEN, BERTH_USERNAME with\n"
         "BERTH_PASSWORD_FILE, BERTH_CONFIG. Exit status: 0 done, 1 internal error, 2 bad\n"
         "usage or input, 3 not allowed, 4 not found, 5 conflict or no room, 6 something is\n"
         "unreachable, 7 done only in part.\n\n"
         "berth help COMMAND tells more about a command.");
}

void help_print(const struct command *command) {
    if (command)
        print_command(command);
    else
        print_overview();
}

bool cmd_help(struct cli *cli, struct error *err) {
    size_t used = 0, count = cli->given.argument_count;
    const struct command *command = command_find(cli->given.arguments, count, &used);
    if (count > 0 && (!command || used < count))
        return error_set(err, ERROR_BAD_REQUEST, "There is no command %s (see: berth help).",
                         cli_argument(cli, 0));
    help_print(command);
    return true;
}
