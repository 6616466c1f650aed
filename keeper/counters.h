/* counters: what a keeper counts beside what metrics.h counts anyhow. Any thread counts, without a
 * lock; every few seconds all of it is written into the keeper's row, from where a worker tells it
 * to Prometheus: the keeper itself serves nothing. */
#pragma once

#include <stdint.h>

#include "core/store/db.h"

enum keeper_counter {
    COUNTER_ECHOES_SENT,
    COUNTER_ECHOES_HEARD,
    COUNTER_ECHO_US,      /* their round trips, added up; whole milliseconds are what is measured */
    COUNTER_EVENTS,       /* of Docker, written down */
    COUNTER_EVENT_LAG_US, /* from an event's arrival until then, added up */
    COUNTER_STREAMS,      /* opened */
    COUNTER_MOVES,        /* of containers, off a lost host */
    KEEPER_COUNTERS
};

void counters_add(enum keeper_counter counter, int64_t value);
/* Events that wait to be written down at present. */
void counters_waiting(int64_t events);

/* Into the row of the keeper `name`, which lease_look() has made. */
bool counters_write(struct db *db, const char *name, struct error *err);
