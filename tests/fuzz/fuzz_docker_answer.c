/* fuzz_docker_answer: an engine's answers, from the status line on, read by the real client over a
 * real socket. The first byte of the input says to which call, the second how it is cut. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/net/docker_call.h"
#include "tests/fuzz/fuzz.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

enum { ROUNDS_MAX = 200 };

struct call {
    bool done;
    size_t heard;
};

static void on_done(void *context, struct docker_result *result) {
    struct call *call = context;
    fuzz_check(!call->done);
    call->done = true;
    fuzz_check(result->ok || result->err.kind != ERROR_NONE);
    fuzz_check(result->ok || strncmp(result->err.message, "engine e1", 9) == 0);
    for (const char *c = result->err.message; *c; c++)
        fuzz_check((unsigned char)*c >= 0x20 && *c != 0x7f);
}

static bool on_watch(void *context, const struct docker_progress *progress) {
    struct call *call = context;
    fuzz_check(progress->layers_done >= 0 && progress->layers_done <= progress->layers);
    fuzz_check(progress->bytes_done >= 0 && progress->bytes >= progress->bytes_done);
    call->heard++;
    return true;
}

static bool on_piece(void *context, const struct docker_piece *piece) {
    struct call *call = context;
    call->heard += piece ? piece->len : 0;
    return true;
}

static void begin(struct http_client *client, const struct docker_engine *engine, unsigned which,
                  struct call *call) {
    switch (which % 10) {
    case 0:
        docker_ping(client, engine, on_done, call);
        break;
    case 1:
        docker_list(client, engine, on_done, call);
        break;
    case 2:
        docker_inspect(client, engine, ID, on_done, call);
        break;
    case 3:
        docker_create(client, engine, "web", "{}", on_done, call);
        break;
    case 4:
        docker_start(client, engine, ID, on_done, call);
        break;
    case 5:
        docker_remove(client, engine, ID, on_done, call);
        break;
    case 6:
    case 7:
        docker_pull(client, engine, "httpd:2.4", NULL, on_watch, on_done, call);
        break;
    case 8:
        docker_logs(client, engine, ID, "stdout=1&stderr=1", false, NULL, on_piece, call, on_done,
                    call);
        break;
    default:
        docker_logs(client, engine, ID, "stdout=1&stderr=1", true, NULL, on_piece, call, on_done,
                    call);
    }
}

/* Listens under a name of the abstract kind; curl is told by its usual path, so a real one it is.
 */
static int listen_on(const char *path) {
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
    unlink(path);
    fuzz_check(fd >= 0 && bind(fd, (const struct sockaddr *)&addr, sizeof addr) == 0 &&
               listen(fd, 64) == 0);
    return fd;
}

static char socket_path[64];

static void forget_socket(void) {
    unlink(socket_path);
}

static int listener(void) {
    static int fd = -1;
    if (fd < 0) {
        snprintf(socket_path, sizeof socket_path, "/tmp/berth-fuzz.%d", (int)getpid());
        fd = listen_on(socket_path);
        atexit(forget_socket);
    }
    return fd;
}

/* Serve one connection: take the request, answer in two parts, close. */
static void serve(struct http_client *client, int fd, size_t cut, const uint8_t *data,
                  size_t size) {
    char request[4096];
    if (read(fd, request, sizeof request) < 0)
        fuzz_check(errno == EAGAIN);
    cut = cut > size ? size : cut;
    (void)!write(fd, data, cut);
    http_client_poll(client, -1, 0);
    (void)!write(fd, data + cut, size - cut);
    close(fd);
}

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    unsigned which = fuzz_byte(&input), cut = fuzz_byte(&input);
    int listening = listener();
    CLEANUP(mem_free_text) char *addr = mem_format("unix://%s", socket_path);
    struct docker_engine engine = {.id = "e1", .addr = addr, .api_version = "1.41"};
    struct http_client *client = http_client_new();
    struct call call = {0};
    begin(client, &engine, which, &call);
    /* A connection that breaks without an answer is tried once more by curl itself. */
    for (int round = 0; !call.done && round < ROUNDS_MAX; round++) {
        http_client_poll(client, listening, 50);
        int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            serve(client, fd, cut, input.at, input.left);
    }
    fuzz_check(call.done);
    http_client_free(client);
}

const struct fuzz_target fuzz_docker_answer = {"docker_answer", run};
