/* complete: see complete.h. */
#include "cli/complete.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/contexts.h"
#include "cli/manual.h"

static const char flag[] = "--generate-bash-completion";
enum { SERVER_SECONDS = 2, ID_DIGITS = 12 };

/* Where the names of a kind are to be had. */
static const struct source {
    const char *path;
    const char *key, *described_by; /* members of each record; "a.b" within an object, NULL: none */
} sources[] = {
    [COMPLETE_CONTAINER] = {"/api/containers", "id", "image.name"},
    [COMPLETE_ENGINE] = {"/api/engines", "engine.id", "engine.addr"},
    [COMPLETE_ACCOUNT] = {"/api/account", "username", "role.name"},
    [COMPLETE_ROLE] = {"/api/roles", "name", NULL},
    [COMPLETE_TOKEN] = {"/api/tokens", "id", "name"},
    [COMPLETE_OPERATION] = {"/api/operations", "id", "type"},
    [COMPLETE_COMMAND] = {NULL, NULL, NULL},
};

/* A command line as far as it has been typed. */
struct typed {
    const char *current; /* the word under way */
    char **words;        /* those before it that are no options */
    size_t count;
    const struct command *command; /* NULL = not known yet */
    size_t used;                   /* words that are its name */
    const struct cli_option *open; /* whose value `current` is */
    const char *context;
};

bool complete_asked(int argc, char **argv, char ***ret_words, size_t *ret_count) {
    static char empty[] = "";
    bool first = argc > 1 && strcmp(argv[1], flag) == 0;
    bool last = argc > 2 && !first && strcmp(argv[argc - 1], flag) == 0;
    if (!first && !last)
        return false;
    size_t from = first ? 2 : 1, to = (size_t)argc - last;
    bool fresh = last || from == to;
    *ret_count = to - from + fresh;
    *ret_words = mem_array(*ret_count + 1, sizeof **ret_words);
    memcpy(*ret_words, argv + from, (to - from) * sizeof **ret_words);
    if (fresh)
        (*ret_words)[*ret_count - 1] = empty;
    return true;
}

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

