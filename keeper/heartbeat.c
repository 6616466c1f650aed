/* heartbeat: see heartbeat.h. */
#include "keeper/heartbeat.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/net/docker.h"
#include "core/net/icmp.h"
#include "keeper/counters.h"
#include "keeper/heartbeat_queue.h"
#include "keeper/stream.h"

enum { TICK_MS = 200, LATE_MS = 500, HELD_UP_MS = 2000, REPORT_MS = 10000, ECHOES = 8 };

/* What the thread is told. */
enum order_kind { ORDER_ASK, ORDER_FORGET, ORDER_FIT, ORDER_OBJECT, ORDER_QUARANTINE };
struct order {
    enum order_kind kind;
    char *engine_id;
    struct engine_access access; /* of ORDER_ASK */
    struct sockaddr_storage host;
    enum engine_state was;
    struct stream_position position;
    char *objection;
    struct order *next;
};

/* One engine that is asked. */
struct target {
    struct heartbeat *heartbeat;
    uint32_t number;
    struct engine_access access;
    struct sockaddr_storage host; /* ss_family 0 = none */
    struct verdict verdict;
    bool asked, busy, answers, echoed, fit, quarantined, gone;
    char *objection, *api_error;
    int api_streak, echo_streak;
    double api_ms, echo_ms;
    /* Monotonic: the next echo and probe; the last answers; the last report. */
    int64_t next_ms, api_at_ms, echo_at_ms, report_ms;
    int64_t sent_ms[ECHOES]; /* of the last echoes, by their sequence */
    uint16_t sequence;
    struct strip strip;
    struct stream *stream;
    struct target *next;
};

struct heartbeat {
    const struct pool *pool;
    const struct config *config;
    pthread_t thread;
    atomic_bool stopping;
    int wake_fd, wait_fd; /* orders have come; that, or echoes */
    pthread_mutex_t lock; /* of the orders */
    struct order *orders, **orders_end;
    struct heartbeat_queue *queue;
    struct stream_queue *streams;
    /* of the thread alone */
    struct http_client *client;
    struct icmp *icmp;
    struct target *targets;
    uint32_t targets_made;
    bool lacking; /* descriptors, say, to ask engines: told once */
};

static void order_free(struct order *order) {
    free(order->engine_id);
    free(order->objection);
    engine_access_release(&order->access);
    free(order);
}

static void target_free(struct target *target) {
    stream_free(target->stream);
    engine_access_release(&target->access);
    free(target->objection);
    free(target->api_error);
    free(target);
}

static void replace(char **text, const char *value) {
    char *copy = mem_strdup(value);
    free(*text);
    *text = copy;
}

static void report(struct target *target, int64_t now) {
    struct heartbeat_report report = {.verdict = target->verdict,
                                      .answers = target->answers,
                                      .api_ms = target->api_ms,
                                      .echo_ms = target->echo_ms,
                                      .heard_ms = target->api_at_ms > target->echo_at_ms
                                                      ? target->api_at_ms
                                                      : target->echo_at_ms};
    snprintf(report.engine_id, sizeof report.engine_id, "%s", target->access.id);
    report.strip_ms = strip_print(&target->strip, now, report.strip);
    target->report_ms = now;
    heartbeat_queue_put(target->heartbeat->queue, &report);
}

/* Judge it by what has been heard up to now. */
static void judge(struct target *target, int64_t now) {
    const struct signs signs = {.was = target->verdict.state,
                                .interval_ms = target->heartbeat->config->heartbeat_interval_ms,
                                .api_age_ms = now - target->api_at_ms,
                                .api_streak = target->api_streak,
                                .api_ms = target->api_ms,
                                .echo_used =
                                    target->host.ss_family != AF_UNSPEC &&
                                    icmp_fd(target->heartbeat->icmp, target->host.ss_family) >= 0,
                                .echo_age_ms = now - target->echo_at_ms,
                                .echo_streak = target->echo_streak,
                                .echo_awaited = !target->echoed,
                                .host_was = target->verdict.host,
                                .api_error = target->api_error,
                                .objection = target->objection,
                                .quarantined = target->quarantined,
                                .fit = target->fit};
    bool answers = target->api_streak > 0;
    bool news = answers != target->answers;
    verdict_of(&signs, &target->verdict);
    news = news || target->verdict.state != signs.was ||
           (signs.was == ENGINE_DOWN && target->verdict.host != signs.host_was);
    target->answers = answers;
    if (target->verdict.state == ENGINE_DOWN && signs.was != ENGINE_DOWN)
        target->fit = false; /* who knows what comes back */
    if (news || now - target->report_ms >= REPORT_MS)
        report(target, now);
}

