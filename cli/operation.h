/* operation: calls that change containers: repeated under one key, waited for with a progress bar,
 * and told the same way whether the server answered at once or later. */
#pragma once

#include "cli/api.h"
#include "cli/command.h"

/* An answer that may still be an operation under way. */
struct outcome {
    char location[256]; /* of the operation, "" = it is over */
    long status;        /* of HTTP, as the call would have ended */
    json_t *doc;        /* the answer's body, or NULL */
    json_t *items;      /* per container, or NULL; borrowed from `doc` or `operation` */
    json_t *operation;  /* the operation's document, if there was one */
    int64_t began_ms;   /* monotonic: when it was asked for */
    bool steadfast;     /* wait for engines that are away, too */
};

/* Send it. `several`: other calls follow at once, so that this one shall not be waited for.
 * `outcome` is to be released in any case. */
bool operation_submit(struct cli *cli, const struct api_request *request, bool several,
                      struct outcome *outcome, struct error *err);
/* With --async: print the operation's id; true: it is not to be waited for. */
bool operation_leave(struct cli *cli, const struct outcome *outcome);
/* Wait until it is over; an operation that failed is an error, as is one that only waits for
 * engines that are away. Ctrl-C: see interrupt.h; after a cancel cli->interrupted is set. */
bool operation_finish(struct cli *cli, struct outcome *outcome, struct error *err);
/* The operation's id; "" when it was over at once. Borrowed. */
const char *operation_id(const struct outcome *outcome);
/* Cancel the operation at `location`, and with `wait` wait for that. *ret_operation is the
 * caller's. */
bool operation_cancel(struct cli *cli, const char *location, bool wait, json_t **ret_operation,
                      struct error *err);
void outcome_release(struct outcome *outcome);

/* Name the containers that failed on standard error, and remember that it was done in part only. */
void outcome_report(struct cli *cli, const struct outcome *outcome);
