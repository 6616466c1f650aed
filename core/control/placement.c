/* placement: see placement.h. */
#include "core/control/placement.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool has_label(json_t *labels, const char *wanted) {
    for (size_t i = 0; i < json_len(labels); i++)
        if (strcmp(json_object_get_string(json_at(labels, i)), wanted) == 0)
            return true;
    return false;
}

static bool refuse(struct placement_engine *engine, const char *kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool refuse(struct placement_engine *engine, const char *kind, const char *format, ...) {
    va_list args;
    engine->why_kind = kind;
    if (engine->quiet)
        return false;
    va_start(args, format);
    vsnprintf(engine->why_not, sizeof engine->why_not, format, args);
    va_end(args);
    return false;
}

/* The filters of R9. Type `host` pins to one engine, and its other labels are not asked for. */
static bool filters_pass(struct placement_engine *engine, const struct placement_request *request) {
    bool host = request->type == SPEC_HOST;
    for (size_t i = 0; i < json_len(request->labels); i++) {
        const char *label = json_object_get_string(json_at(request->labels, i));
        bool pin = strncmp(label, "host:", 5) == 0;
        if (host && pin && strcmp(label + 5, engine->id) != 0)
            return refuse(engine, "pinned", "the specification is pinned to engine %s", label + 5);
        if (!host && !has_label(engine->labels, label) &&
            (request->type == SPEC_SERVICE || request->type == SPEC_MULTI))
            return refuse(engine, "label", "it lacks the label %s", label);
    }
    if ((request->type == SPEC_UNIQUE || request->type == SPEC_MULTI) && engine->has_image)
        return refuse(engine, "image", "it runs a container of this image already");
    return true;
}

static bool has_room(struct placement_engine *engine, const struct placement_request *request) {
    int64_t cpu = (int64_t)((double)engine->cpu_milli * request->overcommit);
    int64_t memory = (int64_t)((double)engine->memory_mb * request->overcommit);
    if (request->cpu_milli > 0 && engine->used_cpu_milli + request->cpu_milli > cpu)
        return refuse(engine, "cpu",
                      "not enough CPU: %.10g of %.10g cores are reserved, %.10g are asked for",
                      (double)engine->used_cpu_milli / 1000, (double)cpu / 1000,
                      (double)request->cpu_milli / 1000);
    if (engine->used_memory_mb + request->memory_mb > memory)
        return refuse(engine, "memory",
                      "not enough memory: %" PRId64 " of %" PRId64 " MB are reserved, %" PRId64
                      " MB are asked for",
                      engine->used_memory_mb, memory, request->memory_mb);
    return true;
}

bool placement_judge(struct placement_engine *engine, const struct placement_request *request) {
    engine->why_not[0] = '\0';
    if (!engine->live)
        return refuse(engine, "down", "it takes nothing new: %s",
                      engine->down_reason ? engine->down_reason : "");
    if (engine->draining)
        return refuse(engine, "draining", "it is being drained");
    if (engine->excluded)
        return refuse(engine, "tried", "it was tried and failed");
    if (engine->apart)
        return refuse(engine, "link", "%s", engine->apart);
    if (engine->cpu_milli <= 0 || engine->memory_mb <= 0)
        return refuse(engine, "size", "its size is not known yet");
    if (engine->port_taken)
        return refuse(engine, "port", "host port %s is taken", engine->port_taken);
    if (engine->ports_left < request->ports)
        return refuse(engine, "port", "no free host port is left");
    return filters_pass(engine, request) && has_room(engine, request);
}

double placement_score(const struct placement_engine *engine,
                       const struct placement_request *request) {
    double cpu = (double)(engine->used_cpu_milli + request->cpu_milli) / (double)engine->cpu_milli;
    double memory =
        (double)(engine->used_memory_mb + request->memory_mb) / (double)engine->memory_mb;
    return (1 - cpu) * request->weight_cpu + (1 - memory) * request->weight_memory;
}

enum placement_rule placement_rule(const struct placement_engine *engine, double score,
                                   const struct placement_engine *other, double other_score) {
    const double same = 1e-9;
    if (fabs(score - other_score) > same)
        return RULE_SCORE;
    return engine->containers != other->containers ? RULE_CONTAINERS : RULE_NAME;
}

static bool is_better(const struct placement_engine *engine, double score,
                      const struct placement_engine *best, double best_score) {
    if (!best)
        return true;
    switch (placement_rule(engine, score, best, best_score)) {
    case RULE_SCORE:
        return score > best_score;
    case RULE_CONTAINERS:
        return engine->containers < best->containers;
    case RULE_NAME:
        break;
    }
    return strcmp(engine->id, best->id) < 0;
}

static struct placement_engine *best_of(struct placement_engine *engines, size_t count,
                                        const struct placement_request *request) {
    struct placement_engine *best = NULL;
    double best_score = 0;
    for (size_t i = 0; i < count; i++) {
        if (!placement_judge(&engines[i], request))
            continue;
        double score = placement_score(&engines[i], request);
        if (is_better(&engines[i], score, best, best_score)) {
            best = &engines[i];
            best_score = score;
        }
    }
    return best;
}

void placement_take(struct placement_engine *engine, const struct placement_request *request) {
    engine->used_cpu_milli += request->cpu_milli;
    engine->used_memory_mb += request->memory_mb;
    engine->containers++;
    engine->ports_left -= request->ports;
    engine->has_image = true;
    if (request->names_ports)
        engine->port_taken = "asked for";
}

/* Can the engine number `e` take the members one after the other? */
static bool judge_unit(struct placement_engine *const *views, size_t e,
                       const struct placement_request *requests, size_t count) {
    if (count == 1)
        return placement_judge(&views[0][e], &requests[0]);
    int64_t cpu_milli = 0, memory_mb = 0, ports = 0;
    for (size_t i = 0; i < count; i++) {
        const struct placement_request *request = &requests[i];
        struct placement_engine *view = &views[i][e], before = *view;
        view->used_cpu_milli += cpu_milli;
        view->used_memory_mb += memory_mb;
        view->ports_left -= ports;
        for (size_t k = 0; k < i; k++)
            view->has_image |= strcmp(requests[k].image, request->image) == 0;
        if (request->names_taken)
            view->port_taken = "that two of the linked containers ask for";
        bool able = placement_judge(view, request);
        memcpy(before.why_not, view->why_not, sizeof before.why_not);
        before.why_kind = view->why_kind;
        *view = before;
        if (!able) {
            memcpy(views[0][e].why_not, before.why_not, sizeof before.why_not);
            views[0][e].why_kind = before.why_kind;
            return false;
        }
        cpu_milli += request->cpu_milli;
        memory_mb += request->memory_mb;
        ports += request->ports;
    }
    return true;
}

struct placement_request placement_whole(const struct placement_request *requests, size_t count) {
    struct placement_request whole = requests[0];
    for (size_t i = 1; i < count; i++) {
        whole.cpu_milli += requests[i].cpu_milli;
        whole.memory_mb += requests[i].memory_mb;
        whole.ports += requests[i].ports;
        whole.names_ports |= requests[i].names_ports;
    }
    return whole;
}

bool placement_choose_unit(struct placement_engine *const *views, size_t engine_count,
                           const struct placement_request *requests, size_t count,
                           size_t *ret_choice, struct error *err) {
    struct placement_engine *engines = views[0], *best = NULL;
    const struct placement_request whole = placement_whole(requests, count);
    double best_score = 0;
    for (size_t e = 0; e < engine_count; e++) {
        if (!judge_unit(views, e, requests, count))
            continue;
        double score = placement_score(&engines[e], &whole);
        if (is_better(&engines[e], score, best, best_score)) {
            best = &engines[e];
            best_score = score;
        }
    }
    if (!best)
        return error_set(err, ERROR_NO_CAPACITY,
                         count > 1 ? "No engine can take the %zu linked containers together."
                                   : "No engine can take the container.",
                         count);
    *ret_choice = (size_t)(best - engines);
    return true;
}

bool placement_choose(struct placement_engine *engines, size_t engine_count,
                      const struct placement_request *request, size_t *ret_choice,
                      struct error *err) {
    for (size_t i = 0; i < request->count; i++) {
        struct placement_engine *best = best_of(engines, engine_count, request);
        if (!best && engine_count == 0)
            return error_set(err, ERROR_NO_CAPACITY,
                             "The pool has no engine yet: add one with `berth eadd`.");
        if (!best)
            return error_set(err, ERROR_NO_CAPACITY,
                             "No engine can take container %zu of %zu; nothing was placed.", i + 1,
                             request->count);
        placement_take(best, request);
        ret_choice[i] = (size_t)(best - engines);
    }
    return true;
}
