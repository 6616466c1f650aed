/* cmd_engines: list, inspect, add, change and remove engines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/prompt.h"
#include "cli/render.h"
#include "cli/text.h"
#include "core/base/parse.h"

#define REGISTRY_OPTIONS                                                                           \
    {.name = "registry", .value = "HOST", .help = "registry that its pulls log in to"},            \
        {.name = "registry-username", .value = "NAME", .help = "account there"}, {                 \
        .name = "registry-password-stdin", .help = "read its password from standard input"         \
    }

const struct cli_option engine_add_options[] = {
    {.name = "id", .value = "ID", .help = "its name in the pool (default: from Docker's identity)"},
    {.name = "addr",
     .value = "URL",
     .required = true,
     .help = "address of Docker, as in https://10.0.0.5:2376"},
    {.name = "cpus", .value = "CORES", .help = "cores to use (default: detected)"},
    {.name = "memory", .value = "MB", .help = "memory to use (default: detected)"},
    {.name = "label", .value = "LABEL", .repeat = true, .help = "label for placement"},
    {.name = "ssl-cert",
     .value = "FILE",
     .complete = COMPLETE_FILE,
     .help = "client certificate, PEM"},
    {.name = "ssl-key", .value = "FILE", .complete = COMPLETE_FILE, .help = "its key, PEM"},
    {.name = "ca-cert",
     .value = "FILE",
     .complete = COMPLETE_FILE,
     .help = "certificate that vouches for the engine, PEM"},
    REGISTRY_OPTIONS,
    {0},
};

const struct cli_option engine_update_options[] = {
    {.name = "addr", .value = "URL", .help = "its new address; secrets must be given again"},
    {.name = "cpus", .value = "CORES", .help = "cores to use (0: as detected)"},
    {.name = "memory", .value = "MB", .help = "memory to use (0: as detected)"},
    {.name = "label", .value = "LABEL", .repeat = true, .help = "its labels; '' for none"},
    {.name = "ssl-cert",
     .value = "FILE",
     .complete = COMPLETE_FILE,
     .help = "client certificate, PEM; '' for none"},
    {.name = "ssl-key",
     .value = "FILE",
     .complete = COMPLETE_FILE,
     .help = "its key, PEM; '' for none"},
    {.name = "ca-cert",
     .value = "FILE",
     .complete = COMPLETE_FILE,
     .help = "certificate that vouches for the engine, PEM; '' for none"},
    REGISTRY_OPTIONS,
    {0},
};

const struct cli_option engine_delete_options[] = {
    {.name = "force", .letter = 'f', .help = "even with containers, which are forgotten"},
    {0},
};

enum { USED_ROOM = 2 * MEMORY_ROOM };

/* A mark for each 5 s: the longer it took the higher; x where nothing was answered. */
static void strip_text(struct strbuf *text, json_t *strip) {
    static const char *const marks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const double bounds_ms[] = {1, 3, 10, 30, 100, 300, 1000};
    for (size_t i = 0; i < json_len(strip); i++) {
        json_t *piece = json_at(strip, i);
        double took_ms = piece ? json_object_get_double(piece) : 0;
        size_t mark = 0;
        while (mark < ARRAY_LEN(bounds_ms) && took_ms >= bounds_ms[mark])
            mark++;
        strbuf_puts(text, piece ? marks[mark] : "x");
    }
}

/* "0.4 CPU, 1.2 GB"; what nobody tells is unknown. */
static const char *used_text(json_t *used, char text[USED_ROOM]) {
    char room[MEMORY_ROOM];
    if (!used)
        return NULL;
    snprintf(text, USED_ROOM, "%.1f CPU, %s", json_get_decimal(used, "cpus", 0),
             memory_text(json_get_int(used, "memory", 0), room));
    return text;
}

