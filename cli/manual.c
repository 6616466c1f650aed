/* manual: the manual page, made of the command table; see manual.h. */
#include "cli/manual.h"

#include <stdio.h>
#include <string.h>

/* Text of roff: '-' as typed, no line that begins like a request. */
static void put(const char *text) {
    bool start = true;
    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\\')
            fputs("\\e", stdout);
        else
            putchar(*text);
        start = *text == '\n';
    }
}

static void put_line(const char *text) {
    put(text);
    putchar('\n');
}

static void put_options(const struct cli_option *options) {
    for (; options && options->name; options++) {
        fputs(".TP\n\\fB", stdout);
        if (options->letter)
            printf("\\-%c\\fR, \\fB", options->letter);
        fputs("\\-\\-", stdout);
        put(options->name);
        fputs("\\fR", stdout);
        if (options->value) {
            fputs(" \\fI", stdout);
            put(options->value);
            fputs("\\fR", stdout);
        }
        putchar('\n');
        put(options->help);
        fputs(options->repeat ? " (may be repeated)" : "", stdout);
        puts(options->required ? " (required)" : "");
    }
}

static void put_lines(const char *text, const char *before) {
    puts(".EX");
    for (const char *line = text; *line;) {
        size_t len = strcspn(line, "\n");
        CLEANUP(mem_free_text) char *copy = mem_strndup(line, len);
        put(before);
        put_line(copy);
        line += len + (line[len] == '\n');
    }
    puts(".EE");
}

static void put_command(const struct command *command) {
    const struct cli_option *tables[OPTION_TABLES + 1];
    fputs(".SS \"", stdout);
    put(command->path);
    for (const struct cli_argument *argument = command->arguments; argument->name; argument++)
        printf(argument->optional ? " [%s%s]" : " %s%s", argument->name,
               argument->repeat ? "..." : "");
    puts("\"");
    put(command->summary);
    puts(".");
    if (command->aliases[0]) {
        fputs("Also:", stdout);
        for (size_t i = 0; command->aliases[i]; i++) {
            fputs(i ? ", \\fB" : " \\fB", stdout);
            put(command->aliases[i]);
            fputs("\\fR", stdout);
        }
        puts(".");
    }
    if (command->notes)
        put_line(command->notes);
    command_options(command, tables);
    for (size_t i = 0; tables[i]; i++)
        if (tables[i] != global_options)
            put_options(tables[i]);
    if (command->examples) {
        puts(".PP");
        put_lines(command->examples, "berth ");
    }
}

static void put_topic(const struct topic *topic) {
    printf(".SH \"%s\"\n", topic->section);
    if (topic->text)
        put_line(topic->text);
    for (const struct topic_row *row = topic->rows; row->name; row++) {
        fputs(".TP\n\\fB", stdout);
        put(row->name);
        puts("\\fR");
        put_line(row->text);
    }
}

void manual_print(void) {
    const char *group = "";
    puts(".TH BERTH 1 \"\" \"berth " PACKAGE_VERSION "\" \"berth\"\n"
         ".SH NAME\nberth \\- one private platform out of several Docker hosts\n"
         ".SH SYNOPSIS\n\\fBberth\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIOPTIONS\\fR] "
         "[\\fIARGUMENTS\\fR]\n"
         ".SH DESCRIPTION\n\\fBberth\\fR talks to the controller of a pool of Docker hosts: it "
         "runs containers\nthere, scales, lists and destroys them, and manages the pool.\n"
         "\\fBberth help\\fR \\fICOMMAND\\fR says the same as this page.\n"
         ".SH OPTIONS\nOf every command:");
    put_options(global_options);
    puts(".SH COMMANDS");
    const struct command *command;
    for (size_t n = 0; (command = command_at(n)); n++) {
        if (command->hidden)
            continue;
        if (strcmp(group, command->group) != 0)
            printf(".PP\n\\fB%s\\fR\n", command->group);
        group = command->group;
        put_command(command);
    }
    for (const struct topic *topic = topics; topic->name; topic++)
        put_topic(topic);
}