/* What this process lacks to ask an engine says nothing of the engine. */
static void not_asked(struct target *target, const struct error *why) {
    struct heartbeat *heartbeat = target->heartbeat;
    int64_t recent_ms = clock_ms() - heartbeat->config->heartbeat_interval_ms;
    if (target->api_at_ms < recent_ms)
        target->api_at_ms = recent_ms;
    if (!heartbeat->lacking && !target->gone) /* else the call was given up */
        log_line(LOG_ERROR, "engines cannot be asked: %s", why->message);
    heartbeat->lacking = true;
}

static void on_probed(void *context, struct docker_result *result) {
    struct target *target = context;
    target->busy = false;
    if (!result->ok && result->err.kind == ERROR_UNAVAILABLE) {
        not_asked(target, &result->err);
        return;
    }
    target->heartbeat->lacking = false;
    strip_note(&target->strip, clock_ms(), result->ok ? result->time_ms : -1);
    if (result->ok) {
        target->api_at_ms = clock_ms();
        target->api_streak++;
        target->api_ms = result->time_ms;
        replace(&target->api_error, "");
    } else {
        target->api_streak = 0;
        replace(&target->api_error, result->err.message);
    }
}

static void send_echo(struct target *target, int64_t now) {
    target->sequence++;
    if (target->sent_ms[(target->sequence - 1) % ECHOES] > target->echo_at_ms)
        target->echo_streak = 0; /* the one before was not answered */
    target->sent_ms[target->sequence % ECHOES] = now;
    counters_add(COUNTER_ECHOES_SENT, 1);
    icmp_send(target->heartbeat->icmp, (const struct sockaddr *)&target->host, target->number,
              target->sequence);
}

static struct docker_engine engine_of(const struct target *target) {
    return (struct docker_engine){.id = target->access.id,
                                  .addr = target->access.addr,
                                  .ca_pem = target->access.ca_cert,
                                  .cert_pem = target->access.ssl_cert,
                                  .key_pem = target->access.ssl_key,
                                  .rules = &target->heartbeat->config->engine_rules};
}

/* The probe's time-out is what a closed connection is waited for: after it another one is tried. */
static void ask(struct target *target, int64_t now) {
    struct heartbeat *heartbeat = target->heartbeat;
    int64_t interval_ms = heartbeat->config->heartbeat_interval_ms;
    struct docker_engine engine = engine_of(target);
    target->next_ms += interval_ms;
    if (target->next_ms <= now)
        target->next_ms = now + interval_ms;
    if (target->host.ss_family != AF_UNSPEC)
        send_echo(target, now);
    if (!target->busy) {
        target->busy = true;
        docker_probe(heartbeat->client, &engine, (long)(2 * interval_ms), on_probed, target);
    }
}

static struct target *find(struct heartbeat *heartbeat, const char *engine_id) {
    for (struct target *target = heartbeat->targets; target; target = target->next)
        if (!target->gone && strcmp(target->access.id, engine_id) == 0)
            return target;
    return NULL;
}

/* The first echoes of many engines are spread over the interval, and stay so. */
static struct target *add(struct heartbeat *heartbeat, const struct order *order, int64_t now) {
    enum { SPREAD = 16 };
    struct target *target = mem_alloc(sizeof *target);
    target->heartbeat = heartbeat;
    target->number = ++heartbeat->targets_made;
    target->verdict.state = order->was;
    target->fit = !engine_state_is_away(order->was);
    target->stream = stream_new(heartbeat->pool, heartbeat->client, heartbeat->streams,
                                order->engine_id, &order->position);
    target->objection = mem_strdup("");
    target->api_error = mem_strdup("");
    target->next_ms =
        now + heartbeat->config->heartbeat_interval_ms * (target->number % SPREAD) / SPREAD;
    target->report_ms = now;
    strip_init(&target->strip, now);
    target->next = heartbeat->targets;
    heartbeat->targets = target;
    return target;
}

/* Another address is another place: it is given as long as a new one to answer. */
static void obey_ask(struct heartbeat *heartbeat, struct order *order) {
    int64_t now = clock_ms();
    struct target *target = find(heartbeat, order->engine_id);
    if (!target)
        target = add(heartbeat, order, now);
    engine_access_release(&target->access);
    target->access = order->access;
    order->access = (struct engine_access){0};
    target->host = order->host;
    target->echoed = false;
    target->api_at_ms = target->echo_at_ms = now;
}

static void obey(struct heartbeat *heartbeat, struct order *order) {
    if (order->kind == ORDER_ASK) {
        obey_ask(heartbeat, order);
        return;
    }
    struct target *target = find(heartbeat, order->engine_id);
    if (!target)
        return;
    if (order->kind == ORDER_FORGET) {
        target->gone = true;
        return;
    }
    target->fit = order->kind == ORDER_FIT;
    target->quarantined = order->kind == ORDER_QUARANTINE;
    replace(&target->objection, order->kind == ORDER_FIT ? "" : order->objection);
}