static void add_engine(struct table *table, json_t *record) {
    json_t *engine = json_get(record, "engine"), *health = json_get(record, "health");
    json_t *other = json_get(record, "registration"); /* that was refused under the same id */
    const char *state = json_get_text(health, "state", "");
    const char *reason = json_get_text(health, "reason", "");
    json_t *cpus = json_get(engine, "cpus");
    int64_t memory_mb = json_get_int(engine, "memory", 0);
    char room[MEMORY_ROOM], beat[AGO_ROOM], used[USED_ROOM];
    CLEANUP(strbuf_release) struct strbuf strip = {0};
    strip_text(&strip, json_get_array(health, "strip"));
    table_add(table, (const char *[]){
                         json_get_text(record, "id", json_get_text(engine, "id", NULL)),
                         json_get_text(engine, "addr", NULL),
                         *state ? state : json_get_text(health, "status", NULL),
                         cpus ? json_print(cpus) : NULL,
                         memory_mb > 0 ? memory_text(memory_mb, room) : NULL,
                         used_text(json_get_object(record, "used"), used),
                         json_get_text(record, "docker_version", NULL),
                         ago_text(json_get_text(health, "heartbeat", NULL), beat),
                         *reason ? reason : json_get_text(other, "reason", NULL),
                         strip.len ? strbuf_text(&strip) : NULL,
                     });
}

bool cmd_engines(struct cli *cli, struct error *err) {
    static const char *const titles[] = {
        "ID",        "ADDRESS", "STATE",           "CPUS", "MEMORY", "USED", "VERSION",
        "HEARTBEAT", "REASON",  "+LAST 5 MINUTES", NULL};
    return show_list(cli, "/api/engines", titles, add_engine, err);
}

bool cmd_engine(struct cli *cli, struct error *err) {
    CLEANUP(mem_free_text) char *path = api_path("/api/engines/", cli_argument(cli, 0), "");
    return show_record(cli, path, err);
}

/* The text of a file that an option names; nothing without the option. */
static bool set_file(json_t *body, const char *key, const struct given *given, const char *name,
                     struct error *err) {
    const char *path = given_text(given, name);
    CLEANUP(mem_free_text) char *text = NULL;
    if (path && !*path)
        json_set_text(body, key, "");
    if (!path || !*path)
        return true;
    if (!file_read(path, &text, err))
        return false;
    if (!text)
        return error_field(err, name, "--%s: there is no file %s.", name, path);
    json_set_text(body, key, text);
    return true;
}

static json_t *labels_of(const struct given *given) {
    json_t *labels = json_object_new_array();
    const char *label;
    for (size_t i = 0; (label = given_at(given, "label", i)); i++)
        json_object_array_add(labels, json_object_new_string(label));
    return labels;
}

static bool set_engine(json_t *body, const struct given *given, struct error *err) {
    json_t *engine = json_object_new_object();
    const char *cpus_text = given_text(given, "cpus");
    int64_t memory_mb = -1;
    double cpus;
    json_set(body, "engine", engine);
    if (given_text(given, "id"))
        json_set_text(engine, "id", given_text(given, "id"));
    if (given_text(given, "addr"))
        json_set_text(engine, "addr", given_text(given, "addr"));
    if (cpus_text && !parse_decimal(cpus_text, 0, 65536, &cpus))
        return error_field(err, "cpus", "--cpus must be a number, not %s.", cpus_text);
    if (cpus_text)
        json_set_decimal(engine, "cpus", cpus);
    if (!given_int(given, "memory", 0, INT32_MAX, &memory_mb, err))
        return false;
    if (memory_mb >= 0)
        json_set_int(engine, "memory", memory_mb);
    if (given_flag(given, "label"))
        json_set(engine, "labels", labels_of(given));
    return true;
}

static bool set_registry(json_t *body, const struct given *given, struct error *err) {
    const char *server = given_text(given, "registry");
    const char *username = given_text(given, "registry-username");
    CLEANUP(mem_free_text) char *password = NULL;
    bool piped = given_flag(given, "registry-password-stdin");
    if (!server)
        return !(username || piped) ||
               error_field(err, "registry", "--registry must say which registry the login is for.");
    if (*server && !(piped ? read_line(&password, err)
                           : prompt_hidden("Password of the registry", "--registry-password-stdin",
                                           &password, err)))
        return false;
    json_t *login = json_object_new_object();
    json_set_text(login, "server", server);
    if (username)
        json_set_text(login, "username", username);
    if (password)
        json_set_text(login, "password", password);
    json_set(body, "registry_auth", login);
    return true;
}

