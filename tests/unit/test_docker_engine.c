/* test_docker_engine: what an engine says of itself, and which login goes to which registry. */
#include <string.h>

#include "core/base/mem.h"
#include "core/net/docker.h"
#include "tests/fake/fake.h"
#include "tests/unit/docker_answers.h"
#include "tests/unit/unit.h"

static void test_registry_auth(void) {
    static const struct {
        const char *server, *image;
        bool sent;
    } rows[] = {
        {"r.example:5000", "r.example:5000/app:1", true},
        {"r.example:5000", "r.example/app:1", false},
        {"r.example:5000", "app", false},
        {"r.example", "r.example.evil/app", false},
        {"docker.io", "app", true},
        {"index.docker.io",
         "team/app@sha256:"
         "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
         true},
        {"docker.io", "localhost/app", false},
        {"localhost", "localhost/app", true},
        {"docker.io", "No Image", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct docker_login login = {rows[i].server, "u", "p"};
        CLEANUP(mem_free_text) char *auth = docker_registry_auth(&login, rows[i].image);
        CU_ASSERT_EQUAL(auth != NULL, rows[i].sent);
    }
    const struct docker_login login = {"r", "a?>", "b"}, none = {NULL, NULL, NULL};
    CLEANUP(mem_free_text) char *auth = docker_registry_auth(&login, "r/x");
    CU_ASSERT_PTR_NULL(auth); /* "r" is a user's name at Docker's own registry */
    const struct docker_login dotted = {"r.io", "a?>\xc3\xbf", "b"};
    CLEANUP(mem_free_text) char *text = docker_registry_auth(&dotted, "r.io/x");
    CU_ASSERT_STRING_EQUAL(text, "eyJ1c2VybmFtZSI6ImE_PsO_IiwicGFzc3dvcmQiOiJiIiwic2VydmVyYWRkcmVz"
                                 "cyI6InIuaW8ifQ==");
    CU_ASSERT_PTR_NULL(docker_registry_auth(&none, "r.io/x"));
}

#define SPEAKS(api, min)                                                                           \
    "{\"Version\":\"20.10.24\",\"ApiVersion\":\"" api "\",\"MinAPIVersion\":\"" min "\"}"
#define INFO "{\"ID\":\"AB:CD\",\"NCPU\":2,\"MemTotal\":1073741824,\"Name\":\"host-1\"}"

static const struct fake_answer engine_good[] = {{"GET /version ",
                                                  ANSWER("200 OK", SPEAKS("1.41", "1.12"))},
                                                 {"GET /v1.41/info ", ANSWER("200 OK", INFO)},
                                                 {NULL, NULL}};
static const struct fake_answer engine_young[] = {{"GET /version ",
                                                   ANSWER("200 OK", SPEAKS("9.9\\u001b", "9.0"))},
                                                  {NULL, NULL}};
static const struct fake_answer engine_empty[] = {{"GET /version ",
                                                   ANSWER("200 OK", SPEAKS("1.41", ""))},
                                                  {"GET /v1.41/info ", ANSWER("200 OK", "{}")},
                                                  {NULL, NULL}};
static const struct fake_answer engine_nameless[] = {
    {"GET /version ", ANSWER("200 OK", SPEAKS("1.41", ""))},
    {"GET /v1.41/info ", ANSWER("200 OK", "{\"ID\":\"\",\"NCPU\":2,\"MemTotal\":1073741824}")},
    {NULL, NULL}};
static const struct fake_answer engine_silent[] = {
    {"GET /version ", ANSWER("200 OK", SPEAKS("1.41", ""))},
    {"GET /v1.41/info ", (const struct fake_step[]){{FAKE_HANG, NULL, NULL, 0}, {0}}},
    {NULL, NULL}};

static void test_detect(void) {
    static const struct {
        const struct fake_answer *answers;
        enum error_kind kind;
        const char *words;
    } cases[] = {{engine_good, ERROR_NONE, ""},
                 {engine_young, ERROR_ENGINE, "'9.9'"},
                 {engine_empty, ERROR_ENGINE, "identity"},
                 {engine_nameless, ERROR_ENGINE, "identity"},
                 {engine_silent, ERROR_TIMEOUT, "0.3 s"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fake *fake = fake_new(cases[i].answers, NULL);
        struct http_client *client = http_client_new();
        CLEANUP(mem_free_text) char *addr = mem_format("tcp://127.0.0.1:%d", fake_port(fake));
        const struct docker_engine engine = {.id = "n1", .addr = addr, .api_version = ""};
        struct docker_facts facts = {.cpus = 7};
        struct error err = {0};
        bool ok = docker_detect(client, &engine, 300, &facts, &err);
        CU_ASSERT_EQUAL(ok, cases[i].kind == ERROR_NONE);
        CU_ASSERT_EQUAL(err.kind, cases[i].kind);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, cases[i].words));
        CU_ASSERT_EQUAL(facts.cpus, ok ? 2 : 7);
        if (ok) {
            CU_ASSERT_STRING_EQUAL(facts.identity, "AB:CD");
            CU_ASSERT_STRING_EQUAL(facts.version, "20.10.24");
            CU_ASSERT_STRING_EQUAL(facts.api_version, "1.41");
            CU_ASSERT_STRING_EQUAL(facts.name, "host-1");
            CU_ASSERT_EQUAL(facts.memory_mb, 1024);
        }
        http_client_free(client);
        fake_free(fake);
    }
}

static const struct unit_test tests[] = {
    {"the login of a pull goes to its own registry only", test_registry_auth},
    {"what an engine says of itself", test_detect},
    {0},
};

const struct unit_suite suite_docker_engine = {"docker engine", tests};
