/* cmd_containers: list, inspect, start, stop, restart, destroy containers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/filter.h"
#include "cli/operation.h"
#include "cli/render.h"
#include "core/control/states.h"

const struct cli_option containers_options[] = {
    {.name = "running", .help = "leave out containers that do not run"},
    {.name = "name", .value = "NAME", .repeat = true, .help = "with this name"},
    {.name = "image",
     .value = "IMAGE",
     .repeat = true,
     .help = "of this image; a name without tag means every tag"},
    {.name = "engine",
     .value = "ID",
     .repeat = true,
     .complete = COMPLETE_ENGINE,
     .help = "on this engine"},
    {.name = "state",
     .value = "STATE",
     .repeat = true,
     .words = CONTAINER_STATES("|"),
     .help = "in this state"},
    {.name = "label",
     .value = "LABEL",
     .repeat = true,
     .help = "whose specification has this label"},
    {.name = "group", .value = "ID", .repeat = true, .help = "of this scale group"},
    {.name = "limit", .value = "N", .help = "the first N only"},
    {0},
};

enum { PAGE = 1000 };

/* Why its state is not the whole truth. */
static const char *note_of(json_t *container, struct strbuf *room) {
    json_t *loop = json_get_object(container, "crash_loop");
    const char *status = json_get_text(container, "engine_status", "up");
    const char *error = json_get_text(container, "error",
                                      json_get_text(json_get(container, "error"), "detail", NULL));
    if (loop) {
        const char *next = json_get_text(loop, "next_try", NULL);
        strbuf_puts(room, "crash-looping");
        if (json_get_int(loop, "exit_code", -1) >= 0)
            strbuf_addf(room, ", exit code %lld", (long long)json_get_int(loop, "exit_code", 0));
        if (next)
            strbuf_addf(room, ", next try %s", next);
        if (error)
            strbuf_addf(room, ": %s", error);
        return strbuf_text(room);
    }
    if (error)
        return error;
    if (strcmp(status, "down") == 0)
        return "engine down";
    if (json_get_bool(container, "lost", false))
        return "lost: berth adopt";
    return json_get_bool(container, "managed", true) ? NULL : "not managed";
}

static void add_container(struct table *table, json_t *container) {
    char room[ID_SHORT + 1];
    struct strbuf ports = {0}, note = {0};
    json_t *engine = json_get(container, "engine");
    ports_text(&ports, json_get_array(container, "ports"));
    table_add(table, (const char *[]){
                         short_id(json_get_text(container, "id", NULL), room),
                         json_get_text(json_get(container, "image"), "name", NULL),
                         json_get_text(engine, "id", json_get_text(engine, "addr", NULL)),
                         json_get_text(container, "state", NULL),
                         strbuf_text(&ports),
                         json_get_text(container, "name", NULL),
                         note_of(container, &note),
                         json_get_text(container, "created", NULL),
                         json_get_text(container, "health", NULL),
                         json_get_text(container, "group", NULL),
                     });
    strbuf_release(&ports);
    strbuf_release(&note);
}

/* The server compares these as they are: a pattern would silently fit nothing. */
static bool no_pattern(const struct given *given, const char *name, struct error *err) {
    const char *value;
    for (size_t i = 0; (value = given_at(given, name, i)); i++)
        if (strchr(value, '*'))
            return error_field(err, name, "--%s takes no pattern; use --filter '%s=%s'.", name,
                               name, value);
    return true;
}

bool cmd_containers(struct cli *cli, struct error *err) {
    static const char *const titles[] = {"ID",   "IMAGE",    "ENGINE",  "STATE",  "PORTS", "NAME",
                                         "NOTE", "+CREATED", "+HEALTH", "+GROUP", NULL};
    static const char *const filters[] = {"name",  "image", "engine", "state",
                                          "label", "group", NULL};
    const struct given *given = &cli->given;
    struct pages pages = {.size_name = "limit", .size_max = PAGE, .fitting = true};
    CLEANUP(strbuf_release) struct strbuf path = {0};
    if (!no_pattern(given, "name", err) || !no_pattern(given, "image", err) ||
        !given_int(given, "limit", 1, INT32_MAX, &pages.total, err))
        return false;
    strbuf_puts(&path, "/api/containers");
    if (given_flag(given, "running"))
        add_query(&path, "all", "false");
    add_options(&path, given, filters);
    /* What is filtered here needs all fields. */
    if (cli->quiet && cli->output == OUTPUT_TABLE && filter_is_servers(cli))
        add_query(&path, "summary", "true");
    return show_pages(cli, strbuf_text(&path), &pages, titles, add_container, err);
}

bool cmd_container(struct cli *cli, struct error *err) {
    CLEANUP(mem_free_text) char *path = api_path("/api/containers/", cli_argument(cli, 0), "");
    return show_record(cli, path, err);
}

/* One of several containers that the same thing is done to. */
struct task {
    const char *id;
    struct outcome outcome;
    bool failed;
    json_t *record; /* once it is over */
};

