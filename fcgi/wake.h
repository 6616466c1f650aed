/* wake: one eventfd for each process slot, made before the first fork, so that any process of the
 * pool can wake every other: "there is new work, or an operation has finished". */
#pragma once

#include <stdbool.h>

#include "core/base/error.h"

enum { WAKE_SLOTS = 128 };

/* Once, in the master. */
bool wake_setup(struct error *err);

/* Master: a free slot for a new process, or -1; and its end. */
int wake_slot_take(void);
void wake_slot_give(int slot);
/* A process of a predecessor has this slot; it cannot be woken any more. */
void wake_slot_reserve(int slot);

/* The process in `slot` serves; and: does it? */
void wake_slot_ready(int slot);
bool wake_slot_is_ready(int slot);

/* The descriptor that becomes readable when `slot` is woken. */
int wake_fd(int slot);

/* After reading: it is no longer readable until woken again. */
void wake_clear(int slot);

/* Wake one process; wake all of them, the caller's included. Safe in any thread. */
void wake_slot(int slot);
void wake_all(void);
