/* test_policy_spec: options of containers by role: the table, its rows, and that nothing forbidden
 * ever comes out in Docker's request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/control/policy_spec.h"
#include "core/control/spec.h"
#include "tests/lib/forbidden.h"
#include "tests/unit/unit.h"

static const char deployer[] = "write /api/containers\nread /api/engines";
static const struct spec_defaults defaults = {.memory_mb = 256};

/* The normal specification of {"name":"a",MEMBERS}; NULL when it is refused. */
static json_t *spec_with(const char *members) {
    CLEANUP(mem_free_text)
    char *text = mem_format("{\"name\":\"a\"%s%s}", *members ? "," : "", members);
    CLEANUP(json_put) json_t *body = NULL;
    json_t *spec = NULL;
    struct error err = {0};
    if (!json_parse(text, strlen(text), &body, &err) ||
        !spec_normalize(body, &defaults, &spec, &err))
        return NULL;
    return spec;
}

static size_t classified(const char *field) {
    size_t rows = 0;
    for (size_t i = 0; policy_free_fields[i]; i++)
        rows += strcmp(policy_free_fields[i], field) == 0;
    for (const struct policy_option *option = policy_options; option->name; option++)
        if (option->field && strcmp(option->field, field) == 0)
            return rows == 0 ? 1 : 2;
    return rows;
}

static bool is_spec_field(const char *name) {
    for (const struct json_field *field = spec_fields; field->name; field++)
        if (strcmp(field->name, name) == 0)
            return true;
    return false;
}

/* A new field of specifications has to be put into one of the two tables. */
static void test_each_field_is_classified(void) {
    for (const struct json_field *field = spec_fields; field->name; field++) {
        CU_ASSERT_EQUAL(classified(field->name), 1);
        if (classified(field->name) != 1)
            printf("# %s: classify it in policy_spec.c, as an option or as free\n", field->name);
    }
    for (size_t i = 0; policy_free_fields[i]; i++)
        CU_ASSERT_TRUE(is_spec_field(policy_free_fields[i]));
    for (const struct policy_option *option = policy_options; option->name; option++) {
        CU_ASSERT_TRUE(!option->field || is_spec_field(option->field));
        CU_ASSERT_EQUAL(option->field == NULL, option->used == NULL);
        CU_ASSERT_PTR_NOT_NULL(option->reason);
        CU_ASSERT_PTR_EQUAL(policy_option_find(option->name), option);
    }
    CU_ASSERT_PTR_NULL(policy_option_find("no-such-option"));
}

/* What uses an option, and the place that the refusal names. */
static const struct {
    const char *option, *members, *field;
} uses[] = {
    {"privileged", "\"privileged\":true", "privileged"},
    {"host-mounts", "\"volumes\":[\"/x\",\"/etc:/y:ro\"]", "volumes[1]"},
    {"host-mounts", "\"volumes\":[\"/:/y\"]", "volumes[0]"},
    {"host-mounts", "\"volumes\":[\"/var/run/docker.sock:/s\"]", "volumes[0]"},
    {"host-network", "\"network_mode\":\"host\"", "network_mode"},
    {"container-network", "\"network_mode\":\"container:db\"", "network_mode"},
    {"pid-mode", "\"pid_mode\":\"host\"", "pid_mode"},
    {"pid-mode", "\"pid_mode\":\"container:db\"", "pid_mode"},
    {"ipc-mode", "\"ipc_mode\":\"host\"", "ipc_mode"},
    {"ipc-mode", "\"ipc_mode\":\"container:db\"", "ipc_mode"},
    {"uts-mode", "\"uts_mode\":\"host\"", "uts_mode"},
    {"userns-mode", "\"userns_mode\":\"host\"", "userns_mode"},
    {"devices", "\"devices\":[\"/dev/sda\"]", "devices[0]"},
    {"cap-add", "\"cap_add\":[\"SYS_ADMIN\"]", "cap_add[0]"},
    {"security-opt", "\"security_opt\":[\"seccomp=unconfined\"]", "security_opt[0]"},
    {"sysctls", "\"sysctls\":{\"net.core.somaxconn\":\"1\"}", "sysctls"},
    {"runtime", "\"runtime\":\"runc\"", "runtime"},
    {"cgroup-parent", "\"cgroup_parent\":\"/\"", "cgroup_parent"},
    {"links", "\"links\":{\"db\":\"database\"}", "links"},
    {"host-ports-below-1024",
     "\"bind_ports\":[{\"container_port\":80},{\"port\":1023,\"container_port\":80}]",
     "bind_ports[1].port"},
    {"reserved-labels", "\"labels\":[\"berth.infra\"]", "labels[0]"},
    {"reserved-labels", "\"labels\":[\"a\",\"Berth.infra=1\"]", "labels[0]"},
};

