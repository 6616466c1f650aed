/* http_metrics: see http_metrics.h. */
#include "fcgi/http_metrics.h"

#include "core/base/mem.h"
#include "core/base/metrics.h"
#include "fcgi/respond.h"
#include "fcgi/routes.h"

enum { ROUTES_MAX = 128 };

/* The last route stands for requests that no route fits; the last status for any other. */
struct http_metrics {
    struct metrics_histogram durations[ROUTES_MAX];
    _Atomic uint64_t answers[ROUTES_MAX][RESPOND_STATUSES + 1];
};

static struct http_metrics *shared;

bool http_metrics_share(struct error *err) {
    void *memory = NULL;
    if (!metrics_memory(sizeof *shared, &memory, err))
        return false;
    shared = memory;
    return true;
}

static size_t route_number(const struct route *route) {
    const struct route *at;
    for (size_t i = 0; i < ROUTES_MAX - 1 && (at = route_at(i)); i++)
        if (at == route)
            return i;
    return ROUTES_MAX - 1;
}

void http_metrics_count(const struct request *request, int64_t took_us) {
    size_t route = route_number(request->route);
    metrics_observe(&shared->durations[route], took_us);
    atomic_fetch_add_explicit(
        &shared->answers[route][respond_status_number(request->response.status)], 1,
        memory_order_relaxed);
}

static void add_labels(struct strbuf *labels, size_t number) {
    const struct route *route = number < ROUTES_MAX - 1 ? route_at(number) : NULL;
    strbuf_clear(labels);
    strbuf_addf(labels, "method=\"%s\",route=\"%s\"", route ? route->method : "",
                route ? route->pattern : "");
}

static void print_answers(struct strbuf *out, size_t number, const char *labels) {
    CLEANUP(strbuf_release) struct strbuf all = {0};
    for (size_t i = 0; i <= RESPOND_STATUSES; i++) {
        uint64_t count = shared->answers[number][i];
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
    for (size_t i = 0; i < ROUTES_MAX; i++) {
        add_labels(&labels, i);
        print_answers(out, i, labels.data);
    }
    metrics_family(out, seconds, "histogram",
                   "From the arrival of a request to the end of its answer.");
    for (size_t i = 0; i < ROUTES_MAX; i++) {
        add_labels(&labels, i);
        if (metrics_observed(&shared->durations[i]))
            metrics_histogram_lines(out, seconds, labels.data, &shared->durations[i]);
    }
}
