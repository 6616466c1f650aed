/* metrics: see metrics.h. */
#include "core/base/metrics.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"

static const int64_t bounds_us[METRICS_BOUNDS] = {500,     1000,     2500,     5000,
                                                  10000,   25000,    50000,    100000,
                                                  250000,  500000,   1000000,  2500000,
                                                  5000000, 10000000, 30000000, 60000000};

/* Kinds of calls to engines; the last takes what is none of them. */
static const char *const operations[] = {"ping",  "list",   "inspect", "create",
                                         "start", "stop",   "restart", "remove",
                                         "pull",  "export", "load",    "version",
                                         "info",  "logs",   "stats",   "other"};
enum { OPERATIONS = ARRAY_LEN(operations) };

static const char *const outcome_words[METRICS_OUTCOMES] = {"ok", "refused", "failed"};
static const char *const end_words[METRICS_ENDS] = {"done", "waiting",  "later",
                                                    "away", "given_up", "elsewhere"};

struct metrics {
    struct metrics_histogram engine_calls[OPERATIONS], database_calls;
    _Atomic uint64_t engine_outcomes[OPERATIONS][METRICS_OUTCOMES];
    _Atomic uint64_t database_failures, ends[METRICS_ENDS], placed, not_placed;
};

static struct metrics own;
static struct metrics *metrics = &own;

void metrics_observe(struct metrics_histogram *histogram, int64_t took_us) {
    size_t i = 0;
    while (i < METRICS_BOUNDS && took_us > bounds_us[i])
        i++;
    atomic_fetch_add_explicit(&histogram->counts[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum_us, took_us > 0 ? (uint64_t)took_us : 0,
                              memory_order_relaxed);
}

uint64_t metrics_observed(const struct metrics_histogram *histogram) {
    uint64_t count = 0;
    for (size_t i = 0; i <= METRICS_BOUNDS; i++)
        count += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
    return count;
}

void metrics_family(struct strbuf *out, const char *name, const char *type, const char *help) {
    strbuf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_line(struct strbuf *out, const char *name, const char *labels, uint64_t value) {
    strbuf_addf(out, *labels ? "%s{%s} %" PRIu64 "\n" : "%s%s %" PRIu64 "\n", name, labels, value);
}

void metrics_histogram_lines(struct strbuf *out, const char *name, const char *labels,
                             const struct metrics_histogram *histogram) {
    const char *comma = *labels ? "," : "";
    uint64_t count = 0;
    for (size_t i = 0; i <= METRICS_BOUNDS; i++) {
        count += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
        strbuf_addf(out, "%s_bucket{%s%sle=\"", name, labels, comma);
        if (i < METRICS_BOUNDS)
            strbuf_addf(out, "%g", (double)bounds_us[i] / 1e6);
        else
            strbuf_puts(out, "+Inf");
        strbuf_addf(out, "\"} %" PRIu64 "\n", count);
    }
    uint64_t sum_us = atomic_load_explicit(&histogram->sum_us, memory_order_relaxed);
    strbuf_addf(out, *labels ? "%s_sum{%s} %.6f\n" : "%s_sum%s %.6f\n", name, labels,
                (double)sum_us / 1e6);
    strbuf_addf(out, *labels ? "%s_count{%s} %" PRIu64 "\n" : "%s_count%s %" PRIu64 "\n", name,
                labels, count);
}

bool metrics_share(struct error *err) {
    void *memory = NULL;
    if (!mem_shared(sizeof *metrics, &memory, err))
        return false;
    metrics = memory;
    return true;
}

static void add(_Atomic uint64_t *cell, uint64_t count) {
    atomic_fetch_add_explicit(cell, count, memory_order_relaxed);
}

void metrics_engine_call(const char *operation, enum metrics_outcome outcome, int64_t took_us) {
    size_t i = 0;
    while (i < OPERATIONS - 1 && strcmp(operations[i], operation) != 0)
        i++;
    metrics_observe(&metrics->engine_calls[i], took_us);
    add(&metrics->engine_outcomes[i][outcome], 1);
}

void metrics_database_call(bool ok, int64_t took_us) {
    metrics_observe(&metrics->database_calls, took_us);
    if (!ok)
        add(&metrics->database_failures, 1);
}

void metrics_converged(enum metrics_end end) {
    add(&metrics->ends[end], 1);
}

uint64_t metrics_ended(enum metrics_end end) {
    return atomic_load_explicit(&metrics->ends[end], memory_order_relaxed);
}

const char *metrics_end_word(enum metrics_end end) {
    return end_words[end];
}

void metrics_placed(bool placed, size_t count) {
    add(placed ? &metrics->placed : &metrics->not_placed, count);
}

static void print_engine_calls(struct strbuf *out) {
    static const char seconds[] = "berth_engine_call_duration_seconds",
                      calls[] = "berth_engine_calls_total";
    CLEANUP(strbuf_release) struct strbuf labels = {0};
    metrics_family(out, seconds, "histogram", "Calls to Docker engines, by kind.");
    for (size_t i = 0; i < OPERATIONS; i++) {
        strbuf_clear(&labels);
        strbuf_addf(&labels, "operation=\"%s\"", operations[i]);
        if (metrics_observed(&metrics->engine_calls[i]))
            metrics_histogram_lines(out, seconds, labels.data, &metrics->engine_calls[i]);
    }
    metrics_family(out, calls, "counter",
                   "The same by outcome: refused by Docker, or failed (unreachable, too slow, "
                   "nonsense).");
    for (size_t i = 0; i < OPERATIONS; i++)
        for (size_t k = 0; k < METRICS_OUTCOMES; k++) {
            strbuf_clear(&labels);
            strbuf_addf(&labels, "operation=\"%s\",outcome=\"%s\"", operations[i],
                        outcome_words[k]);
            metrics_line(out, calls, labels.data, metrics->engine_outcomes[i][k]);
        }
}

void metrics_print(struct strbuf *out) {
    static const char database[] = "berth_database_call_duration_seconds",
                      failures[] = "berth_database_failures_total", ends[] = "berth_converge_total",
                      placements[] = "berth_placements_total";
    CLEANUP(strbuf_release) struct strbuf label = {0};
    print_engine_calls(out);
    metrics_family(out, database, "histogram", "Statements to PostgreSQL, answered or failed.");
    metrics_histogram_lines(out, database, "", &metrics->database_calls);
    metrics_family(out, failures, "counter", "Statements to PostgreSQL that failed.");
    metrics_line(out, failures, "", metrics->database_failures);
    metrics_family(
        out, ends, "counter",
        "Work on containers, by how it ended: as desired, to be looked at again, waiting "
        "for another, for its engine, given up, gone to another engine.");
    for (size_t i = 0; i < METRICS_ENDS; i++) {
        strbuf_clear(&label);
        strbuf_addf(&label, "end=\"%s\"", end_words[i]);
        metrics_line(out, ends, label.data, metrics_ended((enum metrics_end)i));
    }
    metrics_family(out, placements, "counter", "Containers to be placed, and whether they were.");
    metrics_line(out, placements, "result=\"placed\"", metrics->placed);
    metrics_line(out, placements, "result=\"refused\"", metrics->not_placed);
}
