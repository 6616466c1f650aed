/* test_docker_calls: core/net/docker against a fake engine: what each answer means. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/docker.h"
#include "tests/fake/fake.h"
#include "tests/unit/docker_answers.h"
#include "tests/unit/unit.h"

#define TEN(digit) #digit #digit #digit #digit #digit #digit #digit #digit #digit #digit
/* A Docker id: 64 times the digit. */
#define ID(digit)                                                                                  \
    TEN(digit) TEN(digit) TEN(digit) TEN(digit) TEN(digit) TEN(digit) #digit #digit #digit #digit
#define CONTAINER(digit) "/v1.41/containers/" ID(digit)

#define MESSAGE(text) "{\"message\":\"" text "\"}\n"

static const struct fake_step overlong[] = {
    {FAKE_SEND, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"status\":\"", NULL, 0},
    {FAKE_SEND, "0123456789abcdef0123456789abcdef", NULL, 4096},
    {FAKE_SEND, "\"}\n", NULL, 0},
    {FAKE_CLOSE, NULL, NULL, 0},
    {0}};

static const struct fake_answer answers[] = {
    {"GET /_ping ", ANSWER("200 OK", "OK")},
    {"GET /v1.41/containers/json?all=1 ", ANSWER("200 OK", "[{\"Id\":\"x\"}]")},
    {"GET /v1.40/containers/json", ANSWER("200 OK", "{\"Id\":\"x\"}")},
    {"GET /v1.39/containers/json", ANSWER("200 OK", "[{\"Id\":")},
    {"GET /v1.38/containers/json",
     (const struct fake_step[]){{FAKE_SEND, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", NULL,
                                 0},
                                {FAKE_BYTES, "[]\0x", NULL, 4},
                                {0}}},
    {"GET /containers/json", ANSWER("200 OK", "[]")},
    {"GET /v1.41/containers/web%2F1%3Fx/json ", ANSWER("200 OK", "{\"Id\":\"y\"}")},
    {"GET /v1.41/containers/gone/json ",
     ANSWER("404 Not Found", MESSAGE("No such container: gone"))},
    {"GET /v1.41/images/team%2Fapp%3A1/json ", ANSWER("200 OK", "{\"Id\":\"sha256:1\"}")},
    {"POST /v1.41/containers/create?name=ok ", ANSWER("201 Created", "{\"Id\":\"" ID(1) "\"}")},
    {"POST /v1.41/containers/create?name=a%26b%3D ",
     ANSWER("201 Created", "{\"Id\":\"" ID(2) "\"}")},
    {"POST /v1.41/containers/create?name=short ", ANSWER("201 Created", "{\"Id\":\"12ab\"}")},
    {"POST /v1.41/containers/create?name=garbage ", ANSWER("201 Created", "<html>")},
    {"POST /v1.41/containers/create?name=image ",
     ANSWER("404 Not Found", MESSAGE("No such image: app:1"))},
    {"POST /v1.41/containers/create?name=link ",
     ANSWER("404 Not Found", MESSAGE("could not get container for db: No such container: db"))},
    {"POST /v1.41/containers/create?name=taken ",
     ANSWER("409 Conflict", MESSAGE("Conflict. The container name is already in use"))},
    {"POST /v1.41/containers/create?name=refused ",
     ANSWER("400 Bad Request", MESSAGE("invalid\\u001b[31m port\\n"))},
    {"POST /v1.41/containers/create?name=failed ",
     ANSWER("500 Internal Server Error", MESSAGE("no space left on device"))},
    {"POST /v1.41/containers/create?name=late ",
     ANSWER("500 Internal Server Error", MESSAGE("context deadline exceeded"))},
    {"POST /v1.41/containers/create?name=proxy ", ANSWER("502 Bad Gateway", "<html>secret</html>")},
    {"POST /v1.41/containers/create?name=cut ", CUT("{")},
    {"POST " CONTAINER(1) "/start ", ANSWER("204 No Content", NULL)},
    {"POST " CONTAINER(2) "/start ", ANSWER("304 Not Modified", NULL)},
    {"POST " CONTAINER(3) "/start ",
     ANSWER("500 Internal Server Error",
            MESSAGE("driver failed: Bind for 0.0.0.0:80 failed: port is already allocated"))},
    {"POST " CONTAINER(4) "/start ",
     ANSWER("500 Internal Server Error",
            MESSAGE("listen tcp4 0.0.0.0:80: bind: address already in use"))},
    {"POST " CONTAINER(5) "/start ", ANSWER("404 Not Found", MESSAGE("No such container"))},
    {"POST " CONTAINER(6) "/start ", ANSWER("400 Bad Request", MESSAGE("no such executable"))},
    {"POST " CONTAINER(7) "/start ", ANSWER("200 OK", "<html>")},
    {"POST " CONTAINER(8) "/start ",
     STREAM_STATUS("400 Bad Request", "Content-Type: text/plain; charset=utf-8\r\n",
                   "Client sent an HTTP request\x1b[1m to an HTTPS server \xe9.\n")},
    {"POST " CONTAINER(1) "/stop?t=7 ", ANSWER("204 No Content", NULL)},
    {"POST " CONTAINER(2) "/stop?t=0 ", ANSWER("304 Not Modified", NULL)},
    {"POST " CONTAINER(1) "/restart?t=3 ", ANSWER("204 No Content", NULL)},
    {"DELETE " CONTAINER(1) "?force=1&v=1 ", ANSWER("204 No Content", NULL)},
    {"DELETE " CONTAINER(2) "?force=1&v=1 ", ANSWER("404 Not Found", MESSAGE("No such container"))},
    {"DELETE " CONTAINER(3) "?force=1&v=1 ",
     ANSWER("409 Conflict", MESSAGE("removal of container x is already in progress"))},
    {"DELETE " CONTAINER(5) "?force=1&v=1 ", ANSWER("404 Not Found", "<html>secret</html>")},
    {"DELETE " CONTAINER(6) "?force=1&v=1 ", ANSWER("304 Not Modified", NULL)},
    {"DELETE " CONTAINER(4) "?force=1&v=1 ", ANSWER("409 Conflict", MESSAGE("cannot remove"))},
    {"POST /v1.41/images/create?fromImage=h%3A5000%2Fapp&tag=1.2 ",
     STREAM("{\"status\":\"Pulling\"}\r\n{\"status\":\"a\",\"progressDetail\":{}}\r\n\r\n"
            "{\"status\":\"Done\"}")},
    {"POST /v1.41/images/create?fromImage=missing&tag=latest ",
     ANSWER("404 Not Found", MESSAGE("manifest unknown"))},
    {"POST /v1.41/images/create?fromImage=broken&tag=latest ",
     STREAM("{\"status\":\"Pulling\"}\n{\"errorDetail\":{\"message\":\"disk\\u0007 full\"},"
            "\"error\":\"disk full\"}\n{\"error\":\"second\"}\n")},
    {"POST /v1.41/images/create?fromImage=plain&tag=latest ", STREAM("{\"error\":\"denied\"}")},
    {"POST /v1.41/images/create?fromImage=garbage&tag=latest ", STREAM("<html>\n")},
    {"POST /v1.41/images/create?fromImage=array&tag=latest ", STREAM("[]\n")},
    {"POST /v1.41/images/create?fromImage=empty&tag=latest ", STREAM("")},
    {"POST /v1.41/images/create?fromImage=overlong&tag=latest ", overlong},
    {"POST /v1.41/images/create?fromImage=cut&tag=latest ", CUT("{\"status\":\"Pulling\"}\r\n")},
    {"GET " CONTAINER(1) "/logs?stdout=1&tail=5 ",
     STREAM_BYTES("\1\0\0\0\0\0\0\3out\2\0\0\0\0\0\0\3err")},
    {"GET " CONTAINER(2) "/logs?stdout=1 ", STREAM("just text\r\n")},
    {"GET " CONTAINER(3) "/logs?stdout=1 ", STREAM_BYTES("\1\0\0\0\0\0\0\3o")},
    {"GET " CONTAINER(4) "/logs?stdout=1 ", STREAM_BYTES("\1\0\0\0\0")},
    {"GET " CONTAINER(5) "/logs?stdout=1 ", ANSWER("404 Not Found", MESSAGE("No such container"))},
    {"GET " CONTAINER(6) "/logs?follow=1 ",
     (const struct fake_step[]){{FAKE_SEND, "HTTP/1.1 200 OK\r\n\r\n", NULL, 0},
                                {FAKE_HANG, NULL, NULL, 0},
                                {0}}},
    {NULL, NULL},
};

