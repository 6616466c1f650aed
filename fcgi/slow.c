/* slow: see slow.h. */
#include "fcgi/slow.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "fcgi/request.h"
#include "fcgi/worker.h"

enum { IDLE_S = 30 };

struct slow_pool {
    struct worker *worker;
    void (*run)(struct request *request);
    pthread_mutex_t lock;
    pthread_cond_t work, left;
    struct request *first, *last;
    unsigned queued, waiting_max;
    unsigned threads, busy, threads_max; /* threads that take requests; those that have one */
    unsigned alive;                      /* and those that are on their way out */
    bool ending;
};

struct slow_pool *slow_new(struct worker *worker, unsigned threads, unsigned waiting,
                           void (*run)(struct request *request)) {
    struct slow_pool *pool = mem_alloc(sizeof *pool);
    pthread_condattr_t attributes;
    pool->worker = worker;
    pool->run = run;
    pool->threads_max = threads;
    pool->waiting_max = waiting;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->work, &attributes);
    pthread_cond_init(&pool->left, NULL);
    pthread_condattr_destroy(&attributes);
    return pool;
}

/* Called with the lock held; NULL: there has been nothing to do for a while. */
static struct request *next_request(struct slow_pool *pool) {
    struct timespec until;
    int failed = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += IDLE_S;
    while (!pool->first && !pool->ending && !failed)
        failed = pthread_cond_timedwait(&pool->work, &pool->lock, &until);
    struct request *request = pool->first;
    if (request) {
        pool->first = request->next;
        if (!pool->first)
            pool->last = NULL;
        request->next = NULL;
        pool->queued--;
        pool->busy++;
    }
    return request;
}

static void *slow_thread(void *arg) {
    struct slow_pool *pool = arg;
    struct db *db = db_new(pool->worker->config->worker_database, "berth-worker");
    pthread_mutex_lock(&pool->lock);
    for (struct request *request; (request = next_request(pool));) {
        pthread_mutex_unlock(&pool->lock);
        request->db = db;
        pool->run(request);
        pthread_mutex_lock(&pool->lock);
        pool->busy--;
    }
    pool->threads--;
    pthread_mutex_unlock(&pool->lock);
    db_free(db);
    pthread_mutex_lock(&pool->lock);
    pool->alive--;
    pthread_cond_signal(&pool->left);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Called with the lock held. */
static void add_thread(struct slow_pool *pool) {
    pthread_t thread;
    if (pool->threads == pool->threads_max || !thread_start(&thread, slow_thread, pool))
        return;
    pthread_detach(thread);
    pool->threads++;
    pool->alive++;
}

bool slow_submit(struct slow_pool *pool, struct request *request) {
    pthread_mutex_lock(&pool->lock);
    if (pool->queued >= pool->threads - pool->busy)
        add_thread(pool);
    bool ok = pool->threads > 0 && pool->queued < pool->threads - pool->busy + pool->waiting_max;
    if (ok) {
        request->next = NULL;
        if (pool->last)
            pool->last->next = request;
        else
            pool->first = request;
        pool->last = request;
        pool->queued++;
        pthread_cond_signal(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
    return ok;
}

void slow_free(struct slow_pool *pool) {
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->work);
    while (pool->alive)
        pthread_cond_wait(&pool->left, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->left);
    free(pool);
}