static void obey_all(struct heartbeat *heartbeat) {
    uint64_t wakes;
    ssize_t got = read(heartbeat->wake_fd, &wakes, sizeof wakes);
    (void)got;
    pthread_mutex_lock(&heartbeat->lock);
    struct order *orders = heartbeat->orders;
    heartbeat->orders = NULL;
    heartbeat->orders_end = &heartbeat->orders;
    pthread_mutex_unlock(&heartbeat->lock);
    while (orders) {
        struct order *order = orders;
        orders = order->next;
        obey(heartbeat, order);
        order_free(order);
    }
}

static void hear(struct heartbeat *heartbeat, int family) {
    struct icmp_echo echo;
    struct sockaddr_storage from;
    while (icmp_receive(heartbeat->icmp, family, &echo, &from)) {
        int64_t now = clock_ms();
        struct target *target = heartbeat->targets;
        while (target && target->number != echo.target)
            target = target->next;
        if (!target ||
            !icmp_same_host((const struct sockaddr *)&from,
                            (const struct sockaddr *)&target->host) ||
            (uint16_t)(target->sequence - echo.sequence) >= ECHOES)
            continue;
        target->echo_at_ms = now;
        target->echoed = true;
        target->echo_streak++;
        target->echo_ms = (double)(now - target->sent_ms[echo.sequence % ECHOES]);
        counters_add(COUNTER_ECHOES_HEARD, 1);
        counters_add(COUNTER_ECHO_US, (int64_t)(target->echo_ms * 1000));
    }
}

static void forget_gone(struct heartbeat *heartbeat) {
    for (struct target **at = &heartbeat->targets; *at;) {
        struct target *target = *at;
        if (!target->gone || target->busy || stream_is_open(target->stream)) {
            at = &target->next;
            continue;
        }
        *at = target->next;
        target_free(target);
    }
}

/* The time in which this thread did not run is not an engine's silence. */
static void forgive(struct heartbeat *heartbeat, int64_t late_ms) {
    if (late_ms >= HELD_UP_MS)
        log_line(LOG_WARNING, "the heartbeat was held up for %lld ms", (long long)late_ms);
    for (struct target *target = heartbeat->targets; target; target = target->next) {
        target->api_at_ms += late_ms;
        target->echo_at_ms += late_ms;
    }
}

/* Only of one that is as it was found to be: another one may answer at its address. */
static void listen_to(struct target *target, int64_t now) {
    const struct docker_engine engine = engine_of(target);
    enum engine_state state = target->verdict.state;
    bool well = target->fit && (state == ENGINE_UP || state == ENGINE_DEGRADED);
    stream_beat(target->stream, &engine, well && !target->gone, now);
}

/* Ask those whose turn it is, judge all; returns when that is to be done again. */
static int64_t beat(struct heartbeat *heartbeat, int64_t now) {
    int64_t next_ms = now + TICK_MS;
    for (struct target *target = heartbeat->targets; target; target = target->next) {
        listen_to(target, now);
        if (target->gone)
            continue;
        if (now >= target->next_ms)
            ask(target, now);
        judge(target, now);
        if (target->next_ms < next_ms)
            next_ms = target->next_ms;
    }
    return next_ms;
}

static void *run(void *context) {
    struct heartbeat *heartbeat = context;
    int64_t last_ms = clock_ms(), next_ms = last_ms;
    while (!atomic_load(&heartbeat->stopping)) {
        int64_t wait_ms = next_ms - clock_ms();
        http_client_poll(heartbeat->client, heartbeat->wait_fd, wait_ms > 0 ? (int)wait_ms : 0);
        hear(heartbeat, AF_INET);
        hear(heartbeat, AF_INET6);
        obey_all(heartbeat);
        int64_t now = clock_ms();
        if (now - last_ms > LATE_MS)
            forgive(heartbeat, now - last_ms - TICK_MS);
        last_ms = now;
        next_ms = beat(heartbeat, now);
        forget_gone(heartbeat);
    }
    return NULL;
}

