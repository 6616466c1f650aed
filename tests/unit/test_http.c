/* test_http: core/net/http against a server that misbehaves. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/unit/http_fixture.h"
#include "tests/unit/unit.h"

static void test_whole(void) {
    struct fixture f;
    fixture_init(&f);
    CU_ASSERT_TRUE(fixture_call(&f, "GET", "/ok?token=secret", NULL));
    CU_ASSERT_EQUAL(f.response.status, 200);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&f.response.body), "{\"a\":1}");
    CU_ASSERT_STRING_EQUAL(f.response.content_type, "application/json");
    CU_ASSERT_STRING_EQUAL(f.response.location, "");
    CU_ASSERT_STRING_EQUAL(f.response.next_cursor, "");
    CU_ASSERT_TRUE(f.response.time_ms > 0);
    CU_ASSERT_TRUE(fixture_has(&f, "GET /ok?token=secret HTTP/1.1\r\n"));
    CU_ASSERT_FALSE(fixture_has(&f, "Expect:"));
    CU_ASSERT_FALSE(fixture_has(&f, "Content-Length:"));
    CU_ASSERT_TRUE(fixture_call(&f, "POST", "/created", NULL));
    CU_ASSERT_EQUAL(f.response.status, 202);
    CU_ASSERT_STRING_EQUAL(f.response.location, "/api/operations/7");
    CU_ASSERT_STRING_EQUAL(f.response.next_cursor, "c-1");
    CU_ASSERT_STRING_EQUAL(f.response.content_type, "text/plain");
    CU_ASSERT_EQUAL(f.response.retry_after_s, 3);
    CU_ASSERT_TRUE(fixture_call(&f, "GET", "/moved", NULL)); /* not followed */
    CU_ASSERT_EQUAL(f.response.status, 302);
    CU_ASSERT_STRING_EQUAL(f.response.location, "");
    CU_ASSERT_TRUE(fixture_call(&f, "HEAD", "/ok", NULL));
    CU_ASSERT_TRUE(fixture_call(&f, "GET", "/a/../ok/./x", NULL)); /* sent as it is */
    CU_ASSERT_EQUAL(f.response.status, 404);
    CU_ASSERT_TRUE(fixture_has(&f, "GET /a/../ok/./x "));
    CU_ASSERT_EQUAL(fake_connections(f.fake), 1);
    fixture_release(&f);
}

static void test_bodies(void) {
    static const char *const typed[] = {"Content-Type: application/json", "X-Key: 1", NULL};
    char body[] = "{\"b\":2}";
    struct http_request more = {.headers = typed, .body = body, .body_len = strlen(body)};
    struct fixture f;
    fixture_init(&f);
    CU_ASSERT_TRUE(fixture_call(&f, "POST", "/ok", NULL));
    CU_ASSERT_TRUE(fixture_has(&f, "Content-Length: 0\r\n"));
    CU_ASSERT_FALSE(fixture_has(&f, "Content-Type:"));
    CU_ASSERT_TRUE(fixture_call(&f, "PUT", "/ok", NULL));
    CU_ASSERT_TRUE(fixture_has(&f, "PUT /ok"));
    CU_ASSERT_TRUE(fixture_has(&f, "Content-Length: 0\r\n"));
    CU_ASSERT_TRUE(fixture_call(&f, "DELETE", "/ok", NULL));
    CU_ASSERT_TRUE(fixture_has(&f, "DELETE /ok"));
    CU_ASSERT_FALSE(fixture_has(&f, "Content-Length:"));
    CU_ASSERT_TRUE(fixture_call(&f, "POST", "/ok", &more));
    CU_ASSERT_TRUE(fixture_has(&f, "Content-Type: application/json\r\n"));
    CU_ASSERT_TRUE(fixture_has(&f, "X-Key: 1\r\n"));
    CU_ASSERT_TRUE(fixture_has(&f, "Content-Length: 7\r\n"));
    CU_ASSERT_TRUE(fixture_has(&f, "\r\n\r\n{\"b\":2}"));
    CU_ASSERT_TRUE(fixture_call(&f, "DELETE", "/ok", &more));
    CU_ASSERT_TRUE(fixture_has(&f, "DELETE /ok"));
    CU_ASSERT_TRUE(fixture_has(&f, "\r\n\r\n{\"b\":2}"));
    more.body = "a\0b";
    more.body_len = 3;
    CU_ASSERT_TRUE(fixture_call(&f, "POST", "/ok", &more));
    CU_ASSERT_TRUE(fixture_has(&f, "Content-Length: 3\r\n"));
    CLEANUP(mem_free_text) char *large = mem_alloc(2000001);
    memset(large, 'x', 2000000);
    more.body = large;
    more.body_len = 2000000;
    CU_ASSERT_TRUE(fixture_call(&f, "POST", "/ok", &more));
    CU_ASSERT_TRUE(fixture_has(&f, "Content-Length: 2000000\r\n"));
    CU_ASSERT_FALSE(fixture_has(&f, "Expect:"));
    /* nothing of the last call is left in the handle */
    CU_ASSERT_TRUE(fixture_call(&f, "GET", "/ok", NULL));
    CU_ASSERT_FALSE(fixture_has(&f, "X-Key:"));
    CU_ASSERT_FALSE(fixture_has(&f, "{\"b\":2}"));
    fixture_release(&f);
}

