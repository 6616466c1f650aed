/* cmd_accounts: accounts and their passwords. */
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/prompt.h"
#include "cli/session.h"

const struct cli_option account_add_options[] = {
    {.name = "id", .value = "ID", .help = "its id (default: made by the server)"},
    {.name = "name", .value = "NAME", .required = true, .help = "the name to log in with"},
    {.name = "password", .value = "TEXT", .help = "its password; others can see a command line"},
    {.name = "password-stdin", .help = "read the password from standard input"},
    {.name = "role",
     .value = "ROLE",
     .required = true,
     .complete = COMPLETE_ROLE,
     .help = "what it may do; see: berth roles"},
    {0},
};

const struct cli_option passwd_options[] = {
    {.name = "password-stdin", .help = "read from standard input: one's old one, then the new one"},
    {0},
};

static void add_account(struct table *table, json_t *record) {
    char created[AGO_ROOM];
    table_add(table, (const char *[]){
                         json_get_text(record, "id", NULL),
                         json_get_text(record, "username", NULL),
                         json_get_text(json_get(record, "role"), "name", NULL),
                         json_get_bool(record, "disabled", false) ? "disabled" : "enabled",
                         ago_text(json_get_text(record, "created", NULL), created),
                     });
}

bool cmd_accounts(struct cli *cli, struct error *err) {
    static const char *const titles[] = {"ID", "NAME", "ROLE", "STATE", "CREATED", NULL};
    return show_list(cli, "/api/account", titles, add_account, err);
}

bool cmd_account(struct cli *cli, struct error *err) {
    CLEANUP(mem_free_text) char *path = api_path("/api/account/", cli_argument(cli, 0), "");
    return show_record(cli, path, err);
}

bool send_change(struct cli *cli, const char *method, const char *path, json_t *body,
                 const char *name, struct error *err) {
    struct api_request request = {.method = method, .path = path, .body = body};
    struct api_reply reply;
    if (!api_call(cli->api, &request, &reply, err))
        return false;
    if (cli->output == OUTPUT_JSON && reply.doc)
        render_json(reply.doc);
    else if (cli->output == OUTPUT_TABLE)
        render_line(name);
    api_reply_release(&reply);
    return true;
}

static void forget(char **password) {
    if (*password)
        explicit_bzero(*password, strlen(*password));
    mem_free_text(password);
}

/* A new password; a person types it twice. */
static bool read_new_password(bool piped, char **ret_password, struct error *err) {
    CLEANUP(forget) char *first = NULL;
    CLEANUP(forget) char *second = NULL;
    if (piped)
        return read_line(ret_password, err);
    if (!prompt_hidden("New password", "--password-stdin", &first, err) ||
        !prompt_hidden("Once more", "--password-stdin", &second, err))
        return false;
    if (strcmp(first, second) != 0)
        return error_set(err, ERROR_BAD_REQUEST, "The two are not the same.");
    *ret_password = STEAL(first);
    return true;
}

bool cmd_account_add(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    CLEANUP(forget) char *typed = NULL;
    const struct given *given = &cli->given;
    const char *password = given_text(given, "password"), *name = given_text(given, "name");
    bool piped = given_flag(given, "password-stdin");
    if (password && piped)
        return error_set(err, ERROR_BAD_REQUEST, "Give --password or --password-stdin, not both.");
    if (!password && !read_new_password(piped, &typed, err))
        return false;
    if (given_text(given, "id"))
        json_set_text(body, "id", given_text(given, "id"));
    json_set_text(body, "username", name);
    json_set_text(body, "password", password ? password : typed);
    json_set_text(body, "role", given_text(given, "role"));
    return send_change(cli, "POST", "/api/account", body, name, err);
}

bool cmd_account_delete(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    const char *name = cli_argument(cli, 0);
    CLEANUP(mem_free_text) char *path = api_path("/api/account/", name, "");
    json_set_text(body, "username", name);
    return look_first(cli, path, NULL, err) &&
           confirm(cli, err, "delete account %s with its tokens", name) &&
           send_change(cli, "DELETE", "/api/account", body, name, err);
}

static bool change_account(struct cli *cli, const char *what, json_t *body, struct error *err) {
    const char *name = cli_argument(cli, 0);
    CLEANUP(mem_free_text) char *path = api_path("/api/account/", name, what);
    return send_change(cli, "POST", path, body, name, err);
}

bool cmd_account_disable(struct cli *cli, struct error *err) {
    const char *name = cli_argument(cli, 0);
    CLEANUP(mem_free_text) char *path = api_path("/api/account/", name, "");
    return look_first(cli, path, NULL, err) &&
           confirm(cli, err, "disable account %s and end its tokens", name) &&
           change_account(cli, "/disable", NULL, err);
}

bool cmd_account_enable(struct cli *cli, struct error *err) {
    return change_account(cli, "/enable", NULL, err);
}

bool cmd_account_role(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    json_set_text(body, "role", cli_argument(cli, 1));
    return change_account(cli, "/role", body, err);
}

bool cmd_passwd(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    CLEANUP(forget) char *old = NULL;
    CLEANUP(forget) char *password = NULL;
    const char *self = api_session(cli->api)->username, *name = cli_argument(cli, 0);
    bool own = !name || (self && strcmp(name, self) == 0);
    bool piped = given_flag(&cli->given, "password-stdin");
    if (own && !(piped ? read_line(&old, err)
                       : prompt_hidden("Old password", "--password-stdin", &old, err)))
        return false;
    if (!read_new_password(piped, &password, err))
        return false;
    if (name)
        json_set_text(body, "username", name);
    if (old)
        json_set_text(body, "old_password", old);
    json_set_text(body, "password", password);
    return send_change(cli, "POST", "/account/passwdchange", body,
                       name   ? name
                       : self ? self
                              : "done",
                       err);
}
