/* test_join_usage: what a host uses, as the kernel counts it and as it stands in etcd. */
#include "keeper/join_usage.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/unit/unit.h"

static void test_ticks(void) {
    struct cpu_ticks ticks;
    CU_ASSERT_TRUE(join_usage_ticks("cpu  100 1 20 800 50 3 4 22 9 0\n"
                                    "cpu0 50 0 10 400 25 1 2 11 4 0\n"
                                    "cpu1 50 1 10 400 25 2 2 11 5 0\n"
                                    "intr 5 cpu2\n",
                                    &ticks));
    CU_ASSERT_EQUAL(ticks.total, 1000);
    CU_ASSERT_EQUAL(ticks.busy, 150);
    CU_ASSERT_EQUAL(ticks.cpus, 2);
    CU_ASSERT_FALSE(join_usage_ticks("", &ticks));
    CU_ASSERT_FALSE(join_usage_ticks("cpu  1 2 3\ncpu0 1 2 3\n", &ticks));
    CU_ASSERT_FALSE(join_usage_ticks("cpu  1 2 3 4 5 6 7 8\n", &ticks));
}

static void test_memory(void) {
    int64_t used_mb = 0;
    CU_ASSERT_TRUE(join_usage_memory("MemTotal: 4096000 kB\nMemFree: 1 kB\n"
                                     "MemAvailable: 1024000 kB\n",
                                     &used_mb));
    CU_ASSERT_EQUAL(used_mb, 3000);
    CU_ASSERT_FALSE(join_usage_memory("MemTotal: 1 kB\nMemAvailable: 2 kB\n", &used_mb));
    CU_ASSERT_FALSE(join_usage_memory("MemTotal: 4096000 kB\n", &used_mb));
    CU_ASSERT_FALSE(join_usage_memory("", &used_mb));
}

static void test_look(void) {
    struct cpu_ticks last = {0};
    struct host_usage usage = {0};
    CU_ASSERT_FALSE(join_usage_look(&last, &usage)); /* only begins to count */
    CU_ASSERT_TRUE(last.total > 0);
    last.total -= 1000;
    last.busy -= last.busy < 500 ? last.busy : 500;
    CU_ASSERT_TRUE(join_usage_look(&last, &usage));
    CU_ASSERT_TRUE(usage.cpus >= 0 && usage.cpus <= last.cpus);
    CU_ASSERT_TRUE(usage.memory_mb > 0);
}

static void test_value(void) {
    static const char *const bad[] = {"",
                                      "7",
                                      "{}",
                                      "{\"cpus\":1}",
                                      "{\"cpus\":-1,\"memory\":1}",
                                      "{\"cpus\":1e309,\"memory\":1}",
                                      "{\"cpus\":1,\"memory\":1.5}",
                                      "{\"cpus\":\"1\",\"memory\":1}",
                                      "{\"cpus\":1,\"memory\":99999999999}",
                                      "{\"cpus\":1,\"memory\":1,\"more\":1}"};
    const struct host_usage usage = {.cpus = 1.25, .memory_mb = 512};
    struct host_usage again = {0};
    CLEANUP(strbuf_release) struct strbuf value = {0};
    usage_write(&value, &usage);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&value), "{\"cpus\":1.25,\"memory\":512}");
    CU_ASSERT_TRUE(usage_read(strbuf_text(&value), &again));
    CU_ASSERT_EQUAL(again.cpus, usage.cpus);
    CU_ASSERT_EQUAL(again.memory_mb, usage.memory_mb);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CU_ASSERT_FALSE(usage_read(bad[i], &again));
}

static const struct unit_test tests[] = {
    {"ticks of /proc/stat", test_ticks},
    {"/proc/meminfo", test_memory},
    {"this host", test_look},
    {"value in etcd", test_value},
    {0},
};

const struct unit_suite suite_join_usage = {"join_usage", tests};
