/* report: tells an error on standard error; see command.h. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/command.h"
#include "cli/text.h"

/* Fields of the API whose option has another name. */
static const struct {
    const char *field, *option;
} field_options[] = {
    {"bind_ports", "port"},
    {"environment", "env"},
    {"args", "arg"},
    {"labels", "label"},
    {"volumes", "vol"},
    {"links", "link"},
    {"restart_policy", "restart"},
    {"network_mode", "network"},
    {"image", "name"},
    {"old_password", "old-password-file"},
    {"registry_auth", "registry-server"},
};

static bool has_option(const struct command *command, const char *name) {
    const struct cli_option *tables[OPTION_TABLES + 1];
    command_options(command, tables);
    for (size_t i = 0; tables[i]; i++)
        for (const struct cli_option *option = tables[i]; option->name; option++)
            if (strcmp(option->name, name) == 0)
                return true;
    return false;
}

/* The option of one component of a field's path, without dashes; the caller's, NULL = none. */
static char *option_of_part(const struct command *command, const char *part, size_t len) {
    char *name = mem_strndup(part, len);
    if (has_option(command, name))
        return name;
    for (size_t i = 0; i < ARRAY_LEN(field_options); i++)
        if (strcmp(name, field_options[i].field) == 0 &&
            has_option(command, field_options[i].option)) {
            free(name);
            return mem_strdup(field_options[i].option);
        }
    for (char *c = name; *c; c++)
        if (*c == '_')
            *c = '-';
    if (has_option(command, name))
        return name;
    free(name);
    return NULL;
}

char *option_of_field(const struct command *command, const char *field) {
    CLEANUP(mem_free_text) char *name = NULL;
    int64_t number = 0;
    /* The members of these records are options of their own. */
    for (size_t i = 0; i < 2; i++) {
        static const char *const outer[] = {"image.", "engine."};
        if (strncmp(field, outer[i], strlen(outer[i])) == 0)
            field += strlen(outer[i]);
    }
    size_t len = strcspn(field, ".[");
    name = option_of_part(command, field, len);
    if (!name)
        return NULL;
    if (field[len] == '[')
        number = strtol(field + len + 1, NULL, 10) + 1;
    return number > 1 ? mem_format("--%s number %lld", name, (long long)number)
                      : mem_format("--%s", name);
}

static bool is_word_char(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* Where `word` stands in `text` as a whole word, NULL = nowhere. */
static const char *find_word(const char *text, const char *word) {
    for (const char *at = text; (at = strstr(at, word)); at++)
        if ((at == text || !is_word_char(at[-1])) && !is_word_char(at[strlen(word)]))
            return at;
    return NULL;
}

/* The message in the words of the command line: the field's name becomes the option's, or the
 * option follows in brackets. */
static void add_message(struct strbuf *line, const struct command *command,
                        const struct error *err) {
    CLEANUP(mem_free_text) char *option = *err->field ? option_of_field(command, err->field) : NULL;
    const char *name = option ? option : err->field;
    const char *at = *err->field ? find_word(err->message, err->field) : NULL;
    bool named = option && strstr(err->message, option);
    if (option && !named && at) {
        CLEANUP(mem_free_text)
        char *text = mem_format("%.*s%s%s", (int)(at - err->message), err->message, option,
                                at + strlen(err->field));
        text_safe(line, text);
        return;
    }
    text_safe(line, err->message);
    if (*name && !named && !(at && !option)) {
        strbuf_puts(line, " [");
        text_safe(line, name);
        strbuf_putc(line, ']');
    }
}

void cli_report(struct cli *cli, const struct error *err) {
    struct strbuf line = {0};
    json_t *engines = json_get_array(api_problem(cli->api), "engines");
    fflush(stdout);
    add_message(&line, cli->given.command, err);
    strbuf_putc(&line, '\n');
    for (size_t i = 0; err->kind == ERROR_NO_CAPACITY && i < json_len(engines); i++) {
        strbuf_puts(&line, "  ");
        text_safe(&line, json_get_text(json_at(engines, i), "id", "?"));
        strbuf_puts(&line, ": ");
        text_safe(&line, json_get_text(json_at(engines, i), "reason", "?"));
        strbuf_putc(&line, '\n');
    }
    fprintf(stderr, "berth: %s", strbuf_text(&line));
    strbuf_release(&line);
}
