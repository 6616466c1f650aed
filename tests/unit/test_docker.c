/* test_docker: core/net/docker: addresses, versions, image references, frames, and calls to a fake
 * engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/docker.h"
#include "tests/fake/fake.h"
#include "tests/unit/unit.h"

static void test_addr(void) {
    static const char *const good[] = {
        "tcp://10.0.0.1:2375",         "https://engine.example.org:2376",
        "http://[::1]:2375",           "tcp://my_host:1",
        "unix:///var/run/docker.sock", "tcp://[fd00::12:34]:65535",
        "tcp://3com.example:80",       "tcp://a-b.c:2375",
    };
    static const char *const bad[] = {
        "",
        "10.0.0.1:2375",
        "tcp://10.0.0.1",
        "tcp://10.0.0.1:",
        "tcp://10.0.0.1:0",
        "tcp://10.0.0.1:65536",
        "tcp://10.0.0.1:02375",
        "tcp://10.0.0.1:2375/",
        "tcp://:2375",
        "tcp://u@h:1",
        "tcp://u:p@h:1",
        "tcp://h:1?x",
        "tcp://h:1#x",
        "tcp://h:1/v1",
        "ftp://h:1",
        "TCP://h:1",
        "tcp:/h:1",
        "tcp://::1:2375",
        "tcp://[::1]",
        "tcp://[::1%lo]:1",
        "tcp://[h]:1",
        "tcp://[::1:1",
        "tcp://::1]:1",
        "tcp://[]:1",
        "tcp://h h:1",
        "tcp://h\n:1",
        "tcp://-h:1",
        "tcp://h-:1",
        "tcp://h-.x:1",
        "tcp://h..x:1",
        "tcp://.h:1",
        "tcp://h.:1",
        "tcp://256.1.1.1:1",
        "tcp://10.1:1",
        "tcp://2130706433:1",
        "tcp://0x7f.1:1",
        "tcp://127.0.0.0x1:1",
        "tcp://h%41:1",
        "tcp://\xc3\xa9:1",
        "unix://",
        "unix:///",
        "unix://run/x",
        "unix:///a\tb",
        "unix:/x",
    };
    char long_path[128] = "unix:///", long_host[320] = "tcp://";
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        CU_ASSERT_TRUE(docker_addr_check(good[i], &err));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err = (struct error){0};
        if (docker_addr_check(bad[i], &err))
            printf("# %s is taken\n", bad[i]);
        CU_ASSERT_EQUAL(err.kind, ERROR_BAD_FIELD);
        CU_ASSERT_STRING_EQUAL(err.field, "addr");
    }
    memset(long_path + 8, 'x', 106);
    CU_ASSERT_TRUE(docker_addr_check(long_path, &err)); /* 107 bytes */
    long_path[8 + 106] = 'x';
    CU_ASSERT_FALSE(docker_addr_check(long_path, &err));
    memset(long_host + 6, 'x', 64);
    memcpy(long_host + 6 + 64, ":1", 3);
    CU_ASSERT_FALSE(docker_addr_check(long_host, &err));
    memset(long_host + 6, 'x', 300);
    CU_ASSERT_FALSE(docker_addr_check(long_host, &err));
}

static void test_negotiate(void) {
    static const struct {
        const char *api, *min_api, *version;
    } cases[] = {
        {"1.41", "1.12", "1.41"}, {"1.24", "1.12", "1.24"}, {"1.44", "1.24", "1.44"},
        {"1.52", "1.44", "1.44"}, {"1.52", "1.45", NULL},   {"1.23", "1.12", NULL},
        {"1.41", "", "1.41"},     {"1.41", NULL, "1.41"},   {"", "", NULL},
        {NULL, NULL, NULL},       {"2.0", "1.12", NULL},    {"1.41x", "", NULL},
        {"1.", "", NULL},         {"1.-5", "", NULL},       {"1.041", "", NULL},
        {"1.41", "x", NULL},      {"1.41", "1.42", NULL},   {"1.1000", "", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char version[16] = "untouched";
        bool ok = docker_negotiate(cases[i].api, cases[i].min_api, version);
        CU_ASSERT_EQUAL(ok, cases[i].version != NULL);
        CU_ASSERT_STRING_EQUAL(version, ok ? cases[i].version : "untouched");
    }
}

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_image(void) {
    static const struct {
        const char *reference, *name, *tag;
    } good[] = {
        {"httpd", "httpd", "latest"},
        {"httpd:2.4", "httpd", "2.4"},
        {"team/app:V1_a", "team/app", "V1_a"},
        {"registry:5000/app", "registry:5000/app", "latest"},
        {"registry.example.org:5000/a/b/c:1", "registry.example.org:5000/a/b/c", "1"},
        {"localhost/x", "localhost/x", "latest"},
        {"[::1]:5000/x:y", "[::1]:5000/x", "y"},
        {"Registry.Example.ORG/x", "Registry.Example.ORG/x", "latest"},
        {"app@" DIGEST, "app", DIGEST},
        {"app:1@" DIGEST, "app", DIGEST},
        {"registry:5000/app:1@" DIGEST, "registry:5000/app", DIGEST},
    };
    static const char *const bad[] = {
        "",        ":tag",      "app:",       "/app",           "app/",
        "a//b",    "App",       "a b",        "app:a b",        "app:-x",
        "app:.x",  "app@",      "app@sha256", "app@sha256:xyz", "app\n",
        "app?x=1", "app&tag=y", "app:1:2",    ("@" DIGEST),     "app@sha256:abc",
        "../x/",   "h:5000/",   "h:50/A",     "app#",           "é",
    };
    struct docker_image image;
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        CU_ASSERT_TRUE(docker_image_split(good[i].reference, &image, &err));
        CU_ASSERT_STRING_EQUAL(image.name, good[i].name);
        CU_ASSERT_STRING_EQUAL(image.tag, good[i].tag);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err = (struct error){0};
        if (docker_image_split(bad[i], &image, &err))
            printf("# %s is taken\n", bad[i]);
        CU_ASSERT_EQUAL(err.kind, ERROR_IMAGE);
    }
    char text[600];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CU_ASSERT_FALSE(docker_image_split(text, &image, &err));
    memset(text, 'a', 131);
    text[1] = ':';
    text[2 + 128] = '\0';
    CU_ASSERT_TRUE(docker_image_split(text, &image, &err));
    text[2 + 128] = 'a';
    text[2 + 129] = '\0';
    CU_ASSERT_FALSE(docker_image_split(text, &image, &err));
}

