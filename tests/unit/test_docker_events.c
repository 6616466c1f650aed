/* test_docker_events: the reader of Docker's events, and the queue that they wait in. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/docker_events.h"
#include "keeper/stream_queue.h"
#include "tests/unit/unit.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define EVENT(action, attributes)                                                                  \
    "{\"Type\":\"container\",\"Action\":\"" action "\",\"Actor\":{\"ID\":\"" ID                    \
    "\",\"Attributes\":{" attributes "}},\"time\":1700000000,\"timeNano\":1700000000000000001}"
#define DIE EVENT("die", "\"exitCode\":\"137\",\"image\":\"web:1\",\"name\":\"web-1\"")

static void test_read(void) {
    struct docker_event event;
    CU_ASSERT_EQUAL(docker_event_read(DIE, &event), DOCKER_EVENT_READ);
    CU_ASSERT_TRUE(event.is_container);
    CU_ASSERT_EQUAL(event.time_ns, 1700000000000000001);
    CU_ASSERT_STRING_EQUAL(event.action, "die");
    CU_ASSERT_STRING_EQUAL(event.actor, ID);
    CU_ASSERT_STRING_EQUAL(event.name, "web-1");
    CU_ASSERT_STRING_EQUAL(event.image, "web:1");
    CU_ASSERT_STRING_EQUAL(event.exit_code, "137");
    CU_ASSERT_STRING_EQUAL(event.signal, "");
    CU_ASSERT_STRING_EQUAL(event.container, "");
    CU_ASSERT_EQUAL(docker_event_read(EVENT("health_status: healthy",
                                            "\"berth.pool\":\"p\",\"berth.container\":\"c\","
                                            "\"signal\":\"15\",\"exitCode\":\"x1\""),
                                      &event),
                    DOCKER_EVENT_READ);
    CU_ASSERT_STRING_EQUAL(event.action, "health_status: healthy");
    CU_ASSERT_STRING_EQUAL(event.pool, "p");
    CU_ASSERT_STRING_EQUAL(event.container, "c");
    CU_ASSERT_STRING_EQUAL(event.signal, "15");
    CU_ASSERT_STRING_EQUAL(event.exit_code, ""); /* not a number */
    CU_ASSERT_EQUAL(docker_event_read("{\"Type\":\"image\",\"Action\":\"pull\",\"timeNano\":1,"
                                      "\"Actor\":{\"ID\":\"web:1\"}}",
                                      &event),
                    DOCKER_EVENT_READ);
    CU_ASSERT_FALSE(event.is_container);
    CU_ASSERT_STRING_EQUAL(event.actor, "web:1");
}

static void test_refused(void) {
    static const struct {
        const char *line;
        enum docker_event_reading reading;
    } rows[] = {
        {"", DOCKER_EVENT_NONSENSE},
        {"null", DOCKER_EVENT_NONSENSE},
        {"[]", DOCKER_EVENT_NONSENSE},
        {"{}", DOCKER_EVENT_NONSENSE},
        {"{\"Type\":1}", DOCKER_EVENT_NONSENSE},
        {"{\"Type\":\"network\"}", DOCKER_EVENT_OTHER},
        {"{\"Type\":\"container\"}", DOCKER_EVENT_NONSENSE},
        {EVENT("", ""), DOCKER_EVENT_NONSENSE},
        {EVENT("Die", ""), DOCKER_EVENT_NONSENSE},
        {EVENT("\\u0000die", ""), DOCKER_EVENT_NONSENSE},
        {EVENT("die\xff", ""), DOCKER_EVENT_NONSENSE},
        {"{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"abc\"},\"timeNano\":1}",
         DOCKER_EVENT_NONSENSE},
        {"{\"Type\":\"image\",\"Action\":\"tag\",\"Actor\":{\"ID\":\"x\"},\"timeNano\":-1}",
         DOCKER_EVENT_NONSENSE},
        {"{\"Type\":\"image\",\"Action\":\"tag\",\"Actor\":{\"ID\":\"x\"},\"timeNano\":\"1\"}",
         DOCKER_EVENT_NONSENSE},
        {"{\"Type\":\"image\",\"Action\":\"tag\",\"Actor\":[],\"timeNano\":1}", DOCKER_EVENT_READ},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct docker_event event = {.time_ns = 7};
        enum docker_event_reading reading = docker_event_read(rows[i].line, &event);
        if (reading != rows[i].reading)
            printf("# %s\n", rows[i].line);
        CU_ASSERT_EQUAL(reading, rows[i].reading);
        if (reading != DOCKER_EVENT_READ)
            CU_ASSERT_EQUAL(event.time_ns, 7);
    }
}

