/* wake: see wake.h. */
#include "fcgi/wake.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/mem.h"

enum state { SLOT_FREE, SLOT_TAKEN, SLOT_READY };

/* Shared by all processes of the pool. */
struct wake_shared {
    _Atomic int states[WAKE_SLOTS]; /* enum state */
};

static struct wake_shared *shared;
static int fds[WAKE_SLOTS];

bool wake_setup(struct error *err) {
    void *memory = NULL;
    if (!mem_shared(sizeof *shared, &memory, err))
        return false;
    shared = memory;
    for (int i = 0; i < WAKE_SLOTS; i++) {
        fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (fds[i] < 0)
            return error_set(err, ERROR_INTERNAL, "No eventfd: %s.", strerror(errno));
    }
    return true;
}

int wake_slot_take(void) {
    for (int i = 0; i < WAKE_SLOTS; i++) {
        if (atomic_load(&shared->states[i]) != SLOT_FREE)
            continue;
        wake_clear(i);
        atomic_store(&shared->states[i], SLOT_TAKEN);
        return i;
    }
    return -1;
}

void wake_slot_give(int slot) {
    atomic_store(&shared->states[slot], SLOT_FREE);
}

void wake_slot_reserve(int slot) {
    atomic_store(&shared->states[slot], SLOT_TAKEN);
}

void wake_slot_ready(int slot) {
    atomic_store(&shared->states[slot], SLOT_READY);
}

bool wake_slot_is_ready(int slot) {
    return atomic_load(&shared->states[slot]) == SLOT_READY;
}

int wake_fd(int slot) {
    return fds[slot];
}

void wake_clear(int slot) {
    uint64_t count;
    if (read(fds[slot], &count, sizeof count) < 0) {
        /* EAGAIN: it was not woken. */
    }
}

void wake_slot(int slot) {
    uint64_t one = 1;
    if (write(fds[slot], &one, sizeof one) < 0) {
        /* EAGAIN: it is awake since 2^64 - 2 wakings. */
    }
}

void wake_all(void) {
    for (int i = 0; i < WAKE_SLOTS; i++)
        if (atomic_load(&shared->states[i]) != SLOT_FREE)
            wake_slot(i);
}
