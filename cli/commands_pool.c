/* commands_pool: the commands of the table that are about the pool as a whole, its history and
 * operations; see command.h. */
#include "cli/cmd.h"

const struct command pool_commands[] = {
    {.path = "clusterinfo",
     .aliases = {"info"},
     .group = "Pool",
     .summary = "show the resources of the pool and what is reserved",
     .examples = "clusterinfo",
     .run = cmd_cluster_info},
    {.path = "check",
     .group = "Pool",
     .summary = "could the pool lose any one of its engines?",
     .examples = "check",
     .notes = "For each engine: would what runs there, and may go elsewhere, find room on the\n"
              "others? STAY: what would wait for its return. It fails when the answer is no.",
     .run = cmd_check},
    {.path = "events",
     .group = "Pool",
     .summary = "show the last N events, newest first, or follow them",
     .examples = "events 20\n"
                 "events 100 --type run-container --account clare\n"
                 "events --since 2h --container 05e03fe8c689\n"
                 "events 10 --follow --engine n3",
     .notes = "100 without N. What is followed comes oldest first, from now on, or with --since\n"
              "from then on, and goes on over a restart of the server; -o json prints one\n"
              "document a line. Ctrl-C ends it.",
     .arguments = {{.name = "N", .optional = true}},
     .options = events_options,
     .filters = "type|tag|container|engine|account|since|until",
     .list = true,
     .run = cmd_events},
    {.path = "events verify",
     .group = "Pool",
     .summary = "verify that none of berth's own events was changed or taken away",
     .examples = "events verify\n"
                 "events verify -q >head.txt\n"
                 "events verify --head $(cat head.txt)",
     .notes =
         "Computes the seals of the history again. Who keeps the digest of its head elsewhere\n"
         "can tell later that it is still the same history. -q prints that digest only; the\n"
         "exit status is 1 when a seal is broken.",
     .options = events_verify_options,
     .run = cmd_events_verify},
    {.path = "operations",
     .aliases = {"ops"},
     .group = "Pool",
     .summary = "list what engines were asked to do, newest first",
     .examples = "operations --filter state=running\n"
                 "operations --filter account=clare --filter limit=500",
     .list = true,
     .filters = "state|account|type|limit|cursor",
     .run = cmd_operations},
    {.path = "operation",
     .group = "Pool",
     .summary = "show an operation, under way or over",
     .examples = "operation 7f3a",
     .arguments = {{.name = "ID", .complete = COMPLETE_OPERATION}},
     .run = cmd_operation},
    {.path = "wait",
     .group = "Pool",
     .summary = "wait for operations; tell how each has ended",
     .notes = "Status 0 when all were done, 7 when one was done in part, 1 when one has failed or\n"
              "was cancelled. What waits for an engine that is away is waited for.",
     .examples = "wait $(berth run --name httpd --async)",
     .arguments = {{.name = "ID", .repeat = true, .complete = COMPLETE_OPERATION, .piped = true}},
     .run = cmd_wait},
    {.path = "cancel",
     .group = "Pool",
     .summary = "cancel what has not begun of operations",
     .notes =
         "Containers of a run that do not yet run are removed; a stop, restart, destroy or\n"
         "scale down that no engine has begun is withdrawn; what is left goes on. Prints what\n"
         "became of each container.",
     .examples = "cancel 7f3a",
     .arguments = {{.name = "ID", .repeat = true, .complete = COMPLETE_OPERATION, .piped = true}},
     .run = cmd_cancel},
    {.path = "retry",
     .group = "Pool",
     .summary = "do again what has failed of an operation",
     .notes =
         "Containers that could not be run are run anew, with the same specification; a start,\n"
         "stop, restart or destroy is asked for again. It is an operation of its own.",
     .examples = "retry 7f3a",
     .arguments = {{.name = "ID", .complete = COMPLETE_OPERATION}},
     .begins = true,
     .run = cmd_retry},
    {0},
};