/* What an engine says goes to terminals and into the database. */
static void test_words(void) {
    struct docker_event event;
    char line[1200];
    snprintf(
        line, sizeof line, EVENT("exec_create: \\u001b[31m", "\"name\":\"%s\\u00e4%s\""),
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "bbbb");
    CU_ASSERT_EQUAL(docker_event_read(line, &event), DOCKER_EVENT_READ);
    CU_ASSERT_STRING_EQUAL(event.action, "exec_create:  [31m");
    CU_ASSERT_TRUE(strlen(event.name) < DOCKER_EVENT_NAME_MAX);
    CU_ASSERT_EQUAL(event.name[strlen(event.name) - 1], 'a'); /* nothing of one that is cut */
}

struct heard {
    int events, too_long;
};

static void hear(void *context, const struct docker_event *event) {
    struct heard *heard = context;
    if (event)
        heard->events++;
    else
        heard->too_long++;
}

static bool feed(const char *bytes, size_t len, size_t piece, struct heard *ret) {
    struct docker_event_lines lines = {0};
    bool ok = true;
    *ret = (struct heard){0};
    for (size_t at = 0; ok && at < len; at += piece)
        ok = docker_event_lines_feed(&lines, bytes + at, len - at < piece ? len - at : piece, hear,
                                     ret);
    CU_ASSERT_TRUE(lines.line.len <= DOCKER_EVENT_LINE_MAX);
    docker_event_lines_release(&lines);
    return ok;
}

static void test_lines(void) {
    static const char text[] =
        DIE "\n\n \r\n{\"Type\":\"volume\"}\n" DIE "\r\n" DIE; /* the last is not whole */
    struct heard heard;
    for (size_t piece = 1; piece < sizeof text; piece++) {
        CU_ASSERT_TRUE(feed(text, sizeof text - 1, piece, &heard));
        CU_ASSERT_EQUAL(heard.events, 2);
        CU_ASSERT_EQUAL(heard.too_long, 0);
    }
    CU_ASSERT_FALSE(feed(DIE "\ngarbage\n", sizeof DIE "\ngarbage\n" - 1, 10, &heard));
    CU_ASSERT_EQUAL(heard.events, 1);
    CU_ASSERT_FALSE(feed("{\0}\n", 4, 10, &heard));
}

static void test_long_lines(void) {
    enum { LONG = DOCKER_EVENT_LINE_MAX + 1, ENDLESS = DOCKER_EVENT_ENDLESS + (64 << 10) };
    CLEANUP(mem_free_text) char *bytes = mem_alloc(ENDLESS);
    struct heard heard;
    memset(bytes, 'x', ENDLESS);
    CU_ASSERT_FALSE(feed(bytes, ENDLESS, 16384, &heard));
    CU_ASSERT_EQUAL(heard.too_long, 0);
    bytes[LONG] = '\n';
    memcpy(bytes + LONG + 1, DIE "\n", sizeof DIE);
    CU_ASSERT_TRUE(feed(bytes, LONG + 1 + sizeof DIE, 16384, &heard));
    CU_ASSERT_EQUAL(heard.too_long, 1);
    CU_ASSERT_EQUAL(heard.events, 1);
}

static bool put(struct stream_queue *queue, const char *engine_id, enum stream_news news,
                const char *text) {
    const struct stream_item item = {.news = news, .text = text, .rings = *text == '1'};
    return stream_queue_put(queue, engine_id, &item);
}

