/* cmd_roles: roles, which grant paths of the API and options of containers. */
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"

const struct cli_option role_options[] = {
    {.name = "grant",
     .value = "ACCESS:PATH",
     .repeat = true,
     .help = "read:/api/events, write:/api/containers; what is below it, too"},
    {.name = "option",
     .value = "NAME",
     .repeat = true,
     .help = "an option that its containers may use, as in host-ports"},
    {0},
};

/* "read:/api/events, write:/api/containers", and likewise the options. */
static void join_grants(struct strbuf *buf, json_t *grants) {
    for (size_t i = 0; i < json_len(grants); i++)
        strbuf_addf(buf, "%s%s:%s", i ? ", " : "", json_get_text(json_at(grants, i), "access", "?"),
                    json_get_text(json_at(grants, i), "path", "?"));
}

static void join_texts(struct strbuf *buf, json_t *texts) {
    for (size_t i = 0; i < json_len(texts); i++)
        strbuf_addf(buf, "%s%s", i ? ", " : "", json_object_get_string(json_at(texts, i)));
}

static void add_role(struct table *table, json_t *record) {
    CLEANUP(strbuf_release) struct strbuf grants = {0}, options = {0};
    join_grants(&grants, json_get_array(record, "grants"));
    join_texts(&options, json_get_array(record, "options"));
    table_add(table, (const char *[]){
                         json_get_text(record, "name", NULL),
                         json_get_bool(record, "builtin", false) ? "built in" : "own",
                         strbuf_text(&grants),
                         strbuf_text(&options),
                     });
}

bool cmd_roles(struct cli *cli, struct error *err) {
    static const char *const titles[] = {"NAME", "KIND", "GRANTS", "OPTIONS", NULL};
    return show_list(cli, "/api/roles", titles, add_role, err);
}

bool cmd_role(struct cli *cli, struct error *err) {
    CLEANUP(mem_free_text) char *path = api_path("/api/roles/", cli_argument(cli, 0), "");
    return show_record(cli, path, err);
}

static bool add_grant(json_t *grants, const char *text, struct error *err) {
    const char *colon = strchr(text, ':');
    if (!colon)
        return error_field(err, "grant", "--grant is read:PATH or write:PATH, not %s.", text);
    CLEANUP(mem_free_text) char *access = mem_strndup(text, (size_t)(colon - text));
    json_t *grant = json_object_new_object();
    json_set_text(grant, "path", colon + 1);
    json_set_text(grant, "access", access);
    json_object_array_add(grants, grant);
    return true;
}

static bool set_rights(json_t *body, const struct given *given, struct error *err) {
    json_t *grants = json_object_new_array(), *options = json_object_new_array();
    const char *text;
    json_set(body, "grants", grants);
    json_set(body, "options", options);
    for (size_t i = 0; (text = given_at(given, "grant", i)); i++)
        if (!add_grant(grants, text, err))
            return false;
    for (size_t i = 0; (text = given_at(given, "option", i)); i++)
        json_object_array_add(options, json_object_new_string(text));
    return true;
}

bool cmd_role_add(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    const char *name = cli_argument(cli, 0);
    json_set_text(body, "name", name);
    return set_rights(body, &cli->given, err) &&
           send_change(cli, "POST", "/api/roles", body, name, err);
}

/* A role that is there, and may be changed. */
static bool look_at_role(struct cli *cli, const char *path, struct error *err) {
    CLEANUP(json_put) json_t *role = NULL;
    if (!look_first(cli, path, &role, err))
        return false;
    return !json_get_bool(role, "builtin", false) ||
           error_set(err, ERROR_CONFLICT, "The role %s is built in: it stays as it is.",
                     cli_argument(cli, 0));
}

bool cmd_role_set(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    const char *name = cli_argument(cli, 0);
    CLEANUP(mem_free_text) char *path = api_path("/api/roles/", name, "");
    return set_rights(body, &cli->given, err) && look_at_role(cli, path, err) &&
           confirm(cli, err, "replace all that the role %s grants", name) &&
           send_change(cli, "POST", path, body, name, err);
}

bool cmd_role_delete(struct cli *cli, struct error *err) {
    const char *name = cli_argument(cli, 0);
    CLEANUP(mem_free_text) char *path = api_path("/api/roles/", name, "");
    return look_at_role(cli, path, err) && confirm(cli, err, "delete role %s", name) &&
           send_change(cli, "DELETE", path, NULL, name, err);
}
