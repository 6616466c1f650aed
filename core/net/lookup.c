/* lookup: see lookup.h. */
#include "core/net/lookup.h"

#include <netdb.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/thread.h"

enum { UNDER_WAY_MAX = 64 };

struct lookup {
    char *host;
    atomic_int users; /* the caller and the thread: the last one frees it */
    _Atomic enum lookup_end end;
    struct sockaddr_storage found; /* written before `end` */
};

static atomic_int under_way;

static void leave(struct lookup *lookup) {
    if (atomic_fetch_sub(&lookup->users, 1) > 1)
        return;
    free(lookup->host);
    free(lookup);
}

static void *run(void *context) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    struct lookup *lookup = context;
    enum lookup_end end = LOOKUP_NONE;
    if (getaddrinfo(lookup->host, NULL, &hints, &list) == 0) {
        memcpy(&lookup->found, list->ai_addr, list->ai_addrlen);
        freeaddrinfo(list);
        end = LOOKUP_FOUND;
    }
    atomic_store(&lookup->end, end);
    leave(lookup);
    atomic_fetch_sub(&under_way, 1);
    return NULL;
}

struct lookup *lookup_new(const char *host) {
    pthread_t thread;
    if (atomic_fetch_add(&under_way, 1) >= UNDER_WAY_MAX) {
        atomic_fetch_sub(&under_way, 1);
        return NULL;
    }
    struct lookup *lookup = mem_alloc(sizeof *lookup);
    lookup->host = mem_strdup(host);
    atomic_store(&lookup->users, 2);
    atomic_store(&lookup->end, LOOKUP_BUSY);
    if (thread_start(&thread, run, lookup)) {
        pthread_detach(thread);
        return lookup;
    }
    atomic_fetch_sub(&under_way, 1);
    atomic_store(&lookup->users, 1);
    leave(lookup);
    return NULL;
}

enum lookup_end lookup_end(const struct lookup *lookup, struct sockaddr_storage *ret_host) {
    enum lookup_end end = atomic_load(&lookup->end);
    if (end == LOOKUP_FOUND)
        *ret_host = lookup->found;
    return end;
}

void lookup_free(struct lookup *lookup) {
    if (lookup)
        leave(lookup);
}