static bool is_readable(const struct stream_queue *queue) {
    struct pollfd fd = {.fd = stream_queue_fd(queue), .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

/* The next batch is this; its events, or the reason. */
static void next_is(struct stream_queue *queue, const char *engine_id, enum stream_news news,
                    const char *text) {
    struct stream_batch batch;
    CU_ASSERT_TRUE_FATAL(stream_queue_peek(queue, &batch));
    CU_ASSERT_STRING_EQUAL(batch.engine_id, engine_id);
    CU_ASSERT_EQUAL(batch.news, news);
    CU_ASSERT_STRING_EQUAL(news == STREAM_EVENT ? strbuf_text(&batch.events) : batch.reason, text);
    stream_queue_done(queue, &batch);
    stream_batch_release(&batch);
}

static void test_queue(void) {
    struct stream_queue *queue = stream_queue_new();
    CU_ASSERT_FALSE(is_readable(queue));
    put(queue, "a", STREAM_LIVE, "");
    put(queue, "a", STREAM_EVENT, "1");
    put(queue, "b", STREAM_EVENT, "2");
    put(queue, "a", STREAM_EVENT, "3");
    put(queue, "a", STREAM_BROKEN, "why");
    put(queue, "a", STREAM_EVENT, "4");
    CU_ASSERT_TRUE(is_readable(queue));
    CU_ASSERT_EQUAL(stream_queue_depth(queue), 6);
    next_is(queue, "a", STREAM_LIVE, "");
    next_is(queue, "b", STREAM_EVENT, "[2]");
    struct stream_batch batch;
    CU_ASSERT_TRUE(stream_queue_peek(queue, &batch)); /* what is not done with stays */
    CU_ASSERT_TRUE(batch.rings);
    put(queue, "b", STREAM_EVENT, "5");
    stream_batch_release(&batch);
    next_is(queue, "a", STREAM_EVENT, "[1,3]");
    next_is(queue, "b", STREAM_EVENT, "[5]");
    next_is(queue, "a", STREAM_BROKEN, "why");
    next_is(queue, "a", STREAM_EVENT, "[4]");
    CU_ASSERT_FALSE(is_readable(queue));
    CU_ASSERT_FALSE(stream_queue_peek(queue, &batch));
    CU_ASSERT_EQUAL(stream_queue_depth(queue), 0);
    stream_queue_free(queue);
}

/* However long nobody can write. */
static void test_queue_bounded(void) {
    struct stream_queue *queue = stream_queue_new();
    int taken = 0;
    for (int i = 0; i < 5000; i++)
        taken += put(queue, "a", STREAM_EVENT, "1");
    CU_ASSERT_EQUAL(taken, STREAM_WAITING_MAX);
    CU_ASSERT_TRUE(put(queue, "b", STREAM_EVENT, "1")); /* another one has its share */
    CU_ASSERT_TRUE(put(queue, "a", STREAM_LOST, "full"));
    CU_ASSERT_FALSE(stream_queue_is_roomy(queue, "a"));
    CU_ASSERT_TRUE(stream_queue_is_roomy(queue, "b"));
    struct stream_batch batch;
    CU_ASSERT_TRUE(stream_queue_peek(queue, &batch));
    CU_ASSERT_EQUAL(batch.count, STREAM_BATCH_MAX);
    stream_queue_done(queue, &batch);
    stream_batch_release(&batch);
    char name[16];
    for (int i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "e%d", i % 100);
        put(queue, name, STREAM_EVENT, "1");
    }
    CU_ASSERT_EQUAL(stream_queue_depth(queue), STREAM_TOTAL_MAX);
    stream_queue_free(queue);
}

static const struct unit_test tests[] = {
    {"events are read", test_read},
    {"what is none is refused", test_refused},
    {"names are harmless", test_words},
    {"lines, split anywhere", test_lines},
    {"lines that are too long, or have no end", test_long_lines},
    {"what is heard waits in order", test_queue},
    {"and does not grow without end", test_queue_bounded},
    {0},
};

const struct unit_suite suite_docker_events = {"docker_events", tests};
