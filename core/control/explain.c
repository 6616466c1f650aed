/* explain: see explain.h. */
#include "core/control/explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- making a record --- */

struct ranked {
    size_t engine;
    double score;
};

static int by_score(const void *a, const void *b) {
    const struct ranked *left = a, *right = b;
    if (left->score != right->score)
        return left->score < right->score ? 1 : -1;
    return left->engine < right->engine ? -1 : 1;
}

static json_t *request_record(const struct placement_request *request) {
    json_t *doc = json_object_new_object();
    json_set_int(doc, "cpu_milli", request->cpu_milli);
    json_set_int(doc, "memory_mb", request->memory_mb);
    json_set_int(doc, "type", request->type);
    json_set_bool(doc, "names_ports", request->names_ports);
    json_set_int(doc, "ports", request->ports);
    json_set_decimal(doc, "weight_cpu", request->weight_cpu);
    json_set_decimal(doc, "weight_memory", request->weight_memory);
    json_set_decimal(doc, "overcommit", request->overcommit);
    return doc;
}

static json_t *engine_record(const struct placement_engine *engine) {
    json_t *doc = json_object_new_object();
    json_set_text(doc, "id", engine->id);
    json_set_int(doc, "cpu_milli", engine->cpu_milli);
    json_set_int(doc, "memory_mb", engine->memory_mb);
    json_set_int(doc, "used_cpu_milli", engine->used_cpu_milli);
    json_set_int(doc, "used_memory_mb", engine->used_memory_mb);
    json_set_int(doc, "containers", engine->containers);
    json_set_int(doc, "ports_left", engine->ports_left);
    return doc;
}

static void add_excluded(json_t *list, json_t *counts, const struct placement_engine *engine) {
    json_set_int(counts, engine->why_kind, json_get_int(counts, engine->why_kind, 0) + 1);
    if (json_len(list) >= EXPLAIN_ENGINES_MAX)
        return;
    json_t *entry = json_object_new_object();
    json_set_text(entry, "id", engine->id);
    json_set_text(entry, "reason", engine->why_not);
    json_object_array_add(list, entry);
}

/* The best engines and the chosen ones; place_of[] tells where in the list each went, from 1 on. */
static json_t *engines_record(const struct placement_engine *before, const struct ranked *ranking,
                              size_t count, const size_t *choice, size_t choices,
                              size_t *place_of) {
    json_t *list = json_object_new_array();
    for (size_t i = 0; i < count && i < EXPLAIN_ENGINES_MAX; i++) {
        json_object_array_add(list, engine_record(&before[ranking[i].engine]));
        place_of[ranking[i].engine] = json_len(list);
    }
    for (size_t i = 0; i < choices; i++) {
        if (place_of[choice[i]])
            continue;
        json_object_array_add(list, engine_record(&before[choice[i]]));
        place_of[choice[i]] = json_len(list);
    }
    return list;
}

json_t *explain_record(struct placement_engine *before, size_t engine_count,
                       const struct placement_request *request, const size_t *choice) {
    json_t *record = json_object_new_object(), *choices = json_object_new_array();
    json_t *excluded = json_object_new_array(), *counts = json_object_new_object();
    struct ranked *ranking = mem_array(engine_count, sizeof *ranking);
    size_t *place_of = mem_array(engine_count, sizeof *place_of);
    size_t able = 0;
    for (size_t i = 0; i < engine_count; i++) {
        if (placement_judge(&before[i], request))
            ranking[able++] = (struct ranked){i, placement_score(&before[i], request)};
        else
            add_excluded(excluded, counts, &before[i]);
    }
    if (able > 1)
        qsort(ranking, able, sizeof *ranking, by_score);
    json_set(record, "request", request_record(request));
    json_set(record, "engines",
             engines_record(before, ranking, able, choice, request->count, place_of));
    json_set_int(record, "engine_count", (int64_t)able);
    json_set(record, "excluded", excluded);
    json_set(record, "excluded_counts", counts);
    for (size_t i = 0; i < request->count; i++)
        json_object_array_add(choices, json_object_new_int64((int64_t)place_of[choice[i]] - 1));
    json_set(record, "choices", choices);
    free(ranking);
    free(place_of);
    return record;
}

/* --- reading one --- */

/* The placement done again, up to some step. */
struct replay {
    struct placement_engine *engines;
    size_t count;
    struct placement_request request;
    json_t *choices;
};

