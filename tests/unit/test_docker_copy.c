/* test_docker_copy: images copied from one fake engine to another. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/docker.h"
#include "tests/fake/fake.h"
#include "tests/unit/unit.h"

enum { LIMIT = 64 << 20, WAIT_MS = 60000 };
#define HEAD "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define STEPS(...) ((const struct fake_step[]){__VA_ARGS__, {0}})
#define SEND(text)                                                                                 \
    { FAKE_SEND, text, NULL, 0 }
#define END_OF_SCRIPT                                                                              \
    { FAKE_CLOSE, NULL, NULL, 0 }
#define DATA "10\r\n0123456789abcdef\r\n"

static const struct fake_answer sources[] = {
    {"GET /v1.41/images/h%3A5000%2Fapp:1.2/get ", STEPS(SEND(HEAD "8\r\nTARBYTES\r\n0\r\n\r\n"))},
    {"GET /v1.41/images/app:latest/get ", STEPS(SEND(HEAD "8\r\nTARBYTES\r\n0\r\n\r\n"))},
    {"GET /v1.41/images/long:latest/get ",
     STEPS(SEND(HEAD), {FAKE_SEND, DATA, NULL, 150000}, SEND("0\r\n\r\n"))},
    {"GET /v1.41/images/cut:latest/get ", STEPS(SEND(HEAD DATA), END_OF_SCRIPT)},
    {"GET /v1.41/images/stalls:latest/get ", STEPS(SEND(HEAD DATA), {FAKE_HANG, NULL, NULL, 0})},
    {"GET /v1.41/images/silent:latest/get ", STEPS({FAKE_HANG, NULL, NULL, 0})},
    {"GET /v1.41/images/endless:latest/get ", STEPS(SEND(HEAD), {FAKE_ENDLESS, DATA, NULL, 0})},
    {"GET /v1.41/images/gone:latest/get ",
     STEPS({FAKE_ANSWER, "404 Not Found", "{\"message\":\"No such image: gone\"}", 0})},
    {NULL, NULL},
};
#define LOADED                                                                                     \
    "{\"status\":\"Loading layer\",\"id\":\"1\"}\r\n{\"stream\":\"Loaded image: app\\n\"}\r\n"
static const struct fake_answer targets[] = {
    {"POST /v1.41/images/load?quiet=0 ", STEPS({FAKE_ANSWER, "200 OK", LOADED, 0})},
    {NULL, NULL},
};
static const struct fake_answer full_disks[] = {
    {"POST /v1.41/images/load?quiet=0 ",
     STEPS({FAKE_ANSWER, "200 OK", "{\"errorDetail\":{\"message\":\"no space left\"}}\n", 0})},
    {NULL, NULL},
};
static const struct fake_answer refusals[] = {
    {"POST /v1.41/images/load?quiet=0 ",
     STEPS({FAKE_ANSWER, "500 Internal Server Error", "{\"message\":\"no tar\"}", 0})},
    {NULL, NULL},
};
static const struct fake_answer strangers[] = {
    {"POST /v1.41/images/load?quiet=0 ", STEPS({FAKE_ANSWER, "200 OK", "<html>\n", 0})},
    {NULL, NULL},
};

struct fixture {
    struct fake *from, *to;
    struct http_client *client;
    char *from_addr, *to_addr;
    struct docker_engine source, target;
    struct docker_copy_limits limits;
    struct docker_result result;
    struct docker_progress progress;
    unsigned watched, done;
    bool unwanted;
};

static void fixture_init(struct fixture *f, const struct fake_answer *target) {
    *f = (struct fixture){.from = fake_new(sources, NULL),
                          .to = fake_new(target, NULL),
                          .client = http_client_new(),
                          .limits = {LIMIT, WAIT_MS}};
    f->from_addr = mem_format("tcp://127.0.0.1:%d", fake_port(f->from));
    f->to_addr = mem_format("tcp://127.0.0.1:%d", fake_port(f->to));
    f->source = (struct docker_engine){.id = "n1", .addr = f->from_addr, .api_version = "1.41"};
    f->target = (struct docker_engine){.id = "n2", .addr = f->to_addr, .api_version = "1.41"};
}

static void fixture_release(struct fixture *f) {
    http_client_free(f->client);
    fake_free(f->from);
    fake_free(f->to);
    free(f->from_addr);
    free(f->to_addr);
}

static bool on_progress(void *context, const struct docker_progress *progress) {
    struct fixture *f = context;
    f->progress = *progress;
    f->watched++;
    return !f->unwanted;
}

static void on_done(void *context, struct docker_result *result) {
    struct fixture *f = context;
    f->result = *result;
    f->done++;
}

static void copy(struct fixture *f, const char *image) {
    int64_t until = clock_ms() + WAIT_MS;
    f->done = f->watched = 0;
    docker_copy(f->client, &f->source, &f->target, image, 77, &f->limits, on_progress, on_done, f);
    CU_ASSERT_EQUAL(f->done, 0); /* never from within the beginning */
    while (http_client_open_calls(f->client) && clock_ms() < until)
        http_client_poll(f->client, -1, 1000);
    CU_ASSERT_EQUAL(f->done, 1);
}

static void fails(struct fixture *f, const char *image, enum error_kind kind, const char *words) {
    copy(f, image);
    bool as_expected =
        !f->result.ok && f->result.err.kind == kind && strstr(f->result.err.message, words) != NULL;
    CU_ASSERT_TRUE(as_expected);
    if (!as_expected)
        printf("# %s: kind %d, %s\n", image, f->result.err.kind, f->result.err.message);
}

