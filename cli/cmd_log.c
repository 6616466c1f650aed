/* cmd_log: what a container has written, and goes on writing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/follow.h"
#include "cli/log_reader.h"
#include "cli/render.h"
#include "cli/text.h"

const struct cli_option log_options[] = {
    {.name = "follow", .letter = 'f', .help = "go on with what comes, until the container ends"},
    {.name = "tail", .value = "N", .help = "the last N lines only"},
    {.name = "since",
     .value = "TIME",
     .help = "from then on: 10m, 2h, 2026-01-31T12:00:00Z, seconds"},
    {.name = "until", .value = "TIME", .help = "before then"},
    {.name = "timestamps", .letter = 't', .help = "begin each line with its time"},
    {.name = "stdout", .help = "standard output only"},
    {.name = "stderr", .help = "standard error only"},
    {0},
};

/* A terminal gets what is safe for it; a file or a pipe gets every byte as it is. */
struct log_output {
    FILE *file;
    bool terminal;
    struct text_stream stream;
};

struct log_view {
    struct log_reader reader;
    struct log_output outputs[2];
    bool follows;
    struct follow follow;
    int failure; /* errno of the write that failed, 0 = none did */
    bool nonsense;
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
    bool alive = follow_heard(&view->follow, len);
    if (len == 0)
        return !view->follows || alive;
    if (!log_reader_feed(&view->reader, bytes, len)) {
        view->nonsense = view->failure == 0;
        return false;
    }
    if ((view->follows || view->outputs[0].terminal) && fflush(stdout) != 0)
        view->failure = errno ? errno : EIO;
    return view->failure == 0;
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
    if (view->follows && given_text(given, "until"))
        return error_field(err, "until", "--until does not go with --follow, which has no end.");
    if (view->reader.stamped)
        add_query(path, "timestamps", "true");
    if (view->follows)
        add_query(path, "follow", "true");
    log_reader_since(&view->reader, again);
    if (*again) {
        add_query(path, "since", again);
        return true;
    }
    if (tail >= 0)
        add_query(path, "tail", given_text(given, "tail"));
    return add_time(path, given, "since", err) && add_time(path, given, "until", err);
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
    return ok && follow_judge("The log", view->reader.ended ? view->reader.end : NULL, err);
}

/* A log that is followed goes on over restarts of the server and of an engine. */
static bool goes_on(const struct cli *cli, struct log_view *view, const struct error *err) {
    if (!view->follows || view->failure || !follow_again(&view->follow, cli, err))
        return false;
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
                            .follows = follow};
    view.reader.context = &view;
    bool ok;
    do
        ok = read_once(cli, &view, err);
    while (!ok && goes_on(cli, &view, err));
    for (size_t i = 0; i < ARRAY_LEN(view.outputs); i++) {
        struct strbuf rest = {0};
        text_stream_end(&view.outputs[i].stream, &rest);
        fputs(strbuf_text(&rest), view.outputs[i].file);
        strbuf_release(&rest);
    }
    log_reader_release(&view.reader);
    return ok;
}
