/* test_etcd: core/net/etcd*: base64, answers and nonsense, endpoints in turn, the mirror; and what
 * stands behind a registration's key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/base64.h"
#include "core/base/mem.h"
#include "core/net/etcd_mirror.h"
#include "core/net/registration.h"
#include "tests/fake/fake.h"
#include "tests/unit/unit.h"

static void test_base64(void) {
    static const char *const pairs[][2] = {
        /* RFC 4648, section 10 */
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xff\xef\xbe", "/+++"},
    };
    static const char *const bad[] = {"Zg",   "Zg=",  "Z===",     "====", "Zm9v=",      "Zh==",
                                      "Zm9=", "Zm 9", "Zg==Zg==", "Zm-v", "\xc3\xa9==", "A=AA"};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        CLEANUP(mem_free_text)
        char *text = base64_encode(pairs[i][0], strlen(pairs[i][0]), BASE64_STANDARD);
        CLEANUP(mem_free_text) char *bytes = NULL;
        size_t len = 0;
        CU_ASSERT_STRING_EQUAL(text, pairs[i][1]);
        CU_ASSERT_TRUE_FATAL(base64_decode(text, &bytes, &len));
        CU_ASSERT_EQUAL(len, strlen(pairs[i][0]));
        CU_ASSERT_STRING_EQUAL(bytes, pairs[i][0]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char *bytes = NULL;
        size_t len = 0;
        CU_ASSERT_FALSE(base64_decode(bad[i], &bytes, &len));
        CU_ASSERT_PTR_NULL(bytes);
    }
}

