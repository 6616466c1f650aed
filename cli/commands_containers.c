/* commands_containers: the commands of the table that are about containers; see command.h. */
#include "cli/cmd.h"

#define ID_ONE                                                                                     \
    { {.name = "ID", .complete = COMPLETE_CONTAINER, .piped = true}, }
#define ID_MANY                                                                                    \
    { {.name = "ID", .repeat = true, .complete = COMPLETE_CONTAINER, .piped = true}, }

static const char id_notes[] =
    "ID is a container's id or a prefix of it that fits one only; - reads ids from\n"
    "standard input.";

const struct command container_commands[] = {
    {.path = "containers",
     .aliases = {"ps", "container list", "container ls"},
     .group = "Containers",
     .summary = "list the containers of the pool",
     .examples = "containers\n"
                 "containers --state exited --state dead --engine n3\n"
                 "containers --image httpd --limit 20 -o wide\n"
                 "containers --filter state=running --filter image=httpd* -q",
     .notes = "An option that is given several times lets through what fits any of its values;\n"
              "different ones must all fit. Patterns (httpd*) are for --filter.",
     .options = containers_options,
     .filters = "managed|name|image|engine|state|label|group",
     .list = true,
     .run = cmd_containers},
    {.path = "container",
     .aliases = {"inspect"},
     .group = "Containers",
     .summary = "show one container",
     .examples = "container 05e03fe8c689\n"
                 "inspect 05e03 -o json",
     .notes = id_notes,
     .arguments = ID_ONE,
     .run = cmd_container},
    {.path = "explain",
     .group = "Containers",
     .summary = "say why a container is on its engine, and not on another one",
     .examples = "explain 05e03fe8c689",
     .notes = id_notes,
     .arguments = ID_ONE,
     .run = cmd_explain},
    {.path = "adopt",
     .group = "Containers",
     .summary = "take a container that berth did not start under management",
     .examples = "adopt 05e03fe8c689\n"
                 "adopt web --memory 200",
     .notes = "It goes on as it is. What a copy made anew would lack is told.",
     .arguments = ID_ONE,
     .options = adopt_options,
     .run = cmd_adopt},
    {.path = "env",
     .group = "Containers",
     .summary = "print the variables of a container in clear",
     .notes = "For roles with the option reveal-environment; the history tells of it. On a\n"
              "terminal control characters are taken out; a file or a pipe gets every byte.",
     .examples = "env 0af3 >app.env",
     .arguments = ID_ONE,
     .run = cmd_env},
    {.path = "run",
     .group = "Containers",
     .summary = "run one or more containers of an image",
     .examples = "run --name httpd --port tcp/::80 --memory 100 --pull false\n"
                 "run httpd -p 8080:80\n"
                 "run -f web.json --env MODE=test\n"
                 "run --name worker:2 --count 5 --cpus 0.5 --env MODE=fast --restart on-failure:5",
     .notes = "Prints protocol, host port, container port and id of each. When only some of\n"
              "several came to exist, those are printed, and the exit status is 7.",
     .arguments = {{.name = "IMAGE", .optional = true}},
     .options = run_options,
     .begins = true,
     .run = cmd_run},
    {.path = "scale",
     .group = "Containers",
     .summary = "bring the number of identical containers to N",
     .examples = "scale 05e03fe8c689 10\n"
                 "scale 05e03fe8c689 1 --dry-run",
     .notes = id_notes,
     .arguments = {{.name = "ID", .complete = COMPLETE_CONTAINER}, {.name = "N"}},
     .destructive = true,
     .begins = true,
     .run = cmd_scale},
    {.path = "start",
     .group = "Containers",
     .summary = "start stopped containers",
     .examples = "start 05e03fe8c689",
     .notes = id_notes,
     .arguments = ID_MANY,
     .begins = true,
     .run = cmd_start},
    {.path = "stop",
     .group = "Containers",
     .summary = "stop containers",
     .examples = "stop 05e03fe8c689\n"
                 "containers -q --filter image=httpd* | berth stop -",
     .notes = id_notes,
     .arguments = ID_MANY,
     .begins = true,
     .run = cmd_stop},
    {.path = "restart",
     .group = "Containers",
     .summary = "restart containers; a stopped one starts",
     .examples = "restart 05e03fe8c689",
     .notes = id_notes,
     .arguments = ID_MANY,
     .begins = true,
     .run = cmd_restart},
    {.path = "destroy",
     .aliases = {"rm"},
     .group = "Containers",
     .summary = "kill and remove containers, running or not",
     .examples = "destroy 05e03fe8c689\n"
                 "containers -q | berth destroy - --dry-run",
     .notes = id_notes,
     .arguments = ID_MANY,
     .destructive = true,
     .begins = true,
     .run = cmd_destroy},
    {.path = "log",
     .aliases = {"logs"},
     .group = "Containers",
     .summary = "print what a container has written",
     .examples = "log 05e03fe8c689 --tail 20 --since 10m",
     .notes =
         "Both streams, unless one is asked for, each to its own. On a terminal colours and\n"
         "control characters are taken out; a file or a pipe gets every byte. What is followed\n"
         "goes on over a restart of the server.",
     .arguments = ID_ONE,
     .options = log_options,
     .run = cmd_log},
    {.path = "stats",
     .group = "Containers",
     .summary = "show what containers use: CPU, memory, network, blocks",
     .examples = "stats\n"
                 "stats 05e03fe8c689 --follow",
     .notes =
         "Of those that are named, or of all that run. 100 % is one whole CPU. What an engine\n"
         "does not count is shown as -.",
     .arguments = {{.name = "ID",
                    .optional = true,
                    .repeat = true,
                    .complete = COMPLETE_CONTAINER,
                    .piped = true}},
     .options = stats_options,
     .run = cmd_stats},
    {0},
};
