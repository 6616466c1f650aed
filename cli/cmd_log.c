/* cmd_log: what a container has written, and goes on writing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/log_reader.h"
#include "cli/render.h"
#include "cli/text.h"
#include "core/base/clock.h"
#include "core/base/parse.h"
#include "core/base/times.h"

const struct cli_option log_options[] = {
    {.name = "follow", .letter = 'f', .help = "go on with what comes, until the container ends"},
    {.name = "tail", .value = "N", .help = "the last N lines only"},
    {.name = "since",
     .value = "TIME",
     .help = "from then on: 10m, 2h, 2026-01-31T12:00:00Z, seconds"},
    {.name = "timestamps", .letter = 't', .help = "begin each line with its time"},
    {.name = "stdout", .help = "standard output only"},
    {.name = "stderr", .help = "standard error only"},
    {0},
};

/* PATIENCE_MS: without a word of the server, until following is given up. SILENT_MAX: seconds after
 * which a connection is taken for broken; the server gives a sign of life every 15. */
enum { PATIENCE_MS = 30000, PAUSE_FIRST_MS = 100, PAUSE_MAX_MS = 3000, SILENT_MAX = 60 };

/* A terminal gets what is safe for it; a file or a pipe gets every byte as it is. */
struct log_output {
    FILE *file;
    bool terminal;
    struct text_stream stream;
};

struct log_view {
    struct log_reader reader;
    struct log_output outputs[2];
    bool follow;
    bool begun;  /* something has come, on whatever connection */
    int failure; /* errno of the write that failed, 0 = none did */
    bool nonsense;
    int silent_s;
    int64_t heard_ms, pause_ms;
};

static bool print_bytes(void *context, int stream, const char *bytes, size_t len) {
    struct log_view *view = context;
    struct log_output *output = &view->outputs[stream == 1 ? 0 : 1];
    errno = 0;
    if (output->terminal) {
        struct strbuf safe = {0};
        text_stream_feed(&output->stream, bytes, len, &safe);
        fwrite(strbuf_text(&safe), 1, safe.len, output->file);
        strbuf_release(&safe);
    } else {
        fwrite(bytes, 1, len, output->file);
    }
    if (ferror(output->file))
        view->failure = errno ? errno : EIO;
    return view->failure == 0;
}

static bool log_sink(void *context, const char *bytes, size_t len) {
    struct log_view *view = context;
    if (len == 0)
        return !view->follow || ++view->silent_s < SILENT_MAX;
    view->silent_s = 0;
    view->begun = true;
    view->heard_ms = clock_ms();
    view->pause_ms = PAUSE_FIRST_MS;
    if (!log_reader_feed(&view->reader, bytes, len)) {
        view->nonsense = view->failure == 0;
        return false;
    }
    if ((view->follow || view->outputs[0].terminal) && fflush(stdout) != 0)
        view->failure = errno ? errno : EIO;
    return view->failure == 0;
}

static bool add_since(struct strbuf *path, const struct given *given, struct error *err) {
    char seconds[24];
    int64_t at;
    const char *since = given_text(given, "since");
    if (!since)
        return true;
    if (!time_parse(since, time(NULL), &at))
        return error_field(err, "since",
                           "--since must be as in 10m, 2h, 2026-01-31T12:00:00Z, or seconds "
                           "since 1970, not %s.",
                           since);
    snprintf(seconds, sizeof seconds, "%lld", (long long)at);
    add_query(path, "since", seconds);
    return true;
}

static bool log_query(struct strbuf *path, const struct log_view *view, const struct given *given,
                      struct error *err) {
    bool out = given_flag(given, "stdout"), error = given_flag(given, "stderr");
    int64_t tail = -1;
    char again[32];
    add_query(path, "frames", "true");
    add_query(path, "stdout", out || !error ? "true" : "false");
    add_query(path, "stderr", error || !out ? "true" : "false");
    if (!given_int(given, "tail", 0, INT32_MAX, &tail, err))
        return false;
    if (view->reader.stamped)
        add_query(path, "timestamps", "true");
    if (view->follow)
        add_query(path, "follow", "true");
    log_reader_since(&view->reader, again);
    if (*again) {
        add_query(path, "since", again);
        return true;
    }
    if (tail >= 0)
        add_query(path, "tail", given_text(given, "tail"));
    return add_since(path, given, err);
}

