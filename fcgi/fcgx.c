/* fcgx: see fcgx.h. */
#include "fcgi/fcgx.h"

#include <fcgiapp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "fcgi/outbox.h"

/* DRAIN_MAX: of an unread body that is skipped to keep a connection; more closes it. */
enum { DRAIN_MAX = 16 << 20 };

struct fcgx {
    FCGX_Request request;
};

void fcgx_setup(void) {
    /* libfcgi lingers on a failed connection until its peer closes it: not longer than this. */
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "10", 1);
    if (FCGX_Init() != 0)
        abort();
}

struct fcgx *fcgx_begin(int fd) {
    struct fcgx *fcgx = mem_alloc(sizeof *fcgx);
    FCGX_InitRequest(&fcgx->request, -1, 0);
    fcgx->request.ipcFd = fd;
    /* FCGX_Accept_r begins with FCGX_Finish_r, which closes a connection that is not kept. */
    fcgx->request.keepConnection = 1;
    if (FCGX_Accept_r(&fcgx->request) == 0)
        return fcgx;
    free(fcgx);
    return NULL;
}

const char *fcgx_param(const struct fcgx *fcgx, const char *name) {
    return FCGX_GetParam(name, fcgx->request.envp);
}

long fcgx_read(struct fcgx *fcgx, char *bytes, size_t len) {
    int count = FCGX_GetStr(bytes, (int)len, fcgx->request.in);
    return count == 0 && FCGX_GetError(fcgx->request.in) != 0 ? -1 : count;
}

bool fcgx_write(struct fcgx *fcgx, const char *bytes, size_t len) {
    enum { STEP = 1 << 20 };
    for (size_t step; len; bytes += step, len -= step) {
        step = len < STEP ? len : STEP;
        if (FCGX_PutStr(bytes, (int)step, fcgx->request.out) != (int)step)
            return false;
    }
    return FCGX_GetError(fcgx->request.out) == 0;
}

bool fcgx_flush(struct fcgx *fcgx) {
    return FCGX_FFlush(fcgx->request.out) == 0;
}

int fcgx_fd(const struct fcgx *fcgx) {
    return fcgx->request.ipcFd;
}

uint16_t fcgx_request_id(const struct fcgx *fcgx) {
    return (uint16_t)fcgx->request.requestId;
}

void fcgx_abandon(struct fcgx *fcgx) {
    int fd = fcgx->request.ipcFd;
    FCGX_Free(&fcgx->request, 0);
    free(fcgx);
    close(fd);
}

/* Bytes that nobody has read would be taken for the next request. */
static bool skip_body(struct fcgx *fcgx) {
    char bytes[4096];
    long count;
    size_t sum = 0;
    while (sum < DRAIN_MAX && (count = fcgx_read(fcgx, bytes, sizeof bytes)) > 0)
        sum += (size_t)count;
    return sum < DRAIN_MAX && count == 0;
}

/* End the answer so that the connection is not used again. */
static bool write_last_end(struct fcgx *fcgx) {
    struct outbox end = {.request_id = fcgx_request_id(fcgx)};
    outbox_end(&end);
    bool ok = fcgx_flush(fcgx) && send(fcgx->request.ipcFd, end.bytes.data, end.bytes.len,
                                       MSG_NOSIGNAL) == (ssize_t)end.bytes.len;
    outbox_release(&end);
    return ok;
}

static bool write_end(struct fcgx *fcgx) {
    return FCGX_FClose(fcgx->request.err) == 0 && FCGX_FClose(fcgx->request.out) == 0;
}

int fcgx_finish(struct fcgx *fcgx, bool keep) {
    int fd = fcgx->request.ipcFd;
    bool wanted = fcgx->request.keepConnection != 0;
    if (FCGX_GetError(fcgx->request.out) != 0) { /* with an end it would look whole */
        fcgx_abandon(fcgx);
        return -1;
    }
    keep = skip_body(fcgx) && keep && wanted;
    if (!(wanted && !keep ? write_last_end(fcgx) : write_end(fcgx)))
        keep = false;
    FCGX_Free(&fcgx->request, 0);
    free(fcgx);
    if (keep)
        return fd;
    close(fd);
    return -1;
}
