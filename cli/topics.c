/* topics: what holds for all commands: environment, files, exit statuses, filters; see manual.h. */
#include <stdio.h>
#include <string.h>

#include "cli/manual.h"

static const struct topic_row exit_rows[] = {
    {"0", "done"},
    {"1", "failed: an internal error, output that cannot be written, or the answer was no"},
    {"2", "bad usage or input: nothing was sent, or nothing was changed"},
    {"3", "not logged in, or not allowed, or too many attempts"},
    {"4", "not found"},
    {"5", "conflict with what is there, no room, or the engine refuses it"},
    {"6", "the server or an engine cannot be reached, is too slow or failed; what waits for an "
          "engine that is away goes on: berth wait"},
    {"7", "done only in part: what failed is told on standard error"},
    {"124", "the time of --timeout is over"},
    {"130, 143", "interrupted (Ctrl-C), terminated; an operation goes on unless it was cancelled"},
    {0},
};

static const struct topic_row environment_rows[] = {
    {"BERTH_URL",
     "address of the server; several, separated by spaces or commas, are tried in turn"},
    {"BERTH_CACERT", "file of the certificate that vouches for the server, PEM"},
    {"BERTH_TOKEN", "a token to use as it is"},
    {"BERTH_USERNAME", "account, with BERTH_PASSWORD_FILE: logs in by itself"},
    {"BERTH_PASSWORD_FILE", "file whose first line is the password"},
    {"BERTH_CONTEXT", "context to use, unless --context is given"},
    {"BERTH_CONFIG", "file of the contexts"},
    {"NO_COLOR", "no colours"},
    {"XDG_CONFIG_HOME, XDG_CACHE_HOME", "where berth/config.json and the token cache lie"},
    {0},
};

static const struct topic_row file_rows[] = {
    {"~/.config/berth/config.json", "contexts and their tokens; refused when others may read it"},
    {"~/.cache/berth/", "tokens of BERTH_USERNAME"},
    {0},
};

static const struct topic_row filter_rows[] = {
    {"--filter state=running", "a field of the record, as -o json shows it"},
    {"--filter engine.id=n1", "a field of an object within it; \"engine=n1\" means its name or id"},
    {"--filter 'image=httpd*'", "* stands for anything; case does not count"},
    {"--filter a=1 --filter b=2", "both must hold"},
    {0},
};

const struct topic topics[] = {
    {.name = "environment",
     .title = "Environment",
     .section = "ENVIRONMENT",
     .text = "What counts first: --context NAME alone; else the variables; else the context of\n"
             "BERTH_CONTEXT, or the current one (berth context use). A stored token is only ever\n"
             "sent to the addresses that it came from.",
     .rows = environment_rows},
    {.name = "files", .title = "Files", .section = "FILES", .rows = file_rows},
    {.name = "filters", .title = "Filters of lists", .section = "FILTERS", .rows = filter_rows},
    {.name = "exit-status", .title = "Exit status", .section = "EXIT STATUS", .rows = exit_rows},
    {0},
};

const struct topic *topic_find(const char *name) {
    for (const struct topic *topic = topics; topic->name; topic++)
        if (strcmp(topic->name, name) == 0)
            return topic;
    return NULL;
}

void topic_print(const struct topic *topic) {
    size_t width = 0;
    printf("%s\n\n", topic->title);
    if (topic->text)
        printf("%s\n\n", topic->text);
    for (const struct topic_row *row = topic->rows; row->name; row++)
        if (strlen(row->name) > width)
            width = strlen(row->name);
    for (const struct topic_row *row = topic->rows; row->name; row++)
        printf("  %-*s  %s\n", (int)width, row->name, row->text);
}
