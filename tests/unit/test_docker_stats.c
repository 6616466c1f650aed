/* test_docker_stats: the reader of what Docker says that a container uses. */
#include <string.h>

#include "core/net/docker_stats.h"
#include "tests/unit/unit.h"

#define UNKNOWN DOCKER_STATS_UNKNOWN
#define TIME "\"read\":\"2026-01-31T12:00:00.123456789Z\""
#define CPU(name, used, all)                                                                       \
    "\"" name "\":{\"cpu_usage\":{\"total_usage\":" used "},\"system_cpu_usage\":" all             \
    ",\"online_cpus\":4}"

static struct docker_stats read_text(const char *text) {
    struct docker_stats stats;
    json_t *doc = NULL;
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(text, &doc));
    docker_stats_read(doc, &stats);
    json_put(&doc);
    return stats;
}

static void is_unknown(const struct docker_stats *stats) {
    CU_ASSERT_EQUAL(stats->cpu_percent, UNKNOWN);
    CU_ASSERT_EQUAL(stats->cpus, UNKNOWN);
    CU_ASSERT_EQUAL(stats->memory_mb, UNKNOWN);
    CU_ASSERT_EQUAL(stats->memory_limit_mb, UNKNOWN);
    CU_ASSERT_EQUAL(stats->network_rx_bytes, UNKNOWN);
    CU_ASSERT_EQUAL(stats->network_tx_bytes, UNKNOWN);
    CU_ASSERT_EQUAL(stats->block_read_bytes, UNKNOWN);
    CU_ASSERT_EQUAL(stats->block_write_bytes, UNKNOWN);
    CU_ASSERT_EQUAL(stats->pids, UNKNOWN);
}

static void test_whole(void) {
    struct docker_stats stats =
        read_text("{" TIME "," CPU("cpu_stats", "1500000000", "8000000000") "," CPU(
            "precpu_stats", "1000000000",
            "4000000000") ",\"memory_stats\":{\"usage\":20971520,\"limit\":104857600,\"stats\":{"
                          "\"inactive_file\":10485760}},\"networks\":{\"eth0\":{\"rx_bytes\":1,"
                          "\"tx_bytes\":2},\"eth1\":{\"rx_bytes\":10,\"tx_bytes\":20}},\"blkio_"
                          "stats\":{\"io_service_bytes_recursive\":[{\"op\":\"read\",\"value\":5},{"
                          "\"op\":\"Write\",\"value\":6},{\"op\":\"Read\",\"value\":7},{\"op\":"
                          "\"Total\",\"value\":99}]},\"pids_stats\":{\"current\":3}}");
    CU_ASSERT_STRING_EQUAL(stats.time, "2026-01-31T12:00:00.123456789Z");
    CU_ASSERT_DOUBLE_EQUAL(stats.cpu_percent, 50, 0.001); /* half of one of four CPUs */
    CU_ASSERT_EQUAL(stats.cpus, 4);
    CU_ASSERT_DOUBLE_EQUAL(stats.memory_mb, 10, 0.001);
    CU_ASSERT_DOUBLE_EQUAL(stats.memory_limit_mb, 100, 0.001);
    CU_ASSERT_EQUAL(stats.network_rx_bytes, 11);
    CU_ASSERT_EQUAL(stats.network_tx_bytes, 22);
    CU_ASSERT_EQUAL(stats.block_read_bytes, 12);
    CU_ASSERT_EQUAL(stats.block_write_bytes, 6);
    CU_ASSERT_EQUAL(stats.pids, 3);
}

static void test_cgroup_v1(void) {
    struct docker_stats stats =
        read_text("{" TIME ",\"cpu_stats\":{\"cpu_usage\":{\"total_usage\":20,\"percpu_usage\":[10,"
                  "10]},\"system_cpu_usage\":200},\"precpu_stats\":{\"cpu_usage\":{\"total_usage\":"
                  "10},\"system_cpu_usage\":100},\"memory_stats\":{\"usage\":3145728,\"stats\":{"
                  "\"total_inactive_file\":1048576}}}");
    CU_ASSERT_EQUAL(stats.cpus, 2);
    CU_ASSERT_DOUBLE_EQUAL(stats.cpu_percent, 20, 0.001);
    CU_ASSERT_DOUBLE_EQUAL(stats.memory_mb, 2, 0.001);
    CU_ASSERT_EQUAL(stats.memory_limit_mb, UNKNOWN);
}

