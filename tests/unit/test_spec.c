/* test_spec: core/control/spec: what a specification may say, its normal form, Docker's request. */
#include <stdio.h>
#include <string.h>

#include "core/control/spec.h"
#include "tests/unit/unit.h"

static const struct spec_defaults defaults = {.memory_mb = 256};

static json_t *parse(const char *text) {
    json_t *doc = NULL;
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(json_parse(text, strlen(text), &doc, &err));
    return doc;
}

static json_t *normal(const char *text) {
    CLEANUP(json_put) json_t *body = parse(text);
    json_t *spec = NULL;
    struct error err = {0};
    if (!spec_normalize(body, &defaults, &spec, &err))
        printf("# %s: %s\n", text, err.message);
    CU_ASSERT_PTR_NOT_NULL_FATAL(spec);
    return spec;
}

/* The normal form of `text` is `expected`, whole. */
static void expect_normal(const char *text, const char *expected) {
    CLEANUP(json_put) json_t *spec = normal(text);
    CU_ASSERT_STRING_EQUAL(json_print(spec), expected);
    if (strcmp(json_print(spec), expected) != 0)
        printf("# got %s\n", json_print(spec));
    CLEANUP(json_put) json_t *again = normal(json_print(spec));
    CU_ASSERT_STRING_EQUAL(json_print(again), expected);
}

