/* event_follow: see event_follow.h. */
#include "cli/event_follow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/filter.h"
#include "cli/follow.h"
#include "cli/interrupt.h"
#include "cli/text.h"

/* LINE_MAX_BYTES: a longer line is no event. */
enum { LINE_MAX_BYTES = 4 << 20 };

struct event_view {
    const struct cli *cli;
    struct follow follow;
    struct strbuf line; /* what has come of it */
    char cursor[HTTP_CURSOR_MAX];
    char end[32];   /* the last mark, "" = none came yet */
    int64_t *shown; /* ids of the events of before, which may come again, once */
    size_t shown_count;
    int failure; /* errno of the write that failed, 0 = none did */
    bool nonsense;
};

/* Lines that come one by one have columns of a fixed width; what is wider takes its room. */
static void add_column(struct strbuf *line, const char *text, int width) {
    struct strbuf safe = {0};
    text_safe(&safe, text ? text : "-");
    strbuf_addf(line, "%-*s  ", width, strbuf_text(&safe));
    strbuf_release(&safe);
}

static void add_columns(struct strbuf *line, json_t *event) {
    char room[ID_SHORT + 1];
    add_column(line, json_get_text(event, "time", NULL), 20);
    add_column(line, json_get_text(event, "type", NULL), 16);
    add_column(line, json_get_text(event, "account", NULL), 10);
    add_column(line, json_get_text(json_get(event, "engine"), "id", NULL), 8);
    add_column(line, short_id(json_get_text(json_get(event, "container"), "id", NULL), room),
               ID_SHORT);
    text_safe(line, json_get_text(event, "message", ""));
}

static bool print_event(struct event_view *view, json_t *event) {
    CLEANUP(strbuf_release) struct strbuf line = {0};
    if (!filter_lets(view->cli, event))
        return true;
    errno = 0;
    if (view->cli->output == OUTPUT_JSON)
        text_safe_json(&line, json_print(event));
    else if (view->cli->quiet)
        text_safe(&line, json_object_get_string(json_get(event, "id")));
    else
        add_columns(&line, event);
    if (puts(strbuf_text(&line)) < 0 || fflush(stdout) != 0)
        view->failure = errno ? errno : EIO;
    return view->failure == 0;
}

static bool was_shown(const struct event_view *view, json_t *event) {
    int64_t id = json_get_int(event, "id", 0);
    for (size_t i = 0; i < view->shown_count; i++)
        if (view->shown[i] == id)
            return true;
    return false;
}

/* An event, the last mark, or an empty line: a sign of life. */
static bool take_line(struct event_view *view, const char *text) {
    CLEANUP(json_put) json_t *event = NULL;
    if (!*text)
        return true;
    view->nonsense = !json_parse_trusted(text, &event) || !json_get_text(event, "cursor", NULL);
    if (view->nonsense)
        return false;
    const char *end = json_get_text(event, "end", NULL);
    if (end)
        snprintf(view->end, sizeof view->end, "%s", end);
    else if (!was_shown(view, event) && !print_event(view, event))
        return false;
    snprintf(view->cursor, sizeof view->cursor, "%s", json_get_text(event, "cursor", ""));
    return true;
}

static bool event_sink(void *context, const char *bytes, size_t len) {
    struct event_view *view = context;
    bool alive = follow_heard(&view->follow, len);
    if (len == 0)
        return alive;
    for (const char *newline; (newline = memchr(bytes, '\n', len));) {
        size_t used = (size_t)(newline - bytes);
        strbuf_add(&view->line, bytes, used);
        bool ok = take_line(view, strbuf_text(&view->line));
        strbuf_clear(&view->line);
        if (!ok)
            return false;
        bytes += used + 1;
        len -= used + 1;
    }
    strbuf_add(&view->line, bytes, len);
    view->nonsense |= view->line.full;
    return !view->nonsense;
}

static bool read_once(struct cli *cli, struct event_view *view, const char *path,
                      struct error *err) {
    CLEANUP(strbuf_release) struct strbuf whole = {0};
    struct api_reply reply;
    strbuf_puts(&whole, path);
    add_query(&whole, "follow", "true");
    add_query(&whole, "after", view->cursor);
    struct api_request request = {.method = "GET",
                                  .path = strbuf_text(&whole),
                                  .sink = event_sink,
                                  .sink_context = view};
    view->end[0] = '\0';
    strbuf_clear(&view->line);
    if (api_call(cli->api, &request, &reply, err)) {
        api_reply_release(&reply);
        return follow_judge("The history", *view->end ? view->end : NULL, err);
    }
    if (view->failure)
        return render_failed(view->failure, err);
    if (view->nonsense)
        return error_set(err, ERROR_INTERNAL, "The server's answer is no history.");
    /* The place is known from before: only what the server says itself is final at once. */
    view->follow.begun |= !api_problem(cli->api);
    return false;
}

/* Where the history ends now: what comes later is not lost, whenever the connection is made. */
static bool find_end(struct cli *cli, char cursor[HTTP_CURSOR_MAX], struct error *err) {
    struct api_request request = {.method = "GET", .path = "/api/events?after=now"};
    struct api_reply reply;
    if (!api_call(cli->api, &request, &reply, err))
        return false;
    snprintf(cursor, HTTP_CURSOR_MAX, "%s", reply.next_cursor);
    api_reply_release(&reply);
    return *cursor ||
           error_set(err, ERROR_INTERNAL, "The server does not say where its history goes on.");
}

/* The newest ones, oldest first. The end was found before they were asked for, so that some may
 * come again. */
static bool print_newest(struct cli *cli, struct event_view *view, const char *path, int64_t count,
                         struct error *err) {
    CLEANUP(json_put) json_t *list = NULL;
    struct pages pages = {.size_name = "count", .size_max = EVENT_PAGE, .total = count};
    if (!get_pages(cli, path, &pages, &list, err))
        return false;
    size_t n = json_len(list);
    view->shown = mem_array(n + 1, sizeof *view->shown);
    while (n > 0) {
        json_t *event = json_at(list, --n);
        view->shown[view->shown_count++] = json_get_int(event, "id", 0);
        if (!print_event(view, event))
            return render_failed(view->failure, err);
    }
    return true;
}

static void print_titles(const struct cli *cli) {
    if (cli->output == OUTPUT_TABLE && !cli->quiet && !cli->no_headers)
        printf("%-20s  %-16s  %-10s  %-8s  %-12s  %s\n", "TIME", "TYPE", "ACCOUNT", "ENGINE",
               "CONTAINER", "MESSAGE");
}

bool event_follow(struct cli *cli, const char *path, int64_t count, bool oldest,
                  struct error *err) {
    struct event_view view = {.cli = cli, .line = STRBUF_MAX(LINE_MAX_BYTES), .cursor = "oldest"};
    CLEANUP(strbuf_release) struct strbuf filtered = {0};
    strbuf_puts(&filtered, path);
    interrupt_quietly();
    bool ok = filter_query(cli, &filtered, err) &&
              ((oldest && count == 0) || find_end(cli, view.cursor, err));
    if (ok)
        print_titles(cli);
    ok = ok && (count == 0 || print_newest(cli, &view, strbuf_text(&filtered), count, err));
    if (ok)
        do
            ok = read_once(cli, &view, strbuf_text(&filtered), err);
        while (!ok && !view.failure && !view.nonsense && follow_again(&view.follow, cli, err));
    interrupt_end();
    strbuf_release(&view.line);
    free(view.shown);
    return ok;
}