/* A candidate goes through a shell: what a shell might read is never one. */
static void offer(const char *before, const char *name, const char *current, const char *about) {
    CLEANUP(mem_free_text) char *whole = mem_format("%s%s", before, name);
    for (const char *c = whole; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._:/@+=-", *c))
            return;
    if (!*name || !begins(whole, current))
        return;
    fputs(whole, stdout);
    for (const char *c = about ? about : ""; *c; c++) {
        if (c == about)
            putchar('\t');
        putchar(*c >= ' ' && *c < 0x7f ? *c : '?');
    }
    putchar('\n');
}

static const char *text_at(json_t *record, const char *key) {
    const char *dot = strchr(key, '.');
    if (!dot)
        return json_get_text(record, key, NULL);
    CLEANUP(mem_free_text) char *first = mem_strndup(key, (size_t)(dot - key));
    return json_get_text(json_get(record, first), dot + 1, NULL);
}

static void offer_records(const struct typed *typed, const struct source *source,
                          const char *before) {
    struct api *api = NULL;
    struct api_request request = {.method = "GET", .path = source->path};
    struct api_reply reply = {0};
    if (!api_open(&api, typed->context, NULL))
        return;
    api_limit(api, SERVER_SECONDS);
    if (api_call(api, &request, &reply, NULL)) {
        for (size_t i = 0; i < json_len(reply.doc); i++) {
            json_t *record = json_at(reply.doc, i);
            const char *name = text_at(record, source->key);
            size_t len = name ? strlen(name) : 0;
            bool shorten = source == &sources[COMPLETE_CONTAINER] && len > ID_DIGITS &&
                           strlen(typed->current) <= ID_DIGITS;
            CLEANUP(mem_free_text)
            char *id = mem_strndup(name ? name : "", shorten ? ID_DIGITS : len);
            offer(before, id, typed->current,
                  source->described_by ? text_at(record, source->described_by) : NULL);
        }
        api_reply_release(&reply);
    }
    api_close(api);
}

static void offer_contexts(const char *before, const char *current) {
    CLEANUP(json_put) json_t *doc = NULL;
    if (!contexts_load(&doc, NULL))
        return;
    json_object_object_foreach(json_get(doc, "contexts"), name, context) {
        json_t *urls = json_get_array(context, "urls");
        offer(before, name, current, json_object_get_string(json_at(urls, 0)));
    }
}

static void offer_words(const char *words, const char *before, const char *current) {
    for (size_t len; (len = strcspn(words, "|")) > 0; words += len + (words[len] == '|')) {
        CLEANUP(mem_free_text) char *word = mem_strndup(words, len);
        offer(before, word, current, NULL);
    }
}

/* Commands whose names go on behind `words`; of several words the next one. */
static void offer_commands(char *const *words, size_t count, const char *current) {
    const char *last = "";
    const struct command *command;
    for (size_t n = 0; (command = command_at(n)); n++) {
        const char *rest = command->path;
        size_t i = 0;
        for (; i < count; i++) {
            size_t len = strlen(words[i]);
            if (strncmp(rest, words[i], len) != 0 || rest[len] != ' ')
                break;
            rest += len + 1;
        }
        if (i < count || command->hidden)
            continue;
        size_t len = strcspn(rest, " ");
        bool again = strlen(last) >= len && strncmp(last, rest, len) == 0 && strchr(" ", last[len]);
        CLEANUP(mem_free_text) char *word = mem_strndup(rest, len);
        if (!again)
            offer("", word, current, rest[len] ? command->group : command->summary);
        last = rest;
        for (size_t k = 0; count == 0 && command->aliases[k]; k++)
            if (*current && !strchr(command->aliases[k], ' '))
                offer("", command->aliases[k], current, command->summary);
    }
}

static void offer_kind(const struct typed *typed, enum complete kind, const char *before) {
    if (kind == COMPLETE_FILE)
        puts(":files");
    else if (kind == COMPLETE_CONTEXT)
        offer_contexts(before, typed->current);
    else if (kind == COMPLETE_COMMAND)
        offer_commands(typed->words + typed->used, typed->count - typed->used, typed->current);
    else if (kind != COMPLETE_NOTHING)
        offer_records(typed, &sources[kind], before);
}

static const struct cli_option *option_find(const struct command *command, const char *word) {
    const struct cli_option *tables[OPTION_TABLES + 1];
    size_t len = strcspn(word, "=");
    command_options(command, tables);
    for (size_t i = 0; tables[i]; i++)
        for (const struct cli_option *option = tables[i]; option->name; option++) {
            bool is_long = len > 2 && begins(word, "--") && strlen(option->name) == len - 2 &&
                           strncmp(option->name, word + 2, len - 2) == 0;
            bool is_short = word[0] == '-' && word[1] && word[1] == option->letter && !word[2];
            if (is_long || is_short)
                return option;
        }
    return NULL;
}

/* Values of options before the word under way are skipped; the command is known by then or not. */
static void take_apart(struct typed *typed, char *const *words, size_t count) {
    typed->current = words[count - 1];
    typed->words = mem_array(count, sizeof *typed->words);
    for (size_t i = 0; i + 1 < count; i++) {
        const struct cli_option *option = NULL;
        if (words[i][0] == '-' && words[i][1]) {
            const char *value = strchr(words[i], '=');
            option = option_find(typed->command, words[i]);
            if (!option || !option->value)
                continue;
            if (!value && i + 2 == count)
                typed->open = option;
            value = value ? value + 1 : i + 2 < count ? words[++i] : NULL;
            if (strcmp(option->name, "context") == 0)
                typed->context = value;
            continue;
        }
        typed->words[typed->count++] = words[i];
        if (!typed->used || typed->count == typed->used + 1) /* "role", and then "role set" */
            typed->command = command_find(typed->words, typed->count, &typed->used);
    }
}

static void offer_options(const struct command *command, const char *current) {
    const struct cli_option *tables[OPTION_TABLES + 1];
    command_options(command, tables);
    for (size_t i = 0; tables[i]; i++)
        for (const struct cli_option *option = tables[i]; option->name; option++)
            offer("--", option->name, current, option->help);
}

/* What may follow a command's name: its argument, or a word that makes another command of it, as
 * in "role add". */
static void offer_argument(const struct typed *typed) {
    const struct cli_argument *argument = typed->command->arguments;
    if (typed->count == typed->used)
        offer_commands(typed->words, typed->count, typed->current);
    for (size_t i = typed->used; argument->name && i < typed->count; i++)
        if (!argument->repeat)
            argument++;
    if (argument->words)
        offer_words(argument->words, "", typed->current);
    else if (argument->name)
        offer_kind(typed, argument->complete, "");
}

void complete_print(char *const *words, size_t count) {
    struct typed typed = {0};
    take_apart(&typed, words, count);
    const struct cli_option *option = typed.open;
    CLEANUP(mem_free_text) char *before = mem_strdup("");
    if (!option && begins(typed.current, "--") && strchr(typed.current, '=')) {
        option = option_find(typed.command, typed.current);
        free(before);
        before = mem_strndup(typed.current, strcspn(typed.current, "=") + 1);
    }
    if (option && option->words)
        offer_words(option->words, before, typed.current);
    else if (option)
        offer_kind(&typed, option->complete, before);
    else if (typed.current[0] == '-')
        offer_options(typed.command, typed.current);
    else if (typed.command)
        offer_argument(&typed);
    else
        offer_commands(typed.words, typed.count, typed.current);
    free(typed.words);
}