static void expect_refused(const char *text, const char *field) {
    CLEANUP(json_put) json_t *body = parse(text);
    json_t *spec = NULL;
    struct error err = {0};
    CU_ASSERT_FALSE(spec_normalize(body, &defaults, &spec, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_BAD_FIELD);
    CU_ASSERT_STRING_EQUAL(err.field, field);
    CU_ASSERT_PTR_NULL(spec);
    if (spec || strcmp(err.field, field) != 0)
        printf("# %s: field '%s': %s\n", text, err.field, err.message);
    json_put(&spec);
}

static void expect_part(const char *text, const char *key, const char *expected) {
    CLEANUP(json_put) json_t *spec = normal(text);
    CU_ASSERT_STRING_EQUAL(json_print(json_get(spec, key)), expected);
    if (strcmp(json_print(json_get(spec, key)), expected) != 0)
        printf("# %s: got %s\n", text, json_print(json_get(spec, key)));
}

static void test_defaults(void) {
    expect_normal("{\"name\":\"httpd\"}",
                  "{\"name\":\"httpd\",\"cpus\":0,\"cpuset\":\"\",\"memory\":256,\"entrypoint\":[],"
                  "\"environment\":{},\"hostname\":\"\",\"domain\":\"\",\"args\":[],"
                  "\"type\":\"service\",\"labels\":[],\"bind_ports\":[],\"user_data\":{},"
                  "\"volumes\":[],\"links\":{},"
                  "\"restart_policy\":{\"name\":\"no\",\"maximum_retry\":0},"
                  "\"reschedule\":\"after=30\",\"publish\":false,"
                  "\"network_mode\":\"bridge\",\"privileged\":false,\"container_name\":\"\"}");
}

static void test_everything(void) {
    expect_normal(
        "{\"container_name\":\"web\",\"privileged\":true,\"network_mode\":\"front\","
        "\"publish\":true,\"restart_policy\":{\"maximum_retry\":5,\"name\":\"on-failure\"},"
        "\"links\":{\"db\":\"database\"},"
        "\"volumes\":[\"/cache/\",\"data:/var/lib:rw\",\"/srv/x/:/srv:ro\"],"
        "\"user_data\":{\"a\":[\"1\",\"2\"]},"
        "\"bind_ports\":[{\"proto\":\"UDP\",\"host_ip\":\"0:0:0:0:0:0:0:1\",\"port\":5353,"
        "\"container_port\":53},{\"container_port\":80}],"
        "\"labels\":[\"zone=b\",\"\",\"host:n1\",\"zone=b\"],\"type\":\"host\","
        "\"args\":[\"-c\",\"\"],\"domain\":\"example.org\",\"hostname\":\"web-1\","
        "\"environment\":{\"B\":\"\",\"A\":\"x=y\"},\"entrypoint\":[\"/bin/sh\"],"
        "\"memory\":6,\"cpuset\":\"0-3,6\",\"cpus\":0.125,\"name\":\"reg.example:5000/a/b:1\"}",
        "{\"name\":\"reg.example:5000/a/b:1\",\"cpus\":0.125,\"cpuset\":\"0-3,6\",\"memory\":6,"
        "\"entrypoint\":[\"/bin/sh\"],\"environment\":{\"B\":\"\",\"A\":\"x=y\"},"
        "\"hostname\":\"web-1\",\"domain\":\"example.org\",\"args\":[\"-c\",\"\"],"
        "\"type\":\"host\",\"labels\":[\"host:n1\",\"zone=b\"],"
        "\"bind_ports\":[{\"proto\":\"udp\",\"host_ip\":\"::1\",\"port\":5353,"
        "\"container_port\":53},{\"proto\":\"tcp\",\"host_ip\":\"\",\"port\":0,"
        "\"container_port\":80}],\"user_data\":{\"a\":[\"1\",\"2\"]},"
        "\"volumes\":[\"/cache\",\"data:/var/lib\",\"/srv/x:/srv:ro\"],"
        "\"links\":{\"db\":\"database\"},"
        "\"restart_policy\":{\"name\":\"on-failure\",\"maximum_retry\":5},"
        "\"reschedule\":\"never\",\"publish\":true,"
        "\"network_mode\":\"front\",\"privileged\":true,\"container_name\":\"web\"}");
}

static void test_empty_means_default(void) {
    expect_part("{\"name\":\"a\",\"memory\":0}", "memory", "256");
    expect_part("{\"name\":\"a\",\"memory\":null}", "memory", "256");
    expect_part("{\"name\":\"a\",\"cpus\":-0.0}", "cpus", "0");
    expect_part("{\"name\":\"a\",\"cpus\":1024}", "cpus", "1024");
    expect_part("{\"name\":\"a\",\"type\":\"\"}", "type", "\"service\"");
    expect_part("{\"name\":\"a\",\"reschedule\":\"\"}", "reschedule", "\"after=30\"");
    expect_part("{\"name\":\"a\",\"labels\":[\"\",\"\"]}", "labels", "[]");
    expect_part("{\"name\":\"a\",\"network_mode\":\"default\"}", "network_mode", "\"bridge\"");
    expect_part("{\"name\":\"a\",\"restart_policy\":{\"name\":\"\"}}", "restart_policy",
                "{\"name\":\"no\",\"maximum_retry\":0}");
    expect_part("{\"name\":\"a\",\"bind_ports\":[{\"proto\":\"\",\"port\":null,"
                "\"container_port\":1}]}",
                "bind_ports",
                "[{\"proto\":\"tcp\",\"host_ip\":\"\",\"port\":0,\"container_port\":1}]");
}

static void test_refused_scalars(void) {
    expect_refused("[]", "");
    expect_refused("{}", "name");
    expect_refused("{\"name\":\"\"}", "name");
    expect_refused("{\"name\":\"a b\"}", "name");
    expect_refused("{\"name\":\"a\\u001b[0m\"}", "name");
    expect_refused("{\"name\":\"../x\"}", "name");
    expect_refused("{\"name\":\"a/../b\"}", "name");
    expect_refused("{\"name\":\"a/\"}", "name");
    expect_refused("{\"name\":\"a?b\"}", "name");
    expect_refused("{\"name\":\"-a\"}", "name");
    expect_refused("{\"name\":\"a\",\"Name\":\"b\"}", "Name");
    expect_refused("{\"name\":\"a\",\"cpus\":-0.1}", "cpus");
    expect_refused("{\"name\":\"a\",\"cpus\":1024.001}", "cpus");
    expect_refused("{\"name\":\"a\",\"cpus\":0.0001}", "cpus");
    expect_refused("{\"name\":\"a\",\"cpus\":1e309}", "cpus");
    expect_refused("{\"name\":\"a\",\"cpus\":\"1\"}", "cpus");
    expect_refused("{\"name\":\"a\",\"memory\":5}", "memory");
    expect_refused("{\"name\":\"a\",\"memory\":-1}", "memory");
    expect_refused("{\"name\":\"a\",\"memory\":16777217}", "memory");
    expect_refused("{\"name\":\"a\",\"memory\":9223372036854775808}", "memory");
    expect_refused("{\"name\":\"a\",\"memory\":10.5}", "memory");
    expect_refused("{\"name\":\"a\",\"hostname\":\"-a\"}", "hostname");
    expect_refused("{\"name\":\"a\",\"hostname\":\"a..b\"}", "hostname");
    expect_refused("{\"name\":\"a\",\"domain\":\"a_b\"}", "domain");
    expect_refused("{\"name\":\"a\",\"cpuset\":\"3-1\"}", "cpuset");
    expect_refused("{\"name\":\"a\",\"cpuset\":\"1,\"}", "cpuset");
    expect_refused("{\"name\":\"a\",\"cpuset\":\"99999\"}", "cpuset");
    expect_refused("{\"name\":\"a\",\"publish\":1}", "publish");
    expect_refused("{\"name\":\"a\",\"privileged\":\"true\"}", "privileged");
    expect_refused("{\"name\":\"a\",\"container_name\":\"_x\"}", "container_name");
    expect_refused("{\"name\":\"a\",\"container_name\":\"x\"}", "container_name");
    expect_refused("{\"name\":\"a\",\"container_name\":\"a/b\"}", "container_name");
    expect_refused("{\"name\":\"a\",\"network_mode\":\"container:\"}", "network_mode");
    expect_refused("{\"name\":\"a\",\"network_mode\":\"ns:/proc/1/ns/net\"}", "network_mode");
    expect_refused("{\"name\":\"a\",\"type\":\"Service\"}", "type");
    expect_refused("{\"name\":\"a\",\"type\":\"host\"}", "labels");
    expect_refused("{\"name\":\"a\",\"type\":\"host\",\"labels\":[\"host:\"]}", "labels");
}

static void test_refused_collections(void) {
    expect_refused("{\"name\":\"a\",\"args\":[1]}", "args[0]");
    expect_refused("{\"name\":\"a\",\"args\":\"x\"}", "args");
    expect_refused("{\"name\":\"a\",\"labels\":[\"x\",\"a\\nb\"]}", "labels[1]");
    expect_refused("{\"name\":\"a\",\"environment\":{\"\":\"x\"}}", "environment.");
    expect_refused("{\"name\":\"a\",\"environment\":{\"A=B\":\"x\"}}", "environment.A=B");
    expect_refused("{\"name\":\"a\",\"environment\":{\"A\":1}}", "environment.A");
    expect_refused("{\"name\":\"a\",\"environment\":[\"A=1\"]}", "environment");
    expect_refused("{\"name\":\"a\",\"links\":{\"a b\":\"x\"}}", "links.a b");
    expect_refused("{\"name\":\"a\",\"links\":{\"db\":\"\"}}", "links.db");
    expect_refused("{\"name\":\"a\",\"restart_policy\":{\"name\":\"never\"}}",
                   "restart_policy.name");
    expect_refused("{\"name\":\"a\",\"restart_policy\":{\"name\":\"always\",\"maximum_retry\":1}}",
                   "restart_policy.maximum_retry");
    expect_refused("{\"name\":\"a\",\"restart_policy\":{\"maximum_retry\":-1}}",
                   "restart_policy.maximum_retry");
    expect_refused("{\"name\":\"a\",\"volumes\":[\"/\"]}", "volumes[0]");
    expect_refused("{\"name\":\"a\",\"volumes\":[\"data\"]}", "volumes[0]");
    expect_refused("{\"name\":\"a\",\"volumes\":[\"/a:ro\"]}", "volumes[0]");
    expect_refused("{\"name\":\"a\",\"volumes\":[\"/x\",\"d:/y:rox\"]}", "volumes[1]");
    expect_refused("{\"name\":\"a\",\"volumes\":[\"./d:/y\"]}", "volumes[0]");
    expect_refused("{\"name\":\"a\",\"volumes\":[\":/y\"]}", "volumes[0]");
    expect_refused("{\"name\":\"a\",\"volumes\":[\"vol/../../etc:/y\"]}", "volumes[0]");
    expect_refused("{\"name\":\"a\",\"volumes\":[\"/a/../etc:/y\"]}", "volumes[0]");
    expect_refused("{\"name\":\"a\",\"volumes\":[\"/a:/y:ro:z\"]}", "volumes[0]");
    expect_refused("{\"name\":\"a\",\"volumes\":[\"/y/\",\"d:/y\"]}", "volumes[1]");
}

static void test_refused_ports(void) {
    static const char *const bad[][2] = {
        {"{}", "bind_ports[0].container_port"},
        {"{\"container_port\":0}", "bind_ports[0].container_port"},
        {"{\"container_port\":65536}", "bind_ports[0].container_port"},
        {"{\"container_port\":80,\"port\":-1}", "bind_ports[0].port"},
        {"{\"container_port\":80,\"port\":65536}", "bind_ports[0].port"},
        {"{\"container_port\":80,\"port\":\"80\"}", "bind_ports[0].port"},
        {"{\"container_port\":80,\"proto\":\"icmp\"}", "bind_ports[0].proto"},
        {"{\"container_port\":80,\"host_ip\":\"localhost\"}", "bind_ports[0].host_ip"},
        {"{\"container_port\":80,\"host_ip\":\"1.2.3\"}", "bind_ports[0].host_ip"},
        {"{\"container_port\":80,\"host_ip\":\"fe80::1%eth0\"}", "bind_ports[0].host_ip"},
        {"{\"container_port\":80,\"x\":1}", "bind_ports[0].x"},
        {"{\"container_port\":80,\"port\":1},{\"container_port\":81,\"port\":1}",
         "bind_ports[1].port"},
        {"{\"container_port\":80,\"port\":1,\"host_ip\":\"10.0.0.1\"},"
         "{\"container_port\":80,\"port\":1,\"host_ip\":\"0.0.0.0\"}",
         "bind_ports[1].port"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEANUP(mem_free_text)
        char *text = mem_format("{\"name\":\"a\",\"bind_ports\":[%s]}", bad[i][0]);
        expect_refused(text, bad[i][1]);
    }
}

static void test_ports_side_by_side(void) {
    CLEANUP(json_put)
    json_t *spec = normal("{\"name\":\"a\",\"bind_ports\":["
                          "{\"container_port\":80},{\"container_port\":80},"
                          "{\"container_port\":53,\"port\":53},"
                          "{\"container_port\":53,\"port\":53,\"proto\":\"udp\"},"
                          "{\"container_port\":9,\"port\":9,\"host_ip\":\"10.0.0.1\"},"
                          "{\"container_port\":9,\"port\":9,\"host_ip\":\"10.0.0.2\"}]}");
    CU_ASSERT_EQUAL(json_len(json_get_array(spec, "bind_ports")), 6);
}

static bool same_group(const char *text_a, const char *text_b) {
    CLEANUP(json_put) json_t *a = normal(text_a);
    CLEANUP(json_put) json_t *b = normal(text_b);
    struct strbuf group_a = {0}, group_b = {0};
    spec_group_text(&group_a, a);
    spec_group_text(&group_b, b);
    bool same = strcmp(strbuf_text(&group_a), strbuf_text(&group_b)) == 0;
    CU_ASSERT_TRUE(group_a.len > 100);
    strbuf_release(&group_a);
    strbuf_release(&group_b);
    return same;
}

static void test_group(void) {
    CU_ASSERT_TRUE(
        same_group("{\"name\":\"a\",\"container_name\":\"x1\",\"environment\":"
                   "{\"A\":\"1\",\"B\":\"2\"},\"volumes\":[\"/x\",\"/y\"],\"bind_ports\":"
                   "[{\"container_port\":80},{\"container_port\":81}]}",
                   "{\"environment\":{\"B\":\"2\",\"A\":\"1\"},\"memory\":256,"
                   "\"cpus\":0.0,\"name\":\"a\",\"container_name\":\"x2\","
                   "\"volumes\":[\"/y\",\"/x/\"],\"bind_ports\":"
                   "[{\"container_port\":81,\"proto\":\"TCP\"},"
                   "{\"port\":0,\"container_port\":80}]}"));
    CU_ASSERT_FALSE(same_group("{\"name\":\"a\",\"environment\":{\"A\":\"1\"}}",
                               "{\"name\":\"a\",\"environment\":{\"A\":\"2\"}}"));
    CU_ASSERT_FALSE(same_group("{\"name\":\"a\",\"args\":[\"x\",\"y\"]}",
                               "{\"name\":\"a\",\"args\":[\"y\",\"x\"]}"));
    CU_ASSERT_FALSE(same_group("{\"name\":\"a\",\"bind_ports\":[{\"container_port\":80}]}",
                               "{\"name\":\"a\",\"bind_ports\":[{\"container_port\":80,"
                               "\"port\":8080}]}"));
}

static void test_reschedule(void) {
    expect_part("{\"name\":\"a\",\"volumes\":[\"/x\"]}", "reschedule", "\"never\"");
    expect_part("{\"name\":\"a\",\"volumes\":[\"/x\"],\"reschedule\":\"after=5\"}", "reschedule",
                "\"after=5\"");
    expect_part("{\"name\":\"a\",\"reschedule\":\"after=0\"}", "reschedule", "\"always\"");
    expect_part("{\"name\":\"a\",\"reschedule\":\"after=604800\"}", "reschedule",
                "\"after=604800\"");
    expect_refused("{\"name\":\"a\",\"reschedule\":\"after=604801\"}", "reschedule");
    expect_refused("{\"name\":\"a\",\"reschedule\":\"after=\"}", "reschedule");
    expect_refused("{\"name\":\"a\",\"reschedule\":\"after=-1\"}", "reschedule");
    expect_refused("{\"name\":\"a\",\"reschedule\":\"after=1s\"}", "reschedule");
    expect_refused("{\"name\":\"a\",\"reschedule\":\"Always\"}", "reschedule");
    expect_refused("{\"name\":\"a\",\"reschedule\":30}", "reschedule");
}

/* The hash of the default is that of the time before there was such a field. */
static void test_reschedule_group(void) {
    struct strbuf text = {0};
    CLEANUP(json_put) json_t *spec = normal("{\"name\":\"a\"}");
    spec_group_text(&text, spec);
    CU_ASSERT_PTR_NULL(strstr(strbuf_text(&text), "reschedule"));
    strbuf_release(&text);
    CU_ASSERT_TRUE(same_group("{\"name\":\"a\"}", "{\"name\":\"a\",\"reschedule\":\"after=30\"}"));
    CU_ASSERT_FALSE(same_group("{\"name\":\"a\"}", "{\"name\":\"a\",\"reschedule\":\"never\"}"));
    CU_ASSERT_TRUE(same_group("{\"name\":\"a\",\"volumes\":[\"/x\"]}",
                              "{\"name\":\"a\",\"volumes\":[\"/x\"],\"reschedule\":\"never\"}"));
}

static void test_masked(void) {
    CLEANUP(json_put) json_t *spec = normal("{\"name\":\"a\",\"environment\":{\"A\":\"s3cret\"}}");
    CLEANUP(json_put) json_t *masked = spec_masked(spec);
    CU_ASSERT_STRING_EQUAL(json_print(json_get(masked, "environment")), "{\"A\":\"***\"}");
    CU_ASSERT_STRING_EQUAL(json_print(json_get(spec, "environment")), "{\"A\":\"s3cret\"}");
}

static void test_readers(void) {
    CLEANUP(json_put)
    json_t *spec = normal("{\"name\":\"a\",\"cpus\":0.29,\"memory\":100,\"type\":\"unique\"}");
    CU_ASSERT_EQUAL(spec_cpu_milli(spec), 290);
    CU_ASSERT_EQUAL(spec_memory_mb(spec), 100);
    CU_ASSERT_EQUAL(spec_type(spec), SPEC_UNIQUE);
}

/* Only what is used is in the normal form. */
static void test_isolation(void) {
    expect_part("{\"name\":\"a\",\"devices\":[\"/dev/b:/dev/c\",\"/dev/a\",\"/dev/a:/dev/a:rwm\"]}",
                "devices", "[\"/dev/a:/dev/a:rwm\",\"/dev/b:/dev/c:rwm\"]");
    expect_part("{\"name\":\"a\",\"cap_add\":[\"cap_net_admin\",\"SYS_TIME\",\"NET_ADMIN\"]}",
                "cap_add", "[\"NET_ADMIN\",\"SYS_TIME\"]");
    expect_part("{\"name\":\"a\",\"cap_drop\":[\"all\"]}", "cap_drop", "[\"ALL\"]");
    expect_part("{\"name\":\"a\",\"security_opt\":[\"no-new-privileges\",\"apparmor=x\"]}",
                "security_opt", "[\"apparmor=x\",\"no-new-privileges\"]");
    expect_part("{\"name\":\"a\",\"sysctls\":{\"net.ipv4.ip_forward\":\"0\"}}", "sysctls",
                "{\"net.ipv4.ip_forward\":\"0\"}");
    expect_part("{\"name\":\"a\",\"user\":\"www-data:33\"}", "user", "\"www-data:33\"");
    expect_part("{\"name\":\"a\",\"working_dir\":\"/\"}", "working_dir", "\"/\"");
    CLEANUP(json_put)
    json_t *spec = normal("{\"name\":\"a\",\"pid_mode\":\"\",\"devices\":[],\"sysctls\":{},"
                          "\"read_only\":false,\"cap_add\":null}");
    CLEANUP(json_put) json_t *plain = normal("{\"name\":\"a\"}");
    CU_ASSERT_STRING_EQUAL(json_print(spec), json_print(plain));
}

static void test_refused_isolation(void) {
    static const char *const bad[][2] = {
        {"\"pid_mode\":\"private\"", "pid_mode"},
        {"\"pid_mode\":\"container:\"", "pid_mode"},
        {"\"pid_mode\":\"container:a/b\"", "pid_mode"},
        {"\"ipc_mode\":\"Host\"", "ipc_mode"},
        {"\"uts_mode\":\"container:a\"", "uts_mode"},
        {"\"userns_mode\":\"private\"", "userns_mode"},
        {"\"devices\":[\"dev/a\"]", "devices[0]"},
        {"\"devices\":[\"/dev/a\",\"/\"]", "devices[1]"},
        {"\"devices\":[\"/dev/../a\"]", "devices[0]"},
        {"\"devices\":[\"/dev/a:\"]", "devices[0]"},
        {"\"devices\":[\"/dev/a:/\"]", "devices[0]"},
        {"\"devices\":[\"/dev/a:/dev/b:\"]", "devices[0]"},
        {"\"devices\":[\"/dev/a:/dev/b:rwx\"]", "devices[0]"},
        {"\"devices\":[\"/dev/a:/dev/b:rwmr\"]", "devices[0]"},
        {"\"devices\":[\"/dev/a:/dev/b:r:w\"]", "devices[0]"},
        {"\"devices\":{}", "devices"},
        {"\"cap_add\":[\"\"]", "cap_add[0]"},
        {"\"cap_add\":[\"NET ADMIN\"]", "cap_add[0]"},
        {"\"cap_add\":[\"cap_\"]", "cap_add[0]"},
        {"\"cap_add\":[\"CAP_cap_CHOWN\"]", "cap_add[0]"},
        {"\"cap_drop\":[\"a-b\"]", "cap_drop[0]"},
        {"\"security_opt\":[\"=x\"]", "security_opt[0]"},
        {"\"security_opt\":[\"seccomp=\"]", "security_opt[0]"},
        {"\"security_opt\":[\"Seccomp=x\"]", "security_opt[0]"},
        {"\"sysctls\":{\"a b\":\"1\"}", "sysctls.a b"},
        {"\"sysctls\":{\"a\":\"1\\n2\"}", "sysctls.a"},
        {"\"sysctls\":{\"a\":1}", "sysctls.a"},
        {"\"runtime\":\"/bin/runc\"", "runtime"},
        {"\"cgroup_parent\":\"/a/../b\"", "cgroup_parent"},
        {"\"cgroup_parent\":\"a b\"", "cgroup_parent"},
        {"\"user\":\":1\"", "user"},
        {"\"user\":\"a:\"", "user"},
        {"\"user\":\"a:b:c\"", "user"},
        {"\"user\":\"a b\"", "user"},
        {"\"working_dir\":\"srv\"", "working_dir"},
        {"\"working_dir\":\"/a/../b\"", "working_dir"},
        {"\"read_only\":1", "read_only"},
        {"\"labels\":[\"a\u202eb\"]", "labels[0]"},
        {"\"labels\":[\"a\\u0085b\"]", "labels[0]"},
        {"\"labels\":[\"a\u2066b\"]", "labels[0]"},
        {"\"labels\":[\"a\u200fb\"]", "labels[0]"},
        {"\"environment\":{\"a\u2028b\":\"\"}", "environment.a\u2028b"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEANUP(mem_free_text) char *text = mem_format("{\"name\":\"a\",%s}", bad[i][0]);
        expect_refused(text, bad[i][1]);
    }
    CLEANUP(json_put) json_t *spec = normal("{\"name\":\"a\",\"labels\":[\"\u20ac\u00e4\u2010\"]}");
    CU_ASSERT_EQUAL(json_len(json_get(spec, "labels")), 1);
}

static void expect_docker(const char *text, const char *ports_text, const char *expected) {
    static const struct spec_identity identity = {.pool = "p-1",
                                                  .container_id = "c0ffee",
                                                  .generation = 3};
    CLEANUP(json_put) json_t *spec = normal(text);
    CLEANUP(json_put) json_t *ports = parse(ports_text);
    struct strbuf body = {0};
    spec_docker_body(&body, spec, ports, &identity);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&body), expected);
    if (strcmp(strbuf_text(&body), expected) != 0)
        printf("# got %s\n", strbuf_text(&body));
    strbuf_release(&body);
}

#define IDENTITY                                                                                   \
    "\"Labels\":{\"berth.pool\":\"p-1\",\"berth.container\":\"c0ffee\","                           \
    "\"berth.generation\":\"3\"}"

static void test_docker_small(void) {
    expect_docker("{\"name\":\"httpd\"}", "[]",
                  "{\"Image\":\"httpd\",\"Env\":[]," IDENTITY
                  ",\"ExposedPorts\":{},\"Volumes\":{},\"HostConfig\":{\"PortBindings\":{},"
                  "\"Binds\":[],\"CpuShares\":10,\"Memory\":268435456,\"Links\":[],"
                  "\"RestartPolicy\":{\"Name\":\"no\",\"MaximumRetryCount\":0},"
                  "\"NetworkMode\":\"bridge\",\"Privileged\":false}}");
}

static void test_docker_large(void) {
    expect_docker(
        "{\"name\":\"a/b:1\",\"cpus\":0.5,\"cpuset\":\"0,2\",\"memory\":16777216,"
        "\"entrypoint\":[\"/e\"],\"args\":[\"x\",\"y z\"],\"environment\":{\"A\":\"1=2\"},"
        "\"hostname\":\"h\",\"domain\":\"d.e\",\"labels\":[\"ssd\"],"
        "\"volumes\":[\"/v\",\"data:/w\",\"/s:/t:ro\"],\"links\":{\"db\":\"store\"},"
        "\"restart_policy\":{\"name\":\"on-failure\",\"maximum_retry\":5},"
        "\"network_mode\":\"host\",\"privileged\":true,\"container_name\":\"nn\"}",
        "[{\"proto\":\"tcp\",\"host_ip\":\"\",\"port\":20000,\"container_port\":80},"
        "{\"proto\":\"tcp\",\"host_ip\":\"127.0.0.1\",\"port\":8080,\"container_port\":80},"
        "{\"proto\":\"udp\",\"host_ip\":\"\",\"port\":53,\"container_port\":53}]",
        "{\"Image\":\"a/b:1\",\"Cmd\":[\"x\",\"y z\"],\"Entrypoint\":[\"/e\"],"
        "\"Env\":[\"A=1=2\"],\"Hostname\":\"h\",\"Domainname\":\"d.e\"," IDENTITY
        ",\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{}},\"Volumes\":{\"/v\":{}},"
        "\"HostConfig\":{\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"20000\"},"
        "{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"8080\"}],"
        "\"53/udp\":[{\"HostIp\":\"\",\"HostPort\":\"53\"}]},"
        "\"Binds\":[\"data:/w\",\"/s:/t:ro\"],\"CpuShares\":512,\"CpusetCpus\":\"0,2\","
        "\"Memory\":17592186044416,\"Links\":[\"db:store\"],"
        "\"RestartPolicy\":{\"Name\":\"on-failure\",\"MaximumRetryCount\":5},"
        "\"NetworkMode\":\"host\",\"Privileged\":true}}");
}

static void test_docker_isolation(void) {
    expect_docker(
        "{\"name\":\"a\",\"pid_mode\":\"host\",\"ipc_mode\":\"container:b\",\"uts_mode\":\"host\","
        "\"userns_mode\":\"host\",\"devices\":[\"/dev/a:/dev/b:r\"],\"cap_add\":[\"A\"],"
        "\"cap_drop\":[\"B\"],\"security_opt\":[\"x=y\"],\"sysctls\":{\"k\":\"v\"},"
        "\"runtime\":\"runc\",\"cgroup_parent\":\"/g\",\"user\":\"1\",\"working_dir\":\"/w\","
        "\"read_only\":true}",
        "[]",
        "{\"Image\":\"a\",\"Env\":[]," IDENTITY
        ",\"ExposedPorts\":{},\"Volumes\":{},\"HostConfig\":{\"PortBindings\":{},"
        "\"Binds\":[],\"CpuShares\":10,\"Memory\":268435456,\"Links\":[],"
        "\"RestartPolicy\":{\"Name\":\"no\",\"MaximumRetryCount\":0},"
        "\"NetworkMode\":\"bridge\",\"Privileged\":false,\"PidMode\":\"host\","
        "\"IpcMode\":\"container:b\",\"UTSMode\":\"host\",\"UsernsMode\":\"host\","
        "\"Devices\":[{\"PathOnHost\":\"/dev/a\",\"PathInContainer\":\"/dev/b\","
        "\"CgroupPermissions\":\"r\"}],\"CapAdd\":[\"A\"],\"CapDrop\":[\"B\"],"
        "\"SecurityOpt\":[\"x=y\"],\"Sysctls\":{\"k\":\"v\"},\"Runtime\":\"runc\","
        "\"CgroupParent\":\"/g\",\"ReadonlyRootfs\":true},\"User\":\"1\",\"WorkingDir\":\"/w\"}");
}

static const struct unit_test tests[] = {
    {"defaults", test_defaults},
    {"every field", test_everything},
    {"empty means default", test_empty_means_default},
    {"refused scalars", test_refused_scalars},
    {"refused collections", test_refused_collections},
    {"refused ports", test_refused_ports},
    {"ports side by side", test_ports_side_by_side},
    {"isolation", test_isolation},
    {"refused isolation", test_refused_isolation},
    {"scale group", test_group},
    {"when a host is lost", test_reschedule},
    {"which is part of what is identical", test_reschedule_group},
    {"masked environment", test_masked},
    {"reservation and type", test_readers},
    {"docker request, small", test_docker_small},
    {"docker request, large", test_docker_large},
    {"docker request, isolation", test_docker_isolation},
    {0},
};

const struct unit_suite suite_spec = {"spec", tests};
