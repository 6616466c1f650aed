/* suggest: see suggest.h. */
#include "cli/suggest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 63 };

static size_t smallest(size_t a, size_t b, size_t c) {
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

size_t edit_distance(const char *a, const char *b) {
    size_t table[3][NAME_MAX_BYTES + 1];
    size_t len_a = strlen(a), len_b = strlen(b);
    if (len_a > NAME_MAX_BYTES || len_b > NAME_MAX_BYTES)
        return SIZE_MAX;
    for (size_t k = 0; k <= len_b; k++)
        table[0][k] = k;
    for (size_t i = 1; i <= len_a; i++) {
        size_t *row = table[i % 3];
        const size_t *above = table[(i + 2) % 3], *higher = table[(i + 1) % 3];
        row[0] = i;
        for (size_t k = 1; k <= len_b; k++) {
            size_t cost = a[i - 1] != b[k - 1];
            row[k] = smallest(above[k] + 1, row[k - 1] + 1, above[k - 1] + cost);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
                higher[k - 2] + 1 < row[k])
                row[k] = higher[k - 2] + 1;
        }
    }
    return table[len_a % 3][len_b];
}

size_t suggest_rank(const char *word, const char *name) {
    size_t len = strlen(word), distance = edit_distance(word, name);
    size_t allowed = len < 4 ? 1 : len < 8 ? 2 : 3;
    if (distance <= allowed && distance < strlen(name))
        return distance + 1;
    /* The beginning of a name: "clust". */
    return len >= 3 && strncmp(word, name, len) == 0 ? allowed + 2 : 0;
}

static void consider(const char *word, const char *name, size_t *best, const char **found) {
    size_t rank = suggest_rank(word, name);
    if (rank && (!*best || rank < *best)) {
        *best = rank;
        *found = name;
    }
}

const char *suggest_command(char *const *words, size_t count) {
    char two[2 * NAME_MAX_BYTES + 2] = "";
    const char *found = NULL;
    size_t best = 0;
    if (count > 1)
        snprintf(two, sizeof two, "%.*s %.*s", NAME_MAX_BYTES, words[0], NAME_MAX_BYTES, words[1]);
    const struct command *command;
    for (size_t n = 0; (command = command_at(n)); n++) {
        if (command->hidden)
            continue;
        for (size_t i = 0; i == 0 || command->aliases[i - 1]; i++) {
            const char *name = i ? command->aliases[i - 1] : command->path;
            const char *word = strchr(name, ' ') && *two ? two : words[0];
            consider(word, name, &best, &found);
        }
    }
    return found;
}

const char *suggest_option(const struct command *command, const char *word) {
    const struct cli_option *tables[OPTION_TABLES + 1];
    const char *found = NULL;
    size_t best = 0;
    command_options(command, tables);
    for (size_t i = 0; tables[i]; i++)
        for (const struct cli_option *option = tables[i]; option->name; option++)
            consider(word, option->name, &best, &found);
    return found;
}

void suggest_following(struct strbuf *buf, const char *word) {
    size_t len = strlen(word);
    const struct command *command;
    for (size_t n = 0; (command = command_at(n)); n++)
        if (strncmp(command->path, word, len) == 0 && command->path[len] == ' ' && !command->hidden)
            strbuf_addf(buf, "%s%s", buf->len ? ", " : "", command->path + len + 1);
}
