/* cmd_tokens: sessions, and named tokens for programs. */
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"

const struct cli_option token_add_options[] = {
    {.name = "days", .value = "N", .help = "until it ends, 1 to 90 (default: 30)"},
    {.name = "account",
     .value = "NAME",
     .complete = COMPLETE_ACCOUNT,
     .help = "whose it is to be (default: one's own)"},
    {0},
};

const struct cli_option token_list_options[] = {
    {.name = "account", .value = "NAME", .complete = COMPLETE_ACCOUNT, .help = "of this account"},
    {0},
};

static void add_token(struct table *table, json_t *record) {
    char ends[AGO_ROOM];
    table_add(table, (const char *[]){
                         json_get_text(record, "id", NULL),
                         json_get_text(record, "name", NULL),
                         json_get_text(record, "kind", NULL),
                         json_get_text(record, "account", NULL),
                         ago_text(json_get_text(record, "expires_at", NULL), ends),
                         json_get_text(record, "user_agent", NULL),
                         json_get_bool(record, "current", false) ? "this one" : NULL,
                     });
}

bool cmd_token_list(struct cli *cli, struct error *err) {
    static const char *const titles[] = {"ID",      "NAME",  "KIND", "ACCOUNT",
                                         "EXPIRES", "AGENT", "USE",  NULL};
    const char *account = given_text(&cli->given, "account");
    CLEANUP(strbuf_release) struct strbuf path = {0};
    strbuf_puts(&path, "/api/tokens");
    if (account)
        add_query(&path, "account", account);
    return show_list(cli, strbuf_text(&path), titles, add_token, err);
}

/* The token itself is all that is printed: it is shown this once. */
bool cmd_token_add(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    const char *account = given_text(&cli->given, "account");
    int64_t days = 0;
    if (!given_int(&cli->given, "days", 1, 90, &days, err))
        return false;
    json_set_text(body, "name", cli_argument(cli, 0));
    if (days)
        json_set_int(body, "days", days);
    if (account)
        json_set_text(body, "account", account);
    return post_record(cli, "/api/tokens", body, "auth_token", "", NULL, err);
}

static bool look_at_token(struct cli *cli, const char *id, struct error *err) {
    CLEANUP(json_put) json_t *list = NULL;
    bool found = false;
    if (!look_first(cli, "/api/tokens", &list, err))
        return false;
    for (size_t i = 0; i < json_len(list) && !found; i++)
        found = strcmp(json_get_text(json_at(list, i), "id", ""), id) == 0 ||
                strcmp(json_get_text(json_at(list, i), "name", ""), id) == 0;
    return !list || found || error_set(err, ERROR_NOT_FOUND, "There is no token %s.", id);
}

bool cmd_token_revoke(struct cli *cli, struct error *err) {
    const char *id = cli_argument(cli, 0);
    CLEANUP(mem_free_text) char *path = api_path("/api/tokens/", id, "");
    return look_at_token(cli, id, err) && confirm(cli, err, "end token %s", id) &&
           send_change(cli, "DELETE", path, NULL, id, err);
}
