/* test_spec_read: containers that berth did not make, as Docker 20.10 and 27 tell of them, read
 * back as specifications. */
#include <string.h>

#include "core/control/spec.h"
#include "core/control/spec_read.h"
#include "tests/unit/unit.h"

#define ID "0123456789ab0123456789ab0123456789ab0123456789ab0123456789abcdef"

/* docker run -d --name web ... httpd:2.4: what Docker makes of it where nothing is asked for. */
static const char plain[] =
    "{\"Id\":\"" ID
    "\",\"Name\":\"/web\",\"Created\":\"2026-01-02T03:04:05.678Z\",\"Image\":\"sha256:1\","
    "\"State\":{\"Status\":\"running\",\"ExitCode\":0},"
    "\"Mounts\":[{\"Type\":\"volume\",\"Name\":\"" ID "\",\"Source\":\"/var/lib/docker/volumes/x\","
    "\"Destination\":\"/data\",\"Driver\":\"local\",\"Mode\":\"\",\"RW\":true,\"Propagation\":\"\"}],"
    "\"Config\":{\"Hostname\":\"0123456789ab\",\"Domainname\":\"\",\"User\":\"www\",\"AttachStdout\":true,"
    "\"Tty\":false,\"OpenStdin\":false,\"Env\":[\"PATH=/bin\",\"HTTPD=2.4\"],\"Cmd\":[\"httpd-foreground\"],"
    "\"Image\":\"httpd:2.4\",\"Volumes\":{\"/data\":{}},\"WorkingDir\":\"/usr\",\"Entrypoint\":null,"
    "\"Labels\":{\"maintainer\":\"them\"},\"StopSignal\":\"SIGWINCH\"},"
    "\"HostConfig\":{\"Binds\":null,\"LogConfig\":{\"Type\":\"json-file\",\"Config\":{}},"
    "\"NetworkMode\":\"default\",\"PortBindings\":{},\"RestartPolicy\":{\"Name\":\"no\","
    "\"MaximumRetryCount\":0},\"AutoRemove\":false,\"VolumeDriver\":\"\",\"VolumesFrom\":null,"
    "\"CapAdd\":null,\"CapDrop\":null,\"CgroupnsMode\":\"private\",\"Dns\":[],\"DnsOptions\":[],"
    "\"DnsSearch\":[],\"ExtraHosts\":null,\"GroupAdd\":null,\"IpcMode\":\"private\",\"Cgroup\":\"\","
    "\"Links\":null,\"OomScoreAdj\":0,\"PidMode\":\"\",\"Privileged\":false,\"PublishAllPorts\":false,"
    "\"ReadonlyRootfs\":false,\"SecurityOpt\":null,\"UTSMode\":\"\",\"UsernsMode\":\"\","
    "\"ShmSize\":67108864,\"Runtime\":\"runc\",\"ConsoleSize\":[0,0],\"Isolation\":\"\",\"CpuShares\":0,"
    "\"Memory\":0,\"NanoCpus\":0,\"CgroupParent\":\"\",\"BlkioWeight\":0,\"BlkioWeightDevice\":[],"
    "\"BlkioDeviceReadBps\":null,\"CpuPeriod\":0,\"CpuQuota\":0,\"CpusetCpus\":\"\",\"Devices\":[],"
    "\"DeviceRequests\":null,\"MemoryReservation\":0,\"MemorySwap\":0,\"MemorySwappiness\":null,"
    "\"OomKillDisable\":false,\"PidsLimit\":null,\"Ulimits\":null,\"MaskedPaths\":[\"/proc/acpi\"],"
    "\"ReadonlyPaths\":[\"/proc/bus\"]},"
    "\"NetworkSettings\":{\"Ports\":{},\"Networks\":{\"bridge\":{\"IPAMConfig\":null,\"Aliases\":null}}}}";

static const char image_text[] =
    "{\"Config\":{\"User\":\"www\",\"Env\":[\"PATH=/bin\",\"HTTPD=2.4\"],\"Cmd\":[\"httpd-foreground\"],"
    "\"Volumes\":{\"/data\":{}},\"WorkingDir\":\"/usr\",\"Entrypoint\":null,\"StopSignal\":\"SIGWINCH\","
    "\"Labels\":{\"maintainer\":\"them\"}}}";

