/* commands: the table of all commands; help comes out of it. */
#include "cli/cmd.h"

const struct cli_option global_options[] = {
    {.name = "output",
     .letter = 'o',
     .value = "FORM",
     .words = "table|wide|json|name",
     .help = "table, wide (more columns), json (as the server says it), name (ids only)"},
    {.name = "quiet", .letter = 'q', .help = "print ids only"},
    {.name = "no-headers", .help = "tables without their first line"},
    {.name = "no-trunc", .help = "ids in full, times as they are, nothing folded"},
    {.name = "no-color", .help = "no colours; nor with NO_COLOR set, nor into a file or pipe"},
    {.name = "context",
     .value = "NAME",
     .complete = COMPLETE_CONTEXT,
     .help = "the server to talk to, of those in `berth context list`"},
    {.name = "timeout",
     .value = "TIME",
     .help = "give up after that long, as in 30s, 5m; status 124"},
    {.name = "help", .letter = 'h', .help = "explain the command instead"},
    {.name = "version", .letter = 'v', .help = "print the version instead"},
    {0},
};

const struct cli_option list_options[] = {
    {.name = "filter",
     .value = "KEY=VALUE",
     .repeat = true,
     .help = "only records whose field is so, as in state=running, image=httpd*"},
    {0},
};

const struct cli_option destructive_options[] = {
    {.name = "dry-run", .help = "say what would be done, and do nothing"},
    {.name = "yes", .letter = 'y', .help = "do not ask; only a terminal is ever asked"},
    {0},
};

const struct cli_option operation_options[] = {
    {.name = "async", .help = "do not wait: print the id of the operation only"},
    {0},
};

void command_options(const struct command *command,
                     const struct cli_option *ret_tables[OPTION_TABLES + 1]) {
    size_t n = 0;
    if (command && command->options)
        ret_tables[n++] = command->options;
    if (command && command->list)
        ret_tables[n++] = list_options;
    if (command && command->destructive)
        ret_tables[n++] = destructive_options;
    if (command && command->begins)
        ret_tables[n++] = operation_options;
    ret_tables[n++] = global_options;
    ret_tables[n] = NULL;
}

#define ID_ONE                                                                                     \
    { {.name = "ID", .complete = COMPLETE_CONTAINER, .piped = true}, }
#define ID_MANY                                                                                    \
    { {.name = "ID", .repeat = true, .complete = COMPLETE_CONTAINER, .piped = true}, }
#define CONTEXT_ONE                                                                                \
    { {.name = "NAME", .complete = COMPLETE_CONTEXT}, }
#define ENGINE_ONE                                                                                 \
    { {.name = "ID", .complete = COMPLETE_ENGINE}, }

static const char id_notes[] =
    "ID is a container's id or a prefix of it that fits one only; - reads ids from\n"
    "standard input.";

