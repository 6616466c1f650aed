/* background: the threads of a worker process besides those for requests; see worker.h. */
#include <poll.h>
#include <stdint.h>

#include "core/base/mem.h"
#include "fcgi/request.h"
#include "fcgi/wake.h"
#include "fcgi/worker.h"

/* Keeps the deadlines of parked requests. */
static void run_parked(struct worker *worker) {
    struct pollfd wake = {.fd = worker->wake_fd, .events = POLLIN};
    while (!atomic_load(&worker->stopping)) {
        int64_t now = request_now_ms();
        int64_t next = parked_expire(worker->parked, now);
        int wait_ms = next == INT64_MAX ? -1 : next - now > 1000 ? 1000 : (int)(next - now);
        if (poll(&wake, 1, wait_ms) > 0)
            wake_clear(worker->slot);
    }
}

const struct background background[] = {
    {"parked", run_parked},
};
const size_t background_count = ARRAY_LEN(background);
