/* test_placement: R8 and R9 against tables computed by hand. */
#include <string.h>

#include "core/base/mem.h"
#include "core/control/placement.h"
#include "tests/unit/unit.h"

static struct placement_engine engine(const char *id, int64_t cpu_milli, int64_t memory_mb,
                                      int64_t used_cpu, int64_t used_memory, int64_t containers) {
    return (struct placement_engine){.id = id,
                                     .live = true,
                                     .cpu_milli = cpu_milli,
                                     .memory_mb = memory_mb,
                                     .used_cpu_milli = used_cpu,
                                     .used_memory_mb = used_memory,
                                     .containers = containers};
}

static struct placement_request request(int64_t cpu_milli, int64_t memory_mb, size_t count) {
    return (struct placement_request){.cpu_milli = cpu_milli,
                                      .memory_mb = memory_mb,
                                      .type = SPEC_SERVICE,
                                      .count = count,
                                      .weight_cpu = 65,
                                      .weight_memory = 35,
                                      .overcommit = 1};
}

static json_t *labels(const char *text) {
    json_t *doc = NULL;
    json_parse_trusted(text, &doc);
    return doc;
}

static void test_score(void) {
    /* (1-(used+asked)/total)*65 + (1-(used+asked)/total)*35, by hand */
    static const struct {
        int64_t cpu, memory, used_cpu, used_memory, ask_cpu, ask_memory;
        double score;
    } cases[] = {
        {1000, 1000, 0, 0, 0, 0, 100},
        {2000, 1000, 1000, 0, 0, 0, 67.5},         /* 0.5*65 + 35 */
        {2000, 1000, 500, 250, 500, 250, 50},      /* 0.5*65 + 0.5*35 */
        {4000, 8192, 100, 256, 100, 256, 94.5625}, /* 0.95*65 + 0.9375*35 */
        {1000, 512, 1000, 512, 0, 0, 0},
        {2000, 24000, 0, 0, 0, 20, 99.9708333333},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct placement_engine e =
            engine("n1", cases[i].cpu, cases[i].memory, cases[i].used_cpu, cases[i].used_memory, 0);
        struct placement_request r = request(cases[i].ask_cpu, cases[i].ask_memory, 1);
        CU_ASSERT_DOUBLE_EQUAL(placement_score(&e, &r), cases[i].score, 1e-6);
    }
}

static void test_even_spread(void) {
    struct placement_engine engines[] = {engine("n1", 2000, 1000, 0, 0, 0),
                                         engine("n2", 2000, 1000, 0, 0, 0),
                                         engine("n3", 2000, 1000, 0, 0, 0)};
    struct placement_request r = request(10, 20, 99);
    size_t choice[99], per_engine[3] = {0};
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(placement_choose(engines, 3, &r, choice, &err));
    for (size_t i = 0; i < 99; i++)
        per_engine[choice[i]]++;
    CU_ASSERT_EQUAL(per_engine[0], 33);
    CU_ASSERT_EQUAL(per_engine[1], 33);
    CU_ASSERT_EQUAL(per_engine[2], 33);
    CU_ASSERT_EQUAL(choice[0], 0);
    CU_ASSERT_EQUAL(choice[1], 1);
    CU_ASSERT_EQUAL(choice[2], 2);
}

/* Recomputed for every container: a big engine takes more. By hand, 4 cores and 4000 MB against 1
 * core and 1000 MB, each asking 0.5 cores and 500 MB: big 87.5, 75, 62.5, 50 (tie with small 50:
 * fewest containers). */
static void test_uneven(void) {
    struct placement_engine engines[] = {engine("big", 4000, 4000, 0, 0, 0),
                                         engine("small", 1000, 1000, 0, 0, 0)};
    struct placement_request r = request(500, 500, 5);
    size_t choice[5];
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(placement_choose(engines, 2, &r, choice, &err));
    static const size_t expected[] = {0, 0, 0, 1, 0};
    CU_ASSERT_EQUAL(memcmp(choice, expected, sizeof expected), 0);
}