static void replay_init(struct replay *replay, json_t *record) {
    json_t *request = json_get_object(record, "request"),
           *engines = json_get_array(record, "engines");
    *replay = (struct replay){
        .count = json_len(engines),
        .choices = json_get_array(record, "choices"),
        .request = {.cpu_milli = json_get_int(request, "cpu_milli", 0),
                    .memory_mb = json_get_int(request, "memory_mb", 0),
                    .type = (enum spec_type)json_get_int(request, "type", SPEC_SERVICE),
                    .names_ports = json_get_bool(request, "names_ports", false),
                    .ports = json_get_int(request, "ports", 0),
                    .count = 1,
                    .weight_cpu = json_get_decimal(request, "weight_cpu", 0),
                    .weight_memory = json_get_decimal(request, "weight_memory", 0),
                    .overcommit = json_get_decimal(request, "overcommit", 1)},
    };
    replay->engines = mem_array(replay->count, sizeof *replay->engines);
    for (size_t i = 0; i < replay->count; i++) {
        json_t *engine = json_at(engines, i);
        replay->engines[i] = (struct placement_engine){
            .id = json_get_text(engine, "id", ""),
            .live = true,
            .cpu_milli = json_get_int(engine, "cpu_milli", 0),
            .memory_mb = json_get_int(engine, "memory_mb", 0),
            .used_cpu_milli = json_get_int(engine, "used_cpu_milli", 0),
            .used_memory_mb = json_get_int(engine, "used_memory_mb", 0),
            .containers = json_get_int(engine, "containers", 0),
            .ports_left = json_get_int(engine, "ports_left", 0),
        };
    }
}

/* The engine of the choice number `i`, or NULL in a broken record. */
static struct placement_engine *choice_at(const struct replay *replay, size_t i) {
    json_t *index = json_at(replay->choices, i);
    int64_t at = index ? json_object_get_int64(index) : -1;
    return at >= 0 && (size_t)at < replay->count ? &replay->engines[at] : NULL;
}

static double rounded(double score) {
    return round(score * 100) / 100;
}

json_t *explain_scores(json_t *record) {
    struct replay replay;
    json_t *scores = json_object_new_array();
    replay_init(&replay, record);
    for (size_t i = 0; i < json_len(replay.choices); i++) {
        struct placement_engine *engine = choice_at(&replay, i);
        if (!engine)
            continue;
        json_t *holder = json_object_new_object();
        json_set_decimal(holder, "score", rounded(placement_score(engine, &replay.request)));
        json_object_array_add(scores, json_object_get(json_get(holder, "score")));
        json_put(&holder);
        placement_take(engine, &replay.request);
    }
    free(replay.engines);
    return scores;
}

/* The rule that put `chosen` before it; NULL = none did. */
static const char *behind_by(const struct placement_engine *engine,
                             const struct placement_engine *chosen,
                             const struct placement_request *request) {
    static const char *const words[] = {
        [RULE_SCORE] = "score", [RULE_CONTAINERS] = "containers", [RULE_NAME] = "name"};
    if (!chosen || engine == chosen)
        return NULL;
    return words[placement_rule(engine, placement_score(engine, request), chosen,
                                placement_score(chosen, request))];
}

static json_t *candidate(const struct placement_engine *engine, double score, const char *behind) {
    json_t *doc = json_object_new_object();
    json_set_text(doc, "id", engine->id);
    json_set_decimal(doc, "score", rounded(score));
    json_set_decimal(doc, "reserved_cpus", (double)engine->used_cpu_milli / 1000);
    json_set_decimal(doc, "cpus", (double)engine->cpu_milli / 1000);
    json_set_int(doc, "reserved_memory", engine->used_memory_mb);
    json_set_int(doc, "memory", engine->memory_mb);
    json_set_int(doc, "containers", engine->containers);
    json_set_text(doc, "behind_by", behind);
    return doc;
}

json_t *explain_step(json_t *record, size_t step) {
    struct replay replay;
    json_t *doc = json_object_new_object(), *candidates = json_object_new_array();
    json_t *excluded = json_copy(json_get_array(record, "excluded"));
    json_t *counts = json_copy(json_get_object(record, "excluded_counts"));
    if (!excluded)
        excluded = json_object_new_array();
    if (!counts)
        counts = json_object_new_object();
    replay_init(&replay, record);
    for (size_t i = 0; i + 1 < step; i++)
        if (choice_at(&replay, i))
            placement_take(choice_at(&replay, i), &replay.request);
    struct placement_engine *chosen = step > 0 ? choice_at(&replay, step - 1) : NULL;
    struct ranked *ranking = mem_array(replay.count, sizeof *ranking);
    size_t able = 0, full = 0;
    for (size_t i = 0; i < replay.count; i++) {
        if (placement_judge(&replay.engines[i], &replay.request)) {
            /* Ties go to the fewest containers: the chosen one shows first. */
            double score = placement_score(&replay.engines[i], &replay.request);
            ranking[able++] = (struct ranked){i, score + (&replay.engines[i] == chosen ? 1e-9 : 0)};
        } else {
            add_excluded(excluded, counts, &replay.engines[i]);
            full++;
        }
    }
    if (able > 1)
        qsort(ranking, able, sizeof *ranking, by_score);
    for (size_t i = 0; i < able && i < EXPLAIN_ENGINES_MAX; i++) {
        const struct placement_engine *engine = &replay.engines[ranking[i].engine];
        json_object_array_add(candidates, candidate(engine, ranking[i].score,
                                                    behind_by(engine, chosen, &replay.request)));
    }
    json_set(doc, "candidates", candidates);
    json_set_int(doc, "candidate_count", json_get_int(record, "engine_count", 0) - (int64_t)full);
    json_set(doc, "excluded", excluded);
    json_set(doc, "excluded_counts", counts);
    free(ranking);
    free(replay.engines);
    return doc;
}