struct pieces {
    struct strbuf text;
    struct strbuf streams; /* "N:LEN " for each frame that begins */
};

static bool append(void *context, const struct docker_piece *piece) {
    struct pieces *pieces = context;
    strbuf_add(&pieces->text, piece->bytes, piece->len);
    if (piece->offset == 0)
        strbuf_addf(&pieces->streams, "%d:%zu ", piece->stream, piece->frame_len);
    return true;
}

static void pieces_release(struct pieces *pieces) {
    strbuf_release(&pieces->text);
    strbuf_release(&pieces->streams);
}

static bool refuse(void *context, const struct docker_piece *piece) {
    (void)context, (void)piece;
    return false;
}

static const char framed[] = "\1\0\0\0\0\0\0\5hello"
                             "\2\0\0\0\0\0\0\0"
                             "\2\0\0\0\0\0\0\7, world"
                             "\0\0\0\0\0\0\0\1\n"
                             "\3\0\0\0\0\0\0\4oops";

static void test_frames_split(void) {
    enum { LEN = sizeof framed - 1 };
    for (size_t one = 0; one <= LEN; one++) {
        for (size_t two = one; two <= LEN; two++) {
            struct docker_frames frames = {0};
            struct pieces got = {0};
            CU_ASSERT_TRUE(docker_frames_feed(&frames, framed, one, append, &got));
            CU_ASSERT_TRUE(docker_frames_feed(&frames, framed + one, two - one, append, &got));
            CU_ASSERT_TRUE(docker_frames_feed(&frames, framed + two, LEN - two, append, &got));
            CU_ASSERT_STRING_EQUAL(strbuf_text(&got.text), "hello, world\noops");
            CU_ASSERT_STRING_EQUAL(strbuf_text(&got.streams), "1:5 2:7 1:1 3:4 ");
            CU_ASSERT_EQUAL(frames.have, 0);
            CU_ASSERT_EQUAL(frames.remaining, 0);
            pieces_release(&got);
        }
    }
}

static void test_frames_bad(void) {
    static const char bad[][8] = {{4, 0, 0, 0, 0, 0, 0, 1},
                                  {1, 1, 0, 0, 0, 0, 0, 1},
                                  {1, 0, 1, 0, 0, 0, 0, 1},
                                  {1, 0, 0, 1, 0, 0, 0, 1},
                                  "plain te"};
    struct pieces got = {0};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct docker_frames frames = {0};
        CU_ASSERT_FALSE(docker_frames_feed(&frames, bad[i], 8, append, &got));
    }
    CU_ASSERT_EQUAL(got.text.len, 0);
    struct docker_frames frames = {0}, large = {0};
    CU_ASSERT_FALSE(docker_frames_feed(&frames, framed, sizeof framed - 1, refuse, NULL));
    CU_ASSERT_TRUE(docker_frames_feed(&large, "\1\0\0\0\xff\xff\xff\xfe", 8, append, &got));
    CU_ASSERT_EQUAL(large.remaining, 0xfffffffe);
    pieces_release(&got);
}

static const struct unit_test tests[] = {
    {"engine addresses", test_addr},
    {"API versions", test_negotiate},
    {"image references", test_image},
    {"log frames split anywhere", test_frames_split},
    {"log frames that are none", test_frames_bad},
    {0},
};

const struct unit_suite suite_docker = {"docker", tests};