static void wait_for(struct heartbeat *heartbeat, int fd) {
    struct epoll_event event = {.events = EPOLLIN};
    if (fd >= 0 && epoll_ctl(heartbeat->wait_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        abort();
}

struct heartbeat *heartbeat_new(const struct pool *pool) {
    struct heartbeat *heartbeat = mem_alloc(sizeof *heartbeat);
    heartbeat->pool = pool;
    heartbeat->config = pool->config;
    heartbeat->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    heartbeat->wait_fd = epoll_create1(EPOLL_CLOEXEC);
    pthread_mutex_init(&heartbeat->lock, NULL);
    heartbeat->orders_end = &heartbeat->orders;
    heartbeat->queue = heartbeat_queue_new();
    heartbeat->streams = stream_queue_new();
    heartbeat->client = http_client_new();
    heartbeat->icmp = icmp_new();
    if (icmp_fd(heartbeat->icmp, AF_INET) < 0)
        log_line(LOG_WARNING,
                 "no ICMP echoes: neither net.ipv4.ping_group_range allows this group a ping "
                 "socket nor is there CAP_NET_RAW; whether a host lives is judged by Docker alone");
    wait_for(heartbeat, heartbeat->wake_fd);
    wait_for(heartbeat, icmp_fd(heartbeat->icmp, AF_INET));
    wait_for(heartbeat, icmp_fd(heartbeat->icmp, AF_INET6));
    thread_need(&heartbeat->thread, run, heartbeat);
    return heartbeat;
}

void heartbeat_free(struct heartbeat *heartbeat) {
    if (!heartbeat)
        return;
    atomic_store(&heartbeat->stopping, true);
    eventfd_write(heartbeat->wake_fd, 1);
    pthread_join(heartbeat->thread, NULL);
    for (struct target *target = heartbeat->targets; target; target = target->next)
        target->gone = true;
    http_client_free(heartbeat->client);
    for (struct target *target = heartbeat->targets, *next; target; target = next) {
        next = target->next;
        target_free(target);
    }
    for (struct order *order = heartbeat->orders, *next; order; order = next) {
        next = order->next;
        order_free(order);
    }
    icmp_free(heartbeat->icmp);
    heartbeat_queue_free(heartbeat->queue);
    stream_queue_free(heartbeat->streams);
    pthread_mutex_destroy(&heartbeat->lock);
    close(heartbeat->wake_fd);
    close(heartbeat->wait_fd);
    free(heartbeat);
}

static struct order *order_new(enum order_kind kind, const char *engine_id) {
    struct order *order = mem_alloc(sizeof *order);
    order->kind = kind;
    order->engine_id = mem_strdup(engine_id);
    return order;
}

static void give(struct heartbeat *heartbeat, struct order *order) {
    pthread_mutex_lock(&heartbeat->lock);
    *heartbeat->orders_end = order;
    heartbeat->orders_end = &order->next;
    pthread_mutex_unlock(&heartbeat->lock);
    eventfd_write(heartbeat->wake_fd, 1);
}

void heartbeat_ask(struct heartbeat *heartbeat, const struct engine_access *access,
                   const struct sockaddr_storage *host, enum engine_state was,
                   const struct stream_position *position) {
    struct order *order = order_new(ORDER_ASK, access->id);
    order->access = (struct engine_access){.id = mem_strdup(access->id),
                                           .addr = mem_strdup(access->addr),
                                           .ca_cert = mem_strdup(access->ca_cert),
                                           .ssl_cert = mem_strdup(access->ssl_cert),
                                           .ssl_key = mem_strdup(access->ssl_key)};
    if (host)
        order->host = *host;
    order->was = was;
    order->position = *position;
    give(heartbeat, order);
}

void heartbeat_forget(struct heartbeat *heartbeat, const char *engine_id) {
    give(heartbeat, order_new(ORDER_FORGET, engine_id));
}

void heartbeat_fit(struct heartbeat *heartbeat, const char *engine_id) {
    give(heartbeat, order_new(ORDER_FIT, engine_id));
}

static void object(struct heartbeat *heartbeat, enum order_kind kind, const char *engine_id,
                   const char *objection) {
    struct order *order = order_new(kind, engine_id);
    order->objection = mem_strdup(objection);
    give(heartbeat, order);
}

void heartbeat_object(struct heartbeat *heartbeat, const char *engine_id, const char *objection) {
    object(heartbeat, ORDER_OBJECT, engine_id, objection);
}

void heartbeat_quarantine(struct heartbeat *heartbeat, const char *engine_id,
                          const char *objection) {
    object(heartbeat, ORDER_QUARANTINE, engine_id, objection);
}

struct stream_queue *heartbeat_streams(struct heartbeat *heartbeat) {
    return heartbeat->streams;
}

int heartbeat_fd(const struct heartbeat *heartbeat) {
    return heartbeat_queue_fd(heartbeat->queue);
}

bool heartbeat_next(struct heartbeat *heartbeat, struct heartbeat_report *ret_report) {
    return heartbeat_queue_next(heartbeat->queue, ret_report);
}

bool heartbeat_waits(struct heartbeat *heartbeat, const char *engine_id) {
    return heartbeat_queue_has(heartbeat->queue, engine_id);
}

void heartbeat_done(struct heartbeat *heartbeat, int64_t number) {
    heartbeat_queue_done(heartbeat->queue, number);
}
