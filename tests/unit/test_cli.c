/* test_cli: the parts of the command line that talk to nobody: its table, options, texts, times. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "cli/spec_args.h"
#include "cli/text.h"
#include "core/base/times.h"
#include "tests/unit/unit.h"

static bool same_command(const struct command *a, const struct command *b) {
    for (size_t i = 0; i <= COMMAND_ALIASES_MAX; i++) {
        const char *name_a = i ? a->aliases[i - 1] : a->path;
        for (size_t k = 0; name_a && k <= COMMAND_ALIASES_MAX; k++) {
            const char *name_b = k ? b->aliases[k - 1] : b->path;
            if (name_b && strcmp(name_a, name_b) == 0)
                return true;
        }
    }
    return false;
}

static bool same_option(const struct cli_option *a, const struct cli_option *b) {
    return strcmp(a->name, b->name) == 0 || (a->letter && a->letter == b->letter);
}

static void check_option(const struct cli_option *option, const struct cli_option *later) {
    CU_ASSERT_PTR_NOT_NULL(option->help);
    CU_ASSERT_FALSE(option->words && !option->value);
    for (; later && later->name; later++)
        CU_ASSERT_FALSE(same_option(option, later));
}

/* No two options that a command takes have the same name or letter. */
static void check_options(const struct command *command) {
    const struct cli_option *tables[OPTION_TABLES + 1];
    command_options(command, tables);
    for (size_t i = 0; tables[i]; i++)
        for (const struct cli_option *option = tables[i]; option->name; option++) {
            check_option(option, option + 1);
            for (size_t k = i + 1; tables[k]; k++)
                check_option(option, tables[k]);
        }
}

static void test_table(void) {
    const struct command *command;
    for (size_t n = 0; (command = command_at(n)); n++) {
        CU_ASSERT_PTR_NOT_NULL(command->run);
        CU_ASSERT_PTR_NOT_NULL(command->group);
        CU_ASSERT_PTR_NOT_NULL(command->summary);
        CU_ASSERT_PTR_NOT_NULL(command->examples);
        CU_ASSERT_PTR_NULL(command->aliases[COMMAND_ALIASES_MAX]);
        CU_ASSERT_PTR_NULL(command->arguments[COMMAND_ARGUMENTS_MAX].name);
        check_options(command);
        const struct command *other;
        for (size_t m = n + 1; (other = command_at(m)); m++)
            CU_ASSERT_FALSE(same_command(command, other));
    }
}

/* A command line with the words it borrows; `words` ends with NULL. */
struct line {
    struct given given;
    char *words[40];
};

static bool parse_line(struct line *line, const char *const *words, struct error *err) {
    int count = 0;
    memset(line, 0, sizeof *line);
    while (words[count])
        count++;
    memcpy(line->words, words, (size_t)count * sizeof *words);
    return given_parse(&line->given, count, line->words, err);
}

#define LINE(...) ((const char *const[]){"berth", __VA_ARGS__, NULL})

static void test_given(void) {
    struct line line;
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(parse_line(&line,
                                    LINE("-o", "json", "run", "--name=a", "-e", "A=1", "--env", "B",
                                         "-q", "--arg", "-c"),
                                    &err));
    struct given given = line.given;
    CU_ASSERT_STRING_EQUAL(given.command->path, "run");
    CU_ASSERT_STRING_EQUAL(given_text(&given, "output"), "json");
    CU_ASSERT_STRING_EQUAL(given_text(&given, "name"), "a");
    CU_ASSERT_STRING_EQUAL(given_at(&given, "env", 0), "A=1");
    CU_ASSERT_STRING_EQUAL(given_at(&given, "env", 1), "B");
    CU_ASSERT_PTR_NULL(given_at(&given, "env", 2));
    CU_ASSERT_STRING_EQUAL(given_text(&given, "arg"), "-c");
    CU_ASSERT_TRUE(given_flag(&given, "quiet"));
    CU_ASSERT_FALSE(given_flag(&given, "publish"));
    CU_ASSERT_EQUAL(given.argument_count, 0);
    given_release(&given);
}

static void refuse_line(const char *const *words, const char *word) {
    struct line line;
    struct error err = {0};
    CU_ASSERT_FALSE(parse_line(&line, words, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_BAD_REQUEST);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, word));
    given_release(&line.given);
}

