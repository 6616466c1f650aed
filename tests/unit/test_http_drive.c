/* test_http_drive: core/net/http: many calls at once, sinks, callbacks, resending. */
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/unit/http_fixture.h"
#include "tests/unit/unit.h"

/* A kept connection that breaks: reading is tried again by curl, changing is not. */
static void test_sent_once(void) {
    struct fixture f;
    fixture_init(&f);
    CU_ASSERT_TRUE(fixture_call(&f, "GET", "/ok", NULL));
    fixture_fails(&f, "POST", "/close", NULL, ERROR_ENGINE, true);
    CU_ASSERT_EQUAL(fake_requests(f.fake), 2);
    CU_ASSERT_TRUE(fixture_call(&f, "GET", "/ok", NULL));
    fixture_fails(&f, "GET", "/close", NULL, ERROR_ENGINE, true);
    CU_ASSERT_EQUAL(fake_requests(f.fake), 5);
    CU_ASSERT_TRUE(fixture_call(&f, "GET", "/ok", NULL));
    /* carried out for all we know, though curl's second attempt was refused */
    fixture_fails(&f, "POST", "/deaf", NULL, ERROR_ENGINE, true);
    CU_ASSERT_EQUAL(fake_requests(f.fake), 7);
    fixture_release(&f);
}

/* The same when there is another kept connection for a second attempt. */
static void test_sent_once_of_two(void) {
    struct fixture f;
    unsigned count = 0;
    fixture_init(&f);
    CLEANUP(mem_free_text) char *url = mem_format("http://127.0.0.1:%d/pair", fake_port(f.fake));
    struct http_request request = fixture_request("GET", url);
    http_start(f.client, &request, fixture_on_count, &count);
    http_start(f.client, &request, fixture_on_count, &count);
    while (http_client_open_calls(f.client))
        http_client_poll(f.client, -1, 1000);
    CU_ASSERT_EQUAL(count, 2);
    fixture_fails(&f, "POST", "/close", NULL, ERROR_ENGINE, true);
    CU_ASSERT_EQUAL(fake_requests(f.fake), 3);
    CU_ASSERT_EQUAL(fake_connections(f.fake), 2);
    fixture_release(&f);
}

static void test_concurrency(void) {
    struct fixture f;
    fixture_init(&f);
    CLEANUP(mem_free_text) char *url = mem_format("http://127.0.0.1:%d/meet", fake_port(f.fake));
    struct http_request request = fixture_request("GET", url);
    for (unsigned round = 1; round <= 2; round++) {
        unsigned count = 0;
        for (unsigned i = 0; i < 16; i++)
            http_start(f.client, &request, fixture_on_count, &count);
        CU_ASSERT_EQUAL(http_client_open_calls(f.client), 16);
        while (http_client_open_calls(f.client))
            http_client_poll(f.client, -1, 1000);
        CU_ASSERT_EQUAL(count, 16);
        CU_ASSERT_EQUAL(fake_at_once_max(f.fake), 16);
        CU_ASSERT_EQUAL(fake_connections(f.fake), 16); /* in both rounds: they are kept */
    }
    fixture_release(&f);
}

struct collected {
    struct strbuf text;
    unsigned ticks, ticks_max; /* refuses the tick after that many; 0 = none */
    size_t len_max;            /* refuses what comes after that many bytes; 0 = none */
};

static bool collect(void *context, const char *bytes, size_t len) {
    struct collected *collected = context;
    if (len == 0 && collected->ticks_max && ++collected->ticks > collected->ticks_max)
        return false;
    strbuf_add(&collected->text, bytes, len);
    return !collected->len_max || collected->text.len <= collected->len_max;
}

static void test_sink(void) {
    struct fixture f;
    struct collected all = {0}, some = {.len_max = 100000}, none = {.ticks_max = 1};
    fixture_init(&f);
    struct http_request request = {.sink = collect, .sink_context = &all};
    CU_ASSERT_TRUE(fixture_call(&f, "GET", "/ok", &request));
    CU_ASSERT_STRING_EQUAL(strbuf_text(&all.text), "{\"a\":1}");
    CU_ASSERT_EQUAL(f.response.body.len, 0);
    CU_ASSERT_TRUE(fixture_call(&f, "GET", "/refused", &request)); /* collected, not for the sink */
    CU_ASSERT_STRING_EQUAL(strbuf_text(&f.response.body), "no");
    CU_ASSERT_EQUAL(all.text.len, 7);
    fixture_fails(&f, "GET", "/cut", &request, ERROR_ENGINE, true);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&all.text), "{\"a\":1}only this");
    request.sink_context = &some;
    fixture_fails(&f, "GET", "/endless", &request, ERROR_UNAVAILABLE, true);
    request.sink_context = &none; /* silent before and after the headers */
    fixture_fails(&f, "GET", "/hang", &request, ERROR_UNAVAILABLE, true);
    none.ticks = 0;
    fixture_fails(&f, "GET", "/half", &request, ERROR_UNAVAILABLE, true);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&none.text), "12345");
    CU_ASSERT_EQUAL(none.ticks, 2);
    strbuf_release(&all.text);
    strbuf_release(&some.text);
    strbuf_release(&none.text);
    fixture_release(&f);
}