/* A fake engine, a client and the last result. */
struct fixture {
    struct fake *fake;
    struct http_client *client;
    char *addr;
    struct docker_engine engine;
    struct docker_result result;
    bool done;
    char last[4096];
    struct docker_progress progress;
    bool unwanted;
};

static void fixture_init(struct fixture *f, const struct fake_answer *list) {
    *f = (struct fixture){.fake = fake_new(list, NULL), .client = http_client_new()};
    f->addr = mem_format("tcp://127.0.0.1:%d", fake_port(f->fake));
    f->engine = (struct docker_engine){.id = "n1", .addr = f->addr, .api_version = "1.41"};
}

static void fixture_release(struct fixture *f) {
    json_put(&f->result.doc);
    http_client_free(f->client);
    fake_free(f->fake);
    free(f->addr);
}

static void on_done(void *context, struct docker_result *result) {
    struct fixture *f = context;
    CU_ASSERT_FALSE(f->done);
    f->done = true;
    f->result = *result;
    result->doc = NULL; /* stolen */
}

/* After the previous result is gone and before the next call. */
static struct fixture *fresh(struct fixture *f) {
    json_put(&f->result.doc);
    f->result = (struct docker_result){0};
    f->done = false;
    return f;
}

static void await(struct fixture *f) {
    CU_ASSERT_FALSE(f->done); /* never from within the beginning */
    while (!f->done)
        http_client_poll(f->client, -1, 1000);
    fake_last_request(f->fake, f->last, sizeof f->last);
}

