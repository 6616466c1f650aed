/* shim: see shim.h. The libraries' headers belong to one module each, so handles are void * here
 * and numbers are written out. */
#include "tests/fault/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { READS_MAX = 1000 };

static struct shim own;
static struct shim *shim = &own;

__attribute__((constructor)) static void share(void) {
    const char *path = getenv("BERTH_SHIM");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *map = mmap(NULL, sizeof *shim, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED)
        shim = map;
    close(fd);
}

void shim_arm(enum shim_family family, int mode, int nth) {
    shim->mode = mode;
    shim->left = nth;
    shim->fired = 0;
    shim->family = (int)family;
}

const char *shim_disarm(void) {
    shim->family = SHIM_NONE;
    return shim->fired ? shim->name : NULL;
}

static bool fails(const char *name) {
    if (atomic_fetch_sub(&shim->left, 1) != 1)
        return false;
    snprintf(shim->name, sizeof shim->name, "%s", name);
    shim->fired = 1;
    return true;
}

/* Whether an object of this name called us: `call` is where it goes on. Libraries use their own
 * functions, too. */
static bool is_within(const void *call, const char *object) {
    Dl_info info;
    return dladdr(call, &info) && info.dli_fname && strstr(info.dli_fname, object);
}

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
#define CALLER __builtin_return_address(0)

/* libpq */

void *PQconnectdbParams(const char *const *keys, const char *const *values, int expand);
int PQsendQuery(void *conn, const char *query);
int PQsendPrepare(void *conn, const char *name, const char *query, int count,
                  const unsigned *types);
int PQsendQueryPrepared(void *conn, const char *name, int count, const char *const *values,
                        const int *lengths, const int *formats, int result_format);
void *PQgetResult(void *conn);
int PQconsumeInput(void *conn);
int PQenterPipelineMode(void *conn);
int PQpipelineSync(void *conn);
int PQexitPipelineMode(void *conn);
int PQsocket(const void *conn);
const char *PQparameterStatus(const void *conn, const char *name);
int PQsocket(const void *conn) {
    return NEXT(PQsocket)(conn);
}
const char *PQparameterStatus(const void *conn, const char *name) {
    return NEXT(PQparameterStatus)(conn, name);
}

/* libpq notices when it reads the end, which is behind what was received before. */
static void cut(void *conn) {
    shutdown(PQsocket(conn), SHUT_RDWR);
    for (int reads = 0; reads < READS_MAX && NEXT(PQconsumeInput)(conn); reads++)
        ;
}

static bool is_meant(const char *application) {
    return strncmp(application ? application : "", shim->whose, strlen(shim->whose)) == 0;
}

static bool fails_libpq(const void *caller, const void *conn, const char *name) {
    return shim->family == SHIM_LIBPQ && !is_within(caller, "libpq.so") &&
           is_meant(*shim->whose ? PQparameterStatus(conn, "application_name") : NULL) &&
           fails(name);
}