/* The plain container with one setting changed, read; `part` NULL = as it is. */
static struct spec_reading read_with(const char *part, const char *key, const char *value) {
    CLEANUP(json_put) json_t *container = NULL;
    CLEANUP(json_put) json_t *image = NULL;
    json_t *changed = NULL;
    struct spec_reading reading;
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(plain, &container));
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(image_text, &image));
    if (part) {
        CU_ASSERT_TRUE_FATAL(json_parse_trusted(value, &changed));
        json_set(json_get_object(container, part), key, changed);
    }
    spec_read(container, image, &reading);
    return reading;
}

/* Its normal form, as text; NULL when it is not acceptable. */
static json_t *normal(struct spec_reading *reading) {
    const struct spec_defaults defaults = {.memory_mb = 256};
    struct error err = {0};
    json_t *spec = NULL;
    if (!spec_normalize(reading->spec, &defaults, &spec, &err))
        printf("# %s\n", err.message);
    return spec;
}

static json_t *wanted_spec(const char *text) {
    const struct spec_defaults defaults = {.memory_mb = 256};
    struct error err = {0};
    json_t *spec = NULL;
    CLEANUP(json_put) json_t *body = NULL;
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(text, &body));
    CU_ASSERT_TRUE_FATAL(spec_normalize(body, &defaults, &spec, &err));
    return spec;
}

/* What `berth run` would have been told to make the same. */
static void expect(const char *part, const char *key, const char *value, const char *spec) {
    struct spec_reading reading = read_with(part, key, value);
    CLEANUP(json_put) json_t *got = normal(&reading);
    CLEANUP(json_put) json_t *wanted = wanted_spec(spec);
    CU_ASSERT_EQUAL(json_len(reading.obstacles), 0);
    if (json_len(reading.obstacles))
        printf("# %s: %s\n", key, json_print(reading.obstacles));
    if (!json_object_equal(got, wanted))
        printf("# %s: %s\n# is not %s\n", key ? key : "", json_print(got), json_print(wanted));
    CU_ASSERT_TRUE(json_object_equal(got, wanted));
    spec_reading_release(&reading);
}

static void test_plain(void) {
    struct spec_reading reading = read_with(NULL, NULL, NULL);
    CU_ASSERT_EQUAL(json_len(reading.ignored), 1); /* no limit of memory */
    CU_ASSERT_PTR_NULL(reading.power);
    spec_reading_release(&reading);
    expect(NULL, NULL, NULL, "{\"name\":\"httpd:2.4\",\"container_name\":\"web\"}");
}

static void test_said(void) {
#define WEB "{\"name\":\"httpd:2.4\",\"container_name\":\"web\","
    static const struct {
        const char *part, *key, *value, *spec;
    } cases[] = {
        {"HostConfig", "Memory", "104857600", WEB "\"memory\":100}"},
        {"HostConfig", "CpuShares", "102", WEB "\"cpus\":0.1}"},
        {"HostConfig", "CpuShares", "10", WEB "\"cpus\":0}"},
        {"HostConfig", "CpuShares", "2048", WEB "\"cpus\":2}"},
        {"HostConfig", "NanoCpus", "1500000000", WEB "\"cpus\":1.5}"},
        {"HostConfig", "CpuQuota", "50000", WEB "\"cpus\":0.5}"},
        {"HostConfig", "CpusetCpus", "\"0-1\"", WEB "\"cpuset\":\"0-1\"}"},
        {"HostConfig", "Privileged", "true", WEB "\"privileged\":true}"},
        {"HostConfig", "NetworkMode", "\"host\"", WEB "\"network_mode\":\"host\"}"},
        {"HostConfig", "PidMode", "\"host\"", WEB "\"pid_mode\":\"host\"}"},
        {"HostConfig", "CapAdd", "[\"CAP_NET_ADMIN\"]", WEB "\"cap_add\":[\"NET_ADMIN\"]}"},
        {"HostConfig", "Devices",
         "[{\"PathOnHost\":\"/dev/a\",\"PathInContainer\":\"/dev/b\",\"CgroupPermissions\":\"rw\"}]",
         WEB "\"devices\":[\"/dev/a:/dev/b:rw\"]}"},
        {"HostConfig", "RestartPolicy", "{\"Name\":\"on-failure\",\"MaximumRetryCount\":3}",
         WEB "\"restart_policy\":{\"name\":\"on-failure\",\"maximum_retry\":3}}"},
        {"HostConfig", "RestartPolicy", "{\"Name\":\"\",\"MaximumRetryCount\":0}",
         WEB "\"publish\":false}"},
        {"HostConfig", "Links", "[\"/db:/web/database\"]", WEB "\"links\":{\"db\":\"database\"}}"},
        {"HostConfig", "PortBindings", "{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"}]}",
         WEB "\"bind_ports\":[{\"port\":8080,\"container_port\":80}]}"},
        {"Config", "Env", "[\"PATH=/bin\",\"HTTPD=2.4\",\"A=b=c\"]",
         WEB "\"environment\":{\"A\":\"b=c\"}}"},
        {"Config", "Cmd", "[\"sleep\",\"1\"]", WEB "\"args\":[\"sleep\",\"1\"]}"},
        {"Config", "Entrypoint", "[\"tini\"]",
         WEB "\"entrypoint\":[\"tini\"],\"args\":[\"httpd-foreground\"]}"},
        {"Config", "Hostname", "\"www1\"", WEB "\"hostname\":\"www1\"}"},
        {"Config", "User", "\"root\"", WEB "\"user\":\"root\"}"},
        {"Config", "User", "\"\"", WEB "\"user\":\"\"}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        expect(cases[i].part, cases[i].key, cases[i].value, cases[i].spec);
}