static void test_nonsense_range(void) {
    static const char *const bad[] = {
        "{}",
        "[]",
        "{\"header\":{}}",
        "{\"header\":{\"revision\":\"x\"}}",
        "{\"header\":{\"revision\":\"99999999999999999999\"}}",
        "{\"header\":{\"revision\":\"-4\"}}",
        "{\"header\":{\"revision\":\"4\"},\"kvs\":[7]}",
        "{\"header\":{\"revision\":\"4\"},\"kvs\":[{\"value\":\"YQ==\"}]}",
        "{\"header\":{\"revision\":\"4\"},\"kvs\":[{\"key\":\"?\"}]}",
        "{\"header\":{\"revision\":\"4\"},\"kvs\":[{\"key\":\"YQBi\"}]}",
        "{\"header\":{\"revision\":\"4\"},\"kvs\":[{\"key\":\"YQ==\",\"value\":\"?\"}]}",
        "{\"header\":{\"revision\":\"4\"},\"kvs\":[{\"key\":\"YQ==\",\"lease\":true}]}",
        "{\"header\":{\"revision\":\"4\"},\"kvs\":[{\"key\":\"YQ==\"},{\"key\":\"\"}]}",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEANUP(json_put) json_t *doc = NULL;
        struct etcd_range range = {0};
        struct error err = {0};
        CU_ASSERT_TRUE_FATAL(json_parse_trusted(bad[i], &doc));
        CU_ASSERT_FALSE(etcd_read_range(doc, &range, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        CU_ASSERT_PTR_NULL(range.pairs);
    }
}

static void test_watch_lines(void) {
    static const char *const bad[] = {"",
                                      "x",
                                      "[]",
                                      "{\"result\":{\"events\":[{}]}}",
                                      "{\"result\":{\"events\":[{\"kv\":{\"key\":\"?\"}}]}}",
                                      "{\"result\":{\"compact_revision\":\"x\"}}"};
    struct etcd_watched watched = {0};
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CU_ASSERT_FALSE(etcd_read_watched(bad[i], &watched, &err));
    CU_ASSERT_TRUE_FATAL(etcd_read_watched(
        "{\"result\":{\"header\":{\"revision\":\"7\"},\"events\":[{\"kv\":{\"key\":\"YQ==\",\"value\":"
        "\"YgBj\",\"mod_revision\":\"6\",\"lease\":\"-5\"}},{\"type\":\"DELETE\",\"kv\":{\"key\":"
        "\"YQ==\",\"mod_revision\":\"7\"}}]}}",
        &watched, &err));
    CU_ASSERT_EQUAL_FATAL(watched.count, 2);
    CU_ASSERT_EQUAL(watched.revision, 7);
    CU_ASSERT_FALSE(watched.events[0].gone);
    CU_ASSERT_STRING_EQUAL(watched.events[0].pair.key, "a");
    CU_ASSERT_STRING_EQUAL(watched.events[0].pair.value, ""); /* a NUL in it */
    CU_ASSERT_EQUAL(watched.events[0].pair.lease, -5);
    CU_ASSERT_TRUE(watched.events[1].gone);
    CU_ASSERT_EQUAL(watched.events[1].pair.mod_revision, 7);
    etcd_watched_release(&watched);
    CU_ASSERT_TRUE_FATAL(
        etcd_read_watched("{\"result\":{\"canceled\":true,\"compact_revision\":\"9\"}}", &watched,
                          &err));
    CU_ASSERT_TRUE(watched.canceled);
    CU_ASSERT_EQUAL(watched.compact_revision, 9);
    etcd_watched_release(&watched);
    CU_ASSERT_TRUE_FATAL(
        etcd_read_watched("{\"error\":{\"http_code\":503,\"message\":\"no\\u001bleader\"}}",
                          &watched, &err));
    CU_ASSERT_STRING_EQUAL(watched.error, "no leader");
    etcd_watched_release(&watched);
}

static void test_options(void) {
    static const char *const bad[] = {"",        " , ",          "127.0.0.1:2379", "ftp://h:1",
                                      "http://", "http://u@h:1", "http://h:1/v3",  "http://h:1 x"};
    struct etcd *etcd = NULL;
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct etcd_options options = {.endpoints = bad[i]};
        CU_ASSERT_FALSE(etcd_new(&options, &etcd, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_BAD_FIELD);
        CU_ASSERT_STRING_EQUAL(err.field, "endpoints");
    }
    struct etcd_options none = {.endpoints = "http://h:1", .ca_file = "/nonexistent"};
    CU_ASSERT_FALSE(etcd_new(&none, &etcd, &err));
    CU_ASSERT_STRING_EQUAL(err.field, "ca_file");
    struct etcd_options no_pem = {.endpoints = "http://h:1", .cert_file = "/etc/passwd"};
    CU_ASSERT_FALSE(etcd_new(&no_pem, &etcd, &err));
    CU_ASSERT_STRING_EQUAL(err.field, "cert_file");
    struct etcd_options good = {.endpoints = "http://[::1]:2379/, https://etcd.example.org"};
    char host[256], port[6];
    CU_ASSERT_TRUE_FATAL(etcd_new(&good, &etcd, &err));
    etcd_endpoint(etcd, host, sizeof host, port);
    CU_ASSERT_STRING_EQUAL(host, "::1");
    CU_ASSERT_STRING_EQUAL(port, "2379");
    etcd_next_endpoint(etcd);
    etcd_endpoint(etcd, host, sizeof host, port);
    CU_ASSERT_STRING_EQUAL(host, "etcd.example.org");
    CU_ASSERT_STRING_EQUAL(port, "443");
    etcd_free(etcd);
}

#define HEADER(revision) "\"header\":{\"revision\":\"" revision "\"}"
#define ANSWER(json)                                                                               \
    (const struct fake_step[]) {                                                                   \
        {.kind = FAKE_ANSWER, .text = "200 OK", .body = (json)}, {                                 \
            0                                                                                      \
        }                                                                                          \
    }

static struct etcd *etcd_on(const char *more, const struct fake *fake) {
    CLEANUP(mem_free_text)
    char *endpoints = mem_format("%shttp://127.0.0.1:%d", more, fake_port(fake));
    struct etcd_options options = {.endpoints = endpoints};
    struct etcd *etcd = NULL;
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(etcd_new(&options, &etcd, &err));
    return etcd;
}

static void test_calls(void) {
    const struct fake_answer answers[] = {
        {"POST /v3/lease/grant", ANSWER("{" HEADER("2") ",\"ID\":\"77\",\"TTL\":\"10\"}")},
        {"POST /v3/lease/keepalive", ANSWER("{\"result\":{" HEADER("2") ",\"ID\":\"77\"}}")},
        {"POST /v3/lease/revoke",
         (const struct fake_step[]){{.kind = FAKE_ANSWER,
                                     .text = "404 Not Found",
                                     .body = "{\"error\":\"etcdserver: requested lease not found\","
                                             "\"code\":5}"},
                                    {0}}},
        {"POST /v3/kv/txn", ANSWER("{" HEADER("3") ",\"succeeded\":true}")},
        {"POST /v3/kv/range", ANSWER("<html>")},
        {NULL, NULL},
    };
    struct fake *fake = fake_new(answers, NULL);
    /* Nothing listens at the first endpoint. */
    struct etcd *etcd = etcd_on("http://127.0.0.1:1 ", fake);
    struct etcd_range range = {0};
    struct error err = {0};
    int64_t lease = 0;
    bool done = false;
    char request[4096];
    CU_ASSERT_TRUE(etcd_lease_grant(etcd, 10, &lease, &err));
    CU_ASSERT_EQUAL(lease, 77);
    CU_ASSERT_FALSE(etcd_lease_keep(etcd, lease, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    CU_ASSERT_TRUE(etcd_lease_revoke(etcd, lease, &err));
    CU_ASSERT_TRUE(etcd_put_if(etcd, "engines/a", 4, "v", 77, &done, &err));
    CU_ASSERT_TRUE(done);
    fake_last_request(fake, request, sizeof request);
    CU_ASSERT_PTR_NOT_NULL(strstr(request, "\"mod_revision\":\"4\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(request, "\"lease\":\"77\""));
    CU_ASSERT_FALSE(etcd_range_key(etcd, "engines/a", &range, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    etcd_free(etcd);
    fake_free(fake);
}

/* What a mirror told, as one text. */
struct told {
    char text[512];
    int synced, lost;
};

static void on_changed(void *context, const struct etcd_pair *pair, bool gone) {
    struct told *told = context;
    size_t used = strlen(told->text);
    snprintf(told->text + used, sizeof told->text - used, "%s%s=%s ", gone ? "-" : "", pair->key,
             pair->value);
}

static void on_synced(void *context, bool anew) {
    struct told *told = context;
    size_t used = strlen(told->text);
    snprintf(told->text + used, sizeof told->text - used, "%s ", anew ? "ANEW" : "synced");
    told->synced++;
}

static void on_lost(void *context, const struct error *why) {
    struct told *told = context;
    CU_ASSERT_EQUAL(why->kind, ERROR_UNAVAILABLE);
    told->lost++;
}

/* Until `synced` ranges were made and `text` was told; 20 s at most. */
static void poll_until(struct etcd_mirror *mirror, struct told *told, int synced,
                       const char *text) {
    for (int i = 0; i < 400 && (told->synced < synced || !strstr(told->text, text)); i++)
        etcd_mirror_poll(mirror, -1, 50);
    CU_ASSERT_TRUE(told->synced >= synced);
    CU_ASSERT_PTR_NOT_NULL(strstr(told->text, text));
}

/* a, b; the watch tells of c and, in two pieces, of a's end; and of something old. */
#define EVENT(key, revision, more)                                                                 \
    "{" more "\"kv\":{\"key\":\"" key "\",\"value\":\"MQ==\",\"mod_revision\":\"" revision "\"}}"
#define LINE_ONE                                                                                   \
    "{\"result\":{" HEADER(                                                                        \
        "6") ",\"events\":[" EVENT("Yg==", "5", "\"type\":\"DELETE\",") "," EVENT("Yw==", "6",     \
                                                                                  "") "]}}\n"
#define LINE_TWO "{\"result\":{" HEADER("7") ",\"events\":["
#define LINE_REST EVENT("YQ==", "7", "\"type\":\"DELETE\",") "]}}\n"

static void test_mirror(void) {
    const struct fake_answer answers[] = {
        {"POST /v3/kv/range",
         ANSWER("{" HEADER(
             "5") ",\"kvs\":[{\"key\":\"YQ==\",\"value\":\"MQ==\",\"mod_revision\":\"3\"},"
                  "{\"key\":\"Yg==\",\"value\":\"MQ==\",\"mod_revision\":\"5\"}]}")},
        {"POST /v3/watch",
         (const struct fake_step[]){
             {.kind = FAKE_SEND, .text = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"},
             {.kind = FAKE_SEND,
              .text = "{\"result\":{" HEADER("5") ",\"created\":true}}\n" LINE_ONE LINE_TWO},
             {.kind = FAKE_PAUSE, .count = 100},
             {.kind = FAKE_SEND, .text = LINE_REST},
             {.kind = FAKE_HANG},
             {0}}},
        {NULL, NULL},
    };
    struct fake *fake = fake_new(answers, NULL);
    struct etcd *etcd = etcd_on("", fake);
    struct told told = {0};
    struct etcd_mirror_options options = {.prefix = "engines/",
                                          .resync_ms = 600000,
                                          .changed = on_changed,
                                          .synced = on_synced,
                                          .lost = on_lost,
                                          .context = &told};
    struct etcd_mirror *mirror = etcd_mirror_new(etcd, &options);
    poll_until(mirror, &told, 1, "a=1 b=1 ANEW c=1 -a=1 ");
    CU_ASSERT_STRING_EQUAL(told.text, "a=1 b=1 ANEW c=1 -a=1 ");
    CU_ASSERT_EQUAL(told.lost, 0);
    CU_ASSERT_EQUAL(etcd_mirror_count(mirror), 2);
    CU_ASSERT_PTR_NOT_NULL(etcd_mirror_find(mirror, "c"));
    CU_ASSERT_PTR_NULL(etcd_mirror_find(mirror, "a"));
    etcd_mirror_free(mirror);
    etcd_free(etcd);
    fake_free(fake);
}

/* A watch that is cancelled because of a compaction, nonsense, or the connection's end: the range
 * that follows begins anew. */
static void test_mirror_begins_again(void) {
    static const char *const lines[] = {
        "{\"result\":{\"canceled\":true,\"compact_revision\":\"9\"}}\n",
        "{\"error\":{\"message\":\"etcdserver: no leader\"}}\n",
        "<html>\n",
        "",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        const struct fake_answer answers[] = {
            {"POST /v3/kv/range", ANSWER("{" HEADER("5") "}")},
            {"POST /v3/watch",
             (const struct fake_step[]){{.kind = FAKE_SEND,
                                         .text = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"},
                                        {.kind = FAKE_SEND, .text = lines[i]},
                                        {.kind = *lines[i] ? FAKE_HANG : FAKE_CLOSE},
                                        {0}}},
            {NULL, NULL},
        };
        struct fake *fake = fake_new(answers, NULL);
        struct etcd *etcd = etcd_on("", fake);
        struct told told = {0};
        struct etcd_mirror_options options = {.prefix = "engines/",
                                              .resync_ms = 600000,
                                              .changed = on_changed,
                                              .synced = on_synced,
                                              .lost = on_lost,
                                              .context = &told};
        struct etcd_mirror *mirror = etcd_mirror_new(etcd, &options);
        poll_until(mirror, &told, 3, "ANEW synced synced ");
        CU_ASSERT_EQUAL(told.lost, 0);
        etcd_mirror_free(mirror);
        etcd_free(etcd);
        fake_free(fake);
    }
}

/* The store's revision goes back: it was wiped. Here another store answers instead. */
static void test_mirror_wiped(void) {
    const struct fake_answer old[] = {
        {"POST /v3/kv/range",
         (const struct fake_step[]){{.kind = FAKE_ANSWER,
                                     .text = "200 OK",
                                     .body = "{" HEADER(
                                         "9") ",\"kvs\":[{\"key\":\"YQ==\",\"value\":\"MQ==\"}]}"},
                                    {.kind = FAKE_DEAF},
                                    {.kind = FAKE_CLOSE},
                                    {0}}},
        {NULL, NULL},
    };
    const struct fake_answer new[] = {
        {"POST /v3/kv/range", ANSWER("{" HEADER("5") "}")},
        {"POST /v3/watch", (const struct fake_step[]){{.kind = FAKE_HANG}, {0}}},
        {NULL, NULL},
    };
    struct fake *before = fake_new(old, NULL), *after = fake_new(new, NULL);
    CLEANUP(mem_free_text) char *first = mem_format("http://127.0.0.1:%d ", fake_port(before));
    struct etcd *etcd = etcd_on(first, after);
    struct told told = {0};
    struct etcd_mirror_options options = {.prefix = "engines/",
                                          .resync_ms = 600000,
                                          .changed = on_changed,
                                          .synced = on_synced,
                                          .lost = on_lost,
                                          .context = &told};
    struct etcd_mirror *mirror = etcd_mirror_new(etcd, &options);
    poll_until(mirror, &told, 2, "a=1 ANEW -a=1 ANEW ");
    CU_ASSERT_EQUAL(etcd_mirror_count(mirror), 0);
    etcd_mirror_free(mirror);
    etcd_free(etcd);
    fake_free(before);
    fake_free(after);
}

static void test_registration(void) {
    static const char *const bad[] = {
        "",
        "x",
        "10.0.0.1",
        "10.0.0.1:0",
        "10.0.0.1:2375-2",
        "10.0.0.1:2375-x-1",
        "10.0.0.1:2375-2-",
        "10.0.0.1:2375-2-1-1",
        "10.0.0.1:2375-2-99999999999",
        "unix:///var/run/docker.sock",
        "{",
        "{}",
        "{\"addr\":7}",
        "{\"addr\":\"10.0.0.1:2375\"}",
        "{\"addr\":\"unix:///run/docker.sock\"}",
        "{\"addr\":\"tcp://10.0.0.1:2375\",\"addr\":\"tcp://10.0.0.2:2375\"}",
        "{\"addr\":\"tcp://10.0.0.1:2375\",\"sudo\":true}",
        "{\"addr\":\"tcp://10.0.0.1:2375\",\"cpus\":-1}",
        "{\"addr\":\"tcp://10.0.0.1:2375\",\"memory\":1e300}",
        "{\"addr\":\"tcp://10.0.0.1:2375\",\"labels\":[\"\"]}",
        "{\"addr\":\"tcp://10.0.0.1:2375\",\"labels\":[\"a\\u001b\"]}",
        "{\"addr\":\"tcp://10.0.0.1:2375\",\"identity\":\"a\\u0007\"}",
        "{\"addr\":\"tcp://10.0.0.1:2375\",\"by\":\"me\"}",
    };
    struct registration registration = {0};
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CU_ASSERT_FALSE(registration_read(bad[i], &registration, &err));
        CU_ASSERT_PTR_NULL(registration.addr);
    }
    CU_ASSERT_TRUE_FATAL(registration_read("192.168.1.7:2375-4-2048", &registration, &err));
    CU_ASSERT_STRING_EQUAL(registration.addr, "tcp://192.168.1.7:2375");
    CU_ASSERT_EQUAL(registration.cpus, 4);
    CU_ASSERT_EQUAL(registration.memory_mb, 2048);
    registration_release(&registration);
    CU_ASSERT_TRUE_FATAL(registration_read("my-host:2375", &registration, &err));
    CU_ASSERT_STRING_EQUAL(registration.addr, "tcp://my-host:2375");
    CU_ASSERT_STRING_EQUAL(registration.identity, "");
    registration_release(&registration);
}

static void test_registration_written(void) {
    struct registration registration = {.addr = mem_strdup("https://[fd00::1]:2376"),
                                        .identity = mem_strdup("ABCD:EFGH"),
                                        .version = mem_strdup("20.10.24"),
                                        .cpus = 2,
                                        .memory_mb = 1024,
                                        .labels = json_object_new_array(),
                                        .by = REGISTRATION_LEAVE};
    struct registration again = {0};
    struct error err = {0};
    CLEANUP(strbuf_release) struct strbuf text = {0}, twice = {0};
    json_object_array_add(registration.labels, json_object_new_string("ssd"));
    registration_write(&text, &registration);
    CU_ASSERT_TRUE_FATAL(registration_read(strbuf_text(&text), &again, &err));
    CU_ASSERT_EQUAL(again.by, REGISTRATION_LEAVE);
    registration_write(&twice, &again);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&text), strbuf_text(&twice));
    registration_release(&again);
    registration_release(&registration);
}

static void test_ids(void) {
    char id[17], longest[REGISTRATION_ID_MAX + 2];
    registration_id_of("ABCD:EFGH:IJKL:MNOP:QRST", id);
    CU_ASSERT_STRING_EQUAL(id, "abcdefghijklmnop");
    registration_id_of("6f5e-1", id);
    CU_ASSERT_STRING_EQUAL(id, "6f5e1");
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CU_ASSERT_FALSE(registration_id_valid(longest));
    CU_ASSERT_TRUE(registration_id_valid(longest + 1));
    CU_ASSERT_FALSE(registration_id_valid(""));
    CU_ASSERT_FALSE(registration_id_valid(".."));
    CU_ASSERT_FALSE(registration_id_valid("a/b"));
    CU_ASSERT_TRUE(registration_id_valid("n1.example"));
}

static const struct unit_test tests[] = {
    {"base64 as in RFC 4648, strictly", test_base64},
    {"a range that is none", test_nonsense_range},
    {"lines of a watch", test_watch_lines},
    {"endpoints and files", test_options},
    {"leases and transactions; an endpoint that is away", test_calls},
    {"the mirror: range, then watch", test_mirror},
    {"the mirror begins again when its watch ends", test_mirror_begins_again},
    {"the mirror of a store that was wiped", test_mirror_wiped},
    {"registrations, the thesis's forms included", test_registration},
    {"a registration is read as it was written", test_registration_written},
    {"ids of engines", test_ids},
    {0},
};

const struct unit_suite suite_etcd = {"etcd", tests};
