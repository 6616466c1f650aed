/* fuzz_path: the canonical form of paths, and what it means for routes and grants. */
#include <string.h>

#include "core/base/mem.h"
#include "core/control/policy.h"
#include "fcgi/path.h"
#include "fcgi/routes.h"
#include "tests/fuzz/fuzz.h"

static void check_segment(const char *segment) {
    fuzz_check(*segment && strcmp(segment, ".") != 0 && strcmp(segment, "..") != 0);
    for (const char *c = segment; *c; c++)
        fuzz_check((unsigned char)*c >= 0x20 && *c != 0x7f && *c != '/' && *c != '\\');
    fuzz_check(utf8_is_valid(segment, strlen(segment)));
}

/* What is granted by path lies below that path, segment by segment. */
static void check_grants(const struct path *path) {
    static const char grants[] = "write /api/containers\nread /api/engines";
    bool containers = strcmp(path->segments[0], "api") == 0 && path->count > 1 &&
                      strcmp(path->segments[1], "containers") == 0;
    bool engines = strcmp(path->segments[0], "api") == 0 && path->count > 1 &&
                   strcmp(path->segments[1], "engines") == 0;
    fuzz_check(policy_allows(grants, path->text, ACCESS_WRITE) == containers);
    fuzz_check(policy_allows(grants, path->text, ACCESS_READ) == (containers || engines));
    fuzz_check(!strstr(path->text, "/../") && !strstr(path->text, "//"));
}

static void check_routes(const struct path *path) {
    const char *params[PATH_SEGMENTS_MAX];
    for (size_t i = 0; route_at(i); i++) {
        const char *pattern = route_at(i)->pattern;
        if (!path_match(path, pattern, params))
            continue;
        fuzz_check(path_match_any_case(path, pattern) && path_begins(path, pattern));
    }
}

static void run(const uint8_t *data, size_t size) {
    struct path path, again;
    struct error err = {0};
    if (!path_parse(&path, (const char *)data, size, &err)) {
        fuzz_check(err.kind == ERROR_BAD_PATH && !path.text && !path.decoded);
        return;
    }
    fuzz_check(size <= PATH_BYTES_MAX && path.text[0] == '/');
    for (size_t i = 0; i < path.count && i < PATH_SEGMENTS_MAX; i++)
        check_segment(path.segments[i]);
    check_routes(&path);
    if (path.count > 0)
        check_grants(&path);
    /* The canonical form may be longer than what was given; its own canonical form it always is. */
    size_t len = strlen(path.text);
    if (len <= PATH_BYTES_MAX) {
        fuzz_check(path_parse(&again, path.text, len, &err));
        fuzz_check(strcmp(again.text, path.text) == 0 && again.count == path.count);
        for (size_t i = 0; i < path.count && i < PATH_SEGMENTS_MAX; i++)
            fuzz_check(strcmp(again.segments[i], path.segments[i]) == 0);
        path_release(&again);
    }
    path_release(&path);
}

const struct fuzz_target fuzz_path = {"path", run};