static void test_room(void) {
    struct placement_engine engines[] = {engine("n1", 1000, 1000, 0, 900, 9),
                                         engine("n2", 1000, 1000, 950, 0, 1)};
    size_t choice[2];
    struct error err = {0};
    struct placement_request r = request(100, 200, 1);
    CU_ASSERT_FALSE(placement_choose(engines, 2, &r, choice, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NO_CAPACITY);
    CU_ASSERT_PTR_NOT_NULL(strstr(engines[0].why_not, "memory"));
    CU_ASSERT_PTR_NOT_NULL(strstr(engines[1].why_not, "CPU"));
    r = request(50, 100, 2); /* exactly full: 900 + 100, 950 + 50 */
    CU_ASSERT_TRUE(placement_choose(engines, 2, &r, choice, &err));
    r = request(0, 1, 1); /* n1's memory is full, n2's CPU is; no CPU is asked for */
    CU_ASSERT_TRUE(placement_choose(engines, 2, &r, choice, &err));
    CU_ASSERT_EQUAL(choice[0], 1);
}

static void test_all_or_none(void) {
    struct placement_engine engines[] = {engine("n1", 1000, 100, 0, 0, 0)};
    struct placement_request r = request(0, 30, 4);
    size_t choice[4];
    struct error err = {0};
    CU_ASSERT_FALSE(placement_choose(engines, 1, &r, choice, &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "container 4 of 4"));
    r.overcommit = 1.2;
    engines[0] = engine("n1", 1000, 100, 0, 0, 0);
    CU_ASSERT_TRUE(placement_choose(engines, 1, &r, choice, &err));
}

static void test_not_live(void) {
    struct placement_engine engines[] = {engine("n1", 1000, 1000, 0, 0, 0),
                                         engine("n2", 1000, 1000, 0, 0, 0),
                                         engine("n3", 0, 0, 0, 0, 0)};
    struct placement_request r = request(0, 1, 1);
    size_t choice[1];
    struct error err = {0};
    engines[0].live = false;
    engines[0].down_reason = "no echo";
    engines[1].excluded = true;
    CU_ASSERT_FALSE(placement_choose(engines, 3, &r, choice, &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(engines[0].why_not, "no echo"));
    CU_ASSERT_PTR_NOT_NULL(strstr(engines[1].why_not, "tried"));
    CU_ASSERT_PTR_NOT_NULL(strstr(engines[2].why_not, "size"));
    CU_ASSERT_FALSE(placement_choose(engines, 0, &r, choice, &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "no engine yet"));
}

/* Which of two engines may take it: n1 has labels ssd and eu and runs the image, n2 has ssd only.
 */
/* Two ports for each container: n1 has room for one of them, n2 for two. */
static void test_ports_left(void) {
    struct placement_engine engines[] = {engine("n1", 1000, 1000, 0, 0, 0),
                                         engine("n2", 1000, 1000, 0, 0, 0)};
    struct placement_request r = request(0, 1, 3);
    size_t choice[4];
    engines[0].ports_left = 3;
    engines[1].ports_left = 4;
    r.ports = 2;
    CU_ASSERT_TRUE(placement_choose(engines, 2, &r, choice, NULL));
    CU_ASSERT_EQUAL(choice[0] + choice[1] + choice[2], 2);
    CU_ASSERT_EQUAL(engines[0].ports_left, 1);
    CU_ASSERT_EQUAL(engines[1].ports_left, 0);
    r.count = 1;
    CU_ASSERT_FALSE(placement_choose(engines, 2, &r, choice, NULL));
    CU_ASSERT_PTR_NOT_NULL(strstr(engines[0].why_not, "port"));
}

/* Which of two engines may take it: n1 has labels ssd and eu and runs the image, n2 has ssd only.
 */
static void test_filters(void) {
    static const struct {
        enum spec_type type;
        const char *labels;
        bool n1, n2;
    } cases[] = {
        {SPEC_SERVICE, "[]", true, true},
        {SPEC_SERVICE, "[\"ssd\"]", true, true},
        {SPEC_SERVICE, "[\"ssd\",\"eu\"]", true, false},
        {SPEC_SERVICE, "[\"gpu\"]", false, false},
        {SPEC_UNIQUE, "[]", false, true},
        {SPEC_UNIQUE, "[\"gpu\"]", false, true},
        {SPEC_MULTI, "[\"ssd\"]", false, true},
        {SPEC_MULTI, "[\"eu\"]", false, false},
        {SPEC_HOST, "[\"host:n1\"]", true, false},
        {SPEC_HOST, "[\"host:n2\",\"gpu\"]", false, true},
        {SPEC_HOST, "[\"host:n9\"]", false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (int which = 0; which < 2; which++) {
            CLEANUP(json_put) json_t *ssd_eu = labels("[\"ssd\",\"eu\"]");
            CLEANUP(json_put) json_t *ssd = labels("[\"ssd\"]");
            CLEANUP(json_put) json_t *asked = labels(cases[i].labels);
            struct placement_engine e = engine(which ? "n2" : "n1", 1000, 1000, 0, 0, 0);
            struct placement_request r = request(0, 1, 1);
            size_t choice[1];
            e.labels = which ? ssd : ssd_eu;
            e.has_image = !which;
            r.type = cases[i].type;
            r.labels = asked;
            CU_ASSERT_EQUAL(placement_choose(&e, 1, &r, choice, NULL),
                            which ? cases[i].n2 : cases[i].n1);
        }
    }
}

static void test_one_each(void) {
    struct placement_engine engines[] = {engine("n1", 1000, 1000, 0, 0, 0),
                                         engine("n2", 1000, 1000, 0, 0, 0)};
    struct placement_request r = request(0, 1, 2);
    size_t choice[3];
    r.type = SPEC_UNIQUE;
    CU_ASSERT_TRUE(placement_choose(engines, 2, &r, choice, NULL));
    CU_ASSERT_NOT_EQUAL(choice[0], choice[1]);
    engines[0] = engine("n1", 1000, 1000, 0, 0, 0);
    engines[1] = engine("n2", 1000, 1000, 0, 0, 0);
    r = request(0, 1, 3);
    r.names_ports = true;
    CU_ASSERT_FALSE(placement_choose(engines, 2, &r, choice, NULL));
    CU_ASSERT_PTR_NOT_NULL(strstr(engines[0].why_not, "port"));
}

static const struct unit_test tests[] = {
    {"the score is R8's", test_score},
    {"99 containers spread 33/33/33", test_even_spread},
    {"the score is recomputed for each container", test_uneven},
    {"an engine without room is never chosen", test_room},
    {"all are placed or none", test_all_or_none},
    {"engines that are down, tried or unknown are left out", test_not_live},
    {"filters by type", test_filters},
    {"host ports run out engine by engine", test_ports_left},
    {"unique images and named ports go one to an engine", test_one_each},
    {0},
};

const struct unit_suite suite_placement = {"placement", tests};
