/* fcgi: a FastCGI client for tests, which behaves as nginx does: it keeps connections, and does not
 * use one again on which something follows the end of an answer. Usage in `help` below. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/base/strbuf.h"
#include "tests/api/member.h"
#include "tests/lib/serve.h"

static const char help[] =
    "usage: fcgi [options] SOCKET METHOD URI\n"
    "  -H 'NAME: VALUE'  a header            -p NAME=VALUE  a FastCGI parameter\n"
    "  -d TEXT | -f FILE the body            -t SECONDS     time-out of an answer (10)\n"
    "  -n                the body's length is not declared\n"
    "  -r N              the same request N times on one kept connection\n"
    "  -c N -s SECONDS   load: N kept connections for so long; prints: answers failures slowest_ms\n"
    "  -q FILE           end the load when FILE exists\n"
    "  -i N              N kept connections, idle after one request each, until standard input ends\n"
    "  -S            serves: each question (tests/lib/serve.h) on standard input is the words \"request\" and\n"
    "                those of such a command, or \"member\", a path as .a[0].b, and a JSON document\n"
    "Prints the answer as the worker sent it. Exit status 1 when there was none. Adds it to the file\n"
    "BERTH_API_RECORD of the environment, where there is one, as a line for validate.py.\n";

enum { BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, OUTPUT = 6, RECORD_MAX = 65528 };

struct target {
    const char *socket_path, *method, *uri;
    struct strbuf params; /* encoded */
    struct strbuf body;
    int64_t timeout_s, seconds;
    const char *end_file;
    int64_t end_ms;
    atomic_long answers, failures, slowest_ms;
};

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void add_header(struct strbuf *out, int type, size_t len) {
    const unsigned char header[] = {
        1, (unsigned char)type, 0, 1, (unsigned char)(len >> 8), (unsigned char)len, 0, 0};
    strbuf_add(out, header, sizeof header);
}

/* As a stream of records, ended by an empty one. */
static void add_stream(struct strbuf *out, int type, const struct strbuf *content) {
    for (size_t at = 0, len; at < content->len; at += len) {
        len = content->len - at < RECORD_MAX ? content->len - at : RECORD_MAX;
        add_header(out, type, len);
        strbuf_add(out, content->data + at, len);
    }
    add_header(out, type, 0);
}

static void add_len(struct strbuf *out, size_t len) {
    const unsigned char bytes[] = {(unsigned char)(len >> 24 | 0x80), (unsigned char)(len >> 16),
                                   (unsigned char)(len >> 8), (unsigned char)len};
    strbuf_add(out, bytes, sizeof bytes);
}

static void add_param(struct strbuf *params, const char *name, const char *value) {
    add_len(params, strlen(name));
    add_len(params, strlen(value));
    strbuf_puts(params, name);
    strbuf_puts(params, value);
}

static int open_connection(const struct target *target) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval timeout = {.tv_sec = target->timeout_s};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", target->socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool send_request(int fd, const struct target *target, bool keep) {
    const unsigned char body[] = {0, 1, keep, 0, 0, 0, 0, 0};
    struct strbuf out = {0};
    add_header(&out, BEGIN, sizeof body);
    strbuf_add(&out, body, sizeof body);
    add_stream(&out, PARAMS, &target->params);
    add_stream(&out, STDIN, &target->body);
    bool ok = true;
    for (size_t at = 0; ok && at < out.len;) {
        ssize_t sent = send(fd, out.data + at, out.len - at, MSG_NOSIGNAL);
        ok = sent > 0;
        at += ok ? (size_t)sent : 0;
    }
    strbuf_release(&out);
    return ok;
}

/* Take whole records off `in`; true at the end of the answer, then *ret_reusable tells whether
 * nothing follows it. */
static bool parse_records(struct strbuf *in, struct strbuf *answer, bool *ret_reusable) {
    size_t at = 0;
    bool ended = false;
    while (!ended && in->len - at >= 8) {
        const unsigned char *header = (const unsigned char *)in->data + at;
        size_t len = (size_t)(header[4] << 8 | header[5]), padding = header[6];
        if (in->len - at < 8 + len + padding)
            break;
        if (header[1] == OUTPUT)
            strbuf_add(answer, header + 8, len);
        ended = header[1] == END;
        at += 8 + len + padding;
    }
    *ret_reusable = at == in->len;
    memmove(in->data, in->data + at, in->len - at);
    in->len -= at;
    return ended;
}

