/* cmd_events: the history: listed, followed, verified. */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/event_follow.h"
#include "cli/render.h"
#include "core/base/parse.h"

const struct cli_option events_options[] = {
    {.name = "follow", .letter = 'f', .help = "go on with what comes; with N the last N first"},
    {.name = "since",
     .value = "TIME",
     .help = "from then on: 10m, 2h, 2026-01-31T12:00:00Z, seconds"},
    {.name = "until", .value = "TIME", .help = "before then"},
    {.name = "type", .value = "TYPE", .help = "of this type, as in run-container"},
    {.name = "tag", .value = "TAG", .help = "with this tag"},
    {.name = "container",
     .value = "ID",
     .complete = COMPLETE_CONTAINER,
     .help = "about it: its id, or the beginning of one"},
    {.name = "engine", .value = "ID", .complete = COMPLETE_ENGINE, .help = "about this engine"},
    {.name = "account",
     .value = "NAME",
     .complete = COMPLETE_ACCOUNT,
     .help = "what this account did"},
    {0},
};

const struct cli_option events_verify_options[] = {
    {.name = "head",
     .value = "DIGEST",
     .help = "a digest noted earlier, which the history must still contain"},
    {0},
};

static void add_event(struct table *table, json_t *event) {
    char room[ID_SHORT + 1], ago[AGO_ROOM];
    CLEANUP(strbuf_release) struct strbuf message = {0};
    short_ids(&message, json_get_text(event, "message", NULL));
    table_add(table, (const char *[]){
                         json_get_text(event, "type", NULL),
                         strbuf_text(&message),
                         ago_text(json_get_text(event, "time", NULL), ago),
                         json_get_text(event, "account", NULL),
                         json_get_text(json_get(event, "engine"), "id", NULL),
                         short_id(json_get_text(json_get(event, "container"), "id", NULL), room),
                     });
}

bool cmd_events(struct cli *cli, struct error *err) {
    static const char *const titles[] = {"TYPE",   "MESSAGE",   "TIME", "ACCOUNT",
                                         "ENGINE", "CONTAINER", NULL};
    static const char *const filters[] = {"type", "tag", "container", "engine", "account", NULL};
    const struct given *given = &cli->given;
    const char *count = cli_argument(cli, 0);
    int64_t number = 0;
    CLEANUP(strbuf_release) struct strbuf path = {0};
    if (count && !parse_int(count, 1, INT32_MAX, &number))
        return error_field(err, "count", "N must be a whole number from 1 on, not %s.", count);
    strbuf_puts(&path, "/api/events");
    add_options(&path, given, filters);
    if (!add_time(&path, given, "since", err) || !add_time(&path, given, "until", err))
        return false;
    if (given_flag(given, "follow") && given_text(given, "until"))
        return error_field(err, "until", "--until does not go with --follow, which has no end.");
    if (given_flag(given, "follow"))
        return event_follow(cli, strbuf_text(&path), number, given_text(given, "since"), err);
    struct pages pages = {.size_name = "count", .size_max = EVENT_PAGE, .total = number};
    if (!count)
        return show_list(cli, strbuf_text(&path), titles, add_event, err);
    return show_pages(cli, strbuf_text(&path), &pages, titles, add_event, err);
}

/* One step of the verification, which the server does in steps of a few seconds; `report` becomes
 * the sum of all up to here. */
static bool verify_step(struct cli *cli, json_t **report, struct error *err) {
    CLEANUP(strbuf_release) struct strbuf path = {0};
    json_t *next = NULL;
    const char *head = given_text(&cli->given, "head");
    const char *cursor = json_get_text(*report, "cursor", NULL);
    strbuf_puts(&path, "/api/events/verify");
    if (head)
        add_query(&path, "head", head);
    if (cursor)
        add_query(&path, "cursor", cursor);
    if (!get_document(cli, strbuf_text(&path), &next, err))
        return false;
    const char *further = json_get_text(next, "cursor", NULL);
    bool stuck = cursor && further && strcmp(cursor, further) == 0;
    static const char *const sums[] = {"seals", "events"};
    for (size_t i = 0; i < ARRAY_LEN(sums); i++)
        json_set_int(next, sums[i],
                     json_get_int(*report, sums[i], 0) + json_get_int(next, sums[i], 0));
    json_put(report);
    *report = next;
    return !stuck || error_set(err, ERROR_INTERNAL,
                               "The server does not get on: it began again "
                               "where it had begun.");
}

static void add_count(struct strbuf *line, json_t *report, const char *key, const char *noun) {
    int64_t count = json_get_int(report, key, 0);
    char room[COUNT_ROOM];
    strbuf_addf(line, "%s %s%s", count_text(count, room), noun, count == 1 ? "" : "s");
}

/* "12,345 events under 310 seals: unbroken; head 310 is DIGEST". */
static void print_report(const struct cli *cli, json_t *report) {
    CLEANUP(strbuf_release) struct strbuf line = {0};
    const char *digest = json_get_text(report, "digest", NULL);
    bool ok = json_get_bool(report, "ok", false);
    if (cli->output == OUTPUT_JSON) {
        render_json(report);
        return;
    }
    if (cli->quiet) {
        if (ok && digest)
            render_line(digest);
        return;
    }
    add_count(&line, report, "events", "event");
    strbuf_puts(&line, " under ");
    add_count(&line, report, "seals", "seal");
    strbuf_puts(&line, ok ? ": unbroken" : " fit; then it is broken");
    if (json_get_int(report, "dropped_seals", 0) > 0) {
        strbuf_puts(&line, "; the events of ");
        add_count(&line, report, "dropped_seals", "seal");
        strbuf_puts(&line, " before are gone, by age");
    }
    if (ok && json_get_int(report, "unsealed", 0) > 0) {
        strbuf_puts(&line, "; ");
        add_count(&line, report, "unsealed", "event");
        strbuf_puts(&line, " not sealed yet");
    }
    if (ok && digest)
        strbuf_addf(&line, "; head %lld is %s", (long long)json_get_int(report, "head", 0), digest);
    render_line(strbuf_text(&line));
}

bool cmd_events_verify(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *report = NULL;
    do {
        if (!verify_step(cli, &report, err))
            return false;
    } while (json_get_text(report, "cursor", NULL));
    print_report(cli, report);
    return json_get_bool(report, "ok", false) ||
           error_set(err, ERROR_INTERNAL, "The history is not what it was: %s",
                     json_get_text(report, "problem", "the server does not say why."));
}