static void test_body_copied(void) {
    struct fixture f;
    unsigned count = 0;
    fixture_init(&f);
    char *body = mem_strdup("copied"),
         *url = mem_format("http://127.0.0.1:%d/ok", fake_port(f.fake));
    char *header = mem_strdup("X-Copied: yes"), *method = mem_strdup("POST");
    const char *headers[] = {header, NULL};
    struct http_request request = fixture_request(method, url);
    request.headers = headers;
    request.body = body;
    request.body_len = 6;
    http_start(f.client, &request, fixture_on_count, &count);
    memset(body, 'x', 6);
    free(body), free(url), free(header), free(method);
    CU_ASSERT_EQUAL(count, 0);
    while (http_client_open_calls(f.client))
        http_client_poll(f.client, -1, 1000);
    CU_ASSERT_EQUAL(count, 1);
    fake_last_request(f.fake, f.last, sizeof f.last);
    CU_ASSERT_TRUE(fixture_has(&f, "\r\n\r\ncopied"));
    CU_ASSERT_TRUE(fixture_has(&f, "X-Copied: yes\r\n"));
    fixture_release(&f);
}

static void test_broken(void) {
    struct http_request small = {.response_max = 10000, .timeout_ms = 5000};
    struct fixture f;
    fixture_init(&f);
    fixture_fails(&f, "GET", "/garbage", NULL, ERROR_ENGINE, true);
    fixture_fails(&f, "GET", "/huge", &small, ERROR_ENGINE, true);
    CU_ASSERT_PTR_NOT_NULL(strstr(f.err.message, "10000 bytes"));
    fixture_fails(&f, "GET", "/endless", &small, ERROR_ENGINE, true);
    CU_ASSERT_PTR_NOT_NULL(strstr(f.err.message, "10000 bytes"));
    CU_ASSERT_TRUE(f.response.body.len <= 10000);
    fixture_fails(&f, "GET", "/endless", NULL, ERROR_ENGINE, true); /* HTTP_RESPONSE_MAX */
    fixture_fails(&f, "GET", "/headers", NULL, ERROR_ENGINE, true);
    CU_ASSERT_PTR_NOT_NULL(strstr(f.err.message, "65536 bytes of headers"));
    fixture_fails(&f, "GET", "/cut", NULL, ERROR_ENGINE, true);
    fixture_fails(&f, "GET", "/cut_chunk", NULL, ERROR_ENGINE, true);
    fixture_fails(&f, "POST", "/reset", NULL, ERROR_ENGINE, true);
    fixture_fails(&f, "POST", "/close", NULL, ERROR_ENGINE, true);
    CU_ASSERT_TRUE(fixture_call(&f, "GET", "/ok", NULL));
    fixture_release(&f);
}