static void test_given_refused(void) {
    refuse_line(LINE("fly"), "fly");
    refuse_line(LINE("run", "--name"), "--name");
    refuse_line(LINE("ps", "--fly"), "--fly");
    refuse_line(LINE("ps", "--quiet=1"), "--quiet=1");
    refuse_line(LINE("ps", "-x"), "-x");
    refuse_line(LINE("ps", "more"), "more");
    refuse_line(LINE("rm"), "ID");
    refuse_line(LINE("scale", "a"), "N");
    refuse_line(LINE("scale", "a", "1", "2"), "2");
}

static void expect_port(const char *text, const char *expected) {
    struct error err = {0};
    json_t *port = NULL;
    bool ok = port_parse(text, &port, &err);
    CU_ASSERT_EQUAL(ok, expected != NULL);
    if (ok && expected)
        CU_ASSERT_STRING_EQUAL(json_print(port), expected);
    if (!ok)
        CU_ASSERT_STRING_EQUAL(err.field, "port");
    json_put(&port);
}

#define PORT(proto, ip, port, inside)                                                              \
    "{\"proto\":\"" proto "\",\"host_ip\":\"" ip "\",\"port\":" port ",\"container_port\":" inside \
    "}"

static void test_port(void) {
    static const char *const bad[] = {"",          "x",          "tcp/",
                                      "0",         "65536",      "-1",
                                      "80:",       ":80:",       "a:80",
                                      "tcp/x::80", "icmp/80",    "1.2.3:1:80",
                                      "::1:80",    "tcp/80/udp", "10.0.0.1:99999:80",
                                      "[:1:80",    "08:80"};
    expect_port("tcp/::80", PORT("tcp", "", "0", "80"));
    expect_port("tcp/:8080:80", PORT("tcp", "", "8080", "80"));
    expect_port("tcp/127.0.0.1:8080:80", PORT("tcp", "127.0.0.1", "8080", "80"));
    expect_port("127.0.0.1::80", PORT("tcp", "127.0.0.1", "0", "80"));
    expect_port("8080:80", PORT("tcp", "", "8080", "80"));
    expect_port("80", PORT("tcp", "", "0", "80"));
    expect_port("UDP/53:53", PORT("udp", "", "53", "53"));
    expect_port("53:53/udp", PORT("udp", "", "53", "53"));
    expect_port("sctp/[::1]:7:9", PORT("sctp", "::1", "7", "9"));
    expect_port("::1:7:9", PORT("tcp", "::1", "7", "9"));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        expect_port(bad[i], NULL);
}

static void test_restart(void) {
    static const char *const bad[] = {"on-failure:", "on-failure:x", "on-failure:-1", ":5:"};
    struct error err = {0};
    json_t *policy = NULL;
    CU_ASSERT_TRUE_FATAL(restart_parse("on-failure:5", &policy, &err));
    CU_ASSERT_STRING_EQUAL(json_print(policy), "{\"name\":\"on-failure\",\"maximum_retry\":5}");
    json_put(&policy);
    CU_ASSERT_TRUE_FATAL(restart_parse("always", &policy, &err));
    CU_ASSERT_STRING_EQUAL(json_print(policy), "{\"name\":\"always\",\"maximum_retry\":0}");
    json_put(&policy);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CU_ASSERT_FALSE(restart_parse(bad[i], &policy, &err));
}

static void test_spec(void) {
    static const char *const words[] = {"berth",     "run",       "--name", "httpd",     "--memory",
                                        "100",       "--cpus",    "0.1",    "--port",    "80",
                                        "--env",     "HOMELESS=", "--arg",  "-x",        "--link",
                                        "db",        "--label",   "ssd",    "--vol",     "/v",
                                        "--publish", "--type",    "unique", "--restart", "always",
                                        "--network", "front",     NULL};
    struct line line;
    struct error err = {0};
    json_t *spec = NULL;
    CU_ASSERT_TRUE_FATAL(parse_line(&line, words, &err));
    CU_ASSERT_TRUE_FATAL(spec_of_options(&line.given, &spec, &err));
    CU_ASSERT_STRING_EQUAL(
        json_print(spec),
        "{\"name\":\"httpd\",\"type\":\"unique\",\"network_mode\":\"front\",\"args\":[\"-x\"],"
        "\"labels\":[\"ssd\"],\"volumes\":[\"/v\"],\"cpus\":0.1,\"memory\":100,"
        "\"bind_ports\":[" PORT(
            "tcp", "", "0",
            "80") "],\"environment\":{\"HOMELESS\":\"\"},"
                  "\"links\":{\"db\":\"db\"},\"restart_policy\":{\"name\":\"always\",\"maximum_retry\":0},"
                  "\"publish\":true}");
    json_put(&spec);
    given_release(&line.given);
}