static void is_ok(struct fixture *f) {
    await(f);
    CU_ASSERT_TRUE(f->result.ok);
    CU_ASSERT_EQUAL(f->result.err.kind, ERROR_NONE);
    CU_ASSERT_FALSE(f->result.maybe_done);
}

static void is_error(struct fixture *f, enum error_kind kind, bool maybe_done, const char *words) {
    await(f);
    CU_ASSERT_FALSE(f->result.ok);
    CU_ASSERT_EQUAL(f->result.err.kind, kind);
    CU_ASSERT_EQUAL(f->result.maybe_done, maybe_done);
    CU_ASSERT_PTR_NULL(f->result.doc);
    CU_ASSERT_EQUAL(strncmp(f->result.err.message, "engine n1: ", 11), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(f->result.err.message, words));
    if (f->result.err.kind != kind || !strstr(f->result.err.message, words))
        printf("# kind %d, %s\n", f->result.err.kind, f->result.err.message);
}

static void test_reads(void) {
    struct fixture f;
    fixture_init(&f, answers);
    docker_ping(f.client, &f.engine, on_done, fresh(&f));
    is_ok(&f);
    docker_list(f.client, &f.engine, on_done, fresh(&f));
    is_ok(&f);
    CU_ASSERT_EQUAL(json_len(f.result.doc), 1);
    docker_inspect(f.client, &f.engine, "web/1?x", on_done, fresh(&f));
    is_ok(&f);
    CU_ASSERT_STRING_EQUAL(json_get_text(f.result.doc, "Id", ""), "y");
    docker_image_inspect(f.client, &f.engine, "team/app:1", on_done, fresh(&f));
    is_ok(&f);
    docker_inspect(f.client, &f.engine, "gone", on_done, fresh(&f));
    is_error(&f, ERROR_NOT_FOUND, false, "engine n1: No such container: gone");
    CU_ASSERT_EQUAL(f.result.status, 404);
    docker_inspect(f.client, &f.engine, "", on_done, fresh(&f));
    is_error(&f, ERROR_INTERNAL, false, "inspect");
    f.engine.api_version = "1.40"; /* an object where a list is due */
    docker_list(f.client, &f.engine, on_done, fresh(&f));
    is_error(&f, ERROR_ENGINE, false, "list");
    f.engine.api_version = "1.39"; /* broken JSON */
    docker_list(f.client, &f.engine, on_done, fresh(&f));
    is_error(&f, ERROR_ENGINE, false, "list");
    f.engine.api_version = "1.38"; /* a NUL in it */
    docker_list(f.client, &f.engine, on_done, fresh(&f));
    is_error(&f, ERROR_ENGINE, false, "list");
    f.engine.api_version = "";
    docker_list(f.client, &f.engine, on_done, fresh(&f));
    is_ok(&f);
    f.engine.addr = "tcp://127.0.0.1";
    docker_list(f.client, &f.engine, on_done, fresh(&f));
    is_error(&f, ERROR_BAD_FIELD, false, "port");
    f.engine.addr = "tcp://127.0.0.1:1";
    docker_list(f.client, &f.engine, on_done, fresh(&f));
    is_error(&f, ERROR_UNREACHABLE, false, "cannot connect to 127.0.0.1:1");
    fixture_release(&f);
}