/* Takes so much, then pauses the call. */
struct slow_taker {
    struct transfer *call;
    size_t len, pause_at;
    unsigned begun, ticks;
    bool leaves;
};

static bool take_slowly(void *context, const char *bytes, size_t len) {
    struct slow_taker *taker = context;
    (void)bytes;
    taker->len += len;
    taker->ticks += len == 0;
    if (len && taker->len >= taker->pause_at)
        http_pause(taker->call);
    return !taker->leaves;
}

static void note_begun(void *context) {
    struct slow_taker *taker = context;
    taker->begun++;
}

static void test_pause(void) {
    struct fixture f;
    struct slow_taker taker = {.pause_at = 100000};
    unsigned count = 0;
    fixture_init(&f);
    CLEANUP(mem_free_text)
    char *url = mem_format("http://127.0.0.1:%d/endless", fake_port(f.fake));
    struct http_request request = fixture_request("GET", url);
    request.sink = take_slowly;
    request.sink_context = &taker;
    request.begun = note_begun;
    taker.call = http_start(f.client, &request, fixture_on_count, &count);
    while (taker.ticks < 2) /* silence, because it is paused */
        http_client_poll(f.client, -1, 1000);
    size_t len = taker.len;
    CU_ASSERT_TRUE(http_is_paused(taker.call));
    CU_ASSERT_TRUE(len >= 100000 && len < 200000);
    CU_ASSERT_EQUAL(taker.begun, 1);
    taker.pause_at = 300000;
    http_resume(taker.call);
    while (!http_is_paused(taker.call))
        http_client_poll(f.client, -1, 1000);
    CU_ASSERT_TRUE(taker.len >= 300000 && taker.len < 400000);
    taker.leaves = true; /* is noticed though nothing comes */
    while (http_client_open_calls(f.client))
        http_client_poll(f.client, -1, 1000);
    fixture_release(&f);
}

static long elapsed_ms(const struct timespec *begin, const struct timespec *end) {
    return (end->tv_sec - begin->tv_sec) * 1000 + (end->tv_nsec - begin->tv_nsec) / 1000000;
}

static void test_wake(void) {
    struct fixture f;
    struct timespec begin, end;
    unsigned count = 0;
    int fd = eventfd(1, 0);
    fixture_init(&f);
    CLEANUP(mem_free_text) char *url = mem_format("http://127.0.0.1:%d/hang", fake_port(f.fake));
    struct http_request request = fixture_request("GET", url);
    http_start(f.client, &request, fixture_on_count, &count);
    for (unsigned i = 0; i < 10; i++) /* past curl's own timers for the connection */
        http_client_poll(f.client, -1, 50);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    http_client_poll(f.client, fd, 30000);
    clock_gettime(CLOCK_MONOTONIC, &end);
    CU_ASSERT_TRUE(elapsed_ms(&begin, &end) < 1000);
    CU_ASSERT_EQUAL(http_client_open_calls(f.client), 1);
    close(fd);
    fixture_release(&f);
    CU_ASSERT_EQUAL(count, 0);
}