/* What came of it, for -o json: the id, and the problem if there was one. */
static json_t *record_of(const struct task *task, const struct error *err) {
    json_t *record = json_object_new_object();
    json_set_text(record, "id", task->id);
    json_set_bool(record, "done", !task->failed);
    if (task->failed) {
        json_t *problem = json_object_new_object();
        json_set_text(problem, "code", error_info(err->kind)->code);
        json_set_text(problem, "detail", err->message);
        json_set(record, "error", problem);
    }
    return record;
}

static void task_fail(struct cli *cli, struct task *task, struct error *err, bool several) {
    task->failed = true;
    task->record = record_of(task, err);
    if (several) {
        error_wrap(err, "%s", task->id);
        cli_report(cli, err);
    }
}

/* All are begun before the first one is waited for. With one its error is the caller's to report;
 * with several each is reported here, and `err` gets the last. */
static size_t run_tasks(struct cli *cli, const char *method, const char *action, struct task *tasks,
                        size_t count, struct error *err) {
    CLEANUP(json_put) json_t *records = json_object_new_array();
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        CLEANUP(mem_free_text) char *path = api_path("/api/containers/", tasks[i].id, action);
        struct api_request request = {.method = method, .path = path};
        if (!operation_submit(cli, &request, count > 1, &tasks[i].outcome, err))
            task_fail(cli, &tasks[i], err, count > 1);
    }
    for (size_t i = 0; i < count; i++) {
        bool left = !tasks[i].failed && operation_leave(cli, &tasks[i].outcome);
        if (!tasks[i].failed && !left && !operation_finish(cli, &tasks[i].outcome, err))
            task_fail(cli, &tasks[i], err, count > 1);
        if (!tasks[i].failed && !left && cli->output == OUTPUT_TABLE)
            render_line(tasks[i].id);
        if (!tasks[i].failed)
            tasks[i].record = record_of(&tasks[i], NULL);
        json_object_array_add(records, tasks[i].record);
        failed += tasks[i].failed;
        outcome_release(&tasks[i].outcome);
    }
    if (cli->output == OUTPUT_JSON)
        render_json(records);
    return failed;
}

static bool for_each_id(struct cli *cli, const char *method, const char *action,
                        struct error *err) {
    size_t count = cli->given.argument_count;
    struct task *tasks = mem_array(count, sizeof *tasks);
    for (size_t i = 0; i < count; i++)
        tasks[i].id = cli_argument(cli, i);
    size_t failed = run_tasks(cli, method, action, tasks, count, err);
    free(tasks);
    if (count == 1 || failed == 0)
        return failed == 0;
    cli->partial |= failed < count;
    if (failed < count)
        return true;
    enum error_kind kind = err ? err->kind : ERROR_INTERNAL;
    return error_set(err, kind, "None of %zu could be done.", count);
}

bool cmd_start(struct cli *cli, struct error *err) {
    return for_each_id(cli, "POST", "/start", err);
}

bool cmd_stop(struct cli *cli, struct error *err) {
    return for_each_id(cli, "POST", "/stop", err);
}

bool cmd_restart(struct cli *cli, struct error *err) {
    return for_each_id(cli, "POST", "/restart", err);
}

static bool look_at_container(struct cli *cli, const char *id, struct error *err) {
    CLEANUP(json_put) json_t *container = NULL;
    CLEANUP(mem_free_text) char *path = api_path("/api/containers/", id, "");
    return look_first(cli, path, &container, err) &&
           (json_get_bool(container, "managed", true) ||
            error_set(err, ERROR_CONFLICT,
                      "Container %s is not managed by berth: adopt it first (berth adopt %s).", id,
                      id));
}

/* What cannot be destroyed is told, and left out of the question; with the rest it goes on. */
static bool keep_destroyable(struct cli *cli, struct error *err) {
    struct given *given = &cli->given;
    size_t count = given->argument_count, kept = 0;
    struct error one = {0};
    for (size_t i = 0; i < count; i++) {
        if (look_at_container(cli, given->arguments[i], &one)) {
            given->arguments[kept++] = given->arguments[i];
            continue;
        }
        int status = error_info(one.kind)->exit_code;
        bool of_this_one = status == 2 || status == 4 || status == 5;
        if (count == 1 || !of_this_one)
            return error_set(err, one.kind, "%s", one.message);
        error_wrap(&one, "%s", given->arguments[i]);
        cli_report(cli, &one);
    }
    given->argument_count = kept;
    cli->partial |= kept < count;
    return kept > 0 || error_set(err, one.kind, "None of %zu could be done.", count);
}

bool cmd_destroy(struct cli *cli, struct error *err) {
    if (confirm_matters(cli) && !keep_destroyable(cli, err))
        return false;
    return confirm_all(cli, "destroy", "container", cli->given.arguments, cli->given.argument_count,
                       err) &&
           for_each_id(cli, "DELETE", "", err);
}
