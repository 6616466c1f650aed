/* stream: see stream.h. */
#include "keeper/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/docker_events.h"
#include "keeper/counters.h"

enum {
    OPEN_MS = 10000,   /* for the engine to agree */
    PROOF_MS = 2000,   /* for the last event to come again: the first thing that dockerd sends */
    OVERLAP_MS = 1000, /* dockerd's order is not quite that of its times */
    PAUSE_MIN_MS = 250,
    PAUSE_MAX_MS = 30000,
    STEADY_MS = 10000, /* one that lasted as long is renewed at once */
    MUTE_MS = 1000,
    QUIET_MS = 10000, /* how old the written position may get by events that are not told */
    RATE_PER_S = 20,
    BURST = 2000,
    BURST_AGAIN = 200,
    HEALTHS = 64,
    NS_PER_MS = 1000000,
    NS_PER_S = 1000000000
};

enum state { STATE_CLOSED, STATE_OPENING, STATE_PROVING, STATE_LIVE };

/* What is known of the actions of containers; others are told, and change nothing in the list. */
static const struct {
    const char *word; /* up to a colon */
    bool quiet;       /* not told */
    bool rings;
} actions[] = {
    {"create", false, true},        {"start", false, true},       {"die", false, true},
    {"pause", false, true},         {"unpause", false, true},     {"rename", false, true},
    {"update", false, true},        {"destroy", false, true},     {"oom", false, true},
    {"health_status", false, true}, {"exec_create", true, false}, {"exec_start", true, false},
    {"exec_die", true, false},      {"exec_detach", true, false}, {"resize", true, false},
    {"top", true, false},
};

struct stream {
    const struct pool *pool;
    struct http_client *client;
    struct stream_queue *queue;
    char *engine_id;
    struct transfer *call; /* NULL while it is closed */
    bool open, ending;     /* the call is under way; it has been cancelled */
    enum state state;
    bool muted;
    enum stream_news told; /* the last but events */
    char told_reason[200];
    struct stream_position last, proof; /* received; what must come again */
    struct stream_position quiet;       /* the last one, if it was not told; else time_ns 0 */
    int64_t known_ns;                   /* wall clock: where a first stream begins */
    double tokens;
    int pause_ms;
    /* Monotonic: of the state; the next try; the begin; the end of being mute; the last refill of
     * the tokens; when `quiet` is told. */
    int64_t deadline_ms, retry_ms, begun_ms, mute_ms, refill_ms, quiet_ms;
    const char *why; /* it was ended here */
    /* The last health of some containers, by a digest of the id: what is repeated is not told. */
    struct health {
        uint64_t container, status;
    } healths[HEALTHS];
};

struct stream *stream_new(const struct pool *pool, struct http_client *client,
                          struct stream_queue *queue, const char *engine_id,
                          const struct stream_position *position) {
    struct stream *stream = mem_alloc(sizeof *stream);
    stream->pool = pool;
    stream->client = client;
    stream->queue = queue;
    stream->engine_id = mem_strdup(engine_id);
    stream->last = *position;
    stream->known_ns = (int64_t)time(NULL) * NS_PER_S;
    stream->tokens = BURST;
    stream->pause_ms = PAUSE_MIN_MS;
    return stream;
}

void stream_free(struct stream *stream) {
    free(stream->engine_id);
    free(stream);
}

bool stream_is_open(const struct stream *stream) {
    return stream->open;
}

static void tell(struct stream *stream, enum stream_news news, const char *reason) {
    const struct stream_item item = {.news = news, .text = reason, .received_ms = clock_ms()};
    stream_queue_put(stream->queue, stream->engine_id, &item);
    stream->told = news;
    snprintf(stream->told_reason, sizeof stream->told_reason, "%s", reason);
}

/* From here on events are dropped for a while. */
static void mute(struct stream *stream, const char *reason) {
    if (stream->muted)
        return;
    stream->muted = true;
    stream->mute_ms = clock_ms() + MUTE_MS;
    tell(stream, STREAM_LOST, reason);
}

static void settle(struct stream *stream, enum stream_news news, const char *reason) {
    stream->state = STATE_LIVE;
    tell(stream, news, reason);
}