/* Made anew, it would be another container. */
static void test_obstacles(void) {
    static const struct {
        const char *part, *key, *value, *field;
        bool power;
    } cases[] = {
        {"HostConfig", "AutoRemove", "true", "HostConfig.AutoRemove", false},
        {"HostConfig", "Dns", "[\"10.0.0.1\"]", "HostConfig.Dns", false},
        {"HostConfig", "Tmpfs", "{\"/tmp\":\"\"}", "HostConfig.Tmpfs", false},
        {"HostConfig", "ShmSize", "1", "HostConfig.ShmSize", false},
        {"HostConfig", "MemorySwap", "-1", NULL, false}, /* without a limit it says nothing */
        {"HostConfig", "MemorySwap", "5", "HostConfig.MemorySwap", false},
        {"HostConfig", "PidsLimit", "100", "HostConfig.PidsLimit", false},
        {"HostConfig", "VolumesFrom", "[\"x\"]", "HostConfig.VolumesFrom", true},
        {"HostConfig", "MaskedPaths", "[]", "HostConfig.MaskedPaths", true},
        {"HostConfig", "ReadonlyPaths", "[]", "HostConfig.ReadonlyPaths", true},
        {"HostConfig", "MaskedPaths", "null", NULL, false}, /* an engine that does not tell */
        {"HostConfig", "DeviceRequests", "[{\"Driver\":\"nvidia\"}]", "HostConfig.DeviceRequests",
         true},
        {"HostConfig", "DeviceCgroupRules", "[\"c 1:3 rwm\"]", "HostConfig.DeviceCgroupRules",
         true},
        {"HostConfig", "PortBindings", "{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"\"}]}",
         "bind_ports", false}, /* no port now */
        {"Config", "Tty", "true", "Config.Tty", false},
        {"Config", "StopSignal", "\"SIGINT\"", "Config.StopSignal", false},
        {"Config", "Healthcheck", "{\"Test\":[\"NONE\"]}", "Config.Healthcheck", false},
        {"Config", "Image", "\"sha256:abc\"", "name", false},
        {"NetworkSettings", "Networks", "{\"a\":{},\"b\":{}}", "NetworkSettings.Networks", false},
        {"NetworkSettings", "Networks", "{\"a\":{\"IPAMConfig\":{\"IPv4Address\":\"10.1.1.1\"}}}",
         "NetworkSettings.Networks", false},
        {"NetworkSettings", "Networks", "{\"a\":{\"Aliases\":[\"0123456789ab\"]}}", NULL, false},
        {"NetworkSettings", "Networks", "{\"a\":{\"Aliases\":[\"db\"]}}",
         "NetworkSettings.Networks", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spec_reading reading = read_with(cases[i].part, cases[i].key, cases[i].value);
        const char *field = json_get_text(json_at(reading.obstacles, 0), "field", NULL);
        bool as_wanted = cases[i].field ? field && strcmp(field, cases[i].field) == 0 : !field;
        if (!as_wanted)
            printf("# %s: %s\n", cases[i].key, json_print(reading.obstacles));
        CU_ASSERT_TRUE(as_wanted);
        CU_ASSERT_EQUAL(reading.power != NULL, cases[i].power);
        spec_reading_release(&reading);
    }
}

static void test_volumes(void) {
    static const char mounts[] =
        "[{\"Type\":\"bind\",\"Source\":\"/srv\",\"Destination\":\"/data\",\"Mode\":\"ro\",\"RW\":false,"
        "\"Propagation\":\"rprivate\"},{\"Type\":\"volume\",\"Name\":\"files\",\"Driver\":\"local\","
        "\"Destination\":\"/files\",\"Mode\":\"z\",\"RW\":true},{\"Type\":\"volume\",\"Name\":\"" ID
        "\",\"Driver\":\"local\",\"Destination\":\"/scratch\",\"RW\":true}]";
    CLEANUP(json_put) json_t *container = NULL;
    CLEANUP(json_put)
    json_t *wanted =
        wanted_spec(WEB "\"volumes\":[\"/srv:/data:ro\",\"files:/files\",\"/scratch\"]}");
    json_t *list = NULL;
    struct spec_reading reading;
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(plain, &container));
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(mounts, &list));
    json_set(container, "Mounts", list);
    spec_read(container, NULL, &reading);
    CLEANUP(json_put) json_t *got = normal(&reading);
    CU_ASSERT_TRUE(json_object_equal(json_get(got, "volumes"), json_get(wanted, "volumes")));
    spec_reading_release(&reading);
}

