/* policy: see policy.h. */
#include "core/control/policy.h"

#include <string.h>

static bool covers(const char *granted, const char *path) {
    size_t len = strlen(granted);
    if (granted[0] != '/')
        return false;
    if (len == 1)
        return path[0] == '/';
    return strncmp(path, granted, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static bool includes(const char *granted, enum access access) {
    return strcmp(granted, "write") == 0 || (access == ACCESS_READ && strcmp(granted, "read") == 0);
}

bool policy_allows(json_t *grants, const char *path, enum access access) {
    if (!json_object_is_type(grants, json_type_array))
        return false;
    for (size_t i = 0; i < json_len(grants); i++) {
        json_t *grant = json_at(grants, i);
        if (covers(json_get_text(grant, "path", ""), path) &&
            includes(json_get_text(grant, "access", ""), access))
            return true;
    }
    return false;
}
