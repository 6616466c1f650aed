/* fake: see fake.h. */
#include "tests/fake/fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/fake/wire.h"

enum { REQUEST_MAX = 4 << 20, CONNECTIONS_MAX = 256 };

struct connection {
    struct fake *fake;
    pthread_t thread;
    int fd;
};

struct fake {
    const struct fake_answer *answers;
    pthread_t acceptor;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t met;
    int fd, port;
    bool deaf; /* fd is closed or about to be */
    char *unix_path;
    void *tls; /* see wire.h; NULL: plain */
    bool stopping;
    unsigned connections, requests, at_once, at_once_max;
    unsigned waiting, meetings; /* of FAKE_MEET */
    char last[REQUEST_MAX + 1];
    struct connection connection[CONNECTIONS_MAX];
};

/* Nothing until the client leaves or the fake is stopped, which shuts the socket down. */
static void hang(struct wire *wire) {
    char byte;
    while (wire_recv(wire, &byte, 1) > 0)
        continue;
}

static void pause_ms(size_t ms) {
    struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}

static void meet(struct fake *fake, size_t count) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 10;
    pthread_mutex_lock(&fake->lock);
    unsigned met = fake->meetings;
    if (++fake->waiting == count) {
        fake->waiting = 0;
        fake->meetings++;
        pthread_cond_broadcast(&fake->met);
    }
    while (fake->meetings == met && pthread_cond_timedwait(&fake->met, &fake->lock, &end) == 0)
        continue;
    pthread_mutex_unlock(&fake->lock);
}

static void go_deaf(struct fake *fake) {
    pthread_mutex_lock(&fake->lock);
    if (!fake->deaf)
        shutdown(fake->fd, SHUT_RDWR); /* wakes accept() */
    fake->deaf = true;
    pthread_mutex_unlock(&fake->lock);
}

/* A descriptor of the next connection; -1: deaf. Being out of descriptors passes. */
static int accept_one(struct fake *fake) {
    int fd;
    while ((fd = accept(fake->fd, NULL, NULL)) < 0 && errno == EMFILE)
        pause_ms(10);
    return fd;
}

static bool send_answer(struct wire *wire, const struct fake_step *step) {
    CLEANUP(mem_free_text)
    char *text =
        mem_format("HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n%s",
                   step->text, step->body ? strlen(step->body) : 0, step->body ? step->body : "");
    return wire_send(wire, text, strlen(text));
}