static void test_each_option(void) {
    for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
        struct error err = {0};
        CLEANUP(json_put) json_t *spec = spec_with(uses[i].members);
        CU_ASSERT_PTR_NOT_NULL_FATAL(spec);
        CU_ASSERT_FALSE(policy_allows_spec("deployer", deployer, spec, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_FORBIDDEN);
        CU_ASSERT_STRING_EQUAL(err.field, uses[i].field);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "role deployer "));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, uses[i].field));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, policy_option_find(uses[i].option)->reason));
        CLEANUP(mem_free_text) char *quoted = mem_format("\"%s\"", uses[i].option);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, quoted));
        CLEANUP(mem_free_text) char *with = mem_format("%s\noption %s", deployer, uses[i].option);
        CU_ASSERT_TRUE(policy_allows_spec("x", with, spec, &err));
        CU_ASSERT_TRUE(policy_allows_spec("admin", "write /", spec, &err));
        CU_ASSERT_FALSE(policy_allows_spec("x", "read /", spec, &err));
        CU_ASSERT_FALSE(policy_allows_spec(NULL, NULL, spec, &err));
        for (const struct policy_option *other = policy_options; other->name; other++) {
            if (strcmp(other->name, uses[i].option) == 0)
                continue;
            CLEANUP(mem_free_text) char *wrong = mem_format("option %s", other->name);
            CU_ASSERT_FALSE(policy_allows_spec("x", wrong, spec, &err));
        }
    }
    for (const struct policy_option *option = policy_options; option->name; option++) {
        bool tried = !option->field;
        for (size_t i = 0; i < ARRAY_LEN(uses); i++)
            tried |= strcmp(uses[i].option, option->name) == 0;
        CU_ASSERT_TRUE(tried);
    }
}

