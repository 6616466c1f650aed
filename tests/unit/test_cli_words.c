/* test_cli_words: what the command line guesses, filters and says: suggestions, --filter, fields as
 * options, times and sizes, what it goes on after. */
#include <string.h>

#include "cli/command.h"
#include "cli/filter.h"
#include "cli/follow.h"
#include "cli/render.h"
#include "cli/suggest.h"
#include "core/base/clock.h"
#include "core/base/times.h"
#include "tests/unit/unit.h"

static void test_distance(void) {
    CU_ASSERT_EQUAL(edit_distance("", ""), 0);
    CU_ASSERT_EQUAL(edit_distance("abc", ""), 3);
    CU_ASSERT_EQUAL(edit_distance("destory", "destroy"), 1); /* swapped */
    CU_ASSERT_EQUAL(edit_distance("kitten", "sitting"), 3);
    CU_ASSERT_EQUAL(edit_distance("ca", "abc"), 3);
    char longer[80];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    CU_ASSERT_EQUAL(edit_distance(longer, "a"), SIZE_MAX);
    CU_ASSERT_EQUAL(suggest_rank("x", "ps"), 0);
    CU_ASSERT_EQUAL(suggest_rank(longer, "ps"), 0);
    CU_ASSERT_TRUE(suggest_rank("clust", "clusterinfo") > 0);
}

static void expect_command(const char *first, const char *second, const char *meant) {
    CLEANUP(mem_free_text) char *one = mem_strdup(first), *two = mem_strdup(second);
    char *words[] = {one, two};
    const char *found = suggest_command(words, second ? 2 : 1);
    CU_ASSERT_STRING_EQUAL(found ? found : "-", meant ? meant : "-");
}

static void test_suggestions(void) {
    expect_command("destory", NULL, "destroy");
    expect_command("context", "lits", "context list");
    expect_command("contanier", "x", "container");
    expect_command("xyzzy", NULL, NULL);
    CU_ASSERT_STRING_EQUAL(suggest_option(NULL, "otuput"), "output");
    CU_ASSERT_PTR_NULL(suggest_option(NULL, "memory"));
}

static void expect_filter(const char *key, const char *value, bool fits, bool known) {
    static const char text[] =
        "{\"id\":\"abc\",\"engine\":{\"id\":\"n1\",\"cpus\":2},\"labels\":[\"ssd\",\"eu\"],\"n\":0.5,"
        "\"on\":true,\"gone\":null,\"a.b\":\"dotted\",\"image\":{\"name\":\"httpd[1]?\"},\"none\":[]}";
    CLEANUP(json_put) json_t *record = NULL;
    bool found;
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(text, &record));
    CU_ASSERT_EQUAL(filter_fits(record, key, value, &found), fits);
    CU_ASSERT_EQUAL(found, known);
}

static void test_filters(void) {
    expect_filter("id", "abc", true, true);
    expect_filter("id", "ABC", true, true);
    expect_filter("id", "ab", false, true);
    expect_filter("id", "a*", true, true);
    expect_filter("id", "*", true, true);
    expect_filter("id", "?bc", false, true);
    expect_filter("engine.id", "n1", true, true);
    expect_filter("engine", "n1", true, true);
    expect_filter("engine.cpus", "2", true, true);
    expect_filter("engine.disk", "2", false, false);
    expect_filter("labels", "eu", true, true);
    expect_filter("labels", "e", false, true);
    expect_filter("none", "", true, true);
    expect_filter("n", "0.5", true, true);
    expect_filter("on", "true", true, true);
    expect_filter("gone", "", true, true);
    expect_filter("gone", "x", false, true);
    expect_filter("a.b", "dotted", true, true);
    expect_filter("image", "httpd[1]?", true, true);
    expect_filter("image", "httpd[1]*", true, true);
    expect_filter("nothing", "x", false, false);
    expect_filter("id.deeper", "x", false, false);
}

static void expect_option(const char *words, const char *field, const char *option) {
    CLEANUP(mem_free_text) char *copy = mem_strdup(words);
    size_t used;
    const struct command *command = command_find(&copy, 1, &used);
    CLEANUP(mem_free_text) char *found = option_of_field(command, field);
    CU_ASSERT_STRING_EQUAL(found ? found : "-", option ? option : "-");
}

static void test_fields(void) {
    expect_option("run", "bind_ports[0].port", "--port");
    expect_option("run", "image.bind_ports[3].port", "--port number 4");
    expect_option("run", "environment.A", "--env");
    expect_option("run", "restart_policy.name", "--restart");
    expect_option("run", "container_name", "--container-name");
    expect_option("run", "no_such_thing", NULL);
    expect_option("eadd", "engine.cpus", "--cpus");
    expect_option("eadd", "ssl_cert", "--ssl-cert");
    expect_option("containers", "bind_ports", NULL);
    expect_option("run", "image", "--name");
    expect_option("containers", "image", "--image");
    expect_option("run", "", NULL);
}