static uint64_t digest_of(const char *text) {
    uint64_t digest = 14695981039346656037U; /* FNV-1a */
    for (; *text; text++)
        digest = (digest ^ (unsigned char)*text) * 1099511628211U;
    return digest;
}

/* Is it the health that was told last? A start makes any health news. */
static bool is_repeated(struct stream *stream, const struct docker_event *event) {
    uint64_t container = digest_of(event->actor);
    struct health *health = &stream->healths[container % HEALTHS];
    if (strcmp(event->action, "start") == 0 && health->container == container)
        health->container = 0;
    if (strncmp(event->action, "health_status", strlen("health_status")) != 0)
        return false;
    uint64_t status = digest_of(event->action);
    bool same = health->container == container && health->status == status;
    *health = (struct health){container, status};
    return same;
}

static void classify(struct stream *stream, const struct docker_event *event, bool *ret_quiet,
                     bool *ret_rings) {
    size_t len = strcspn(event->action, ":");
    *ret_quiet = event->is_container && is_repeated(stream, event);
    *ret_rings = false;
    for (size_t i = 0; event->is_container && i < ARRAY_LEN(actions); i++)
        if (strlen(actions[i].word) == len && strncmp(actions[i].word, event->action, len) == 0) {
            *ret_quiet |= actions[i].quiet;
            *ret_rings = actions[i].rings;
        }
}

static void add_text(struct strbuf *row, const char *name, const char *value) {
    if (!*value)
        return;
    strbuf_addf(row, ",\"%s\":", name);
    strbuf_json(row, value);
}

static void begin_row(struct strbuf *row, const struct stream_position *position) {
    strbuf_addf(row, "{\"time_ns\":%" PRId64, position->time_ns);
    add_text(row, "action", position->action);
    strbuf_puts(row, ",\"actor\":");
    strbuf_json(row, position->actor);
}

static bool put_row(struct stream *stream, struct strbuf *row, bool rings) {
    strbuf_putc(row, '}');
    const struct stream_item item = {.news = STREAM_EVENT,
                                     .text = strbuf_text(row),
                                     .rings = rings,
                                     .received_ms = clock_ms()};
    return stream_queue_put(stream->queue, stream->engine_id, &item);
}

static void put_event(struct stream *stream, const struct docker_event *event, bool rings) {
    CLEANUP(strbuf_release) struct strbuf row = {0};
    bool ours = event->is_container && strcmp(event->pool, stream->pool->id) == 0;
    if (stream->tokens < 1) {
        mute(stream, "there are too many: more than 20 a second in the long run");
        return;
    }
    begin_row(&row, &stream->last);
    strbuf_addf(&row, ",\"is_container\":%s", event->is_container ? "true" : "false");
    add_text(&row, "container", ours ? event->container : "");
    add_text(&row, "name", event->name);
    add_text(&row, "image", event->image);
    add_text(&row, "exit_code", event->exit_code);
    add_text(&row, "signal", event->signal);
    stream->tokens--;
    stream->quiet.time_ns = 0;
    if (!put_row(stream, &row, rings))
        mute(stream, "too many wait to be written down");
}

/* Only the position. */
static void put_quiet(struct stream *stream) {
    CLEANUP(strbuf_release) struct strbuf row = {0};
    begin_row(&row, &stream->quiet);
    strbuf_puts(&row, ",\"quiet\":true");
    put_row(stream, &row, false);
    stream->quiet.time_ns = 0;
}

static bool is_same(const struct stream_position *position, const struct docker_event *event) {
    return position->time_ns == event->time_ns && strcmp(position->action, event->action) == 0 &&
           strcmp(position->actor, event->actor) == 0;
}

/* Later ones have come, or nothing for long: dockerd has begun anew, or forgotten it. */
static void give_up_proof(struct stream *stream) {
    settle(stream, STREAM_GAP, "the engine does not remember all of them");
}

static void on_event(void *context, const struct docker_event *event) {
    struct stream *stream = context;
    bool quiet, rings;
    if (!event) {
        mute(stream, "one was too long");
        return;
    }
    if (stream->state == STATE_PROVING && is_same(&stream->proof, event))
        settle(stream, STREAM_CONTINUED, "");
    else if (stream->state == STATE_PROVING &&
             event->time_ns > stream->proof.time_ns + (int64_t)OVERLAP_MS * NS_PER_MS)
        give_up_proof(stream);
    stream->last.time_ns = event->time_ns;
    snprintf(stream->last.action, sizeof stream->last.action, "%s", event->action);
    snprintf(stream->last.actor, sizeof stream->last.actor, "%s", event->actor);
    classify(stream, event, &quiet, &rings);
    if (stream->muted)
        return;
    if (quiet)
        stream->quiet = stream->last;
    else
        put_event(stream, event, rings);
}