static bool receive(int fd, struct strbuf *answer, bool *ret_reusable) {
    struct strbuf in = {0};
    char bytes[65536];
    bool ended = false;
    while (!ended) {
        ssize_t count = recv(fd, bytes, sizeof bytes, 0);
        if (count <= 0)
            break;
        strbuf_add(&in, bytes, (size_t)count);
        ended = parse_records(&in, answer, ret_reusable);
    }
    strbuf_release(&in);
    return ended;
}

/* nginx notices when the other side closes an idle connection. */
static bool was_closed(int fd) {
    struct pollfd peer = {.fd = fd, .events = POLLIN | POLLRDHUP};
    return poll(&peer, 1, 0) > 0;
}

static bool is_good(const struct strbuf *answer) {
    return strncmp(strbuf_text(answer), "Status: 2", 9) == 0;
}

static bool load_ends(const struct target *target) {
    struct stat status;
    return now_ms() >= target->end_ms || (target->end_file && stat(target->end_file, &status) == 0);
}

static void note_time(struct target *target, int64_t took_ms) {
    long slowest = atomic_load(&target->slowest_ms);
    while (took_ms > slowest &&
           !atomic_compare_exchange_weak(&target->slowest_ms, &slowest, (long)took_ms)) {
    }
}

static void *load_thread(void *arg) {
    struct target *target = arg;
    int fd = -1;
    while (!load_ends(target)) {
        struct strbuf answer = {0};
        bool reusable = false;
        int64_t began_ms = now_ms();
        if (fd >= 0 && was_closed(fd)) {
            close(fd);
            fd = -1;
        }
        if (fd < 0)
            fd = open_connection(target);
        bool ok = fd >= 0 && send_request(fd, target, true) && receive(fd, &answer, &reusable) &&
                  is_good(&answer);
        if (!ok)
            fprintf(stderr, "fcgi: failed: %s %.60s\n", strerror(errno), strbuf_text(&answer));
        atomic_fetch_add(ok ? &target->answers : &target->failures, 1);
        note_time(target, now_ms() - began_ms);
        if (fd >= 0 && !(ok && reusable)) {
            close(fd);
            fd = -1;
        }
        strbuf_release(&answer);
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static int load(struct target *target, int64_t connections) {
    pthread_t *threads = mem_array((size_t)connections, sizeof *threads);
    target->end_ms = now_ms() + target->seconds * 1000;
    for (int64_t i = 0; i < connections; i++)
        if (pthread_create(&threads[i], NULL, load_thread, target) != 0)
            abort();
    for (int64_t i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    printf("%ld %ld %ld\n", target->answers, target->failures, target->slowest_ms);
    free(threads);
    return 0;
}

static int idle(struct target *target, int64_t connections) {
    char byte;
    for (int64_t i = 0; i < connections; i++) {
        struct strbuf answer = {0};
        bool reusable = false;
        int fd = open_connection(target); /* stays open */
        if (fd < 0 || !send_request(fd, target, true) || !receive(fd, &answer, &reusable) ||
            !reusable)
            return 1;
        strbuf_release(&answer);
    }
    puts("idle");
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return 0;
}

/* One write: other clients add to the file, too. */
static void note_answer(const struct target *target, const struct strbuf *answer) {
    const char *path = getenv("BERTH_API_RECORD");
    struct strbuf line = {0};
    if (!path || !*path)
        return;
    strbuf_puts(&line, "{\"method\":");
    strbuf_json(&line, target->method);
    strbuf_puts(&line, ",\"uri\":");
    strbuf_json(&line, target->uri);
    strbuf_puts(&line, ",\"answer\":");
    strbuf_json_len(&line, strbuf_text(answer), answer->len);
    strbuf_puts(&line, "}\n");
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, line.data, line.len) != (ssize_t)line.len)
        fprintf(stderr, "fcgi: %s: %s\n", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    strbuf_release(&line);
}

static bool repeat(struct target *target, int64_t times, struct strbuf *out) {
    bool ok = true, reusable = true;
    int fd = open_connection(target);
    for (int64_t i = 0; i < times && ok && reusable; i++) {
        struct strbuf answer = {0};
        ok = fd >= 0 && send_request(fd, target, times > 1) && receive(fd, &answer, &reusable);
        strbuf_add(out, strbuf_text(&answer), answer.len);
        if (ok)
            note_answer(target, &answer);
        if (i + 1 < times)
            strbuf_putc(out, '\n');
        strbuf_release(&answer);
    }
    if (fd >= 0)
        close(fd);
    return ok;
}

/* "X-Access-Token: a" is the parameter HTTP_X_ACCESS_TOKEN. */
static void add_http_header(struct strbuf *params, const char *header) {
    const char *colon = strchr(header, ':');
    struct strbuf name = {0};
    if (!colon)
        exit(2);
    strbuf_puts(&name, "HTTP_");
    for (const char *s = header; s < colon; s++)
        strbuf_putc(&name, *s == '-' ? '_' : (char)(*s >= 'a' && *s <= 'z' ? *s - 32 : *s));
    add_param(params, name.data, colon + 1 + strspn(colon + 1, " "));
    strbuf_release(&name);
}

static void add_file(struct strbuf *body, const char *path) {
    char bytes[65536];
    FILE *file = fopen(path, "re");
    if (!file)
        exit(2);
    for (size_t count; (count = fread(bytes, 1, sizeof bytes, file)) > 0;)
        strbuf_add(body, bytes, count);
    fclose(file);
}

static void add_given_param(struct strbuf *params, char *pair) {
    char *equals = strchr(pair, '=');
    if (!equals)
        exit(2);
    *equals = '\0';
    add_param(params, pair, equals + 1);
}

struct options {
    int64_t connections, idle, times;
    bool declared, serves;
};

static int64_t number(const char *text) {
    int64_t value = 0;
    if (!parse_int(text, 1, 100000, &value))
        exit(2);
    return value;
}

static void take_option(int c, struct target *target, struct options *options) {
    switch (c) {
    case 'H':
        add_http_header(&target->params, optarg);
        break;
    case 'p':
        add_given_param(&target->params, optarg);
        break;
    case 'd':
        strbuf_puts(&target->body, optarg);
        break;
    case 'f':
        add_file(&target->body, optarg);
        break;
    case 't':
        target->timeout_s = number(optarg);
        break;
    case 'n':
        options->declared = false;
        break;
    case 'r':
        options->times = number(optarg);
        break;
    case 'c':
        options->connections = number(optarg);
        break;
    case 's':
        target->seconds = number(optarg);
        break;
    case 'q':
        target->end_file = optarg;
        break;
    case 'i':
        options->idle = number(optarg);
        break;
    case 'S':
        options->serves = true;
        break;
    default:
        fputs(help, stderr);
        exit(2);
    }
}

/* The command line; a wrong one ends the program. */
static void take_words(int argc, char **argv, struct target *target, struct options *options) {
    char length[24];
    optind = 0; /* from its beginning, each time */
    for (int c; (c = getopt(argc, argv, "H:p:d:f:t:nr:c:s:q:i:S")) != -1;)
        take_option(c, target, options);
    if (options->serves)
        return;
    if (argc - optind != 3)
        take_option('?', target, options);
    target->socket_path = argv[optind];
    target->method = argv[optind + 1];
    target->uri = argv[optind + 2];
    add_param(&target->params, "REQUEST_METHOD", target->method);
    add_param(&target->params, "REQUEST_URI", target->uri);
    add_param(&target->params, "REMOTE_ADDR", "192.0.2.7");
    snprintf(length, sizeof length, "%zu", target->body.len);
    if (options->declared)
        add_param(&target->params, "CONTENT_LENGTH", target->body.len ? length : "");
}

/* '?' for what does more than to ask for something. */
static char serve_request(int argc, char **argv, struct strbuf *out) {
    struct target target = {.timeout_s = 10, .seconds = 1};
    struct options options = {.times = 1, .declared = true};
    take_words(argc, argv, &target, &options);
    char status = options.idle || options.connections ? '?' : '1';
    if (status == '1' && repeat(&target, options.times, out))
        status = '0';
    strbuf_release(&target.params);
    strbuf_release(&target.body);
    return status;
}

static int serve(void) {
    struct serve_question question;
    while (serve_next(&question)) {
        struct strbuf out = {0};
        char status = '?';
        if (strcmp(question.fields[0], "request") == 0)
            status = serve_request(question.count, question.fields, &out);
        else if (strcmp(question.fields[0], "member") == 0 && question.count == 3)
            status = member_find(question.fields[1], question.fields[2], &out) ? '0' : '?';
        serve_answer(status, &out);
        strbuf_release(&out);
        serve_release(&question);
    }
    return 0;
}

int main(int argc, char **argv) {
    struct target target = {.timeout_s = 10, .seconds = 1};
    struct options options = {.times = 1, .declared = true};
    struct strbuf out = {0};
    int status = 0;
    take_words(argc, argv, &target, &options);
    if (options.serves)
        status = serve();
    else if (options.idle)
        status = idle(&target, options.idle);
    else if (options.connections)
        status = load(&target, options.connections);
    else {
        status = repeat(&target, options.times, &out) ? 0 : 1;
        fwrite(strbuf_text(&out), 1, out.len, stdout);
    }
    strbuf_release(&out);
    strbuf_release(&target.params);
    strbuf_release(&target.body);
    return status;
}
