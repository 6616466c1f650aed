/* fuzz_docker_events: an engine's stream of events. The first byte says in pieces of which size it
 * comes: however it is split, it is told the same. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/docker_call.h"
#include "core/net/docker_events.h"
#include "tests/fuzz/fuzz.h"

/* What was told of a stream. */
struct told {
    size_t count, too_long;
    uint64_t digest;
};

/* A text of an event: of bearable length, printable, valid. */
static void check_text(struct told *told, const char *text, size_t size) {
    size_t len = strnlen(text, size);
    fuzz_check(len < size);
    fuzz_check(utf8_is_valid(text, len));
    for (size_t i = 0; i <= len; i++) {
        fuzz_check(i == len || ((unsigned char)text[i] >= ' ' && text[i] != 0x7f));
        told->digest = told->digest * 31 + (unsigned char)text[i];
    }
}

static void check_number(struct told *told, const char *text, size_t size) {
    check_text(told, text, size);
    fuzz_check(text[strspn(text, "-0123456789")] == '\0');
}

static void on_event(void *context, const struct docker_event *event) {
    struct told *told = context;
    told->count++;
    if (!event) {
        told->too_long++;
        return;
    }
    fuzz_check(event->time_ns > 0 && *event->action);
    fuzz_check(!event->is_container || docker_id_is(event->actor));
    fuzz_check(event->is_container ||
               !(*event->image || *event->pool || *event->container || *event->exit_code));
    told->digest = told->digest * 31 + (uint64_t)event->time_ns + event->is_container;
    check_text(told, event->action, sizeof event->action);
    check_text(told, event->actor, sizeof event->actor);
    check_text(told, event->name, sizeof event->name);
    check_text(told, event->image, sizeof event->image);
    check_text(told, event->pool, sizeof event->pool);
    check_text(told, event->container, sizeof event->container);
    check_number(told, event->exit_code, sizeof event->exit_code);
    check_number(told, event->signal, sizeof event->signal);
}

/* The stream in pieces, each in a block of exactly its size. */
static bool feed(const uint8_t *bytes, size_t len, size_t piece, struct told *told) {
    struct docker_event_lines lines = {0};
    bool ok = true;
    while (ok && len) {
        size_t size = piece < len ? piece : len;
        char *block = mem_alloc(size);
        memcpy(block, bytes, size);
        ok = docker_event_lines_feed(&lines, block, size, on_event, told);
        fuzz_check(lines.line.len <= DOCKER_EVENT_LINE_MAX);
        free(block);
        bytes += size;
        len -= size;
    }
    docker_event_lines_release(&lines);
    return ok;
}

/* A line alone says the same of itself as in the stream, and leaves what it cannot read alone. */
static void check_line(const char *text) {
    struct docker_event event;
    struct told told = {0};
    unsigned char before[sizeof event];
    memset(before, 'x', sizeof before);
    memcpy(&event, before, sizeof event);
    if (docker_event_read(text, &event) == DOCKER_EVENT_READ)
        on_event(&told, &event);
    else
        fuzz_check(memcmp(before, (const unsigned char *)&event, sizeof event) == 0);
}

static void run(const uint8_t *data, size_t size) {
    struct told whole = {0}, split = {0};
    struct fuzz_input input = {data, size};
    size_t piece = fuzz_byte(&input) + 1;
    bool ok = feed(input.at, input.left, input.left, &whole);
    fuzz_check(feed(input.at, input.left, piece, &split) == ok);
    fuzz_check(whole.count == split.count && whole.too_long == split.too_long);
    fuzz_check(whole.digest == split.digest);
    while (input.left) {
        CLEANUP(mem_free_text) char *line = fuzz_line(&input);
        check_line(line);
    }
}

const struct fuzz_target fuzz_docker_events = {"docker_events", run};
