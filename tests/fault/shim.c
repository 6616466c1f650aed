/* shim: see shim.h. libpq-fe.h belongs to core/store/db.c alone, so handles are void * here.
 */
#include "tests/fault/shim.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { READS_MAX = 1000 };

static struct shim {
    bool armed;
    enum shim_mode mode;
    int left; /* calls to go; the last of them fails */
    const char *fired;
} shim;

void shim_arm(enum shim_mode mode, int nth) {
    shim = (struct shim){true, mode, nth, NULL};
}

const char *shim_disarm(void) {
    shim.armed = false;
    return shim.fired;
}

static bool fails(const char *name) {
    if (shim.left-- != 1)
        return false;
    shim.fired = name;
    return true;
}

/* Whether libpq called us, which uses its own functions too: `call` is where it goes on. */
static bool within_libpq(const void *call) {
    Dl_info info;
    return dladdr(call, &info) && info.dli_fname && strstr(info.dli_fname, "libpq.so");
}

#define FAILS(name) (shim.armed && !within_libpq(__builtin_return_address(0)) && fails(name))

static void *next(const char *name) {
    void *symbol = dlsym(RTLD_NEXT, name);
    if (!symbol) {
        fprintf(stderr, "no %s\n", name);
        abort();
    }
    return symbol;
}

/* The function behind ours, of the same type. */
#define NEXT(name) ((__typeof__(name) *)next(#name))

void *PQconnectdbParams(const char *const *keys, const char *const *values, int expand);
void *PQexec(void *conn, const char *query);
void *PQprepare(void *conn, const char *name, const char *query, int count, const unsigned *types);
void *PQexecPrepared(void *conn, const char *name, int count, const char *const *values,
                     const int *lengths, const int *formats, int result_format);
int PQsendQueryPrepared(void *conn, const char *name, int count, const char *const *values,
                        const int *lengths, const int *formats, int result_format);
void *PQgetResult(void *conn);
int PQconsumeInput(void *conn);
int PQenterPipelineMode(void *conn);
int PQpipelineSync(void *conn);
int PQexitPipelineMode(void *conn);
int PQsocket(const void *conn);
void PQclear(void *result);
int PQsocket(const void *conn) {
    return NEXT(PQsocket)(conn);
}
void PQclear(void *result) {
    NEXT(PQclear)(result);
}

/* libpq notices when it reads the end, which is behind what was received before. */
static void cut(void *conn) {
    shutdown(PQsocket(conn), SHUT_RDWR);
    for (int reads = 0; reads < READS_MAX && NEXT(PQconsumeInput)(conn); reads++)
        ;
}

/* A function that gives a result fails by giving none. */
#define RESULT_OR_NONE(name, conn, ...)                                                            \
    do {                                                                                           \
        if (!FAILS(#name))                                                                         \
            return NEXT(name)(__VA_ARGS__);                                                        \
        if (shim.mode == SHIM_LOST)                                                                \
            PQclear(NEXT(name)(__VA_ARGS__));                                                      \
        if (shim.mode != SHIM_REFUSED)                                                             \
            cut(conn);                                                                             \
        return NULL;                                                                               \
    } while (0)

/* Others tell by 0. */
#define DONE_OR_NOT(name, conn, ...)                                                               \
    do {                                                                                           \
        if (!FAILS(#name))                                                                         \
            return NEXT(name)(__VA_ARGS__);                                                        \
        if (shim.mode == SHIM_LOST)                                                                \
            NEXT(name)(__VA_ARGS__);                                                               \
        if (shim.mode != SHIM_REFUSED)                                                             \
            cut(conn);                                                                             \
        return 0;                                                                                  \
    } while (0)

void *PQconnectdbParams(const char *const *keys, const char *const *values, int expand) {
    static const char *const key[] = {"host", NULL}, *const nowhere[] = {"/nonexistent", NULL};
    if (FAILS("PQconnectdbParams"))
        return NEXT(PQconnectdbParams)(key, nowhere, 0);
    return NEXT(PQconnectdbParams)(keys, values, expand);
}
void *PQexec(void *conn, const char *query) {
    RESULT_OR_NONE(PQexec, conn, conn, query);
}
void *PQprepare(void *conn, const char *name, const char *query, int count, const unsigned *types) {
    RESULT_OR_NONE(PQprepare, conn, conn, name, query, count, types);
}
void *PQexecPrepared(void *conn, const char *name, int count, const char *const *values,
                     const int *lengths, const int *formats, int result_format) {
    RESULT_OR_NONE(PQexecPrepared, conn, conn, name, count, values, lengths, formats,
                   result_format);
}
int PQsendQueryPrepared(void *conn, const char *name, int count, const char *const *values,
                        const int *lengths, const int *formats, int result_format) {
    DONE_OR_NOT(PQsendQueryPrepared, conn, conn, name, count, values, lengths, formats,
                result_format);
}
/* It never gives nothing while there is a result, unless the connection is gone. */
void *PQgetResult(void *conn) {
    if (FAILS("PQgetResult")) {
        cut(conn);
        return NULL;
    }
    return NEXT(PQgetResult)(conn);
}
int PQconsumeInput(void *conn) {
    DONE_OR_NOT(PQconsumeInput, conn, conn);
}
int PQenterPipelineMode(void *conn) {
    DONE_OR_NOT(PQenterPipelineMode, conn, conn);
}
int PQpipelineSync(void *conn) {
    DONE_OR_NOT(PQpipelineSync, conn, conn);
}
int PQexitPipelineMode(void *conn) {
    DONE_OR_NOT(PQexitPipelineMode, conn, conn);
}