static void test_whole(void) {
    static char last[4 << 20];
    struct fixture f;
    fixture_init(&f, targets);
    copy(&f, "h:5000/app:1.2");
    CU_ASSERT_TRUE(f.result.ok);
    fake_last_request(f.to, last, sizeof last);
    CU_ASSERT_PTR_NOT_NULL(strstr(last, "\r\n8\r\nTARBYTES\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(last, "Content-Type: application/x-tar\r\n"));
    CU_ASSERT_EQUAL(f.progress.bytes_done, 8);
    CU_ASSERT_EQUAL(f.progress.bytes, 77);
    CU_ASSERT_STRING_EQUAL(f.progress.phase, "copying");
    copy(&f, "app");
    CU_ASSERT_TRUE(f.result.ok);
    copy(&f, "long"); /* more than the buffer takes */
    CU_ASSERT_TRUE(f.result.ok);
    CU_ASSERT_EQUAL(f.progress.bytes_done, 150000 * 16);
    fake_last_request(f.to, last, sizeof last);
    size_t digits = 0;
    for (const char *at = last; (at = strstr(at, "0123456789abcdef")); at += 16)
        digits += 16;
    CU_ASSERT_TRUE(digits > 150000 * 15); /* those that no chunk's head cuts apart */
    fixture_release(&f);
}

static void test_source_fails(void) {
    struct fixture f;
    fixture_init(&f, targets);
    fails(&f, "gone", ERROR_IMAGE, "engine n1: No such image: gone");
    fails(&f, "No Image", ERROR_IMAGE, "reference");
    fails(&f, "app@sha256:0123456789abcdef0123456789abcdef", ERROR_IMAGE, "digest");
    CU_ASSERT_EQUAL(fake_connections(f.to), 0); /* which is not asked for nothing */
    fails(&f, "cut", ERROR_ENGINE, "engine n1: ");
    CU_ASSERT_EQUAL(fake_requests(f.to), 0); /* it never got a whole one */
    f.limits.stall_ms = 300;
    fails(&f, "stalls", ERROR_TIMEOUT, "engine n1 sent nothing of the image");
    fails(&f, "silent", ERROR_TIMEOUT, "engine n1 sent nothing of the image");
    fixture_release(&f);
}

static void test_target_fails(void) {
    struct fixture f;
    fixture_init(&f, full_disks);
    fails(&f, "app", ERROR_IMAGE, "engine n2: no space left");
    f.target.addr = "tcp://127.0.0.1:1";
    fails(&f, "stalls", ERROR_UNREACHABLE, "engine n2: cannot connect");
    fails(&f, "endless", ERROR_UNREACHABLE, "engine n2: cannot connect");
    fixture_release(&f);
    fixture_init(&f, refusals);
    fails(&f, "app", ERROR_IMAGE, "engine n2: no tar");
    fixture_release(&f);
    fixture_init(&f, strangers);
    fails(&f, "app", ERROR_ENGINE, "engine n2: load was answered");
    fixture_release(&f);
}

/* A target that reads nothing: the source is held up after what the buffers hold. */
static void test_held_up(void) {
    struct fixture f;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof in;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_TRUE(fd >= 0 && bind(fd, (struct sockaddr *)&in, sizeof in) == 0 &&
                   listen(fd, 1) == 0 && getsockname(fd, (struct sockaddr *)&in, &len) == 0);
    CLEANUP(mem_free_text) char *addr = mem_format("tcp://127.0.0.1:%d", ntohs(in.sin_port));
    fixture_init(&f, targets);
    f.target.addr = addr;
    f.limits.stall_ms = 300;
    fails(&f, "endless", ERROR_TIMEOUT, "engine n2 took nothing of the image");
    CU_ASSERT_TRUE(f.progress.bytes_done < 16 << 20); /* 256 KiB, and what the kernel holds */
    fixture_release(&f);
    close(fd);
}

static void test_limits(void) {
    struct fixture f;
    fixture_init(&f, targets);
    f.limits.bytes = 1 << 20;
    fails(&f, "endless", ERROR_IMAGE, "engine n1: the image is larger than the 1 MB");
    CU_ASSERT_TRUE(f.progress.bytes_done <= 1 << 20);
    f.unwanted = true;
    fails(&f, "stalls", ERROR_UNAVAILABLE, "not wanted");
    fails(&f, "silent", ERROR_UNAVAILABLE, "not wanted");
    fixture_release(&f);
}

/* The client goes while a copy is under way. */
static void test_freed(void) {
    struct fixture f;
    fixture_init(&f, targets);
    docker_copy(f.client, &f.source, &f.target, "stalls", 0, &f.limits, on_progress, on_done, &f);
    for (int64_t until = clock_ms() + WAIT_MS; fake_connections(f.to) == 0 && clock_ms() < until;)
        http_client_poll(f.client, -1, 10);
    http_client_free(f.client);
    CU_ASSERT_EQUAL(f.done, 1);
    CU_ASSERT_EQUAL(f.result.err.kind, ERROR_UNAVAILABLE);
    f.client = NULL;
    fixture_release(&f);
}

static const struct unit_test tests[] = {
    {"an image is copied", test_whole},
    {"a source that fails", test_source_fails},
    {"a target that fails", test_target_fails},
    {"a target that takes nothing holds the source up", test_held_up},
    {"limits, and nobody wants it", test_limits},
    {"the client goes", test_freed},
    {0},
};

const struct unit_suite suite_docker_copy = {"docker copy", tests};