static void on_begun(void *context) {
    struct stream *stream = context;
    stream->begun_ms = clock_ms();
    stream->state = STATE_PROVING;
    stream->deadline_ms = stream->begun_ms + PROOF_MS;
    if (stream->proof.time_ns == 0)
        settle(stream, STREAM_LIVE, "");
}

static void on_done(void *context, struct docker_result *result) {
    struct stream *stream = context;
    int64_t now = clock_ms();
    const char *why = stream->why ? stream->why : result->err.message;
    bool steady = stream->state == STATE_LIVE && now - stream->begun_ms >= STEADY_MS;
    if (stream->state == STATE_PROVING && stream->last.time_ns > stream->proof.time_ns)
        give_up_proof(stream); /* or the next one would go on from what this one has sent */
    stream->open = false;
    stream->call = NULL;
    stream->state = STATE_CLOSED;
    stream->muted = false;
    if (stream->told != STREAM_BROKEN ||
        strncmp(stream->told_reason, why, sizeof stream->told_reason - 1) != 0)
        tell(stream, STREAM_BROKEN, why);
    if (steady)
        stream->pause_ms = PAUSE_MIN_MS;
    stream->retry_ms = now + (stream->ending ? 0 : stream->pause_ms);
    if (!stream->ending)
        stream->pause_ms =
            stream->pause_ms * 2 < PAUSE_MAX_MS ? stream->pause_ms * 2 : PAUSE_MAX_MS;
}

static void open_stream(struct stream *stream, const struct docker_engine *engine, int64_t now) {
    int64_t overlapped_ns = stream->last.time_ns - (int64_t)OVERLAP_MS * NS_PER_MS;
    int64_t since_ns = stream->last.time_ns ? overlapped_ns : stream->known_ns;
    stream->proof = stream->last;
    stream->state = STATE_OPENING;
    stream->open = true;
    stream->ending = false;
    stream->why = NULL;
    stream->deadline_ms = now + OPEN_MS;
    counters_add(COUNTER_STREAMS, 1);
    stream->call = docker_events(stream->client, engine, since_ns > 0 ? since_ns : 0, on_begun,
                                 on_event, on_done, stream);
}

static void end(struct stream *stream, const char *why, bool again) {
    if (!stream->call || stream->ending)
        return;
    stream->why = why;
    stream->ending = again;
    http_cancel(stream->call);
}

static void refill(struct stream *stream, int64_t now) {
    stream->tokens += (double)(now - stream->refill_ms) * RATE_PER_S / 1000;
    if (stream->tokens > BURST || stream->refill_ms == 0)
        stream->tokens = BURST;
    stream->refill_ms = now;
}

static void beat_open(struct stream *stream, int64_t now) {
    if (stream->state == STATE_OPENING && now >= stream->deadline_ms)
        end(stream, "the engine does not answer", false);
    if (stream->state == STATE_PROVING && now >= stream->deadline_ms)
        give_up_proof(stream);
    if (stream->muted && now >= stream->mute_ms && stream->tokens >= BURST_AGAIN &&
        stream_queue_is_roomy(stream->queue, stream->engine_id)) {
        stream->muted = false;
        tell(stream, STREAM_LIVE, "");
    }
    if (stream->state == STATE_LIVE && !stream->muted && stream->quiet.time_ns &&
        now >= stream->quiet_ms) {
        put_quiet(stream);
        stream->quiet_ms = now + QUIET_MS;
    }
}

void stream_beat(struct stream *stream, const struct docker_engine *engine, bool wanted,
                 int64_t now) {
    refill(stream, now);
    if (!wanted)
        end(stream, "the engine is not well", true);
    else if (stream->open)
        beat_open(stream, now);
    else if (now >= stream->retry_ms && stream_queue_is_roomy(stream->queue, stream->engine_id))
        open_stream(stream, engine, now);
}