static void test_free(void) {
    static const char *const all[] = {
        "",
        "\"publish\":true,\"network_mode\":\"front\",\"volumes\":[\"/x\",\"data:/y\"],"
        "\"bind_ports\":[{\"port\":1024,\"container_port\":80},{\"container_port\":1}]",
        "\"network_mode\":\"none\",\"ipc_mode\":\"private\",\"labels\":[\"a\",\"host:n1\"]",
        "\"ipc_mode\":\"shareable\",\"cap_drop\":[\"ALL\"],\"read_only\":true,\"user\":\"1:1\"",
        "\"ipc_mode\":\"none\",\"working_dir\":\"/srv\",\"environment\":{\"A\":\"1\"}",
        "\"privileged\":false,\"devices\":[],\"sysctls\":{},\"pid_mode\":\"\",\"ipc_mode\":\"\"",
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct error err = {0};
        CLEANUP(json_put) json_t *spec = spec_with(all[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(spec);
        CU_ASSERT_TRUE(policy_allows_spec("deployer", deployer, spec, &err));
        CU_ASSERT_TRUE(policy_allows_spec(NULL, NULL, spec, &err));
    }
}

/* A document that is not of the normal form, as another version might have stored it: refused. */
static void test_default_deny(void) {
    static const char *const all[] = {
        "{\"privileged\":1}",
        "{\"privileged\":\"false\"}",
        "{\"volumes\":{}}",
        "{\"volumes\":[1]}",
        "{\"volumes\":[\"a:b:c:d\"]}",
        "{\"volumes\":[null]}",
        "{\"network_mode\":1}",
        "{\"network_mode\":\"ns:/proc/1/ns/net\"}",
        "{\"ipc_mode\":1}",
        "{\"pid_mode\":1}",
        "{\"devices\":true}",
        "{\"bind_ports\":1}",
        "{\"bind_ports\":[{\"port\":\"80\"}]}",
        "{\"bind_ports\":[{\"port\":-1}]}",
        "{\"labels\":\"x\"}",
        "{\"labels\":[1]}",
        "{\"mounts\":[]}",
        "{\"Privileged\":false}",
        "[]",
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct error err = {0};
        CLEANUP(json_put) json_t *spec = NULL;
        CU_ASSERT_TRUE_FATAL(json_parse_trusted(all[i], &spec));
        CU_ASSERT_FALSE(policy_allows_spec("deployer", deployer, spec, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_FORBIDDEN);
        if (err.kind != ERROR_FORBIDDEN)
            printf("# allowed: %s\n", all[i]);
        CU_ASSERT_TRUE(policy_allows_spec("admin", "write /", spec, &err));
    }
}

/* Another version may store what is empty, too. */
static void test_empty_is_unused(void) {
    struct error err = {0};
    CLEANUP(json_put) json_t *spec = NULL, *strange = NULL;
    CU_ASSERT_TRUE(json_parse_trusted("{\"pid_mode\":\"\",\"ipc_mode\":\"\",\"devices\":[],"
                                      "\"sysctls\":{},\"network_mode\":\"\",\"labels\":null,"
                                      "\"bind_ports\":[{\"container_port\":80}]}",
                                      &spec));
    CU_ASSERT_TRUE(policy_allows_spec("deployer", deployer, spec, &err));
    CU_ASSERT_TRUE(json_parse_trusted("{\"network_mode\":1,\"pid_mode\":\"host\"}", &strange));
    CU_ASSERT_FALSE(policy_allows_spec("x", "option host-network", strange, &err));
    CU_ASSERT_STRING_EQUAL(err.field, "network_mode");
}

static void test_asked_elsewhere(void) {
    struct error err = {0};
    CLEANUP(json_put) json_t *free_ones = NULL, *reserved = NULL;
    CU_ASSERT_FALSE(
        policy_allows_option("user", deployer, POLICY_REVEAL_ENVIRONMENT, "environment", &err));
    CU_ASSERT_STRING_EQUAL(err.field, "environment");
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, POLICY_REVEAL_ENVIRONMENT));
    CU_ASSERT_TRUE(policy_allows_option("x", "option " POLICY_REVEAL_ENVIRONMENT,
                                        POLICY_REVEAL_ENVIRONMENT, "environment", &err));
    CU_ASSERT_TRUE(json_parse_trusted("[\"ssd\"]", &free_ones));
    CU_ASSERT_TRUE(json_parse_trusted("[\"ssd\",\"berth.x\"]", &reserved));
    CU_ASSERT_TRUE(policy_allows_labels("user", deployer, free_ones, "engine.labels", &err));
    CU_ASSERT_TRUE(policy_allows_labels("user", deployer, NULL, "engine.labels", &err));
    CU_ASSERT_FALSE(policy_allows_labels("user", deployer, reserved, "engine.labels", &err));
    CU_ASSERT_STRING_EQUAL(err.field, "engine.labels[1]");
    CU_ASSERT_TRUE(policy_allows_labels("admin", "write /", reserved, "engine.labels", &err));
    CU_ASSERT_TRUE(
        policy_allows_labels("x", "option reserved-labels", reserved, "engine.labels", &err));
}

/* Random specifications, made of what an attacker would try. */

static unsigned seed;

static unsigned pick(unsigned below) {
    return (unsigned)rand_r(&seed) % below;
}

static const char *const pieces[] = {
    "/etc:/x", "data:/y",    "/:/z:ro", "container:db", "/dev/sda", "NET_ADMIN", "a=b",
    "host",    "container:", "/",       "/etc",         ":",        "..",        ".",
    "data",    "/x",         ":ro",     "berth.",       "ns:",      "HOST",      " ",
    "\\t",     "\\n",        "\\u0000", "%2f",          "none",     "x",         "bridge",
    "default", "0",          "/dev",    "/dev/a",       "\\u202e",  "\\\\",      "\\\"",
    "ALL",     "=",
};

static void add_text(struct strbuf *buf) {
    strbuf_putc(buf, '"');
    for (unsigned n = pick(4); n > 0; n--)
        strbuf_puts(buf, pieces[pick(ARRAY_LEN(pieces))]);
    strbuf_putc(buf, '"');
}

static void add_number(struct strbuf *buf) {
    static const char *const numbers[] = {"0",    "-1",         "1",     "80",    "1023",
                                          "1024", "22",         "65535", "65536", "1e3",
                                          "80.0", "4294967376", "null"};
    strbuf_puts(buf, numbers[pick(ARRAY_LEN(numbers))]);
}

static void add_value(struct strbuf *buf, const struct json_field *field);

static void add_object(struct strbuf *buf, const struct json_field *fields) {
    const char *comma = "{";
    for (; fields->name; fields++) {
        if (!fields->required && pick(2))
            continue;
        strbuf_addf(buf, "%s\"%s\":", comma, fields->name);
        add_value(buf, fields);
        comma = ",";
    }
    strbuf_puts(buf, *comma == '{' ? "{}" : "}");
}

static void add_list(struct strbuf *buf, const struct json_field *field) {
    strbuf_putc(buf, '[');
    for (unsigned i = 0, n = pick(3); i < n; i++) {
        strbuf_puts(buf, i ? "," : "");
        if (field->type == FIELD_OBJECTS)
            add_object(buf, field->fields);
        else
            add_text(buf);
    }
    strbuf_putc(buf, ']');
}

static void add_value(struct strbuf *buf, const struct json_field *field) {
    if (pick(40) == 0) { /* another type */
        strbuf_puts(buf, (const char *[]){"null", "[]", "{}", "true", "\"\"", "0"}[pick(6)]);
        return;
    }
    switch (field->type) {
    case FIELD_TEXT:
        add_text(buf);
        break;
    case FIELD_INT:
    case FIELD_DECIMAL:
        add_number(buf);
        break;
    case FIELD_BOOL:
        strbuf_puts(buf, pick(4) ? "false" : "true");
        break;
    case FIELD_TEXT_MAP:
        strbuf_puts(buf, "{\"k\":");
        add_text(buf);
        strbuf_putc(buf, '}');
        break;
    case FIELD_TEXTS:
    case FIELD_OBJECTS:
        add_list(buf, field);
        break;
    case FIELD_OBJECT:
        add_object(buf, field->fields);
        break;
    case FIELD_TEXTS_MAP:
    case FIELD_ANY_OBJECT:
        strbuf_puts(buf, "{}");
        break;
    }
}

static void add_random_spec(struct strbuf *buf) {
    strbuf_puts(buf, "{\"name\":\"a\"");
    for (const struct json_field *field = spec_fields; field->name; field++) {
        if (strcmp(field->name, "name") == 0 || pick(8))
            continue;
        strbuf_addf(buf, ",\"%s\":", field->name);
        add_value(buf, field);
    }
    strbuf_putc(buf, '}');
}

static void test_nothing_forbidden_comes_out(void) {
    size_t normal = 0, allowed = 0, refused = 0, bad = 0;
    seed = 20150401;
    for (size_t i = 0; i < 30000 && bad < 5; i++) {
        CLEANUP(strbuf_release) struct strbuf text = {0};
        CLEANUP(json_put) json_t *body = NULL, *spec = NULL;
        struct error err = {0};
        char member[64];
        add_random_spec(&text);
        if (!json_parse(strbuf_text(&text), text.len, &body, &err) ||
            !spec_normalize(body, &defaults, &spec, &err))
            continue;
        normal++;
        bool ok = policy_allows_spec("deployer", deployer, spec, &err);
        const char *found = forbidden_in_request_of(spec, member);
        allowed += ok;
        refused += !ok;
        if (ok && found) {
            bad++;
            printf("# %s from %s\n", found, strbuf_text(&text));
        }
    }
    CU_ASSERT_EQUAL(bad, 0);
    CU_ASSERT_TRUE(normal > 3000); /* the generator is worth something */
    CU_ASSERT_TRUE(allowed > 300);
    CU_ASSERT_TRUE(refused > 300);
    if (allowed <= 300 || refused <= 300 || normal <= 3000)
        printf("# normal %zu allowed %zu refused %zu\n", normal, allowed, refused);
}

static const struct unit_test tests[] = {
    {"each field of a specification is classified", test_each_field_is_classified},
    {"each option", test_each_option},
    {"what is free", test_free},
    {"what is not known is refused", test_default_deny},
    {"what is empty is not used", test_empty_is_unused},
    {"labels of engines, secrets", test_asked_elsewhere},
    {"nothing forbidden comes out of random specifications", test_nothing_forbidden_comes_out},
    {0},
};

const struct unit_suite suite_policy_spec = {"policy_spec", tests};
