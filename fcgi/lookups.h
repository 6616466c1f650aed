/* lookups: a few threads with a database connection each, for threads that must never wait for the
 * database. */
#pragma once

struct config;
struct db;
struct lookups;

/* Embedded in what the answer is for, which must live until `done`. */
struct lookup {
    void (*run)(struct lookup *lookup, struct db *db); /* in one of the threads */
    void (*done)(struct lookup *lookup);               /* from lookups_finish */
    struct lookup *next;                               /* private */
};

/* Whenever a lookup has been run, `fd` (an eventfd, borrowed) is written to. */
struct lookups *lookups_new(const struct config *config, unsigned threads, int fd);
/* Ends the threads; none may be under way. */
void lookups_free(struct lookups *lookups);

void lookups_submit(struct lookups *lookups, struct lookup *lookup);

/* Call `done` of all that have been run. */
void lookups_finish(struct lookups *lookups);