static void test_free(void) {
    struct fixture f;
    struct error hanging = {0}, waiting = {0}, failed = {.kind = ERROR_IMAGE}, got = {0};
    fixture_init(&f);
    CLEANUP(mem_free_text) char *url = mem_format("http://127.0.0.1:%d/hang", fake_port(f.fake));
    struct http_request request = fixture_request("POST", url);
    http_start(f.client, &request, fixture_on_failure, &hanging);
    http_client_poll(f.client, -1, 100);
    http_start(f.client, &request, fixture_on_failure, &waiting);
    http_start_failed(f.client, &failed, fixture_on_failure, &got);
    http_client_free(f.client);
    f.client = NULL;
    CU_ASSERT_EQUAL(hanging.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(waiting.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(got.kind, ERROR_IMAGE);
    fixture_release(&f);
}

/* In one poll, begun or not, while the others go on. */
static void test_cancel(void) {
    struct fixture f;
    struct error hanging = {0}, waiting = {0}, other = {0};
    fixture_init(&f);
    CLEANUP(mem_free_text) char *url = mem_format("http://127.0.0.1:%d/hang", fake_port(f.fake));
    struct http_request request = fixture_request("GET", url);
    struct transfer *first = http_start(f.client, &request, fixture_on_failure, &hanging);
    http_start(f.client, &request, fixture_on_failure, &other);
    while (fake_requests(f.fake) < 2)
        http_client_poll(f.client, -1, 10);
    struct transfer *second = http_start(f.client, &request, fixture_on_failure, &waiting);
    http_cancel(first);
    http_cancel(first);
    http_cancel(second);
    CU_ASSERT_EQUAL(hanging.kind, ERROR_NONE);
    http_client_poll(f.client, -1, 0);
    CU_ASSERT_EQUAL(hanging.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(waiting.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(other.kind, ERROR_NONE);
    CU_ASSERT_EQUAL(http_client_open_calls(f.client), 1);
    http_cancel(http_start(f.client, &request, fixture_on_failure, &waiting));
    http_client_free(f.client); /* with one that is still to be cancelled */
    f.client = NULL;
    CU_ASSERT_EQUAL(other.kind, ERROR_UNAVAILABLE);
    fixture_release(&f);
}

/* A callback that begins a call and waits for another, as its owner may. */
static void on_done_nested(void *context, const struct http_response *response,
                           const struct error *failure) {
    struct fixture *f = context;
    struct http_response inner;
    CU_ASSERT_PTR_NULL(failure);
    CU_ASSERT_EQUAL(response->status, 200);
    CLEANUP(mem_free_text) char *url = mem_format("http://127.0.0.1:%d/slow", fake_port(f->fake));
    struct http_request request = fixture_request("GET", url);
    CU_ASSERT_TRUE(http_call(f->client, &request, &inner, &f->err));
    http_response_release(&inner);
    http_start(f->client, &request, fixture_on_failure, &f->err);
}

static void test_nested(void) {
    struct fixture f;
    fixture_init(&f);
    CLEANUP(mem_free_text) char *url = mem_format("http://127.0.0.1:%d/ok", fake_port(f.fake));
    struct http_request request = fixture_request("GET", url);
    for (unsigned i = 0; i < 4; i++)
        http_start(f.client, &request, on_done_nested, &f);
    while (http_client_open_calls(f.client))
        http_client_poll(f.client, -1, 1000);
    CU_ASSERT_EQUAL(f.err.kind, ERROR_NONE);
    CU_ASSERT_EQUAL(fake_requests(f.fake), 12);
    fixture_release(&f);
}

/* Ended by a tick; its owner waits for another call, in which the next sink ends as well. */
static void on_tick_ended(void *context, const struct http_response *response,
                          const struct error *failure) {
    struct fixture *f = context;
    struct http_response inner;
    (void)response;
    CU_ASSERT_PTR_NOT_NULL_FATAL(failure);
    CU_ASSERT_EQUAL(failure->kind, ERROR_UNAVAILABLE);
    CLEANUP(mem_free_text) char *url = mem_format("http://127.0.0.1:%d/slow", fake_port(f->fake));
    struct http_request request = fixture_request("GET", url);
    CU_ASSERT_TRUE(http_call(f->client, &request, &inner, &f->err));
    http_response_release(&inner);
}

static bool refuse(void *context, const char *bytes, size_t len) {
    (void)context, (void)bytes, (void)len;
    return false;
}

static void test_nested_ticks(void) {
    struct fixture f;
    fixture_init(&f);
    CLEANUP(mem_free_text) char *url = mem_format("http://127.0.0.1:%d/hang", fake_port(f.fake));
    struct http_request request = fixture_request("GET", url);
    request.sink = refuse;
    for (unsigned i = 0; i < 3; i++)
        http_start(f.client, &request, on_tick_ended, &f);
    while (http_client_open_calls(f.client))
        http_client_poll(f.client, -1, 1000);
    CU_ASSERT_EQUAL(fake_requests(f.fake), 6);
    fixture_release(&f);
}

static const struct unit_test tests[] = {
    {"a change is sent once only", test_sent_once},
    {"a change is sent once only, with a spare connection", test_sent_once_of_two},
    {"16 calls at once", test_concurrency},
    {"sinks: 2xx only, refusal, ticks", test_sink},
    {"an answer that is paused", test_pause},
    {"the wake descriptor ends a wait", test_wake},
    {"freeing a client ends its calls", test_free},
    {"a call that nobody wants any more", test_cancel},
    {"calls within callbacks", test_nested},
    {"calls within callbacks of a tick", test_nested_ticks},
    {0},
};

const struct unit_suite suite_http_drive = {"http drive", tests};