static const struct fake_answer stranger[] = {{"GET /_ping ", ANSWER("200 OK", "OK, so what")},
                                              {NULL, NULL}};

static void test_ping_stranger(void) {
    struct fixture f;
    fixture_init(&f, stranger);
    docker_ping(f.client, &f.engine, on_done, fresh(&f));
    is_error(&f, ERROR_ENGINE, false, "not by Docker");
    fixture_release(&f);
}

static void on_ignored(void *context, struct docker_result *result) {
    unsigned *count = context;
    *count += result->ok && result->doc; /* which is freed afterwards */
}

static void test_doc_freed(void) {
    struct fixture f;
    unsigned count = 0;
    fixture_init(&f, answers);
    docker_list(f.client, &f.engine, on_ignored, &count);
    while (http_client_open_calls(f.client))
        http_client_poll(f.client, -1, 1000);
    CU_ASSERT_EQUAL(count, 1);
    fixture_release(&f);
}

/* With a certificate tcp:// means TLS, and only http:// goes without. */
static void test_tls(void) {
    struct fixture f;
    fixture_init(&f, answers);
    f.engine.ca_pem = "no certificate";
    docker_ping(f.client, &f.engine, on_done, fresh(&f));
    is_error(&f, ERROR_ENGINE, false, "TLS with 127.0.0.1");
    CLEANUP(mem_free_text) char *plain = mem_format("http://127.0.0.1:%d", fake_port(f.fake));
    f.engine.addr = plain;
    docker_ping(f.client, &f.engine, on_done, fresh(&f));
    is_ok(&f);
    fixture_release(&f);
}

