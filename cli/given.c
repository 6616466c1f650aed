/* given: takes a command line apart by the command table; see command.h. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/prompt.h"
#include "cli/suggest.h"
#include "core/base/parse.h"

enum { OPTIONS_MAX = 64, FIRST_CODE = 256 };

/* The options of a command and the global ones, as getopt_long wants them. */
struct parser {
    const struct cli_option *options[OPTIONS_MAX];
    struct option longs[OPTIONS_MAX + 1];
    char shorts[2 * OPTIONS_MAX + 3];
    size_t count;
};

static bool is_word(const char *word, size_t len, const char *name) {
    return strlen(name) == len && strncmp(word, name, len) == 0;
}

bool words_have(const char *words, const char *text) {
    for (size_t len; (len = strcspn(words, "|")) > 0; words += len + (words[len] == '|'))
        if (is_word(words, len, text))
            return true;
    return false;
}

/* How many words `path` takes if `words` begin with it, else 0. */
static size_t path_matches(const char *path, char *const *words, size_t count) {
    size_t used = 0;
    for (;;) {
        size_t len = strcspn(path, " ");
        if (used == count || !is_word(path, len, words[used]))
            return 0;
        used++;
        if (!path[len])
            return used;
        path += len + 1;
    }
}

const struct command *command_find(char *const *words, size_t count, size_t *ret_used) {
    const struct command *found = NULL;
    *ret_used = 0;
    const struct command *command;
    for (size_t n = 0; (command = command_at(n)); n++) {
        size_t used = path_matches(command->path, words, count);
        for (size_t i = 0; !used && command->aliases[i]; i++)
            used = path_matches(command->aliases[i], words, count);
        if (used > *ret_used) {
            *ret_used = used;
            found = command;
        }
    }
    return found;
}

static void parser_add(struct parser *parser, const struct cli_option *options) {
    for (; options && options->name; options++) {
        size_t i = parser->count++;
        if (i >= OPTIONS_MAX)
            abort();
        int code = FIRST_CODE + (int)i;
        parser->options[i] = options;
        parser->longs[i] = (struct option){options->name, options->value != NULL, NULL, code};
        if (options->letter) {
            size_t len = strlen(parser->shorts);
            parser->shorts[len] = options->letter;
            if (options->value)
                parser->shorts[len + 1] = ':';
        }
    }
}

static const struct cli_option *parser_find(const struct parser *parser, int code) {
    if (code >= FIRST_CODE && code < FIRST_CODE + (int)parser->count)
        return parser->options[code - FIRST_CODE];
    for (size_t i = 0; i < parser->count; i++)
        if (code < FIRST_CODE && parser->options[i]->letter == code)
            return parser->options[i];
    return NULL;
}

static void given_add(struct given *given, const struct cli_option *option, const char *text) {
    given->options = mem_resize(given->options, given->option_count + 1, sizeof *given->options);
    given->options[given->option_count++] = (struct given_option){option, text};
}

static bool usage_error(struct error *err, const struct command *command, const char *problem,
                        const char *what) {
    return error_set(err, ERROR_BAD_REQUEST, "%s%s (see: berth help%s%s).", problem, what,
                     command ? " " : "", command ? command->path : "");
}

static bool unknown_option(struct error *err, const struct command *command, const char *word) {
    CLEANUP(mem_free_text) char *name = mem_strndup(word, strcspn(word, "="));
    const char *meant = strncmp(name, "--", 2) == 0 ? suggest_option(command, name + 2) : NULL;
    /* A flag that was given a value exists. */
    if (meant && strcmp(meant, name + 2) == 0)
        return usage_error(err, command, "This option takes no value, or is ambiguous: ", word);
    CLEANUP(mem_free_text)
    char *text = meant ? mem_format("%s; did you mean --%s?", word, meant) : mem_strdup(word);
    return usage_error(err, command, "There is no option ", text);
}

