/* cmd_run: deploy containers, and change their number. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/operation.h"
#include "cli/prompt.h"
#include "cli/render.h"
#include "cli/spec_args.h"
#include "core/base/parse.h"

enum { COUNT_MAX = 1000000 };

const struct cli_option run_options[] = {
    {.name = "name",
     .value = "IMAGE",
     .help = "the image (required, here, as IMAGE or in the file)"},
    {.name = "file",
     .letter = 'f',
     .value = "FILE",
     .complete = COMPLETE_FILE,
     .help = "image specification as JSON, - for standard input; options go on top of it"},
    {.name = "count", .value = "N", .help = "how many containers (default 1)"},
    {.name = "dry-run", .help = "say where they would go and why, and do nothing"},
    {.name = "cpus",
     .value = "CORES",
     .help = "share of the CPU to reserve, as in 0.5 (default 0)"},
    {.name = "cpuset", .value = "LIST", .help = "cores to run on, as in 0-3,6"},
    {.name = "memory", .value = "MB", .help = "memory to reserve and not to exceed"},
    {.name = "port",
     .letter = 'p',
     .value = "PORT",
     .repeat = true,
     .help = "[PROTO/][[ADDRESS:]PORT:]CONTAINERPORT, as in tcp/::80, 8080:80, 80"},
    {.name = "publish", .help = "bind every port that the image exposes"},
    {.name = "env",
     .letter = 'e',
     .value = "NAME[=VALUE]",
     .repeat = true,
     .help = "variable; without a value that of this environment"},
    {.name = "arg", .value = "ARG", .repeat = true, .help = "argument of the command"},
    {.name = "entrypoint", .value = "ARG", .repeat = true, .help = "replaces the entry point"},
    {.name = "label",
     .value = "LABEL",
     .repeat = true,
     .help = "label that the engine must have; host:ID with --type host"},
    {.name = "type",
     .value = "TYPE",
     .words = "service|unique|multi|host",
     .help = "service (default), unique, multi or host"},
    {.name = "vol", .value = "VOLUME", .repeat = true, .help = "/path or source:/path[:ro|rw]"},
    {.name = "link",
     .value = "CONTAINER:ALIAS",
     .repeat = true,
     .help = "reach another container, and see its variables"},
    {.name = "hostname", .value = "NAME", .help = "host name inside the container"},
    {.name = "domain", .value = "NAME", .help = "domain inside the container"},
    {.name = "restart",
     .value = "POLICY",
     .help = "no (default), always, unless-stopped, on-failure[:N]"},
    {.name = "reschedule",
     .value = "POLICY",
     .help = "if its host is lost: never, always, after=SECONDS (default: after=30; with "
             "volumes never)"},
    {.name = "pull",
     .value = "true|false",
     .words = "true|false",
     .help = "always or never fetch the image (default: if it is missing)"},
    {.name = "container-name", .value = "NAME", .help = "Docker's name; numbered if several"},
    {.name = "network", .value = "NETWORK", .help = "bridge (default), none, host or a network"},
    {.name = "privileged", .help = "all of the engine's devices and powers"},
    {.name = "user", .letter = 'u', .value = "USER[:GROUP]", .help = "whom its processes run as"},
    {.name = "workdir", .letter = 'w', .value = "PATH", .help = "directory to begin in"},
    {.name = "read-only", .help = "its own files cannot be changed"},
    {.name = "cap-drop", .value = "CAP", .repeat = true, .help = "capability to take, or ALL"},
    {.name = "cap-add", .value = "CAP", .repeat = true, .help = "capability to give"},
    {.name = "security-opt",
     .value = "OPTION",
     .repeat = true,
     .help = "as in no-new-privileges, seccomp=PROFILE"},
    {.name = "device",
     .value = "DEVICE",
     .repeat = true,
     .help = "device of the engine: /dev/NAME[:/dev/INSIDE[:rwm]]"},
    {.name = "sysctl", .value = "NAME=VALUE", .repeat = true, .help = "kernel parameter"},
    {.name = "pid", .value = "MODE", .help = "whose processes: host or container:NAME"},
    {.name = "ipc",
     .value = "MODE",
     .help = "whose shared memory: none, private, shareable, host, container:NAME"},
    {.name = "uts", .value = "MODE", .help = "whose host name: host"},
    {.name = "userns", .value = "MODE", .help = "whose users: host"},
    {.name = "runtime", .value = "NAME", .help = "another runtime of the engine"},
    {.name = "cgroup-parent", .value = "PATH", .help = "control group to be in"},
    {0},
};

static void add_ports(struct table *table, json_t *container) {
    char room[ID_SHORT + 1];
    const char *id = short_id(json_get_text(container, "id", NULL), room);
    const char *engine = json_get_text(json_get(container, "engine"), "id", NULL);
    json_t *ports = json_get_array(container, "ports");
    for (size_t i = 0; i < json_len(ports); i++) {
        char host_port[24], container_port[24];
        json_t *port = json_at(ports, i);
        snprintf(host_port, sizeof host_port, "%lld", (long long)json_get_int(port, "port", 0));
        snprintf(container_port, sizeof container_port, "%lld",
                 (long long)json_get_int(port, "container_port", 0));
        table_add(table, (const char *[]){json_get_text(port, "proto", "tcp"), host_port,
                                          container_port, id, engine});
    }
    if (json_len(ports) == 0)
        table_add(table, (const char *[]){NULL, NULL, NULL, id, engine});
}

static void show_outcome(struct cli *cli, const struct outcome *outcome) {
    static const char *const titles[] = {"PROTOCOL", "HOST PORT", "CONTAINER PORT",
                                         "ID",       "ENGINE",    NULL};
    json_t *list = json_object_is_type(outcome->doc, json_type_array)
                       ? outcome->doc
                       : json_get_array(outcome->doc, "containers");
    if (cli->output == OUTPUT_JSON) {
        render_json(outcome->doc);
    } else if (cli->quiet) {
        print_ids(list, "id");
    } else if (json_len(list) > 0) {
        struct table *table = table_new(cli, titles);
        for (size_t i = 0; i < json_len(list); i++)
            add_ports(table, json_at(list, i));
        table_print(table);
    }
    fflush(stdout);
    outcome_report(cli, outcome);
}

static bool run_operation(struct cli *cli, const struct api_request *request, struct error *err) {
    struct outcome outcome;
    bool ok = operation_submit(cli, request, false, &outcome, err);
    if (ok && !operation_leave(cli, &outcome)) {
        ok = operation_finish(cli, &outcome, err);
        if (ok)
            show_outcome(cli, &outcome);
        const char *first = json_get_text(json_at(outcome.doc, 0), "id", NULL);
        if (ok && first && fflush(stdout) == 0)
            check_warn(cli, first);
    }
    outcome_release(&outcome);
    return ok;
}

/* What the options say goes on top of the file; of variables and links each by its name. */
static void put_on_top(json_t *spec, json_t *options) {
    json_object_object_foreach(options, key, value) {
        json_t *below = json_get_object(spec, key);
        bool both = below && json_object_is_type(value, json_type_object) &&
                    (strcmp(key, "environment") == 0 || strcmp(key, "links") == 0);
        if (both)
            put_on_top(below, value);
        else
            json_set(spec, key, json_copy(value));
    }
}