static void test_limit_is_exact(void) {
    struct http_request request = {.response_max = 7};
    struct fixture f;
    fixture_init(&f);
    CU_ASSERT_TRUE(fixture_call(&f, "GET", "/ok", &request));
    request.response_max = 6;
    fixture_fails(&f, "GET", "/ok", &request, ERROR_ENGINE, true);
    fixture_release(&f);
}

static void test_timeouts(void) {
    struct http_request quick = {.timeout_ms = 150};
    struct fixture f;
    fixture_init(&f);
    fixture_fails(&f, "POST", "/hang", &quick, ERROR_TIMEOUT, true);
    CU_ASSERT_TRUE(f.response.time_ms >= 140 && f.response.time_ms < 2000);
    CU_ASSERT_PTR_NOT_NULL(strstr(f.err.message, "0.15 s"));
    fixture_fails(&f, "GET", "/half", &quick, ERROR_TIMEOUT, true);
    CU_ASSERT_EQUAL(f.response.status, 200);
    fixture_release(&f);
}

/* A listener whose queue is full: the kernel ignores further calls, as a silent host would. */
static int silent_listener(int fillers[4], int *ret_port) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof in;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
    CU_ASSERT_EQUAL_FATAL(listen(fd, 0), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&in, &len), 0);
    for (size_t i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], (struct sockaddr *)&in, sizeof in);
    }
    *ret_port = ntohs(in.sin_port);
    return fd;
}

static void test_connect_timeout(void) {
    struct fixture f;
    int fillers[4], port;
    int fd = silent_listener(fillers, &port);
    fixture_init(&f);
    CLEANUP(mem_free_text) char *url = mem_format("http://127.0.0.1:%d/x", port);
    struct http_request request = fixture_request("POST", url);
    request.connect_timeout_ms = 150;
    CU_ASSERT_FALSE(fixture_call_url(&f, &request));
    CU_ASSERT_EQUAL(f.err.kind, ERROR_UNREACHABLE);
    CU_ASSERT_FALSE(f.response.maybe_done);
    CU_ASSERT_PTR_NOT_NULL(strstr(f.err.message, "0.15 s"));
    CU_ASSERT_TRUE(f.response.time_ms < 2000);
    for (size_t i = 0; i < 4; i++)
        close(fillers[i]);
    close(fd);
    fixture_release(&f);
}

static void test_unconnected(void) {
    struct fixture f;
    fixture_init(&f);
    CU_ASSERT_FALSE(fixture_call(&f, "GET", "/deaf", NULL)); /* closes the listening socket */
    fixture_fails(&f, "POST", "/ok", NULL, ERROR_UNREACHABLE, false);
    CU_ASSERT_PTR_NOT_NULL(strstr(f.err.message, "Connection refused"));
    struct http_request request = fixture_request("GET", "http://no-such-host.invalid/x");
    CU_ASSERT_FALSE(fixture_call_url(&f, &request));
    CU_ASSERT_EQUAL(f.err.kind, ERROR_UNREACHABLE);
    CU_ASSERT_STRING_EQUAL(f.err.message,
                           "cannot connect to no-such-host.invalid:80: unknown host name");
    fixture_release(&f);
}

static void test_no_descriptor(void) {
    struct fixture f;
    struct rlimit old, low;
    int filler[64], fillers = 0;
    fixture_init(&f);
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &old), 0);
    low = (struct rlimit){64, old.rlim_max};
    setrlimit(RLIMIT_NOFILE, &low);
    while (fillers < 64 && (filler[fillers] = dup(0)) >= 0)
        fillers++;
    fixture_fails(&f, "POST", "/ok", NULL, ERROR_UNAVAILABLE, false);
    CU_ASSERT_PTR_NOT_NULL(strstr(f.err.message, "Too many open files"));
    setrlimit(RLIMIT_NOFILE, &old);
    while (fillers)
        close(filler[--fillers]);
    fixture_release(&f);
}