static bool unknown_command(struct error *err, char *const *words, size_t count) {
    struct strbuf text = {0};
    suggest_following(&text, words[0]);
    bool begins = text.len > 0;
    const char *meant = suggest_command(words, count);
    if (begins && (count == 1 || *words[1] == '-'))
        error_set(err, ERROR_BAD_REQUEST, "%s is followed by one of %s (see: berth help).",
                  words[0], strbuf_text(&text));
    else
        error_set(err, ERROR_BAD_REQUEST, "There is no command %s%s%s%s%s%s (see: berth help).",
                  words[0], begins ? " " : "", begins ? words[1] : "",
                  meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
    strbuf_release(&text);
    return false;
}

/* Read options from argv; with '+' the first word that is none ends it. *ret_next: the first word
 * that was not read, all later ones being no options either. */
static bool read_options(struct given *given, const char *mode, int argc, char **argv,
                         int *ret_next, struct error *err) {
    const struct cli_option *tables[OPTION_TABLES + 1];
    struct parser parser = {0};
    int code;
    snprintf(parser.shorts, sizeof parser.shorts, "%s", mode);
    command_options(given->command, tables);
    for (size_t i = 0; tables[i]; i++)
        parser_add(&parser, tables[i]);
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    while ((code = getopt_long(argc, argv, parser.shorts, parser.longs, NULL)) != -1) {
        const struct cli_option *option = parser_find(&parser, code);
        if (code == ':')
            return usage_error(err, given->command, "A value is missing after ", argv[optind - 1]);
        if (!option && optopt && optopt < FIRST_CODE) {
            char letter[3] = {'-', (char)optopt, '\0'};
            return usage_error(err, given->command, "There is no option ", letter);
        }
        if (!option)
            return unknown_option(err, given->command, argv[optind - 1]);
        if (option->words && optarg && !words_have(option->words, optarg))
            return error_field(err, option->name, "--%s must be one of %s, not %s.", option->name,
                               option->words, optarg);
        given_add(given, option, optarg);
    }
    *ret_next = optind;
    return true;
}

static bool check_arguments(const struct given *given, struct error *err) {
    const struct cli_argument *argument = given->command->arguments;
    size_t count = given->argument_count;
    for (size_t i = 0; argument[i].name; i++) {
        if (count == 0 && !argument[i].optional)
            return usage_error(err, given->command, "An argument is missing: ", argument[i].name);
        count -= count > 0;
        if (argument[i].repeat)
            count = 0;
    }
    if (count > 0)
        return usage_error(err, given->command, "One argument too many: ",
                           given->arguments[given->argument_count - count]);
    for (const struct cli_option *option = given->command->options; option && option->name;
         option++)
        if (option->required && !given_text(given, option->name))
            return usage_error(err, given->command, "An option is missing: --", option->name);
    return true;
}

bool given_parse(struct given *given, int argc, char **argv, struct error *err) {
    int next = 0;
    size_t used = 0;
    *given = (struct given){0};
    if (!read_options(given, "+:", argc, argv, &next, err))
        return false;
    if (next == argc)
        return true;
    argv += next;
    argc -= next;
    given->command = command_find(argv, (size_t)argc, &used);
    if (!given->command)
        return unknown_command(err, argv, (size_t)argc);
    /* getopt skips the first word, which is the last one of the command's name here. */
    argv += used - 1;
    argc -= (int)used - 1;
    if (!read_options(given, ":", argc, argv, &next, err))
        return false;
    given->arguments = argv + next;
    given->argument_count = (size_t)(argc - next);
    return given_flag(given, "help") || check_arguments(given, err);
}

/* The words in `text`, which is cut into them; they follow the arguments before `at`. */
static void take_words(struct given *given, size_t at, char *text) {
    char **old = given->arguments, **all = NULL, *state = NULL;
    size_t count = given->argument_count - 1, n = at;
    all = mem_resize(NULL, count + 1, sizeof *all);
    memcpy(all, old, at * sizeof *all);
    for (char *word = strtok_r(text, " \t\r\n", &state); word;
         word = strtok_r(NULL, " \t\r\n", &state)) {
        all = mem_resize(all, ++count + 1, sizeof *all);
        all[n++] = word;
    }
    memcpy(all + n, old + at + 1, (given->argument_count - at - 1) * sizeof *all);
    given->arguments = given->expanded = all;
    given->argument_count = count;
}

bool given_expand(struct given *given, struct error *err) {
    const struct cli_argument *argument = given->command->arguments;
    for (size_t i = 0; argument->name && i < given->argument_count; i++) {
        if (argument->piped && strcmp(given->arguments[i], "-") == 0) {
            if (!read_all_input(&given->piped, err))
                return false;
            take_words(given, i, given->piped);
            if (given->argument_count == 0)
                return error_set(err, ERROR_BAD_REQUEST, "There are no words on standard input.");
            return check_arguments(given, err);
        }
        if (!argument->repeat)
            argument++;
    }
    return true;
}

void given_release(struct given *given) {
    free(given->options);
    free(given->expanded);
    free(given->piped);
    *given = (struct given){0};
}

static const struct given_option *find(const struct given *given, const char *name, size_t i) {
    for (size_t k = 0; k < given->option_count; k++)
        if (strcmp(given->options[k].option->name, name) == 0 && i-- == 0)
            return &given->options[k];
    return NULL;
}

bool given_flag(const struct given *given, const char *name) {
    return find(given, name, 0) != NULL;
}

const char *given_at(const struct given *given, const char *name, size_t i) {
    const struct given_option *option = find(given, name, i);
    return option ? option->text : NULL;
}

const char *given_text(const struct given *given, const char *name) {
    const char *last = NULL, *text;
    for (size_t i = 0; (text = given_at(given, name, i)); i++)
        last = text;
    return last;
}

bool given_int(const struct given *given, const char *name, int64_t min, int64_t max,
               int64_t *ret_value, struct error *err) {
    const char *text = given_text(given, name);
    if (text && !parse_int(text, min, max, ret_value))
        return error_field(err, name, "--%s must be a whole number from %lld to %lld, not %s.",
                           name, (long long)min, (long long)max, text);
    return true;
}

const char *cli_argument(const struct cli *cli, size_t i) {
    return i < cli->given.argument_count ? cli->given.arguments[i] : NULL;
}