static void test_create(void) {
    static const struct {
        const char *name;
        enum error_kind kind;
        bool maybe_done;
        const char *words;
    } bad[] = {
        {"short", ERROR_ENGINE, true, "create"},
        {"garbage", ERROR_ENGINE, true, "create"},
        {"image", ERROR_IMAGE, false, "engine n1: No such image: app:1"},
        {"link", ERROR_REFUSED, false, "No such container: db"},
        {"taken", ERROR_CONFLICT, false, "already in use"},
        {"refused", ERROR_REFUSED, false, "engine n1: invalid [31m port"},
        {"failed", ERROR_ENGINE, false, "no space left"},
        {"late", ERROR_ENGINE, true, "deadline"},
        {"proxy", ERROR_ENGINE, true, "HTTP status 502"},
        {"cut", ERROR_ENGINE, true, "broke off"},
    };
    struct fixture f;
    fixture_init(&f, answers);
    docker_create(f.client, &f.engine, "ok", "{\"Image\":\"app:1\"}", on_done, fresh(&f));
    is_ok(&f);
    CU_ASSERT_STRING_EQUAL(json_get_text(f.result.doc, "Id", ""), ID(1));
    CU_ASSERT_PTR_NOT_NULL(strstr(f.last, "Content-Type: application/json\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(f.last, "\r\n\r\n{\"Image\":\"app:1\"}"));
    docker_create(f.client, &f.engine, "a&b=", "{}", on_done, fresh(&f));
    is_ok(&f);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        docker_create(f.client, &f.engine, bad[i].name, "{}", on_done, fresh(&f));
        is_error(&f, bad[i].kind, bad[i].maybe_done, bad[i].words);
        CU_ASSERT_FALSE(f.result.port_conflict);
        CU_ASSERT_PTR_NULL(strstr(f.result.err.message, "secret"));
    }
    fixture_release(&f);
}

static void test_lifecycle(void) {
    struct fixture f;
    fixture_init(&f, answers);
    docker_start(f.client, &f.engine, ID(1), on_done, fresh(&f));
    is_ok(&f);
    docker_start(f.client, &f.engine, ID(2), on_done, fresh(&f));
    is_ok(&f);
    docker_start(f.client, &f.engine, ID(3), on_done, fresh(&f));
    is_error(&f, ERROR_CONFLICT, false, "port is already allocated");
    CU_ASSERT_TRUE(f.result.port_conflict);
    docker_start(f.client, &f.engine, ID(4), on_done, fresh(&f));
    is_error(&f, ERROR_CONFLICT, false, "address already in use");
    CU_ASSERT_TRUE(f.result.port_conflict);
    docker_start(f.client, &f.engine, ID(5), on_done, fresh(&f));
    is_error(&f, ERROR_NOT_FOUND, false, "No such container");
    docker_start(f.client, &f.engine, ID(6), on_done, fresh(&f));
    is_error(&f, ERROR_REFUSED, false, "no such executable");
    CU_ASSERT_FALSE(f.result.port_conflict);
    docker_start(f.client, &f.engine, ID(7), on_done, fresh(&f));
    is_error(&f, ERROR_ENGINE, true, "not by Docker");
    docker_start(f.client, &f.engine, ID(8), on_done, fresh(&f));
    is_error(&f, ERROR_ENGINE, false,
             "400: Client sent an HTTP request [1m to an HTTPS server ?., not");
    docker_stop(f.client, &f.engine, ID(1), 7, on_done, fresh(&f));
    is_ok(&f);
    docker_stop(f.client, &f.engine, ID(2), -1, on_done, fresh(&f));
    is_ok(&f);
    docker_restart(f.client, &f.engine, ID(1), 3, on_done, fresh(&f));
    is_ok(&f);
    docker_remove(f.client, &f.engine, ID(1), on_done, fresh(&f));
    is_ok(&f);
    docker_remove(f.client, &f.engine, ID(2), on_done, fresh(&f));
    is_ok(&f);
    docker_remove(f.client, &f.engine, ID(3), on_done, fresh(&f));
    is_ok(&f);
    docker_remove(f.client, &f.engine, ID(4), on_done, fresh(&f));
    is_error(&f, ERROR_CONFLICT, false, "cannot remove");
    docker_remove(f.client, &f.engine, ID(5), on_done, fresh(&f)); /* a stranger's 404 */
    is_error(&f, ERROR_ENGINE, false, "404, not by Docker");
    docker_remove(f.client, &f.engine, ID(6), on_done, fresh(&f));
    is_error(&f, ERROR_ENGINE, false, "304");
    fixture_release(&f);
}