/* A function tells by 0. */
#define DONE_OR_NOT(name, conn, ...)                                                               \
    do {                                                                                           \
        if (!fails_libpq(CALLER, conn, #name))                                                     \
            return NEXT(name)(__VA_ARGS__);                                                        \
        if (shim->mode == SHIM_LOST)                                                               \
            NEXT(name)(__VA_ARGS__);                                                               \
        if (shim->mode != SHIM_REFUSED)                                                            \
            cut(conn);                                                                             \
        return 0;                                                                                  \
    } while (0)

static const char *application_of(const char *const *keys, const char *const *values) {
    while (*keys && strcmp(*keys, "application_name") != 0)
        keys++, values++;
    return *keys ? *values : NULL;
}

void *PQconnectdbParams(const char *const *keys, const char *const *values, int expand) {
    static const char *const key[] = {"host", NULL}, *const nowhere[] = {"/nonexistent", NULL};
    if (shim->family == SHIM_LIBPQ && !is_within(CALLER, "libpq.so") &&
        is_meant(application_of(keys, values)) && fails("PQconnectdbParams"))
        return NEXT(PQconnectdbParams)(key, nowhere, 0);
    return NEXT(PQconnectdbParams)(keys, values, expand);
}
int PQsendQuery(void *conn, const char *query) {
    DONE_OR_NOT(PQsendQuery, conn, conn, query);
}
int PQsendPrepare(void *conn, const char *name, const char *query, int count,
                  const unsigned *types) {
    DONE_OR_NOT(PQsendPrepare, conn, conn, name, query, count, types);
}
int PQsendQueryPrepared(void *conn, const char *name, int count, const char *const *values,
                        const int *lengths, const int *formats, int result_format) {
    DONE_OR_NOT(PQsendQueryPrepared, conn, conn, name, count, values, lengths, formats,
                result_format);
}
/* It never gives nothing while there is a result, unless the connection is gone. */
void *PQgetResult(void *conn) {
    if (fails_libpq(CALLER, conn, "PQgetResult")) {
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

/* libcurl; the numbers are those of its headers. */

enum { EASY_BAD_ARGUMENT = 43, EASY_OUT_OF_MEMORY = 27, EASY_RECV_ERROR = 56 };
enum { MULTI_INTERNAL_ERROR = 4, MULTI_OUT_OF_MEMORY = 3 };
enum { URL_OUT_OF_MEMORY = 7, HEADER_OUT_OF_MEMORY = 5, HEADER_BAD_ARGUMENT = 6 };
enum { OPTION_PORT = 3, NO_PORT = 1, INFO_PRIVATE = 0x100000 + 21 };

struct curl_message {
    int kind;
    void *easy;
    union {
        void *other;
        int result;
    } data;
};

int curl_easy_setopt(void *easy, int option, ...);
int curl_easy_getinfo(void *easy, int info, ...);
int curl_easy_pause(void *easy, int what);
int curl_easy_header(void *easy, const char *name, size_t index, unsigned origin, int request,
                     void **ret_header);
void *curl_easy_init(void);
void *curl_slist_append(void *list, const char *text);
void *curl_url(void);
int curl_url_set(void *url, int part, const char *text, unsigned flags);
int curl_url_get(const void *url, int part, char **ret_text, unsigned flags);
int curl_multi_add_handle(void *multi, void *easy);
int curl_multi_perform(void *multi, int *running);
int curl_multi_poll(void *multi, void *fds, unsigned count, int timeout_ms, int *ret);
struct curl_message *curl_multi_info_read(void *multi, int *left);

static bool fails_curl(const void *caller, const char *name) {
    return shim->family == SHIM_CURL && !is_within(caller, "libcurl.so") && fails(name);
}

#define FAILS_CURL(name, error, out_of_memory)                                                     \
    do {                                                                                           \
        if (fails_curl(CALLER, name))                                                              \
            return shim->mode == SHIM_MEMORY ? (out_of_memory) : (error);                          \
    } while (0)

/* Each option takes one more argument, and all of them have the width of a pointer. */
int curl_easy_setopt(void *easy, int option, ...) {
    va_list args;
    va_start(args, option);
    void *value = va_arg(args, void *);
    va_end(args);
    FAILS_CURL("curl_easy_setopt", EASY_BAD_ARGUMENT, EASY_OUT_OF_MEMORY);
    return NEXT(curl_easy_setopt)(easy, option, value);
}
int curl_easy_getinfo(void *easy, int info, ...) {
    va_list args;
    va_start(args, info);
    void *value = va_arg(args, void *);
    va_end(args);
    if (info != INFO_PRIVATE) /* whose handle it is: no more than a look into it */
        FAILS_CURL("curl_easy_getinfo", EASY_BAD_ARGUMENT, EASY_OUT_OF_MEMORY);
    return NEXT(curl_easy_getinfo)(easy, info, value);
}
int curl_easy_pause(void *easy, int what) {
    FAILS_CURL("curl_easy_pause", EASY_BAD_ARGUMENT, EASY_OUT_OF_MEMORY);
    return NEXT(curl_easy_pause)(easy, what);
}
int curl_easy_header(void *easy, const char *name, size_t index, unsigned origin, int request,
                     void **ret_header) {
    FAILS_CURL("curl_easy_header", HEADER_BAD_ARGUMENT, HEADER_OUT_OF_MEMORY);
    return NEXT(curl_easy_header)(easy, name, index, origin, request, ret_header);
}
int curl_multi_perform(void *multi, int *running) {
    FAILS_CURL("curl_multi_perform", MULTI_INTERNAL_ERROR, MULTI_OUT_OF_MEMORY);
    return NEXT(curl_multi_perform)(multi, running);
}
int curl_multi_poll(void *multi, void *fds, unsigned count, int timeout_ms, int *ret) {
    FAILS_CURL("curl_multi_poll", MULTI_INTERNAL_ERROR, MULTI_OUT_OF_MEMORY);
    return NEXT(curl_multi_poll)(multi, fds, count, timeout_ms, ret);
}

/* These fail for want of memory only. */
#define FAILS_MEMORY(name) (shim->mode == SHIM_MEMORY && fails_curl(CALLER, name))
void *curl_easy_init(void) {
    return FAILS_MEMORY("curl_easy_init") ? NULL : NEXT(curl_easy_init)();
}
void *curl_slist_append(void *list, const char *text) {
    return FAILS_MEMORY("curl_slist_append") ? NULL : NEXT(curl_slist_append)(list, text);
}
void *curl_url(void) {
    return FAILS_MEMORY("curl_url") ? NULL : NEXT(curl_url)();
}
int curl_url_set(void *url, int part, const char *text, unsigned flags) {
    return FAILS_MEMORY("curl_url_set") ? URL_OUT_OF_MEMORY
                                        : NEXT(curl_url_set)(url, part, text, flags);
}
int curl_url_get(const void *url, int part, char **ret_text, unsigned flags) {
    return FAILS_MEMORY("curl_url_get") ? URL_OUT_OF_MEMORY
                                        : NEXT(curl_url_get)(url, part, ret_text, flags);
}

/* A transfer whose peer refuses it goes to a port where nobody listens. */
int curl_multi_add_handle(void *multi, void *easy) {
    FAILS_CURL("curl_multi_add_handle", MULTI_INTERNAL_ERROR, MULTI_OUT_OF_MEMORY);
    if (shim->family == SHIM_TRANSFER && shim->mode == SHIM_REFUSED && fails("a connection"))
        NEXT(curl_easy_setopt)(easy, OPTION_PORT, (long)NO_PORT);
    return NEXT(curl_multi_add_handle)(multi, easy);
}
struct curl_message *curl_multi_info_read(void *multi, int *left) {
    struct curl_message *message = NEXT(curl_multi_info_read)(multi, left);
    if (message && shim->family == SHIM_TRANSFER && shim->mode == SHIM_LOST && fails("an answer"))
        message->data.result = EASY_RECV_ERROR;
    return message;
}

/* The C library */

int clock_gettime(clockid_t clock, struct timespec *at) {
    int failed = NEXT(clock_gettime)(clock, at);
    if (failed == 0 && clock == CLOCK_REALTIME)
        at->tv_sec += shim->clock_s;
    return failed;
}
time_t time(time_t *at) {
    time_t now = NEXT(time)(NULL) + shim->clock_s;
    if (at)
        *at = now;
    return now;
}

/* An eventfd takes a wake-up or has one already: it never fails. */
static bool fails_write(const void *caller, int fd, const char *name) {
    struct stat status;
    return shim->family == SHIM_WRITE && (!*shim->whose || is_within(caller, shim->whose)) &&
           fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) != 0 && fails(name);
}

/* Where the peer is gone, reading tells it as well. */
static int failed(int fd) {
    int error = shim->mode;
    if (error == ECONNRESET || error == EPIPE)
        shutdown(fd, SHUT_RDWR); /* what is no socket has no peer */
    errno = error;
    return -1;
}

ssize_t write(int fd, const void *bytes, size_t len) {
    if (!fails_write(CALLER, fd, "write"))
        return NEXT(write)(fd, bytes, len);
    return shim->mode ? failed(fd) : NEXT(write)(fd, bytes, len ? 1 : 0);
}
ssize_t send(int fd, const void *bytes, size_t len, int flags) {
    if (!fails_write(CALLER, fd, "send"))
        return NEXT(send)(fd, bytes, len, flags);
    return shim->mode ? failed(fd) : NEXT(send)(fd, bytes, len ? 1 : 0, flags);
}