/* false: the connection is over. */
static bool play_step(struct fake *fake, struct wire *wire, const struct fake_step *step) {
    struct linger reset = {1, 0};
    bool ok = true;
    switch (step->kind) {
    case FAKE_END:
        break;
    case FAKE_ANSWER:
        return send_answer(wire, step);
    case FAKE_SEND:
        for (size_t i = 0; ok && i < (step->count ? step->count : 1); i++)
            ok = wire_send(wire, step->text, strlen(step->text));
        return ok;
    case FAKE_BYTES:
        return wire_send(wire, step->text, step->count);
    case FAKE_ENDLESS:
        while (wire_send(wire, step->text, strlen(step->text)))
            continue;
        return false;
    case FAKE_PAUSE:
        pause_ms(step->count);
        return true;
    case FAKE_MEET:
        meet(fake, step->count);
        return true;
    case FAKE_HANG:
        hang(wire);
        return false;
    case FAKE_RESET:
        setsockopt(wire->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        return false;
    case FAKE_CLOSE:
        return false;
    case FAKE_DEAF:
        go_deaf(fake);
        return true;
    }
    return true;
}

static bool play(struct fake *fake, struct wire *wire, const char *request) {
    static const struct fake_step missing[] = {{.kind = FAKE_ANSWER, .text = "404 Not Found"}, {0}};
    const struct fake_step *step = missing;
    for (const struct fake_answer *answer = fake->answers; answer->request; answer++) {
        if (strncmp(request, answer->request, strlen(answer->request)) == 0) {
            step = answer->steps;
            break;
        }
    }
    for (; step->kind != FAKE_END; step++)
        if (!play_step(fake, wire, step))
            return false;
    return true;
}

/* Length of the first request in `text`, 0 while it is not whole. */
static size_t request_len(const char *text, size_t len) {
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\nContent-Length:");
    const char *chunked = strcasestr(text, "\r\nTransfer-Encoding: chunked");
    if (!end)
        return 0;
    if (chunked && chunked < end) {
        const char *last = strstr(end + 2, "\r\n0\r\n\r\n");
        return last ? (size_t)(last - text) + 7 : 0;
    }
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    size_t whole = (size_t)(end - text) + 4 + body;
    return whole <= len ? whole : 0;
}

static void count_request(struct fake *fake, const char *request, size_t len) {
    pthread_mutex_lock(&fake->lock);
    memcpy(fake->last, request, len);
    fake->last[len] = '\0';
    fake->requests++;
    if (++fake->at_once > fake->at_once_max)
        fake->at_once_max = fake->at_once;
    pthread_mutex_unlock(&fake->lock);
}

/* Read requests and answer them until one side has enough. */
static void serve_requests(struct fake *fake, struct wire *wire) {
    char *text = mem_alloc(REQUEST_MAX + 1);
    size_t len = 0;
    bool open = true;
    while (open && len < REQUEST_MAX) {
        ssize_t n = wire_recv(wire, text + len, REQUEST_MAX - len);
        if (n <= 0)
            break;
        len += (size_t)n;
        text[len] = '\0';
        if (text[0] == 0x16) /* a TLS handshake on a plain port */
            break;
        size_t whole = request_len(text, len);
        if (!whole)
            continue;
        count_request(fake, text, whole);
        open = play(fake, wire, text);
        pthread_mutex_lock(&fake->lock);
        fake->at_once--;
        pthread_mutex_unlock(&fake->lock);
        memmove(text, text + whole, len - whole + 1);
        len -= whole;
    }
    free(text);
}

static void *serve(void *arg) {
    struct connection *connection = arg;
    struct fake *fake = connection->fake;
    struct wire wire;
    if (wire_open(&wire, connection->fd, fake->tls))
        serve_requests(fake, &wire);
    wire_close(&wire);
    pthread_mutex_lock(&fake->lock);
    close(connection->fd);
    connection->fd = -1;
    pthread_mutex_unlock(&fake->lock);
    return NULL;
}

static void *accept_all(void *arg) {
    struct fake *fake = arg;
    int fd;
    while ((fd = accept_one(fake)) >= 0) {
        pthread_mutex_lock(&fake->lock);
        if (fake->stopping || fake->connections == CONNECTIONS_MAX) {
            close(fd);
        } else {
            struct connection *connection = &fake->connection[fake->connections++];
            *connection = (struct connection){.fake = fake, .fd = fd};
            if (pthread_create(&connection->thread, NULL, serve, connection) != 0)
                abort();
        }
        pthread_mutex_unlock(&fake->lock);
    }
    pthread_mutex_lock(&fake->lock);
    fake->deaf = true;
    close(fake->fd);
    pthread_mutex_unlock(&fake->lock);
    return NULL;
}

static bool listen_on(struct fake *fake, const char *unix_path) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    socklen_t len = sizeof in;
    fake->fd = socket(unix_path ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
    if (fake->fd < 0)
        return false;
    if (unix_path) {
        fake->unix_path = mem_strdup(unix_path);
        snprintf(un.sun_path, sizeof un.sun_path, "%s", unix_path);
        return bind(fake->fd, (struct sockaddr *)&un, sizeof un) == 0 && listen(fake->fd, 64) == 0;
    }
    if (bind(fake->fd, (struct sockaddr *)&in, sizeof in) != 0 || listen(fake->fd, 64) != 0 ||
        getsockname(fake->fd, (struct sockaddr *)&in, &len) != 0)
        return false;
    fake->port = ntohs(in.sin_port);
    return true;
}

static struct fake *start(const struct fake_answer *answers, const char *unix_path, void *tls) {
    struct fake *fake = mem_alloc(sizeof *fake);
    fake->answers = answers;
    fake->tls = tls;
    pthread_mutex_init(&fake->lock, NULL);
    pthread_cond_init(&fake->met, NULL);
    if (!listen_on(fake, unix_path) || pthread_create(&fake->acceptor, NULL, accept_all, fake) != 0)
        abort();
    return fake;
}

struct fake *fake_new(const struct fake_answer *answers, const char *unix_path) {
    return start(answers, unix_path, NULL);
}

struct fake *fake_new_tls(const struct fake_answer *answers, const struct cert *cert,
                          const struct cert *authority) {
    return start(answers, NULL, wire_context_new(cert, authority));
}

void fake_free(struct fake *fake) {
    go_deaf(fake);
    pthread_mutex_lock(&fake->lock);
    fake->stopping = true;
    for (unsigned i = 0; i < fake->connections; i++)
        if (fake->connection[i].fd >= 0)
            shutdown(fake->connection[i].fd, SHUT_RDWR);
    pthread_mutex_unlock(&fake->lock);
    pthread_join(fake->acceptor, NULL);
    for (unsigned i = 0; i < fake->connections; i++)
        pthread_join(fake->connection[i].thread, NULL);
    if (fake->unix_path)
        unlink(fake->unix_path);
    free(fake->unix_path);
    wire_context_free(fake->tls);
    pthread_cond_destroy(&fake->met);
    pthread_mutex_destroy(&fake->lock);
    free(fake);
}

int fake_port(const struct fake *fake) {
    return fake->port;
}

static unsigned locked(struct fake *fake, const unsigned *number) {
    pthread_mutex_lock(&fake->lock);
    unsigned value = *number;
    pthread_mutex_unlock(&fake->lock);
    return value;
}

unsigned fake_connections(struct fake *fake) {
    return locked(fake, &fake->connections);
}

unsigned fake_requests(struct fake *fake) {
    return locked(fake, &fake->requests);
}

unsigned fake_at_once_max(struct fake *fake) {
    return locked(fake, &fake->at_once_max);
}

void fake_last_request(struct fake *fake, char *text, size_t size) {
    pthread_mutex_lock(&fake->lock);
    snprintf(text, size, "%s", fake->last);
    pthread_mutex_unlock(&fake->lock);
}