/* What the policy gets: no environment, and nothing for what no specification can say. */
static void test_policy(void) {
    CLEANUP(json_put) json_t *container = NULL;
    CLEANUP(json_put) json_t *spec = NULL;
    CLEANUP(json_put) json_t *none = NULL;
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(plain, &container));
    CU_ASSERT_STRING_EQUAL(spec_read_policy(container, &spec), "");
    CU_ASSERT_EQUAL(json_object_object_length(json_get_object(spec, "environment")), 0);
    json_set_text(json_get_object(container, "Config"), "Image", "no image: at all");
    spec_read_policy(container, &none);
    CU_ASSERT_PTR_NULL(none);
}

/* Whatever an engine says, it is data. */
static void test_nonsense(void) {
    static const char *const texts[] = {
        "{}",
        "{\"Config\":7,\"HostConfig\":[],\"Mounts\":{},\"NetworkSettings\":\"\"}",
        "{\"Id\":7,\"Name\":[],\"Config\":{\"Env\":[7,null,[]],\"Cmd\":[null,7],\"Entrypoint\":\"x\","
        "\"Labels\":{\"a\":null}},\"HostConfig\":{\"CapAdd\":7,\"Devices\":[null,7],\"Links\":[null,7],"
        "\"PortBindings\":{\"x\":[null],\"80\":7,\"80/tcp\":[7]},\"Memory\":\"1\",\"CpuShares\":-1,"
        "\"RestartPolicy\":[]},\"Mounts\":[null,7,{}],\"NetworkSettings\":{\"Ports\":{\"1\":7},"
        "\"Networks\":{\"a\":7,\"b\":{\"Aliases\":[null,7]}}}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        CLEANUP(json_put) json_t *container = NULL;
        CLEANUP(json_put) json_t *spec = NULL;
        CU_ASSERT_TRUE_FATAL(json_parse_trusted(texts[i], &container));
        spec_read_policy(container, &spec);
        CU_ASSERT_PTR_NULL(spec);
    }
}

static const struct unit_test tests[] = {
    {"a plain container", test_plain},
    {"what a specification can say", test_said},
    {"what it cannot say", test_obstacles},
    {"volumes", test_volumes},
    {"what the policy gets to know", test_policy},
    {"nonsense from an engine", test_nonsense},
    {0},
};

const struct unit_suite suite_spec_read = {"spec_read", tests};
