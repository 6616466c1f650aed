/* cmd_log: what a container has written. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/render.h"
#include "cli/text.h"
#include "core/base/parse.h"
#include "core/base/times.h"

const struct cli_option log_options[] = {
    {.name = "tail", .value = "N", .help = "the last N lines only"},
    {.name = "since",
     .value = "TIME",
     .help = "from then on: 10m, 2h, 2026-01-31T12:00:00Z, seconds"},
    {.name = "timestamps", .letter = 't', .help = "begin each line with its time"},
    {.name = "stdout", .help = "standard output only"},
    {.name = "stderr", .help = "standard error only"},
    {0},
};

/* A terminal gets what is safe for it; a file or a pipe gets every byte as it is. */
struct log_output {
    bool terminal;
    struct text_stream stream;
    int failure; /* errno of the write that failed, 0 = none did */
};

static bool log_sink(void *context, const char *bytes, size_t len) {
    struct log_output *output = context;
    struct strbuf safe = {0};
    errno = 0;
    if (output->terminal) {
        text_stream_feed(&output->stream, bytes, len, &safe);
        fwrite(strbuf_text(&safe), 1, safe.len, stdout);
    } else {
        fwrite(bytes, 1, len, stdout);
    }
    strbuf_release(&safe);
    if (ferror(stdout) || (output->terminal && fflush(stdout) != 0))
        output->failure = errno ? errno : EIO;
    return output->failure == 0;
}

static bool log_query(struct strbuf *path, const struct given *given, struct error *err) {
    bool out = given_flag(given, "stdout"), error = given_flag(given, "stderr");
    const char *since = given_text(given, "since");
    int64_t tail = -1;
    add_query(path, "stdout", out || !error ? "true" : "false");
    add_query(path, "stderr", error || !out ? "true" : "false");
    if (!given_int(given, "tail", 0, INT32_MAX, &tail, err))
        return false;
    if (tail >= 0)
        add_query(path, "tail", given_text(given, "tail"));
    if (given_flag(given, "timestamps"))
        add_query(path, "timestamps", "true");
    if (since) {
        char seconds[24];
        int64_t at;
        if (!time_parse(since, time(NULL), &at))
            return error_field(err, "since",
                               "--since must be as in 10m, 2h, 2026-01-31T12:00:00Z, or seconds "
                               "since 1970, not %s.",
                               since);
        snprintf(seconds, sizeof seconds, "%lld", (long long)at);
        add_query(path, "since", seconds);
    }
    return true;
}

bool cmd_log(struct cli *cli, struct error *err) {
    struct log_output output = {.terminal = isatty(STDOUT_FILENO)};
    struct strbuf path = {0}, rest = {0};
    strbuf_puts(&path, "/api/containers/");
    strbuf_url(&path, cli_argument(cli, 0));
    strbuf_puts(&path, "/logs");
    bool ok = log_query(&path, &cli->given, err);
    if (ok) {
        struct api_request request = {.method = "GET",
                                      .path = strbuf_text(&path),
                                      .sink = log_sink,
                                      .sink_context = &output};
        struct api_reply reply;
        ok = api_call(cli->api, &request, &reply, err);
        if (ok)
            api_reply_release(&reply);
        else if (output.failure)
            ok = render_failed(output.failure, err);
        text_stream_end(&output.stream, &rest);
        fputs(strbuf_text(&rest), stdout);
    }
    strbuf_release(&rest);
    strbuf_release(&path);
    return ok;
}