static void test_spec_isolation(void) {
    static const char *const words[] = {"berth",           "run",       "--name",      "a",
                                        "--pid",           "host",      "--ipc",       "none",
                                        "--uts",           "host",      "--userns",    "host",
                                        "--runtime",       "runc",      "--user",      "1:2",
                                        "--cgroup-parent", "/g",        "--workdir",   "/w",
                                        "--device",        "/dev/fuse", "--cap-add",   "A",
                                        "--cap-add",       "B",         "--cap-drop",  "ALL",
                                        "--security-opt",  "x=y",       "--read-only", "--sysctl",
                                        "k=v=w",           NULL};
    struct line line;
    struct error err = {0};
    json_t *spec = NULL;
    CU_ASSERT_TRUE_FATAL(parse_line(&line, words, &err));
    CU_ASSERT_TRUE_FATAL(spec_of_options(&line.given, &spec, &err));
    CU_ASSERT_STRING_EQUAL(
        json_print(spec),
        "{\"name\":\"a\",\"pid_mode\":\"host\",\"ipc_mode\":\"none\",\"uts_mode\":\"host\","
        "\"userns_mode\":\"host\",\"runtime\":\"runc\",\"cgroup_parent\":\"/g\",\"user\":\"1:2\","
        "\"working_dir\":\"/w\",\"devices\":[\"/dev/fuse\"],\"cap_add\":[\"A\",\"B\"],"
        "\"cap_drop\":[\"ALL\"],\"security_opt\":[\"x=y\"],\"sysctls\":{\"k\":\"v=w\"},"
        "\"read_only\":true}");
    json_put(&spec);
    given_release(&line.given);
}

static void test_spec_refused(void) {
    static const char *const bad[][2] = {
        {"--memory", "12abc"}, {"--memory", "-1"}, {"--cpus", "1e3"},
        {"--env", "=x"},       {"--link", ":x"},   {"--env", "NO_SUCH_VARIABLE_HERE"},
        {"--sysctl", "k"},     {"--sysctl", "=v"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct line line;
        struct error err = {0};
        json_t *spec = NULL;
        CU_ASSERT_TRUE_FATAL(
            parse_line(&line, LINE("run", "--name", "a", bad[i][0], bad[i][1]), &err));
        CU_ASSERT_FALSE(spec_of_options(&line.given, &spec, &err));
        CU_ASSERT_STRING_EQUAL(err.field, bad[i][0] + 2);
        CU_ASSERT_PTR_NULL(spec);
        given_release(&line.given);
    }
}

#define NOT "\xef\xbf\xbd"

static void expect_safe(void (*make)(struct strbuf *, const char *), const char *text,
                        const char *expected) {
    struct strbuf buf = {0};
    make(&buf, text);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&buf), expected);
    strbuf_release(&buf);
}

static void test_text_safe(void) {
    expect_safe(text_safe, "plain \xc3\xa9 \xe4\xb8\xad \xf0\x9f\x90\xb3",
                "plain \xc3\xa9 \xe4\xb8\xad \xf0\x9f\x90\xb3");
    expect_safe(text_safe, "a\nb\tc\rd\033[2Je\x7f", "a b c" NOT "d" NOT "[2Je" NOT);
    expect_safe(text_safe,
                "\xc2\x9b"
                "31m",
                NOT "31m"); /* C1 CSI */
    expect_safe(text_safe,
                "\xe2\x80\xae"
                "x\xe2\x81\xa6",
                NOT "x" NOT); /* bidi controls */
    expect_safe(text_safe, "\xd8\x9c\xe2\x80\x8f", NOT NOT);
    expect_safe(text_safe, "\xe2\x80\xa8", NOT); /* line separator */
    expect_safe(text_safe, "\xff\xc0\x80\xed\xa0\x80", NOT NOT NOT NOT NOT NOT);
    expect_safe(text_safe, "\xe4\xb8", NOT NOT); /* cut off */
    expect_safe(text_safe_json, "{\n\"a\":\"\xe2\x80\xae\x7f\xc2\x9b\xff\"}",
                "{\n\"a\":\"\\u202e\\u007f\\u009b" NOT "\"}");
}

/* The same, whatever the pieces that the text comes in. */
static void expect_stream(const char *text, const char *expected) {
    for (size_t piece = 1; piece <= strlen(text); piece++) {
        struct text_stream stream = {0};
        struct strbuf out = {0};
        for (size_t i = 0; i < strlen(text); i += piece) {
            size_t left = strlen(text) - i;
            text_stream_feed(&stream, text + i, left < piece ? left : piece, &out);
        }
        text_stream_end(&stream, &out);
        CU_ASSERT_STRING_EQUAL(strbuf_text(&out), expected);
        strbuf_release(&out);
    }
}

