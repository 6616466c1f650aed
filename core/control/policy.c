/* policy: see policy.h. */
#include "core/control/policy.h"

#include <string.h>

#include "core/base/mem.h"

/* `granted`: `len` > 0 bytes. */
static bool covers(const char *granted, size_t len, const char *path) {
    if (granted[0] != '/')
        return false;
    if (len == 1)
        return path[0] == '/';
    return strncmp(path, granted, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

/* The length of the word of access that begins a line, with its space; 0 when it does not suffice.
 */
static size_t includes(const char *line, enum access access) {
    static const char read_word[] = "read ", write_word[] = "write ";
    if (strncmp(line, write_word, strlen(write_word)) == 0)
        return strlen(write_word);
    if (access == ACCESS_READ && strncmp(line, read_word, strlen(read_word)) == 0)
        return strlen(read_word);
    return 0;
}

bool policy_allows(const char *grants, const char *path, enum access access) {
    for (const char *line = grants; line && *line;) {
        size_t len = strcspn(line, "\n");
        size_t word = includes(line, access);
        if (word && word < len && covers(line + word, len - word, path))
            return true;
        line += len + (line[len] == '\n');
    }
    return false;
}

static const char option_word[] = "option ";

bool policy_has_option(const char *grants, const char *option) {
    size_t wanted = strlen(option);
    if (policy_allows(grants, "/", ACCESS_WRITE))
        return true;
    for (const char *line = grants; line && *line;) {
        size_t len = strcspn(line, "\n");
        if (len == strlen(option_word) + wanted &&
            strncmp(line, option_word, strlen(option_word)) == 0 &&
            strncmp(line + strlen(option_word), option, wanted) == 0)
            return wanted > 0;
        line += len + (line[len] == '\n');
    }
    return false;
}

static bool covers_line(const char *grants, const char *line) {
    size_t word = includes(line, ACCESS_READ);
    if (word)
        return policy_allows(grants, line + word,
                             includes(line, ACCESS_WRITE) ? ACCESS_WRITE : ACCESS_READ);
    word = strlen(option_word);
    return strncmp(line, option_word, word) != 0 || policy_has_option(grants, line + word);
}

bool policy_covers(const char *grants, const char *wanted) {
    for (const char *line = wanted; line && *line;) {
        size_t len = strcspn(line, "\n");
        CLEANUP(mem_free_text) char *one = mem_strndup(line, len);
        if (len && !covers_line(grants, one))
            return false;
        line += len + (line[len] == '\n');
    }
    return true;
}
