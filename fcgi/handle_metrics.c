/* handle_metrics: what Prometheus asks for (text exposition format 0.0.4). */
#include <string.h>

#include "core/base/mem.h"
#include "core/base/metrics.h"
#include "fcgi/handlers.h"
#include "fcgi/http_metrics.h"
#include "fcgi/respond.h"
#include "sql/statements.h"

static bool is_counter(const char *family) {
    static const char suffix[] = "_total";
    size_t len = strlen(family), suffix_len = sizeof suffix - 1;
    return len > suffix_len && strcmp(family + len - suffix_len, suffix) == 0;
}

static void add_lines(struct strbuf *out, const struct db_result *rows) {
    const char *family = "";
    for (int i = 0; i < db_rows(rows); i++) {
        const char *name = db_text(rows, i, "family"), *labels = db_text(rows, i, "labels");
        if (strcmp(name, family) != 0)
            metrics_family(out, name, is_counter(name) ? "counter" : "gauge",
                           db_text(rows, i, "help"));
        strbuf_addf(out, *labels ? "%s{%s} %s\n" : "%s%s %s\n", name, labels,
                    db_text(rows, i, "value"));
        family = name;
    }
}

/* What this worker counts is told also while the database is away: then it is worth most. */
enum request_result handle_metrics(struct request *request) {
    CLEANUP(strbuf_release) struct strbuf out = {0};
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    bool ok = db_run(request->db, &sql_metrics_pool, NULL, 0, &rows, NULL);
    metrics_family(&out, "berth_build_info", "gauge", "The version, as a label.");
    metrics_line(&out, "berth_build_info", "version=\"" PACKAGE_VERSION "\"", 1);
    metrics_family(&out, "berth_database_up", "gauge", "Does PostgreSQL answer?");
    metrics_line(&out, "berth_database_up", "", ok);
    if (ok)
        add_lines(&out, rows);
    http_metrics_print(&out);
    metrics_print(&out);
    return respond_text(request, "text/plain; version=0.0.4; charset=utf-8", strbuf_text(&out),
                        out.len);
}
