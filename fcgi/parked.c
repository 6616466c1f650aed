/* parked: see parked.h. */
#include "fcgi/parked.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "fcgi/request.h"

struct parked {
    pthread_mutex_t lock;
    struct request *first;
    struct ready_queue *ready;
};

struct parked *parked_new(struct ready_queue *ready) {
    struct parked *parked = mem_alloc(sizeof *parked);
    pthread_mutex_init(&parked->lock, NULL);
    parked->ready = ready;
    return parked;
}

void parked_free(struct parked *parked) {
    if (!parked)
        return;
    pthread_mutex_destroy(&parked->lock);
    free(parked);
}

void parked_add(struct parked *parked, struct request *request, const char *operation_id,
                int64_t deadline_ms) {
    free(request->operation_id);
    request->operation_id = mem_strdup(operation_id);
    request->deadline_ms = deadline_ms;
    request->expired = false;
    pthread_mutex_lock(&parked->lock);
    request->next = parked->first;
    parked->first = request;
    pthread_mutex_unlock(&parked->lock);
}

static bool is_listed(char **ids, size_t count, const char *id) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

size_t parked_ids(struct parked *parked, char ***ret_ids) {
    size_t requests = 0, bytes = 0, count = 0;
    pthread_mutex_lock(&parked->lock);
    for (const struct request *r = parked->first; r; r = r->next) {
        requests++;
        bytes += strlen(r->operation_id) + 1;
    }
    char **ids = mem_alloc((requests + 1) * sizeof *ids + bytes);
    char *text = (char *)(ids + requests + 1);
    for (const struct request *r = parked->first; r; r = r->next) {
        if (is_listed(ids, count, r->operation_id))
            continue;
        ids[count++] = text;
        text = stpcpy(text, r->operation_id) + 1;
    }
    pthread_mutex_unlock(&parked->lock);
    *ret_ids = ids;
    return count;
}

/* Unlink everyone who waits for `operation_id` (NULL = whose deadline has come). */
static struct request *take(struct parked *parked, const char *operation_id, int64_t now_ms,
                            int64_t *ret_next) {
    struct request *taken = NULL;
    pthread_mutex_lock(&parked->lock);
    for (struct request **at = &parked->first; *at;) {
        struct request *request = *at;
        bool expired = !operation_id && request->deadline_ms <= now_ms;
        if (expired || (operation_id && strcmp(operation_id, request->operation_id) == 0)) {
            *at = request->next;
            request->expired = expired;
            request->next = taken;
            taken = request;
            continue;
        }
        if (request->deadline_ms < *ret_next)
            *ret_next = request->deadline_ms;
        at = &request->next;
    }
    pthread_mutex_unlock(&parked->lock);
    return taken;
}

static void push_all(struct parked *parked, struct request *request) {
    while (request) {
        struct request *next = request->next;
        ready_push(parked->ready, request);
        request = next;
    }
}

void parked_release(struct parked *parked, const char *operation_id) {
    int64_t next = INT64_MAX;
    push_all(parked, take(parked, operation_id, 0, &next));
}

int64_t parked_expire(struct parked *parked, int64_t now_ms) {
    int64_t next = INT64_MAX;
    push_all(parked, take(parked, NULL, now_ms, &next));
    return next;
}