/* What the last mark says; true: the log has ended as it should. */
static bool judge_end(const struct log_view *view, struct error *err) {
    const char *end = view->reader.end;
    if (!view->reader.ended)
        return error_set(err, ERROR_ENGINE, "The log broke off.");
    if (strcmp(end, "done") == 0)
        return true;
    if (strcmp(end, "revoked") == 0)
        return error_set(err, ERROR_UNAUTHENTICATED, "The token is no longer valid: log in again.");
    if (strcmp(end, "drain") == 0)
        return error_set(err, ERROR_UNAVAILABLE, "The server is being restarted.");
    return error_set(err, ERROR_ENGINE, "The log broke off: %s",
                     end + strspn(end, "abcdefghijklmnopqrstuvwxyz: "));
}

static bool read_once(struct cli *cli, struct log_view *view, struct error *err) {
    CLEANUP(strbuf_release) struct strbuf path = {0};
    struct api_reply reply;
    strbuf_puts(&path, "/api/containers/");
    strbuf_url(&path, cli_argument(cli, 0));
    strbuf_puts(&path, "/logs");
    if (!log_query(&path, view, &cli->given, err))
        return false;
    struct api_request request = {.method = "GET",
                                  .path = strbuf_text(&path),
                                  .sink = log_sink,
                                  .sink_context = view};
    bool ok = api_call(cli->api, &request, &reply, err);
    if (ok)
        api_reply_release(&reply);
    else if (view->failure)
        return render_failed(view->failure, err);
    else if (view->nonsense)
        return error_set(err, ERROR_INTERNAL, "The server's answer is not in frames.");
    return ok && judge_end(view, err);
}

/* A log that is followed goes on over restarts of the server and of an engine. */
static bool goes_on(struct log_view *view, const struct error *err) {
    bool passes = err->kind == ERROR_UNREACHABLE || err->kind == ERROR_TIMEOUT ||
                  err->kind == ERROR_ENGINE || err->kind == ERROR_UNAVAILABLE;
    if (!view->follow || !view->begun || view->failure || !passes ||
        clock_ms() - view->heard_ms > PATIENCE_MS)
        return false;
    nanosleep(&(struct timespec){view->pause_ms / 1000, view->pause_ms % 1000 * 1000000}, NULL);
    view->pause_ms = view->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : view->pause_ms * 2;
    view->silent_s = 0;
    log_reader_again(&view->reader);
    return true;
}

bool cmd_log(struct cli *cli, struct error *err) {
    bool follow = given_flag(&cli->given, "follow"), stamps = given_flag(&cli->given, "timestamps");
    struct log_view view = {.reader = {.stamped = follow || stamps,
                                       .show_stamps = stamps,
                                       .print = print_bytes},
                            .outputs = {{.file = stdout, .terminal = isatty(STDOUT_FILENO)},
                                        {.file = stderr, .terminal = isatty(STDERR_FILENO)}},
                            .follow = follow,
                            .pause_ms = PAUSE_FIRST_MS};
    view.reader.context = &view;
    bool ok;
    do
        ok = read_once(cli, &view, err);
    while (!ok && goes_on(&view, err));
    for (size_t i = 0; i < ARRAY_LEN(view.outputs); i++) {
        struct strbuf rest = {0};
        text_stream_end(&view.outputs[i].stream, &rest);
        fputs(strbuf_text(&rest), view.outputs[i].file);
        strbuf_release(&rest);
    }
    log_reader_release(&view.reader);
    return ok;
}