/* Nothing is made up where nothing can be told. */
static void test_not_running(void) {
    struct docker_stats stats =
        read_text("{\"read\":\"0001-01-01T00:00:00Z\",\"cpu_stats\":{\"cpu_usage\":{\"total_usage\""
                  ":0}},\"precpu_stats\":{\"cpu_usage\":{\"total_usage\":0}},\"memory_stats\":{},"
                  "\"pids_stats\":{}}");
    CU_ASSERT_STRING_EQUAL(stats.time, "");
    is_unknown(&stats);
}

static void test_cpu_without_a_past(void) {
    static const char *const precpu[] = {
        "\"precpu_stats\":{\"cpu_usage\":{\"total_usage\":0}}", /* the first of a stream */
        CPU("precpu_stats", "0", "0"),
        CPU("precpu_stats", "1000000000", "8000000000"), /* no time has passed */
        CPU("precpu_stats", "1000000000", "9000000000"), /* it has begun anew meanwhile */
        CPU("precpu_stats", "1600000000", "7000000000"),
        "\"precpu_stats\":[]"};
    for (size_t i = 0; i < ARRAY_LEN(precpu); i++) {
        CLEANUP(mem_free_text)
        char *text =
            mem_format("{" TIME "," CPU("cpu_stats", "1500000000", "8000000000") ",%s}", precpu[i]);
        struct docker_stats stats = read_text(text);
        CU_ASSERT_EQUAL(stats.cpu_percent, UNKNOWN);
        CU_ASSERT_EQUAL(stats.cpus, 4);
    }
}

static void test_strange(void) {
    static const char *const texts[] = {
        "{" TIME "}",
        "{" TIME ",\"cpu_stats\":1,\"memory_stats\":[],\"networks\":[1],\"blkio_stats\":{\"io_"
        "service_bytes_recursive\":[1,null,{}]},\"pids_stats\":\"x\"}",
        "{" TIME ",\"networks\":{\"a\":1,\"b\":null,\"c\":{}},\"blkio_stats\":{\"io_service_bytes_"
        "recursive\":null}}",
        "{" TIME ",\"memory_stats\":{\"usage\":-1,\"limit\":1.5},\"pids_stats\":{\"current\":-3}}"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct docker_stats stats = read_text(texts[i]);
        CU_ASSERT_STRING_NOT_EQUAL(stats.time, "");
        is_unknown(&stats);
    }
    static const char *const times[] = {"{}", "{\"read\":\"now\"}", "{\"read\":5}",
                                        "{\"read\":\"1700000000\"}", "{\"read\":\"\\u001b[2JT\"}"};
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        struct docker_stats stats = read_text(times[i]);
        CU_ASSERT_STRING_EQUAL(stats.time, "");
    }
    struct docker_stats stats = read_text(
        "{" TIME ",\"networks\":{\"a\":{\"rx_bytes\":9223372036854775807,\"tx_bytes\":1},\"b\":{"
        "\"rx_bytes\":9,\"tx_bytes\":9223372036854775807}}}");
    CU_ASSERT_EQUAL(stats.network_rx_bytes, 9);
    CU_ASSERT_EQUAL(stats.network_tx_bytes, 1);
}

static const struct unit_test tests[] = {
    {"all that there is", test_whole},
    {"of an older kernel and Docker", test_cgroup_v1},
    {"a container that does not run uses nothing that is known", test_not_running},
    {"the CPU's part needs a sample before", test_cpu_without_a_past},
    {"nonsense is not known", test_strange},
    {0},
};

const struct unit_suite suite_docker_stats = {"docker_stats", tests};
