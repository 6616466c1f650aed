/* operation: see operation.h. */
#include "cli/operation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "core/base/clock.h"

static const char wait_briefly[] = "?wait=0.3", wait_long[] = "?wait=50";
/* AWAY_MS: how long to wait for what only waits for engines that are away. */
enum { WAIT_LONG_S = 50, PAUSE_NS = 20000000, AWAY_MS = 10000 };

const char *operation_id(const struct outcome *outcome) {
    const char *slash = strrchr(outcome->location, '/');
    return slash ? slash + 1 : outcome->location;
}

static bool is_async(const struct cli *cli) {
    return cli->given.command->begins && given_flag(&cli->given, "async");
}

bool operation_leave(struct cli *cli, const struct outcome *outcome) {
    if (!is_async(cli))
        return false;
    interrupt_end();
    if (*outcome->location)
        render_line(operation_id(outcome));
    return true;
}

bool operation_submit(struct cli *cli, const struct api_request *request, bool several,
                      struct outcome *outcome, struct error *err) {
    struct api_request call = *request;
    struct api_reply reply;
    *outcome = (struct outcome){.began_ms = clock_ms()};
    call.keyed = true;
    call.async = several || isatty(STDERR_FILENO) || is_async(cli);
    call.async_soon = true;
    interrupt_hold();
    bool ok = api_call(cli->api, &call, &reply, err);
    if (!ok || reply.status != 202)
        interrupt_end();
    if (!ok) {
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
    if (!problem && json_get_int(outcome->operation, "cancelled", 0) > 0)
        return error_set(err, ERROR_CONFLICT, "The operation was cancelled.");
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

/* What was given may be the beginning of its id, which others may share later. */
static void take_id(struct outcome *outcome) {
    const char *id = json_get_text(outcome->operation, "id", ""), *given = operation_id(outcome);
    size_t path = (size_t)(given - outcome->location), len = strlen(given);
    if (*given && strncmp(id, given, len) == 0 && id[len])
        snprintf(outcome->location + path, sizeof outcome->location - path, "%s", id);
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
    take_id(outcome);
    return json_get_text(outcome->operation, "status", NULL) ||
           error_set(err, ERROR_INTERNAL, "%s is no operation.", outcome->location);
}

/* An answer of 202 may come with the operation's document, or with nothing. */
static bool is_running(json_t *operation) {
    return strcmp(json_get_text(operation, "status", "running"), "running") == 0;
}

/* Does nothing go on but what waits for engines that are away? That may last for days. */
static bool only_waits(const struct outcome *outcome, struct error *err) {
    json_t *engines = json_get_array(outcome->operation, "waits_for");
    json_t *items = json_get_array(outcome->operation, "items"), *first = json_at(engines, 0);
    if (outcome->steadfast || json_len(engines) == 0 || clock_ms() - outcome->began_ms < AWAY_MS)
        return false;
    for (size_t i = 0; i < json_len(items); i++)
        if (strcmp(json_get_text(json_at(items, i), "status", ""), "pending") == 0 &&
            strcmp(json_get_text(json_at(items, i), "phase", ""), "waiting") != 0)
            return false;
    error_set(
        err, ERROR_UNREACHABLE,
        "Engine %s%s is away (%s). It is done when the engine is back: berth wait %s; or: berth "
        "cancel %s.",
        json_get_text(first, "id", "?"), json_len(engines) > 1 ? " and others" : "",
        json_get_text(first, "reason", "down"), operation_id(outcome), operation_id(outcome));
    return true;
}

bool operation_cancel(struct cli *cli, const char *location, bool wait, json_t **ret_operation,
                      struct error *err) {
    CLEANUP(mem_free_text) char *path = mem_format("%s/cancel", location);
    struct api_request request = {.method = "POST",
                                  .path = path,
                                  .patient = true,
                                  .async = !wait,
                                  .wait_s = wait ? WAIT_LONG_S : 0};
    struct api_reply reply;
    if (!api_call(cli->api, &request, &reply, err))
        return false;
    *ret_operation = STEAL(reply.doc);
    api_reply_release(&reply);
    return true;
}

/* One that has ended meanwhile needs no cancelling. */
static bool cancel_interrupted(struct cli *cli, const struct outcome *outcome, struct error *err) {
    CLEANUP(json_put) json_t *operation = NULL;
    cli->interrupted = true;
    return operation_cancel(cli, outcome->location, false, &operation, err) ||
           err->kind == ERROR_CONFLICT;
}

/* What the person at the terminal wants, who may have pressed Ctrl-C. */
static bool heed_interrupt(struct cli *cli, const struct outcome *outcome,
                           struct progress *progress, struct error *err) {
    switch (interrupt_ask()) {
    case INTERRUPT_LEAVE:
        interrupt_leave();
    case INTERRUPT_CANCEL:
        return cancel_interrupted(cli, outcome, err);
    case INTERRUPT_NONE:
        progress_show(progress, outcome->operation);
        break;
    case INTERRUPT_WAIT:
        break;
    }
    return true;
}

bool operation_finish(struct cli *cli, struct outcome *outcome, struct error *err) {
    struct progress progress = {.enabled = isatty(STDERR_FILENO) && !cli->quiet};
    bool asks = isatty(STDIN_FILENO) && isatty(STDERR_FILENO), ok = true;
    if (!*outcome->location)
        return true;
    interrupt_begin(outcome->location, asks);
    if (cli->interrupted) /* the first of several was cancelled: the others are meant, too */
        ok = cancel_interrupted(cli, outcome, err);
    while (ok && is_running(outcome->operation)) {
        ok = poll_operation(cli, outcome, asks || progress.enabled, err);
        if (ok && is_running(outcome->operation)) {
            struct timespec pause = {.tv_nsec = PAUSE_NS}; /* should the server not wait */
            ok = heed_interrupt(cli, outcome, &progress, err) && !only_waits(outcome, err);
            nanosleep(&pause, NULL);
        }
    }
    progress_clear(&progress);
    interrupt_end();
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
        else if (strcmp(json_get_text(item, "status", ""), "cancelled") == 0)
            error_set(&err, ERROR_CONFLICT, "It was cancelled.");
        else
            continue;
        error_wrap(&err, "container %s", short_id(json_get_text(item, "container", "?"), room));
        cli_report(cli, &err);
    }
}