static void test_tls_to_plain_port(void) {
    struct fixture f;
    fixture_init(&f);
    CLEANUP(mem_free_text) char *url = mem_format("https://127.0.0.1:%d/x", fake_port(f.fake));
    struct http_request request = fixture_request("POST", url);
    request.connect_timeout_ms = 20000; /* the system's authorities are many */
    request.timeout_ms = 20000;
    CU_ASSERT_FALSE(fixture_call_url(&f, &request));
    CU_ASSERT_EQUAL(f.err.kind, ERROR_ENGINE);
    CU_ASSERT_FALSE(f.response.maybe_done);
    CU_ASSERT_PTR_NOT_NULL(strstr(f.err.message, "TLS with 127.0.0.1:"));
    fixture_release(&f);
}

static void test_refused_requests(void) {
    static const char *const urls[] = {"",
                                       "x",
                                       "127.0.0.1:1/x",
                                       "ftp://127.0.0.1/x",
                                       "file:///etc/passwd",
                                       "http://user:word@127.0.0.1/x",
                                       "http://127.0.0.1/a b",
                                       "http://127.0.0.1/a\r\nX: y",
                                       "http://127.0.0.1:99999/"};
    static const char *const headers[] = {"X-A: b\r\nX-C: d", NULL};
    struct fixture f;
    fixture_init(&f);
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct http_request request = fixture_request("GET", urls[i]);
        CU_ASSERT_FALSE(fixture_call_url(&f, &request));
        CU_ASSERT_EQUAL(f.err.kind, ERROR_BAD_REQUEST);
        CU_ASSERT_FALSE(f.response.maybe_done);
    }
    struct http_request request = {.headers = headers};
    CU_ASSERT_FALSE(fixture_call(&f, "GET", "/ok", &request));
    CU_ASSERT_EQUAL(f.err.kind, ERROR_BAD_REQUEST);
    CU_ASSERT_EQUAL(fake_connections(f.fake), 0);
    fixture_release(&f);
}

static void test_no_proxy(void) {
    struct fixture f;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    fixture_init(&f);
    CU_ASSERT_TRUE(fixture_call(&f, "GET", "/ok", NULL));
    fixture_release(&f);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

static void test_unix_socket(void) {
    char dir[] = "/tmp/berth-test-XXXXXX", path[64];
    struct http_response response;
    struct error err = {0};
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/socket", dir);
    struct fake *fake = fake_new(fixture_answers, path);
    struct http_client *client = http_client_new();
    struct http_request request = fixture_request("GET", "http://docker/ok");
    request.unix_socket = path;
    CU_ASSERT_TRUE(http_call(client, &request, &response, &err));
    CU_ASSERT_EQUAL(response.status, 200);
    http_response_release(&response);
    fake_free(fake);
    CU_ASSERT_FALSE(http_call(client, &request, &response, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNREACHABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, path));
    http_response_release(&response);
    http_client_free(client);
    rmdir(dir);
}

static const struct unit_test tests[] = {
    {"no descriptor to be had", test_no_descriptor}, /* before any that look up names in threads */
    {"whole answers, kept connection, no redirects", test_whole},
    {"bodies and their lengths", test_bodies},
    {"what a call needs is copied", test_body_copied},
    {"garbage, huge, endless and cut-off answers", test_broken},
    {"the limit of an answer is exact", test_limit_is_exact},
    {"time-outs after sending", test_timeouts},
    {"time-outs while connecting", test_connect_timeout},
    {"no connection", test_unconnected},
    {"TLS to a port without it", test_tls_to_plain_port},
    {"bad URLs and headers", test_refused_requests},
    {"no proxy from the environment", test_no_proxy},
    {"unix sockets", test_unix_socket},
    {0},
};

const struct unit_suite suite_http = {"http", tests};
