/* placement: which engine gets which container (spec.md R8, R9). Pure: the same input gives the
 * same answer; the caller holds the placement lock. */
#pragma once

#include "core/base/json.h"
#include "core/control/spec.h"

struct placement_engine {
    /* in */
    const char *id;
    bool live;
    const char *down_reason; /* when not live */
    bool draining;           /* it gets nothing new */
    bool excluded;           /* tried already */
    bool quiet;              /* only why_kind is wanted, not the words */
    const char *apart;       /* links bind to another engine: why, for people; NULL = they do not */
    int64_t cpu_milli, memory_mb;           /* totals */
    int64_t used_cpu_milli, used_memory_mb; /* reserved; placement_choose adds to them */
    int64_t containers;                     /* ties go to the fewest; placement_choose counts on */
    json_t *labels;                         /* array of strings, may be NULL */
    bool has_image;                         /* runs a container of the same image */
    int64_t ports_left; /* free host ports that berth may choose; placement_choose counts down */
    const char *port_taken; /* a host port asked for by number that is taken, or NULL */
    /* out */
    char why_not[200];    /* "" when it can take one more */
    const char *why_kind; /* the kind of that reason, one word: "memory", "down" ... */
};

struct placement_request {
    int64_t cpu_milli, memory_mb; /* of each container */
    enum spec_type type;
    json_t *labels;   /* of the specification, may be NULL */
    bool names_ports; /* asks for host ports by number: at most one on an engine */
    int64_t ports;    /* host ports that berth has to choose for each */
    size_t count;     /* containers to place, >= 1 */
    /* Only for a member of a unit: */
    const char *image; /* of its specification */
    bool names_taken;  /* an earlier member asks for the same host port by number */
    double weight_cpu, weight_memory, overcommit;
};

/* The score of R8 for one more container; higher is better; may be negative with overcommit. */
double placement_score(const struct placement_engine *engine,
                       const struct placement_request *request);

/* Which rule decides between two engines of these scores: the higher score; the same score, fewer
 * containers; or these the same, too, the first name. */
enum placement_rule { RULE_SCORE, RULE_CONTAINERS, RULE_NAME };
enum placement_rule placement_rule(const struct placement_engine *engine, double score,
                                   const struct placement_engine *other, double other_score);

/* Can it take one more? why_not and why_kind tell why not. */
bool placement_judge(struct placement_engine *engine, const struct placement_request *request);
/* It takes one more. */
void placement_take(struct placement_engine *engine, const struct placement_request *request);

/* A unit of `count` as one request: the sum of its members'. */
struct placement_request placement_whole(const struct placement_request *requests, size_t count);

/* Choose the one engine that can take every member of a unit of `count`, the one with the highest
 * score for all of them together. views[i]: the engines as they are for member i, all in the same
 * order; they differ in has_image and port_taken only. They stay as they are but for why_not and
 * why_kind; those of views[0] tell of the whole unit. Errors as below. */
bool placement_choose_unit(struct placement_engine *const *views, size_t engine_count,
                           const struct placement_request *requests, size_t count,
                           size_t *ret_choice, struct error *err);

/* Choose an engine for each of request->count containers, one after the other, each time the one
 * with the highest score; `ret_choice[i]` is an index into `engines`. All or none: false with
 * ERROR_NO_CAPACITY when some find no place; then why_not of each engine tells why. */
bool placement_choose(struct placement_engine *engines, size_t engine_count,
                      const struct placement_request *request, size_t *ret_choice,
                      struct error *err);
