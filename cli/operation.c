/* operation: see operation.h. */
#include "cli/operation.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/progress.h"
#include "cli/render.h"

static const char wait_briefly[] = "?wait=0.3", wait_long[] = "?wait=50";
enum { WAIT_LONG_S = 50, PAUSE_NS = 20000000 };

/* What Ctrl-C leaves behind; written by a signal handler, so made beforehand. */
static char farewell[512];

static void on_interrupt(int signal) {
    (void)!write(STDERR_FILENO, farewell, strlen(farewell));
    _exit(128 + signal);
}

/* An operation goes on without us: say where it can be found. */
static void announce_interrupt(const char *location) {
    struct sigaction action = {.sa_handler = on_interrupt};
    const char *id = strrchr(location, '/');
    snprintf(farewell, sizeof farewell,
             "\nberth: the operation goes on; to see it: berth operation %.64s\n",
             id ? id + 1 : location);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void end_interrupt(void) {
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

bool operation_begin(struct cli *cli, const struct api_request *request, bool several,
                     struct outcome *outcome, struct error *err) {
    struct api_request call = *request;
    struct api_reply reply;
    *outcome = (struct outcome){0};
    call.keyed = true;
    call.async = several || isatty(STDERR_FILENO);
    if (!api_call(cli->api, &call, &reply, err)) {
        /* Gone after a try whose answer was lost: that try did it. */
        if (reply.repeated && err->kind == ERROR_NOT_FOUND &&
            strcmp(request->method, "DELETE") == 0) {
            outcome->status = 204;
            return true;
        }
        return false;
    }
    outcome->status = reply.status;
    outcome->doc = STEAL(reply.doc);
    outcome->items = json_get_array(outcome->doc, "items");
    if (reply.status != 202)
        return true;
    if (!*reply.location)
        return error_set(err, ERROR_INTERNAL, "The server did not say where the operation is.");
    snprintf(outcome->location, sizeof outcome->location, "%s", reply.location);
    outcome->operation = STEAL(outcome->doc);
    return true;
}

/* An answer for an operation that the server gave none for. */
static long status_of(json_t *operation) {
    const char *status = json_get_text(operation, "status", "");
    return strcmp(status, "failed") == 0 ? 500 : strcmp(status, "partial") == 0 ? 207 : 200;
}

static bool is_superseded(json_t *item) {
    return strcmp(json_get_text(item, "status", ""), "superseded") == 0;
}

static bool superseded(struct error *err) {
    return error_set(err, ERROR_CONFLICT, "Another request has changed it meanwhile.");
}

static bool failed_operation(struct outcome *outcome, struct error *err) {
    json_t *problem = outcome->doc;
    for (size_t i = 0; !json_get_text(problem, "code", NULL) && i < json_len(outcome->items); i++)
        problem = json_get_object(json_at(outcome->items, i), "error");
    if (!problem && is_superseded(json_at(outcome->items, 0)))
        return superseded(err);
    api_error_of_problem(problem, outcome->status, err);
    return false;
}

static bool take_result(struct outcome *outcome, struct error *err) {
    json_put(&outcome->doc);
    outcome->location[0] = '\0';
    outcome->doc = json_copy(json_get(outcome->operation, "result"));
    outcome->items = json_get_array(outcome->operation, "items");
    outcome->status = (long)json_get_int(outcome->operation, "http_status", 0);
    if (outcome->status == 0)
        outcome->status = status_of(outcome->operation);
    return outcome->status < 400 || failed_operation(outcome, err);
}

static bool poll_operation(struct cli *cli, struct outcome *outcome, bool briefly,
                           struct error *err) {
    CLEANUP(mem_free_text)
    char *path = mem_format("%s%s", outcome->location, briefly ? wait_briefly : wait_long);
    struct api_request request = {.method = "GET",
                                  .path = path,
                                  .patient = true,
                                  .wait_s = briefly ? 0 : WAIT_LONG_S};
    struct api_reply reply;
    if (!api_call(cli->api, &request, &reply, err))
        return error_wrap(err, "Waiting for %s failed, it may still go on", outcome->location);
    json_put(&outcome->operation);
    outcome->operation = STEAL(reply.doc);
    return json_get_text(outcome->operation, "status", NULL) ||
           error_set(err, ERROR_INTERNAL, "%s is no operation.", outcome->location);
}

/* An answer of 202 may come with the operation's document, or with nothing. */
static bool is_running(json_t *operation) {
    return strcmp(json_get_text(operation, "status", "running"), "running") == 0;
}

bool operation_finish(struct cli *cli, struct outcome *outcome, struct error *err) {
    struct progress progress = {.enabled = isatty(STDERR_FILENO) && !cli->quiet};
    bool ok = true;
    if (!*outcome->location)
        return true;
    announce_interrupt(outcome->location);
    while (ok && is_running(outcome->operation)) {
        ok = poll_operation(cli, outcome, progress.enabled, err);
        if (ok && is_running(outcome->operation)) {
            struct timespec pause = {.tv_nsec = PAUSE_NS}; /* should the server not wait */
            progress_show(&progress, outcome->operation);
            nanosleep(&pause, NULL);
        }
    }
    progress_clear(&progress);
    end_interrupt();
    return ok && take_result(outcome, err);
}

void outcome_release(struct outcome *outcome) {
    json_put(&outcome->doc);
    json_put(&outcome->operation);
    *outcome = (struct outcome){0};
}

void outcome_report(struct cli *cli, const struct outcome *outcome) {
    cli->partial |= outcome->status == 207;
    for (size_t i = 0; i < json_len(outcome->items); i++) {
        json_t *item = json_at(outcome->items, i), *problem = json_get_object(item, "error");
        char room[ID_SHORT + 1];
        struct error err = {0};
        if (problem)
            api_error_of_problem(problem, 500, &err);
        else if (is_superseded(item))
            superseded(&err);
        else
            continue;
        error_wrap(&err, "container %s", short_id(json_get_text(item, "container", "?"), room));
        cli_report(cli, &err);
    }
}
