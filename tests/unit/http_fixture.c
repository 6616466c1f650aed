/* http_fixture: see http_fixture.h. */
#include "tests/unit/http_fixture.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/unit/unit.h"

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static const struct fake_step ok[] = {{FAKE_ANSWER, "200 OK", "{\"a\":1}", 0}, {0}};
static const struct fake_step created[] = {
    {FAKE_SEND,
     "HTTP/1.1 202 Accepted\r\nLocation: /api/operations/7\r\nRetry-After: 3\r\n"
     "X-Next-Cursor: c-1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi",
     NULL, 0},
    {0}};
static const struct fake_step moved[] = {
    {FAKE_SEND, "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n", NULL, 0}, {0}};
static const struct fake_step garbage[] = {{FAKE_SEND, "\x16\x03 nonsense\r\n\r\n", NULL, 0},
                                           {FAKE_CLOSE, NULL, NULL, 0},
                                           {0}};
static const struct fake_step huge[] = {{FAKE_SEND,
                                         "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
                                         NULL, 0},
                                        {FAKE_ENDLESS, "0123456789abcdef0123456789abcdef", NULL, 0},
                                        {0}};
static const struct fake_step endless[] = {{FAKE_SEND,
                                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                                            NULL, 0},
                                           {FAKE_ENDLESS, "10\r\n0123456789abcdef\r\n", NULL, 0},
                                           {0}};
static const struct fake_step many_headers[] = {{FAKE_SEND, "HTTP/1.1 200 OK\r\n", NULL, 0},
                                                {FAKE_ENDLESS, "X-A: b\r\n", NULL, 0},
                                                {0}};
static const struct fake_step cut[] = {{FAKE_SEND,
                                        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
                                        NULL, 0},
                                       {FAKE_CLOSE, NULL, NULL, 0},
                                       {0}};
static const struct fake_step cut_chunk[] = {
    {FAKE_SEND, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nonly", NULL, 0},
    {FAKE_CLOSE, NULL, NULL, 0},
    {0}};
static const struct fake_step reset[] = {{FAKE_RESET, NULL, NULL, 0}, {0}};
static const struct fake_step close_at_once[] = {{FAKE_CLOSE, NULL, NULL, 0}, {0}};
static const struct fake_step deaf[] = {{FAKE_DEAF, NULL, NULL, 0},
                                        {FAKE_PAUSE, NULL, NULL, 50},
                                        {FAKE_CLOSE, NULL, NULL, 0},
                                        {0}};
static const struct fake_step hang[] = {{FAKE_HANG, NULL, NULL, 0}, {0}};
static const struct fake_step slow[] = {{FAKE_PAUSE, NULL, NULL, 100},
                                        {FAKE_SEND, OK_EMPTY, NULL, 0},
                                        {0}};
static const struct fake_step half[] = {{FAKE_SEND,
                                         "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", NULL,
                                         0},
                                        {FAKE_HANG, NULL, NULL, 0},
                                        {0}};
static const struct fake_step meet[] = {{FAKE_MEET, NULL, NULL, 16},
                                        {FAKE_SEND, OK_EMPTY, NULL, 0},
                                        {0}};
static const struct fake_step pair[] = {{FAKE_MEET, NULL, NULL, 2},
                                        {FAKE_SEND, OK_EMPTY, NULL, 0},
                                        {0}};
static const struct fake_step refused[] = {{FAKE_ANSWER, "403 Forbidden", "no", 0}, {0}};

const struct fake_answer fixture_answers[] = {
    {"GET /ok", ok},
    {"HEAD /ok", (const struct fake_step[]){{FAKE_SEND, OK_EMPTY, NULL, 0}, {0}}},
    {"POST /ok", ok},
    {"PUT /ok", ok},
    {"DELETE /ok", ok},
    {"POST /created", created},
    {"GET /moved", moved},
    {"GET /garbage", garbage},
    {"GET /huge", huge},
    {"GET /endless", endless},
    {"GET /headers", many_headers},
    {"GET /cut_chunk", cut_chunk},
    {"GET /cut", cut},
    {"POST /reset", reset},
    {"POST /close", close_at_once},
    {"GET /close", close_at_once},
    {"GET /deaf", deaf},
    {"POST /deaf", deaf},
    {"GET /hang", hang},
    {"POST /hang", hang},
    {"GET /slow", slow},
    {"GET /meet", meet},
    {"GET /pair", pair},
    {"GET /half", half},
    {"GET /refused", refused},
    {NULL, NULL},
};

void fixture_init(struct fixture *f) {
    *f = (struct fixture){.fake = fake_new(fixture_answers, NULL), .client = http_client_new()};
}

void fixture_release(struct fixture *f) {
    http_response_release(&f->response);
    http_client_free(f->client);
    fake_free(f->fake);
}

struct http_request fixture_request(const char *method, const char *url) {
    return (struct http_request){.method = method,
                                 .url = url,
                                 .connect_timeout_ms = 2000,
                                 .timeout_ms = 5000};
}

bool fixture_call_url(struct fixture *f, const struct http_request *request) {
    http_response_release(&f->response);
    f->err = (struct error){0};
    return http_call(f->client, request, &f->response, &f->err);
}

bool fixture_call(struct fixture *f, const char *method, const char *path,
                  const struct http_request *more) {
    CLEANUP(mem_free_text)
    char *url = mem_format("http://127.0.0.1:%d%s", fake_port(f->fake), path);
    struct http_request request = more ? *more : fixture_request(method, url);
    request.method = method;
    request.url = url;
    if (request.connect_timeout_ms == 0)
        request.connect_timeout_ms = 2000;
    bool done = fixture_call_url(f, &request);
    fake_last_request(f->fake, f->last, sizeof f->last);
    return done;
}

void fixture_fails(struct fixture *f, const char *method, const char *path,
                   const struct http_request *more, enum error_kind kind, bool maybe_done) {
    CU_ASSERT_FALSE(fixture_call(f, method, path, more));
    CU_ASSERT_EQUAL(f->err.kind, kind);
    CU_ASSERT_EQUAL(f->response.maybe_done, maybe_done);
    CU_ASSERT_PTR_NOT_NULL(strstr(f->err.message, "127.0.0.1:"));
    CU_ASSERT_PTR_NULL(strstr(f->err.message, path));
    if (f->err.kind != kind)
        printf("# %s %s: kind %d, %s\n", method, path, f->err.kind, f->err.message);
}

bool fixture_has(const struct fixture *f, const char *part) {
    return strcasestr(f->last, part) != NULL;
}

void fixture_on_count(void *context, const struct http_response *response,
                      const struct error *failure) {
    unsigned *count = context;
    *count += response->status == 200 && !failure;
}

void fixture_on_failure(void *context, const struct http_response *response,
                        const struct error *failure) {
    struct error *err = context;
    (void)response;
    if (failure)
        *err = *failure;
}