static void test_ids_only(void) {
    static const char *const bad[] = {"", "web", "1111", ID(1) "1", "../" ID(1), ID(G), ID(A)};
    struct fixture f;
    fixture_init(&f, answers);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        docker_start(f.client, &f.engine, bad[i], on_done, fresh(&f));
        is_error(&f, ERROR_INTERNAL, false, "start");
        docker_stop(f.client, &f.engine, bad[i], 1, on_done, fresh(&f));
        is_error(&f, ERROR_INTERNAL, false, "stop");
        docker_restart(f.client, &f.engine, bad[i], 1, on_done, fresh(&f));
        is_error(&f, ERROR_INTERNAL, false, "restart");
        docker_remove(f.client, &f.engine, bad[i], on_done, fresh(&f));
        is_error(&f, ERROR_INTERNAL, false, "remove");
    }
    CU_ASSERT_EQUAL(fake_connections(f.fake), 0);
    fixture_release(&f);
}

static void test_pull(void) {
    static const struct {
        const char *image;
        enum error_kind kind;
        const char *words;
    } bad[] = {
        {"missing", ERROR_IMAGE, "engine n1: manifest unknown"},
        {"broken", ERROR_IMAGE, "engine n1: disk  full"},
        {"plain", ERROR_IMAGE, "engine n1: denied"},
        {"garbage", ERROR_ENGINE, "pull"},
        {"array", ERROR_ENGINE, "pull"},
        {"empty", ERROR_ENGINE, "pull"},
        {"overlong", ERROR_ENGINE, "pull"},
        {"No Image", ERROR_IMAGE, "reference"},
    };
    struct fixture f;
    fixture_init(&f, answers);
    docker_pull(f.client, &f.engine, "h:5000/app:1.2", "c2VjcmV0", NULL, on_done, fresh(&f));
    is_ok(&f);
    CU_ASSERT_PTR_NOT_NULL(strstr(f.last, "X-Registry-Auth: c2VjcmV0\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(f.last, "Content-Length: 0\r\n"));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        docker_pull(f.client, &f.engine, bad[i].image, NULL, NULL, on_done, fresh(&f));
        is_error(&f, bad[i].kind, false, bad[i].words);
        CU_ASSERT_PTR_NULL(strstr(f.last, "X-Registry-Auth"));
    }
    docker_pull(f.client, &f.engine, "cut", NULL, NULL, on_done, fresh(&f));
    is_error(&f, ERROR_ENGINE, true, "broke off");
    fixture_release(&f);
}

static bool keep_progress(void *context, const struct docker_progress *progress) {
    struct fixture *f = context;
    f->progress = *progress;
    return !f->unwanted;
}

static void test_pull_progress(void) {
    static const struct fake_step steps[] = {
        {FAKE_SEND,
         "HTTP/1.1 200 OK\r\n\r\n"
         "{\"status\":\"Pulling from app\",\"id\":\"latest\"}\n"
         "{\"status\":\"Pulling fs layer\",\"progressDetail\":{},\"id\":\"a\"}\n"
         "{\"status\":\"Already exists\",\"progressDetail\":{},\"id\":\"b\"}\n"
         "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":5,\"total\":9},\"id\":\"a\"}\n",
         NULL, 0},
        {FAKE_HANG, NULL, NULL, 0},
        {0}};
    static const struct fake_answer hanging[] = {{"POST /v1.41/images/create", steps},
                                                 {NULL, NULL}};
    struct fixture f;
    fixture_init(&f, hanging);
    docker_pull(f.client, &f.engine, "app", NULL, keep_progress, on_done, fresh(&f));
    for (int i = 0; f.progress.bytes == 0 && i < 200; i++)
        http_client_poll(f.client, -1, 100);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f.progress.phase);
    CU_ASSERT_STRING_EQUAL(f.progress.phase, "downloading");
    CU_ASSERT_EQUAL(f.progress.layers, 2);
    CU_ASSERT_EQUAL(f.progress.layers_done, 1);
    CU_ASSERT_EQUAL(f.progress.bytes_done, 5);
    CU_ASSERT_EQUAL(f.progress.bytes, 9);
    f.unwanted = true; /* noticed though nothing more comes */
    is_error(&f, ERROR_UNAVAILABLE, true, "not wanted");
    fixture_release(&f);
}

