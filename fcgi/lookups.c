/* lookups: see lookups.h. */
#include "fcgi/lookups.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/config.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/store/db.h"

struct list {
    struct lookup *first, *last;
};

struct lookups {
    const struct config *config;
    int fd;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t work;
    struct list asked, answered;
    bool ending;
    unsigned thread_count;
    pthread_t threads[];
};

static void append(struct list *list, struct lookup *lookup) {
    lookup->next = NULL;
    if (list->last)
        list->last->next = lookup;
    else
        list->first = lookup;
    list->last = lookup;
}

static struct lookup *take_first(struct list *list) {
    struct lookup *lookup = list->first;
    if (lookup)
        list->first = lookup->next;
    if (!list->first)
        list->last = NULL;
    return lookup;
}

static void notify(const struct lookups *lookups) {
    uint64_t one = 1;
    if (write(lookups->fd, &one, sizeof one) < 0)
        return; /* its counter is full: it is readable anyhow */
}

static void *lookup_thread(void *arg) {
    struct lookups *lookups = arg;
    struct db *db = db_new(lookups->config->worker_database, "berth-worker");
    pthread_mutex_lock(&lookups->lock);
    while (!lookups->ending) {
        struct lookup *lookup = take_first(&lookups->asked);
        if (!lookup) {
            pthread_cond_wait(&lookups->work, &lookups->lock);
            continue;
        }
        pthread_mutex_unlock(&lookups->lock);
        lookup->run(lookup, db);
        pthread_mutex_lock(&lookups->lock);
        append(&lookups->answered, lookup);
        notify(lookups);
    }
    pthread_mutex_unlock(&lookups->lock);
    db_free(db);
    return NULL;
}

struct lookups *lookups_new(const struct config *config, unsigned threads, int fd) {
    struct lookups *lookups = mem_alloc(sizeof *lookups + threads * sizeof(pthread_t));
    lookups->config = config;
    lookups->fd = fd;
    pthread_mutex_init(&lookups->lock, NULL);
    pthread_cond_init(&lookups->work, NULL);
    lookups->thread_count = threads;
    for (unsigned i = 0; i < threads; i++)
        thread_need(&lookups->threads[i], lookup_thread, lookups);
    return lookups;
}

void lookups_free(struct lookups *lookups) {
    if (!lookups)
        return;
    pthread_mutex_lock(&lookups->lock);
    lookups->ending = true;
    pthread_cond_broadcast(&lookups->work);
    pthread_mutex_unlock(&lookups->lock);
    for (unsigned i = 0; i < lookups->thread_count; i++)
        pthread_join(lookups->threads[i], NULL);
    pthread_mutex_destroy(&lookups->lock);
    pthread_cond_destroy(&lookups->work);
    free(lookups);
}

void lookups_submit(struct lookups *lookups, struct lookup *lookup) {
    pthread_mutex_lock(&lookups->lock);
    append(&lookups->asked, lookup);
    pthread_cond_signal(&lookups->work);
    pthread_mutex_unlock(&lookups->lock);
}

void lookups_finish(struct lookups *lookups) {
    pthread_mutex_lock(&lookups->lock);
    struct lookup *lookup = lookups->answered.first;
    lookups->answered = (struct list){0};
    pthread_mutex_unlock(&lookups->lock);
    while (lookup) {
        struct lookup *next = lookup->next;
        lookup->done(lookup);
        lookup = next;
    }
}