static void test_text_stream(void) {
    expect_stream("one\r\n\ttwo\n", "one\n\ttwo\n");
    expect_stream("\033[1;31mred\033[0m \033[mx", "red x");
    expect_stream("\033[2J\033]0;title\007", NOT "[2J" NOT "]0;title" NOT);
    expect_stream("\xe4\xb8\xad\xe2\x80\xae.", "\xe4\xb8\xad" NOT ".");
    expect_stream("a\rb\r", "a" NOT "b");
    expect_stream("\xe4\xb8", NOT);
    expect_stream("\033[0000000000000000000000000000000000000000x",
                  NOT "[0000000000000000000000000000000000000000x");
}

static void test_times(void) {
    static const char *const bad[] = {
        "",      "m",          "-1",        "253402300800",         "9999999999999999999",  "1w",
        "10m5s", "2026-01-31", "yesterday", "2026-01-31T12:00:00X", "2026-01-31T12:00:00+1"};
    int64_t at = 0;
    CU_ASSERT_TRUE(time_parse("1700000000", 5, &at));
    CU_ASSERT_EQUAL(at, 1700000000);
    CU_ASSERT_TRUE(time_parse("10m", 1000, &at));
    CU_ASSERT_EQUAL(at, 400);
    CU_ASSERT_TRUE(time_parse("7d", 1000, &at));
    CU_ASSERT_EQUAL(at, 0);
    CU_ASSERT_TRUE(time_parse("2026-01-31T12:00:00Z", 0, &at));
    CU_ASSERT_EQUAL(at, 1769860800);
    CU_ASSERT_TRUE(time_parse("2026-01-31T12:00:00.123+01:30", 0, &at));
    CU_ASSERT_EQUAL(at, 1769860800 - 5400);
    CU_ASSERT_TRUE(time_parse("253402300799", 0, &at));
    CU_ASSERT_EQUAL(at, 253402300799);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CU_ASSERT_FALSE(time_parse(bad[i], 1000, &at));
}

static void expect_progress(const char *operation, int width, const char *expected) {
    json_t *doc = NULL;
    struct strbuf buf = {0};
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(operation, &doc));
    progress_text(&buf, doc, width);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&buf), expected);
    strbuf_release(&buf);
    json_put(&doc);
}

static void test_progress(void) {
    expect_progress("{\"total\":10,\"done\":4,\"failed\":1}", 31, "[#####.....] 4 of 10, 1 failed");
    expect_progress("{\"total\":2,\"done\":2,\"failed\":0}", 18, "[########] 2 of 2");
    expect_progress("{\"total\":2,\"done\":2,\"failed\":0}", 8, "2 of 2");
    expect_progress("{}", 20, "[..........] 0 of 1");
}

static void test_short_id(void) {
    char room[ID_SHORT + 1];
    CU_ASSERT_STRING_EQUAL(short_id("05e03fe8c68917be01b0", room), "05e03fe8c689");
    CU_ASSERT_STRING_EQUAL(short_id("05e0", room), "05e0");
    CU_ASSERT_STRING_EQUAL(short_id("not-an-id-but-a-name", room), "not-an-id-but-a-name");
    CU_ASSERT_PTR_NULL(short_id(NULL, room));
}

static void test_ports_text(void) {
    json_t *ports = NULL;
    struct strbuf buf = {0};
    CU_ASSERT_TRUE_FATAL(
        json_parse_trusted("[" PORT("tcp", "0.0.0.0", "8080",
                                    "80") "," PORT("udp", "::1", "53", "53") "," PORT("tcp", "",
                                                                                      "0", "9") "]",
                           &ports));
    ports_text(&buf, ports);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&buf), "8080->80/tcp,[::1]:53->53/udp,9/tcp");
    strbuf_release(&buf);
    json_put(&ports);
}

static const struct unit_test tests[] = {
    {"command table", test_table},
    {"command lines", test_given},
    {"command lines refused", test_given_refused},
    {"ports", test_port},
    {"restart policies", test_restart},
    {"specification of options", test_spec},
    {"specification of options: isolation", test_spec_isolation},
    {"specification refused", test_spec_refused},
    {"text made safe", test_text_safe},
    {"streams made safe", test_text_stream},
    {"times", test_times},
    {"progress bar", test_progress},
    {"short ids", test_short_id},
    {"ports in tables", test_ports_text},
    {0},
};

const struct unit_suite suite_cli = {"cli", tests};