static void expect_ago(int64_t at, const char *expected) {
    char text[AGO_ROOM];
    time_ago(text, sizeof text, at, 1000000000);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void test_ago(void) {
    expect_ago(1000000000, "now");
    expect_ago(1000000000 - 1, "1 second ago");
    expect_ago(1000000000 - 59, "59 seconds ago");
    expect_ago(1000000000 - 185, "3 minutes ago");
    expect_ago(1000000000 - 86400, "1 day ago");
    expect_ago(1000000000 - 8 * 86400, "1 week ago");
    expect_ago(1000000000 + 7300, "in 2 hours");
    expect_ago(0, "31 years ago");
}

static void test_durations(void) {
    static const char *const bad[] = {"",     "0", "0s",  "-1",         "1.5s",
                                      "soon", "s", "10w", "99999999999"};
    int64_t seconds = 0;
    CU_ASSERT_TRUE(duration_parse("90", &seconds) && seconds == 90);
    CU_ASSERT_TRUE(duration_parse("30s", &seconds) && seconds == 30);
    CU_ASSERT_TRUE(duration_parse("5m", &seconds) && seconds == 300);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CU_ASSERT_FALSE(duration_parse(bad[i], &seconds));
}

static void test_memory(void) {
    char room[MEMORY_ROOM];
    CU_ASSERT_STRING_EQUAL(memory_text(0, room), "0 MB");
    CU_ASSERT_STRING_EQUAL(memory_text(1023, room), "1023 MB");
    CU_ASSERT_STRING_EQUAL(memory_text(1024, room), "1 GB");
    CU_ASSERT_STRING_EQUAL(memory_text(1533, room), "1.5 GB");
    CU_ASSERT_STRING_EQUAL(memory_text(24105, room), "23.5 GB");
}

static void test_counts(void) {
    char room[COUNT_ROOM];
    CU_ASSERT_STRING_EQUAL(count_text(0, room), "0");
    CU_ASSERT_STRING_EQUAL(count_text(999, room), "999");
    CU_ASSERT_STRING_EQUAL(count_text(12345, room), "12,345");
    CU_ASSERT_STRING_EQUAL(count_text(-123456, room), "-123,456");
    CU_ASSERT_STRING_EQUAL(count_text(INT64_MAX, room), "9,223,372,036,854,775,807");
}

/* Which filters are left to do here, for a list and for one record of a stream. */
static void expect_left(const char *filter, bool servers, bool lets) {
    CLEANUP(json_put) json_t *record = NULL;
    CLEANUP(mem_free_text)
    char *program = mem_strdup("berth"), *command = mem_strdup("events"),
         *option = mem_strdup("--filter"), *value = mem_strdup(filter);
    char *words[] = {program, command, option, value, NULL};
    struct cli cli = {0};
    CU_ASSERT_TRUE(json_parse_trusted("{\"type\":\"run\",\"message\":\"one\"}", &record));
    CU_ASSERT_TRUE_FATAL(given_parse(&cli.given, 4, words, NULL));
    CU_ASSERT_EQUAL(filter_is_servers(&cli), servers);
    CU_ASSERT_EQUAL(filter_lets(&cli, record), lets);
    given_release(&cli.given);
}

static void test_filters_left(void) {
    expect_left("type=stop", true, true); /* it would not have come */
    expect_left("type=s*", false, false);
    expect_left("type=r*", false, true);
    expect_left("message=two", false, false);
    expect_left("unheard=of", false, false);
    expect_left("nonsense", false, true);
}

static void expect_end(const char *why, enum error_kind kind) {
    struct error err = {0};
    CU_ASSERT_EQUAL(follow_judge("The log", why, &err), kind == ERROR_NONE);
    CU_ASSERT_EQUAL(err.kind, kind);
}

static void test_follow(void) {
    struct follow follow = {0};
    struct cli cli = {0};
    struct error passes = {.kind = ERROR_UNREACHABLE}, final = {.kind = ERROR_FORBIDDEN};
    expect_end("done", ERROR_NONE);
    expect_end("revoked", ERROR_UNAUTHENTICATED);
    expect_end("drain", ERROR_UNAVAILABLE);
    expect_end("broken", ERROR_ENGINE);
    expect_end(NULL, ERROR_ENGINE);
    CU_ASSERT_FALSE(follow_again(&follow, &cli, &passes)); /* nothing has ever come */
    for (int i = 1; i < 60; i++)
        CU_ASSERT_TRUE(follow_heard(&follow, 0));
    CU_ASSERT_FALSE(follow_heard(&follow, 0));
    CU_ASSERT_TRUE(follow_heard(&follow, 1));
    CU_ASSERT_TRUE(follow_again(&follow, &cli, &passes));
    CU_ASSERT_FALSE(follow_again(&follow, &cli, &final));
    follow.broken_ms = clock_ms() - 31000;
    CU_ASSERT_FALSE(follow_again(&follow, &cli, &passes));
    CU_ASSERT_TRUE(follow_heard(&follow, 1) && follow_again(&follow, &cli, &passes));
}

static const struct unit_test tests[] = {
    {"distance of words", test_distance},
    {"suggestions", test_suggestions},
    {"filters of records", test_filters},
    {"fields as options", test_fields},
    {"times ago", test_ago},
    {"durations", test_durations},
    {"memory", test_memory},
    {"counts", test_counts},
    {"filters that are left", test_filters_left},
    {"following", test_follow},
    {0},
};

const struct unit_suite suite_cli_words = {"cli_words", tests};