static bool read_spec(const char *path, json_t **ret_spec, struct error *err) {
    CLEANUP(mem_free_text) char *text = NULL;
    bool piped = strcmp(path, "-") == 0;
    if (piped ? !read_all_input(&text, err) : !file_read(path, &text, err))
        return false;
    if (!text)
        return error_field(err, "file", "--file: there is no file %s.", path);
    if (!json_parse(text, strlen(text), ret_spec, err))
        return error_wrap(err, "%s", piped ? "Standard input" : path);
    if (json_object_is_type(*ret_spec, json_type_object))
        return true;
    json_put(ret_spec);
    return error_field(err, "file", "--file must hold one specification, a JSON object.");
}

/* The image may be the argument, too. */
static bool set_image(json_t *options, const struct given *given, struct error *err) {
    if (given->argument_count == 0)
        return true;
    if (given_text(given, "name"))
        return error_field(err, "name", "The image is given twice: %s and --name %s.",
                           given->arguments[0], given_text(given, "name"));
    json_set_text(options, "name", given->arguments[0]);
    return true;
}

/* Of --file, of the options and the argument. */
static bool spec_of_command(const struct given *given, json_t **ret_spec, struct error *err) {
    CLEANUP(json_put) json_t *options = NULL, *spec = NULL;
    const char *path = given_text(given, "file");
    if (!spec_of_options(given, &options, err) || !set_image(options, given, err) ||
        (path && !read_spec(path, &spec, err)))
        return false;
    if (spec)
        put_on_top(spec, options);
    else
        spec = STEAL(options);
    if (!json_get(spec, "name"))
        return error_set(err, ERROR_BAD_REQUEST,
                         "An option is missing: --name, the image (see: berth help run).");
    *ret_spec = STEAL(spec);
    return true;
}

