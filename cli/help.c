/* help: made of the command table. */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/manual.h"
#include "cli/session.h"
#include "cli/suggest.h"

enum { INDENT_COMMAND = 16, INDENT_OPTION = 28, LINE_WIDTH = 78 };

const struct cli_option help_options[] = {
    {.name = "man", .help = "print the manual page, in the macros of man(7)"},
    {0},
};

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

static void print_examples(const char *examples) {
    puts("\nExamples:");
    while (*examples) {
        size_t len = strcspn(examples, "\n");
        printf("  berth %.*s\n", (int)len, examples);
        examples += len + (examples[len] == '\n');
    }
}

static void print_command(const struct command *command) {
    const struct cli_option *tables[OPTION_TABLES + 1];
    command_options(command, tables);
    printf("%s\n\nUsage: berth ", command->summary);
    print_names(command);
    fputs(tables[0] != global_options ? " [OPTIONS]\n" : "\n", stdout);
    if (command->aliases[0]) {
        fputs("Also:", stdout);
        for (size_t i = 0; command->aliases[i]; i++)
            printf("%s berth %s", i ? "," : "", command->aliases[i]);
        putchar('\n');
    }
    if (command->notes)
        printf("\n%s\n", command->notes);
    if (tables[0] != global_options)
        puts("\nOptions:");
    for (size_t i = 0; tables[i]; i++) {
        if (tables[i] == global_options)
            puts("\nOptions of every command:");
        print_options(tables[i]);
    }
    if (command->examples)
        print_examples(command->examples);
}

static void print_overview(void) {
    const char *group = "";
    puts("berth: one private platform out of several Docker hosts\n\n"
         "Usage: berth [OPTIONS] COMMAND [OPTIONS] [ARGUMENTS]");
    const struct command *command;
    for (size_t n = 0; (command = command_at(n)); n++) {
        if (command->hidden)
            continue;
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
    fputs("\nberth help COMMAND tells more about a command; berth help TOPIC about one of these:\n",
          stdout);
    for (const struct topic *topic = topics; topic->name; topic++)
        printf("%s %s", topic == topics ? "" : ",", topic->name);
    putchar('\n');
}

void help_print(const struct command *command) {
    if (command)
        print_command(command);
    else
        print_overview();
}

/* The commands of one group, from number `n` on, by their names, in lines of at most LINE_WIDTH;
 * where the next group begins. */
static size_t print_group(size_t n) {
    const struct command *command = command_at(n);
    const char *group = command->group;
    const char *gap = "";
    int column = printf("  %s: ", group);
    for (; (command = command_at(n)) && strcmp(command->group, group) == 0; n++) {
        int len = (int)(strlen(gap) + strlen(command->path));
        if (command->hidden)
            continue;
        if (column + len > LINE_WIDTH) {
            gap = ",\n    ";
            column = 2;
        }
        column += printf("%s%s", gap, command->path);
        gap = ", ";
    }
    putchar('\n');
    return n;
}

static void print_state(void) {
    struct session session;
    struct error err = {0};
    CLEANUP(mem_free_text) char *text = NULL;
    if (!session_load(&session, NULL, &err))
        text = mem_format("The login cannot be used: %s", err.message);
    else if (!session.url)
        text = mem_strdup("No server is known: berth login");
    else if (session.origin == TOKEN_NONE)
        text =
            mem_format("Context %s: %s, not logged in: berth login", session.context, session.url);
    else if (session.username)
        text = mem_format("Context %s: %s, as %s", session.context, session.url, session.username);
    else
        text = mem_format("Context %s: %s, by a token", session.context, session.url);
    putchar('\n');
    render_line(text);
    session_release(&session);
}

void help_print_short(void) {
    puts("berth: one private platform out of several Docker hosts\n\n"
         "Usage: berth COMMAND [OPTIONS] [ARGUMENTS]\n");
    for (size_t n = 0; command_at(n);)
        n = print_group(n);
    puts("\nberth help says what they do, berth help COMMAND how one is used.");
    print_state();
}

bool cmd_version(struct cli *cli, struct error *err) {
    (void)cli;
    (void)err;
    puts("berth " PACKAGE_VERSION);
    return true;
}

bool cmd_help(struct cli *cli, struct error *err) {
    size_t used = 0, count = cli->given.argument_count;
    if (given_flag(&cli->given, "man")) {
        manual_print();
        return true;
    }
    const struct command *command = command_find(cli->given.arguments, count, &used);
    const struct topic *topic = count == 1 ? topic_find(cli_argument(cli, 0)) : NULL;
    if (topic) {
        topic_print(topic);
        return true;
    }
    if (count > 0 && (!command || used < count)) {
        const char *meant = suggest_command(cli->given.arguments, count);
        return error_set(err, ERROR_BAD_REQUEST, "There is no command %s%s%s%s (see: berth help).",
                         cli_argument(cli, 0), meant ? "; did you mean " : "", meant ? meant : "",
                         meant ? "?" : "");
    }
    help_print(command);
    return true;
}
