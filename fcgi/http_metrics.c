/* http_metrics: see http_metrics.h. */
#include "fcgi/http_metrics.h"

#include "core/base/mem.h"
#include "core/base/metrics.h"
#include "fcgi/respond.h"
#include "fcgi/routes.h"

/* Of each route by its number, and after the last one of requests that no route fits; the last
 * status stands for any other. */
struct route_metrics {
    struct metrics_histogram durations;
    _Atomic uint64_t answers[RESPOND_STATUSES + 1];
};

static struct route_metrics *shared;

static size_t count_routes(void) {
    return route_number(NULL);
}

bool http_metrics_share(struct error *err) {
    void *memory = NULL;
    if (!mem_shared((count_routes() + 1) * sizeof *shared, &memory, err))
        return false;
    shared = memory;
    return true;
}

void http_metrics_count(const struct request *request, int64_t took_us) {
    struct route_metrics *of_route = &shared[route_number(request->route)];
    metrics_observe(&of_route->durations, took_us);
    atomic_fetch_add_explicit(&of_route->answers[respond_status_number(request->response.status)],
                              1, memory_order_relaxed);
}

static void add_labels(struct strbuf *labels, size_t number) {
    const struct route *route = route_at(number);
    strbuf_clear(labels);
    strbuf_addf(labels, "method=\"%s\",route=\"%s\"", route ? route->method : "",
                route ? route->pattern : "");
}

static void print_answers(struct strbuf *out, size_t number, const char *labels) {
    CLEANUP(strbuf_release) struct strbuf all = {0};
    for (size_t i = 0; i <= RESPOND_STATUSES; i++) {
        uint64_t count = shared[number].answers[i];
        strbuf_clear(&all);
        strbuf_addf(&all, "%s,status=\"%d\"", labels, respond_status_at(i));
        if (count)
            metrics_line(out, "berth_http_requests_total", all.data, count);
    }
}

void http_metrics_print(struct strbuf *out) {
    static const char seconds[] = "berth_http_request_duration_seconds";
    CLEANUP(strbuf_release) struct strbuf labels = {0};
    metrics_family(out, "berth_http_requests_total", "counter", "Requests answered.");
    for (size_t i = 0; i <= count_routes(); i++) {
        add_labels(&labels, i);
        print_answers(out, i, labels.data);
    }
    metrics_family(out, seconds, "histogram",
                   "From the arrival of a request to the end of its answer.");
    for (size_t i = 0; i <= count_routes(); i++) {
        add_labels(&labels, i);
        if (metrics_observed(&shared[i].durations))
            metrics_histogram_lines(out, seconds, labels.data, &shared[i].durations);
    }
}