struct log {
    struct strbuf text;
    bool begun, refuses;
};

static void on_begun(void *context) {
    struct log *log = context;
    log->begun = true;
}

static bool append(void *context, const struct docker_piece *piece) {
    struct log *log = context;
    if (piece)
        strbuf_add(&log->text, piece->bytes, piece->len);
    return !log->refuses;
}

static bool logs(struct fixture *f, const char *id, const char *query, bool tty, struct log *log) {
    strbuf_clear(&log->text);
    log->begun = false;
    docker_logs(f->client, &f->engine, id, query, tty, on_begun, append, log, on_done, fresh(f));
    await(f);
    return f->result.ok;
}

static void test_logs(void) {
    struct fixture f;
    struct log log = {0};
    struct error *err = &f.result.err;
    fixture_init(&f, answers);
    CU_ASSERT_TRUE(logs(&f, ID(1), "stdout=1&tail=5", false, &log));
    CU_ASSERT_STRING_EQUAL(strbuf_text(&log.text), "outerr");
    CU_ASSERT_TRUE(logs(&f, ID(2), "stdout=1", true, &log));
    CU_ASSERT_STRING_EQUAL(strbuf_text(&log.text), "just text\r\n");
    CU_ASSERT_FALSE(logs(&f, ID(2), "stdout=1", false, &log));
    CU_ASSERT_EQUAL(err->kind, ERROR_ENGINE);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&log.text), "");
    CU_ASSERT_FALSE(logs(&f, ID(3), "stdout=1", false, &log));
    CU_ASSERT_EQUAL(err->kind, ERROR_ENGINE);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&log.text), "o");
    CU_ASSERT_FALSE(logs(&f, ID(4), "stdout=1", false, &log));
    CU_ASSERT_EQUAL(err->kind, ERROR_ENGINE);
    CU_ASSERT_FALSE(logs(&f, ID(5), "stdout=1", false, &log));
    CU_ASSERT_EQUAL(err->kind, ERROR_NOT_FOUND);
    CU_ASSERT_FALSE(log.begun);
    CU_ASSERT_STRING_EQUAL(err->message, "engine n1: No such container");
    CU_ASSERT_STRING_EQUAL(strbuf_text(&log.text), "");
    log.refuses = true;
    CU_ASSERT_FALSE(logs(&f, ID(1), "stdout=1&tail=5", false, &log));
    CU_ASSERT_EQUAL(err->kind, ERROR_UNAVAILABLE);
    CU_ASSERT_TRUE(log.begun);
    /* silent: the sink is asked all the same */
    CU_ASSERT_FALSE(logs(&f, ID(6), "follow=1", false, &log));
    CU_ASSERT_EQUAL(err->kind, ERROR_UNAVAILABLE);
    log.refuses = false;
    CU_ASSERT_FALSE(logs(&f, "web", "stdout=1", false, &log));
    CU_ASSERT_EQUAL(err->kind, ERROR_INTERNAL);
    strbuf_release(&log.text);
    fixture_release(&f);
}

static const struct unit_test tests[] = {
    {"list, inspect, ping", test_reads},
    {"a ping that not Docker answers", test_ping_stranger},
    {"an answer that nobody takes is freed", test_doc_freed},
    {"TLS by scheme and certificate", test_tls},
    {"create", test_create},
    {"start, stop, restart, remove", test_lifecycle},
    {"whole Docker ids only", test_ids_only},
    {"pull", test_pull},
    {"pull: progress, and its end when it is not wanted", test_pull_progress},
    {"logs", test_logs},
    {0},
};

const struct unit_suite suite_docker_calls = {"docker calls", tests};