bool cmd_run(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *spec = NULL;
    const char *pull = given_text(&cli->given, "pull");
    int64_t count = 1;
    bool pull_value;
    char number[24];
    struct strbuf path = {0};
    if (!given_int(&cli->given, "count", 1, COUNT_MAX, &count, err) ||
        !spec_of_command(&cli->given, &spec, err))
        return false;
    if (pull && !parse_bool(pull, &pull_value))
        return error_field(err, "pull", "--pull must be true or false, not %s.", pull);
    snprintf(number, sizeof number, "%lld", (long long)count);
    strbuf_puts(&path, "/api/containers");
    add_query(&path, "count", number);
    if (pull)
        add_query(&path, "pull", pull_value ? "true" : "false");
    bool dry = given_flag(&cli->given, "dry-run");
    if (dry)
        add_query(&path, "dry_run", "true");
    struct api_request request = {.method = "POST", .path = strbuf_text(&path), .body = spec};
    bool ok = dry ? show_plan(cli, request.path, spec, err) : run_operation(cli, &request, err);
    strbuf_release(&path);
    return ok;
}

/* How many of its kind there are; 0 when the server does not tell. */
static bool count_group(struct cli *cli, const char *id, int64_t *ret_count, struct error *err) {
    CLEANUP(json_put) json_t *one = NULL, *all = NULL;
    CLEANUP(mem_free_text) char *path = api_path("/api/containers/", id, "");
    if (!get_document(cli, path, &one, err) || !get_document(cli, "/api/containers", &all, err))
        return false;
    const char *group = json_get_text(one, "group", NULL);
    *ret_count = 0;
    for (size_t i = 0; group && i < json_len(all); i++)
        *ret_count += strcmp(json_get_text(json_at(all, i), "group", ""), group) == 0;
    return true;
}

/* Only destroying is asked about; whoever is not asked need not wait for the count either. */
static bool may_scale(struct cli *cli, const char *id, int64_t count, struct error *err) {
    int64_t present = 0;
    char room[ID_SHORT + 1];
    if (!confirm_matters(cli))
        return true;
    if (!count_group(cli, id, &present, err))
        return false;
    const char *what = short_id(id, room);
    if (present > count)
        return confirm(cli, err, "destroy %lld of the %lld containers like %s, newest first",
                       (long long)(present - count), (long long)present, what);
    return !given_flag(&cli->given, "dry-run") ||
           confirm(cli, err, "run %lld more containers like %s", (long long)(count - present),
                   what);
}

bool cmd_scale(struct cli *cli, struct error *err) {
    const char *number = cli_argument(cli, 1);
    int64_t count;
    if (!parse_int(number, 0, COUNT_MAX, &count))
        return error_field(err, "count", "N must be a whole number from 0 to %d, not %s.",
                           COUNT_MAX, number);
    if (!may_scale(cli, cli_argument(cli, 0), count, err))
        return false;
    CLEANUP(mem_free_text) char *action = mem_format("/scale?count=%lld", (long long)count);
    CLEANUP(mem_free_text) char *path = api_path("/api/containers/", cli_argument(cli, 0), action);
    struct api_request request = {.method = "POST", .path = path};
    return run_operation(cli, &request, err);
}

/* What is run anew is shown as a run's containers are; of anything else there is nothing to show.
 */
bool cmd_retry(struct cli *cli, struct error *err) {
    CLEANUP(mem_free_text)
    char *path = api_path("/api/operations/", cli_argument(cli, 0), "/retry");
    struct api_request request = {.method = "POST", .path = path};
    return run_operation(cli, &request, err);
}
