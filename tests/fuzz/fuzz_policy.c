/* fuzz_policy: grants of roles, held against a second, naive reading of what they mean. A line of
 * the input is a path, the next one an option; then come the grants, and after an empty line those
 * that somebody wants to give away. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/policy.h"
#include "tests/fuzz/fuzz.h"

/* Is `path` the granted one, or one below it? */
static bool naive_covers(const char *granted, const char *path) {
    CLEANUP(mem_free_text) char *below = mem_format("%s/", granted);
    if (*granted != '/')
        return false;
    return strcmp(granted, "/") == 0
               ? *path == '/'
               : strcmp(granted, path) == 0 || strncmp(path, below, strlen(below)) == 0;
}

static bool naive_allows(const char *grants, const char *path, enum access access) {
    CLEANUP(mem_free_text) char *copy = mem_strdup(grants);
    char *rest = copy;
    bool allowed = false;
    for (char *line; (line = strsep(&rest, "\n"));)
        if (strncmp(line, "write ", 6) == 0)
            allowed |= naive_covers(line + 6, path);
        else if (access == ACCESS_READ && strncmp(line, "read ", 5) == 0)
            allowed |= naive_covers(line + 5, path);
    return allowed;
}

static bool naive_has_option(const char *grants, const char *option) {
    CLEANUP(mem_free_text) char *copy = mem_strdup(grants);
    char *rest = copy;
    bool has = naive_allows(grants, "/", ACCESS_WRITE);
    for (char *line; (line = strsep(&rest, "\n"));)
        has |= *option && strncmp(line, "option ", 7) == 0 && strcmp(line + 7, option) == 0;
    return has;
}

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    CLEANUP(mem_free_text) char *path = fuzz_line(&input);
    CLEANUP(mem_free_text) char *option = fuzz_line(&input);
    CLEANUP(mem_free_text) char *grants = fuzz_rest(&input);
    char *gap = strstr(grants, "\n\n");
    CLEANUP(mem_free_text) char *wanted = mem_strdup(gap ? gap + 2 : "");
    if (gap)
        *gap = '\0';
    bool may_read = policy_allows(grants, path, ACCESS_READ);
    bool may_write = policy_allows(grants, path, ACCESS_WRITE);
    fuzz_check(may_read == naive_allows(grants, path, ACCESS_READ));
    fuzz_check(may_write == naive_allows(grants, path, ACCESS_WRITE));
    fuzz_check(!may_write || may_read);
    fuzz_check(policy_has_option(grants, option) == naive_has_option(grants, option));
    /* Nobody gives away what he does not have. */
    if (policy_covers(grants, wanted)) {
        fuzz_check(!policy_allows(wanted, path, ACCESS_READ) || may_read);
        fuzz_check(!policy_allows(wanted, path, ACCESS_WRITE) || may_write);
        fuzz_check(!policy_has_option(wanted, option) || policy_has_option(grants, option));
    }
    fuzz_check(!policy_allows("", path, ACCESS_READ) && !policy_allows(NULL, path, ACCESS_READ));
}

const struct fuzz_target fuzz_policy = {"policy", run};
