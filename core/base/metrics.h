/* metrics: counts and durations of what a program does, kept in one memory segment that all its
 * processes share; printed as Prometheus reads them (text exposition format 0.0.4). Counting takes
 * no lock and works in any thread; without metrics_share each process counts for itself. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

enum { METRICS_BOUNDS = 16 };

/* How often something took how long; cells of a shared segment. */
struct metrics_histogram {
    _Atomic uint64_t counts[METRICS_BOUNDS + 1]; /* by the bounds of metrics.c; the last: longer */
    _Atomic uint64_t sum_us;
};
void metrics_observe(struct metrics_histogram *histogram, int64_t took_us);
uint64_t metrics_observed(const struct metrics_histogram *histogram);

/* `# HELP` and `# TYPE`, before the lines of a family; its name must be Prometheus's own form. */
void metrics_family(struct strbuf *out, const char *name, const char *type, const char *help);
/* One line. `labels`: `name="value",...` or "". */
void metrics_line(struct strbuf *out, const char *name, const char *labels, uint64_t value);
/* The lines of a histogram of microseconds, as seconds. */
void metrics_histogram_lines(struct strbuf *out, const char *name, const char *labels,
                             const struct metrics_histogram *histogram);

/* What workers and keeper both do. */
enum metrics_outcome { METRICS_OK, METRICS_REFUSED, METRICS_FAILED, METRICS_OUTCOMES };
enum metrics_end {
    METRICS_DONE,
    METRICS_WAITING,
    METRICS_LATER,
    METRICS_AWAY,
    METRICS_GIVEN_UP,
    METRICS_ELSEWHERE,
    METRICS_ENDS
};

/* Before the first fork: the processes count into one place from here on. */
bool metrics_share(struct error *err);

/* A call to an engine, by the word of its kind (see metrics.c), has ended. */
void metrics_engine_call(const char *operation, enum metrics_outcome outcome, int64_t took_us);
/* A statement or pipeline of statements has been answered, or has failed. */
void metrics_database_call(bool ok, int64_t took_us);
/* A container's row was left by whoever had claimed it. */
void metrics_converged(enum metrics_end end);
/* How often so, and the word for it. */
uint64_t metrics_ended(enum metrics_end end);
const char *metrics_end_word(enum metrics_end end);
/* `count` containers were to be placed. */
void metrics_placed(bool placed, size_t count);

void metrics_print(struct strbuf *out);
