/* history: verification of the history's hash chain (sql/query/events_seal.sql). */
#pragma once

#include "core/store/db.h"

struct history_report {
    bool ok;           /* nothing wrong was found so far */
    bool complete;     /* the head was reached; else go on after `last` */
    int64_t first;     /* seals of which events were dropped are taken as they are up to here */
    int64_t last;      /* the last seal that was computed again */
    int64_t seals;     /* how many of them, by this call */
    int64_t events;    /* how many events they cover */
    int64_t unsealed;  /* events that wait for the next seal */
    int64_t head;      /* the newest seal; 0 = there is none */
    char digest[65];   /* its digest, hexadecimal */
    int64_t wanted;    /* the seal that has the digest asked for; 0 = none has */
    char problem[256]; /* what is wrong, for people; "" = nothing */
};

/* Compute the seals after number `after` (0 = from the beginning) again until the head is reached,
 * one does not match, or `budget_ms` milliseconds have passed; memory is bounded by one seal.
 * `wanted` (64 hex digits, or NULL) is a digest that was noted earlier: a chain that does not
 * contain it is not the one it was. */
bool history_verify(struct db *db, int64_t after, const char *wanted, int64_t budget_ms,
                    struct history_report *report, struct error *err);