const struct command commands[] = {
    {.path = "login",
     .group = "Session",
     .summary = "log in at a server and keep the token",
     .notes =
         "What is not given is asked for. Several URLs are the controllers of one pool: they are\n"
         "tried in turn when one does not answer. The login is kept under the name of the\n"
         "context, which becomes the current one. Plain http:// is for loopback addresses only.",
     .examples = "login https://berth.example:8443\n"
                 "login --context prod https://one.example https://two.example --cacert ca.pem",
     .arguments = {{.name = "URL", .optional = true, .repeat = true}},
     .options = login_options,
     .run = cmd_login},
    {.path = "logout",
     .group = "Session",
     .summary = "end the session and forget its token",
     .examples = "logout",
     .run = cmd_logout},
    {.path = "context list",
     .aliases = {"contexts", "context ls"},
     .group = "Session",
     .summary = "list the servers that `berth login` knows",
     .examples = "context list",
     .list = true,
     .offline = true,
     .run = cmd_context_list},
    {.path = "context use",
     .group = "Session",
     .summary = "make a context the one that is used without --context",
     .examples = "context use prod",
     .arguments = CONTEXT_ONE,
     .offline = true,
     .run = cmd_context_use},
    {.path = "context show",
     .group = "Session",
     .summary = "show a context, or the current one",
     .examples = "context show",
     .arguments = {{.name = "NAME", .optional = true, .complete = COMPLETE_CONTEXT}},
     .offline = true,
     .run = cmd_context_show},
    {.path = "context rename",
     .group = "Session",
     .summary = "give a context another name",
     .examples = "context rename default prod",
     .arguments = {{.name = "NAME", .complete = COMPLETE_CONTEXT}, {.name = "NEW"}},
     .offline = true,
     .run = cmd_context_rename},
    {.path = "context delete",
     .aliases = {"context rm"},
     .group = "Session",
     .summary = "forget a context and its token",
     .notes = "The token itself lives on until it expires: berth logout ends it.",
     .examples = "context delete test",
     .arguments = CONTEXT_ONE,
     .destructive = true,
     .offline = true,
     .run = cmd_context_delete},
    {.path = "containers",
     .aliases = {"ps"},
     .group = "Containers",
     .summary = "list the containers of the pool",
     .examples = "containers\n"
                 "containers --filter state=running --filter image=httpd* -q",
     .options = containers_options,
     .filters = "managed",
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
                 "run -f web.json --env MODE=test\n"
                 "run --name worker:2 --count 5 --cpus 0.5 --env MODE=fast --restart on-failure:5",
     .notes = "Prints protocol, host port, container port and id of each. When only some of\n"
              "several came to exist, those are printed, and the exit status is 7.",
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
    {.path = "engines",
     .group = "Engines",
     .summary = "list the Docker hosts of the pool",
     .examples = "engines\n"
                 "engines --filter health.status=down",
     .list = true,
     .run = cmd_engines},
    {.path = "engine",
     .group = "Engines",
     .summary = "show one engine",
     .examples = "engine n1",
     .arguments = ENGINE_ONE,
     .run = cmd_engine},
    {.path = "eadd",
     .group = "Engines",
     .summary = "add an engine to the pool",
     .examples =
         "eadd --id n1 --addr https://10.0.0.5:2376 --ca-cert ca.pem --ssl-cert cert.pem --ssl-key key.pem",
     .options = engine_add_options,
     .run = cmd_engine_add},
    {.path = "eupdate",
     .group = "Engines",
     .summary = "change an engine's address, certificates, registry login, labels or size",
     .examples = "eupdate n1 --label ssd --cpus 4\n"
                 "eupdate n1 --ca-cert ca.pem --ssl-cert cert.pem --ssl-key key.pem",
     .notes = "What is not given stays. The same Docker must answer at a new address, and a key\n"
              "or a registry's password is never sent there unless it is given again.",
     .arguments = ENGINE_ONE,
     .options = engine_update_options,
     .run = cmd_engine_update},
    {.path = "edelete",
     .group = "Engines",
     .summary = "remove an engine from the pool",
     .examples = "edelete n1\n"
                 "edelete n1 --force --dry-run",
     .arguments = ENGINE_ONE,
     .options = engine_delete_options,
     .destructive = true,
     .run = cmd_engine_delete},
    {.path = "clusterinfo",
     .aliases = {"info"},
     .group = "Pool",
     .summary = "show the resources of the pool and what is reserved",
     .examples = "clusterinfo",
     .run = cmd_cluster_info},
    {.path = "events",
     .group = "Pool",
     .summary = "show the last N events, newest first",
     .examples = "events 20\n"
                 "events 100 --filter type=run-container",
     .arguments = {{.name = "N", .optional = true}},
     .filters = "type|tag|container|engine|account",
     .list = true,
     .run = cmd_events},
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
     .examples = "cancel 0123456789abcdef0123456789abcdef",
     .arguments = {{.name = "ID", .repeat = true, .complete = COMPLETE_OPERATION, .piped = true}},
     .run = cmd_cancel},
    {.path = "completion",
     .group = "Help",
     .summary = "print the completion script of a shell",
     .notes = "make install puts the scripts where the shells look for them.",
     .examples = "completion bash >~/.local/share/bash-completion/completions/berth",
     .arguments = {{.name = "SHELL", .words = "bash|zsh|fish"}},
     .offline = true,
     .run = cmd_completion},
    {.path = "help",
     .aliases = {"h"},
     .group = "Help",
     .summary = "list the commands, or explain a command or a topic",
     .examples = "help run\nhelp exit-status",
     .arguments =
         {{.name = "COMMAND", .optional = true, .repeat = true, .complete = COMPLETE_COMMAND}},
     .options = help_options,
     .offline = true,
     .run = cmd_help},
    {0},
};
