/* test_explain: what is told of a placement is what was true when it was made. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/explain.h"
#include "tests/unit/unit.h"

enum { ENGINES = 80, COUNT = 300 };

static struct placement_request request(size_t count) {
    return (struct placement_request){.cpu_milli = 100,
                                      .memory_mb = 64,
                                      .count = count,
                                      .weight_cpu = 65,
                                      .weight_memory = 35,
                                      .overcommit = 1};
}

static char names[ENGINES][8];

static void make(struct placement_engine *engines, size_t count) {
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "e%zu", i);
        engines[i] = (struct placement_engine){.id = names[i],
                                               .live = i % 10 != 9,
                                               .down_reason = "silent",
                                               .cpu_milli = 1000 + 500 * (int64_t)(i % 7),
                                               .memory_mb = 512 + 256 * (int64_t)(i % 5)};
    }
}

/* For each step of a long batch: the chosen engine is the first candidate, with the score that the
 * rules gave it then; engines that have become full are told as such. */
static void test_replay(void) {
    struct placement_engine engines[ENGINES], before[ENGINES], again[ENGINES];
    struct placement_request all = request(COUNT);
    size_t choice[COUNT];
    struct error err = {0};
    make(engines, ENGINES);
    memcpy(before, engines, sizeof before);
    memcpy(again, engines, sizeof again);
    CU_ASSERT_TRUE_FATAL(placement_choose(engines, ENGINES, &all, choice, &err));
    CLEANUP(json_put) json_t *made = explain_record(before, ENGINES, &all, choice);
    CLEANUP(json_put) json_t *record = NULL; /* by way of the database */
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(json_print(made), &record));
    CLEANUP(json_put) json_t *scores = explain_scores(record);
    CU_ASSERT_EQUAL(json_len(scores), COUNT);
    CU_ASSERT_EQUAL(json_get_int(record, "engine_count", 0), ENGINES - ENGINES / 10);
    CU_ASSERT_EQUAL(json_get_int(json_get_object(record, "excluded_counts"), "down", 0),
                    ENGINES / 10);
    for (size_t i = 0; i < COUNT; i++) {
        CLEANUP(json_put) json_t *step = explain_step(record, i + 1);
        json_t *first = json_at(json_get_array(step, "candidates"), 0);
        double score = placement_score(&again[choice[i]], &all);
        CU_ASSERT_STRING_EQUAL(json_get_text(first, "id", ""), again[choice[i]].id);
        CU_ASSERT_DOUBLE_EQUAL(json_get_decimal(first, "score", 0), score, 0.006);
        CU_ASSERT_DOUBLE_EQUAL(json_object_get_double(json_at(scores, i)), score, 0.006);
        CU_ASSERT_EQUAL(json_get_int(first, "reserved_memory", -1),
                        again[choice[i]].used_memory_mb);
        placement_take(&again[choice[i]], &all);
    }
}

/* What puts an engine behind the chosen one, where scores are equal. */
static void test_ties(void) {
    struct placement_engine engines[] = {
        {.id = "b", .live = true, .cpu_milli = 4000, .memory_mb = 4096, .containers = 1},
        {.id = "c", .live = true, .cpu_milli = 4000, .memory_mb = 4096, .containers = 1},
        {.id = "d", .live = true, .cpu_milli = 4000, .memory_mb = 4096, .containers = 2},
        {.id = "e", .live = true, .cpu_milli = 4000, .memory_mb = 2048},
        {.id = "a", .live = true, .cpu_milli = 4000, .memory_mb = 4096, .containers = 1},
    };
    static const char *const wanted[][2] = {
        {"a", NULL}, {"b", "name"}, {"c", "name"}, {"d", "containers"}, {"e", "score"}};
    struct placement_engine before[ARRAY_LEN(engines)];
    struct placement_request one = request(1);
    struct error err = {0};
    size_t choice = 0;
    memcpy(before, engines, sizeof before);
    CU_ASSERT_TRUE_FATAL(placement_choose(engines, ARRAY_LEN(engines), &one, &choice, &err));
    CLEANUP(json_put) json_t *record = explain_record(before, ARRAY_LEN(engines), &one, &choice);
    CLEANUP(json_put) json_t *step = explain_step(record, 1);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        json_t *candidate = json_at(json_get_array(step, "candidates"), i);
        const char *behind = json_get_text(candidate, "behind_by", NULL);
        CU_ASSERT_STRING_EQUAL(json_get_text(candidate, "id", ""), wanted[i][0]);
        CU_ASSERT_EQUAL(behind == NULL, wanted[i][1] == NULL);
        if (behind && wanted[i][1])
            CU_ASSERT_STRING_EQUAL(behind, wanted[i][1]);
    }
}

/* A pool of thousands does not fill the row. */
static void test_bounded(void) {
    enum { MANY = 3000 };
    struct placement_engine *engines = mem_array(MANY, sizeof *engines);
    struct placement_request one = request(1);
    size_t choice = 17;
    for (size_t i = 0; i < MANY; i++)
        engines[i] = (struct placement_engine){.id = "some-engine",
                                               .live = i < MANY / 2,
                                               .cpu_milli = 4000,
                                               .memory_mb = 4096,
                                               .used_memory_mb = (int64_t)i};
    CLEANUP(json_put) json_t *record = explain_record(engines, MANY, &one, &choice);
    CU_ASSERT_EQUAL(json_len(json_get_array(record, "engines")), EXPLAIN_ENGINES_MAX);
    CU_ASSERT_EQUAL(json_len(json_get_array(record, "excluded")), EXPLAIN_ENGINES_MAX);
    CU_ASSERT_EQUAL(json_get_int(json_get_object(record, "excluded_counts"), "down", 0), MANY / 2);
    CU_ASSERT_TRUE(strlen(json_print(record)) < 16384);
    free(engines);
}

static void test_broken(void) {
    static const char *const texts[] = {
        "{}", "{\"engines\":7,\"choices\":{},\"request\":[]}",
        "{\"engines\":[{},null],\"choices\":[9,-1,\"x\"],\"request\":{}}"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        CLEANUP(json_put) json_t *record = NULL;
        CU_ASSERT_TRUE_FATAL(json_parse_trusted(texts[i], &record));
        CLEANUP(json_put) json_t *step = explain_step(record, 3);
        CLEANUP(json_put) json_t *scores = explain_scores(record);
        CU_ASSERT_PTR_NOT_NULL(json_get_array(step, "candidates"));
    }
}

static const struct unit_test tests[] = {
    {"each step is what it was", test_replay},
    {"what decides between equals", test_ties},
    {"a record is bounded", test_bounded},
    {"a broken record", test_broken},
    {0},
};

const struct unit_suite suite_explain = {"explain", tests};
