/* fault: see fault.h. */
#include "core/base/fault.h"

#ifdef BERTH_FAULT_POINTS

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/parse.h"

/* The text behind "NAME=", or NULL when the environment names another point. */
static const char *plan_for(const char *name) {
    const char *plan = getenv("BERTH_FAULT");
    size_t len = strlen(name);
    return plan && strncmp(plan, name, len) == 0 && plan[len] == '=' ? plan + len + 1 : NULL;
}

static bool first_ever(void) {
    const char *path = getenv("BERTH_FAULT_ONCE");
    int fd = path ? open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600) : -1;
    if (fd >= 0)
        close(fd);
    return !path || fd >= 0;
}

void fault_point(const char *name) {
    static atomic_int passed;
    const char *plan = plan_for(name);
    int64_t nth = 1;
    if (!plan)
        return;
    const char *colon = strchr(plan, ':');
    if (colon && !parse_int(colon + 1, 1, INT32_MAX, &nth))
        return;
    if (atomic_fetch_add(&passed, 1) + 1 != nth || !first_ever())
        return;
    kill(getpid(), strncmp(plan, "stop", 4) == 0 ? SIGSTOP : SIGKILL);
}

#endif