/* The body of an addition or an update from the options. */
static bool set_record(json_t *body, const struct given *given, struct error *err) {
    return set_engine(body, given, err) && set_file(body, "ssl_cert", given, "ssl-cert", err) &&
           set_file(body, "ssl_key", given, "ssl-key", err) &&
           set_file(body, "ca_cert", given, "ca-cert", err) && set_registry(body, given, err);
}

/* What whoever has just given an address has to know of the engine there. */
static void warn(const char *text) {
    CLEANUP(strbuf_release) struct strbuf safe = {0};
    text_safe(&safe, text);
    fprintf(stderr, "warning: %s\n", strbuf_text(&safe));
}

static void warn_of(json_t *record) {
    json_t *health = json_get(record, "health");
    const char *warning = json_get_text(record, "warning", NULL);
    const char *reason = json_get_text(health, "reason", "");
    if (warning)
        warn(warning);
    const char *status = json_get_text(health, "status", json_get_text(health, "state", "up"));
    if (strcmp(status, "up") != 0 && *reason) {
        CLEANUP(mem_free_text)
        char *text = mem_format("Nothing is placed on it until it answers: %s", reason);
        warn(text);
    }
}

static bool send_record(struct cli *cli, const char *path, json_t *body, const char *id,
                        struct error *err) {
    CLEANUP(json_put) json_t *record = NULL;
    if (!post_record(cli, path, body, "id", id, &record, err))
        return false;
    warn_of(record);
    return true;
}

bool cmd_engine_add(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    return set_record(body, &cli->given, err) &&
           send_record(cli, "/api/engines", body, given_text(&cli->given, "addr"), err);
}

bool cmd_engine_update(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    CLEANUP(mem_free_text) char *path = api_path("/api/engines/", cli_argument(cli, 0), "");
    return set_record(body, &cli->given, err) &&
           send_record(cli, path, body, cli_argument(cli, 0), err);
}

bool cmd_engine_approve(struct cli *cli, struct error *err) {
    CLEANUP(mem_free_text) char *path = api_path("/api/engines/", cli_argument(cli, 0), "/approve");
    return send_record(cli, path, NULL, cli_argument(cli, 0), err);
}

/* The engine is there, and may go. */
static bool look_at_engine(struct cli *cli, bool force, struct error *err) {
    const char *id = cli_argument(cli, 0);
    CLEANUP(json_put) json_t *engine = NULL;
    CLEANUP(mem_free_text) char *path = api_path("/api/engines/", id, "");
    if (!look_first(cli, path, &engine, err))
        return false;
    int64_t containers = json_get_int(json_get(engine, "load"), "containers", 0);
    return force || containers == 0 ||
           error_set(err, ERROR_CONFLICT,
                     "Containers of the pool are on engine %s, %lld of them: destroy them or drain "
                     "it first, or forget them with --force.",
                     id, (long long)containers);
}

bool cmd_engine_delete(struct cli *cli, struct error *err) {
    bool force = given_flag(&cli->given, "force");
    CLEANUP(mem_free_text)
    char *path = api_path("/api/engines/", cli_argument(cli, 0), force ? "?force=true" : "");
    if (!look_at_engine(cli, force, err) ||
        !confirm(cli, err, "remove engine %s from the pool%s", cli_argument(cli, 0),
                 force ? " and forget its containers" : ""))
        return false;
    struct api_request request = {.method = "DELETE", .path = path};
    struct api_reply reply;
    if (!api_call(cli->api, &request, &reply, err))
        return false;
    if (cli->output == OUTPUT_TABLE)
        render_line(cli_argument(cli, 0));
    api_reply_release(&reply);
    return true;
}
