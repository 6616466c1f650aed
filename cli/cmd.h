/* cmd: the functions of the command table, one file a noun, and what those files share. */
#pragma once

#include "cli/command.h"
#include "cli/render.h"

bool cmd_login(struct cli *cli, struct error *err);
bool cmd_logout(struct cli *cli, struct error *err);

bool cmd_context_list(struct cli *cli, struct error *err);
bool cmd_context_use(struct cli *cli, struct error *err);
bool cmd_context_show(struct cli *cli, struct error *err);
bool cmd_context_delete(struct cli *cli, struct error *err);
bool cmd_context_rename(struct cli *cli, struct error *err);

bool cmd_containers(struct cli *cli, struct error *err);
bool cmd_container(struct cli *cli, struct error *err);
bool cmd_adopt(struct cli *cli, struct error *err);
bool cmd_explain(struct cli *cli, struct error *err);
bool cmd_env(struct cli *cli, struct error *err);
bool cmd_run(struct cli *cli, struct error *err);
bool cmd_scale(struct cli *cli, struct error *err);
bool cmd_start(struct cli *cli, struct error *err);
bool cmd_stop(struct cli *cli, struct error *err);
bool cmd_restart(struct cli *cli, struct error *err);
bool cmd_destroy(struct cli *cli, struct error *err);
bool cmd_log(struct cli *cli, struct error *err);
bool cmd_stats(struct cli *cli, struct error *err);

bool cmd_engines(struct cli *cli, struct error *err);
bool cmd_engine(struct cli *cli, struct error *err);
bool cmd_engine_add(struct cli *cli, struct error *err);
bool cmd_engine_update(struct cli *cli, struct error *err);
bool cmd_engine_approve(struct cli *cli, struct error *err);
bool cmd_engine_drain(struct cli *cli, struct error *err);
bool cmd_engine_uncordon(struct cli *cli, struct error *err);
bool cmd_thaw(struct cli *cli, struct error *err);
bool cmd_engine_delete(struct cli *cli, struct error *err);

bool cmd_accounts(struct cli *cli, struct error *err);
bool cmd_account(struct cli *cli, struct error *err);
bool cmd_account_add(struct cli *cli, struct error *err);
bool cmd_account_delete(struct cli *cli, struct error *err);
bool cmd_account_disable(struct cli *cli, struct error *err);
bool cmd_account_enable(struct cli *cli, struct error *err);
bool cmd_account_role(struct cli *cli, struct error *err);
bool cmd_passwd(struct cli *cli, struct error *err);
bool cmd_roles(struct cli *cli, struct error *err);
bool cmd_role(struct cli *cli, struct error *err);
bool cmd_role_add(struct cli *cli, struct error *err);
bool cmd_role_set(struct cli *cli, struct error *err);
bool cmd_role_delete(struct cli *cli, struct error *err);
bool cmd_token_list(struct cli *cli, struct error *err);
bool cmd_token_add(struct cli *cli, struct error *err);
bool cmd_token_revoke(struct cli *cli, struct error *err);
/* Send it; print the answer as JSON, or `name`. `body` may be NULL, and stays the caller's. */
bool send_change(struct cli *cli, const char *method, const char *path, json_t *body,
                 const char *name, struct error *err);
/* POST it; print the answer as JSON, or its member `key`, `name` where it has none. ret_record,
 * which may be NULL, gets the answer. */
bool post_record(struct cli *cli, const char *path, json_t *body, const char *key, const char *name,
                 json_t **ret_record, struct error *err);

bool cmd_cluster_info(struct cli *cli, struct error *err);
bool cmd_check(struct cli *cli, struct error *err);
/* After containers were made: a warning on standard error if the pool cannot lose any one engine
 * any more since `container_id` and those made with it are there. Never fails. */
void check_warn(struct cli *cli, const char *container_id);
bool cmd_events(struct cli *cli, struct error *err);
bool cmd_events_verify(struct cli *cli, struct error *err);
bool cmd_operations(struct cli *cli, struct error *err);
bool cmd_operation(struct cli *cli, struct error *err);
bool cmd_wait(struct cli *cli, struct error *err);
bool cmd_cancel(struct cli *cli, struct error *err);
bool cmd_retry(struct cli *cli, struct error *err);

bool cmd_completion(struct cli *cli, struct error *err);
bool cmd_help(struct cli *cli, struct error *err);
bool cmd_version(struct cli *cli, struct error *err);
/* The whole list, or with a command its own help; on standard output. */
void help_print(const struct command *command);
/* The names of the commands, and who asks where. */
void help_print_short(void);

/* GET a document; the caller's. */
bool get_document(struct cli *cli, const char *path, json_t **ret_doc, struct error *err);

/* Where confirm() will say something: is what it speaks of there? Else the server's error. A dry
 * run would promise what cannot be. *ret_record, unless ret_record is NULL: NULL or the caller's.
 */
bool look_first(struct cli *cli, const char *path, json_t **ret_record, struct error *err);

/* GET a record and print it as JSON, as its id, or field by field. */
bool show_record(struct cli *cli, const char *path, struct error *err);

/* The list at `path`: as it is, its ids, or a table with `titles` (ends with NULL) in which
 * `add_row` makes a row of each record. */
bool show_list(struct cli *cli, const char *path, const char *const *titles,
               void (*add_row)(struct table *table, json_t *record), struct error *err);

/* How a list is fetched page by page, so that no request takes long however large it is. */
struct pages {
    const char *size_name; /* the parameter that says how many at once */
    int64_t size_max;      /* and its largest value */
    int64_t total;         /* how many at most, all together; 0 = all */
    bool fitting;          /* `total` counts what all of --filter lets through */
};
/* All records of the list at `path`, and of the pages that follow, in one array; the caller's. */
bool get_pages(struct cli *cli, const char *path, const struct pages *pages, json_t **ret_list,
               struct error *err);
/* show_list, page by page; --filter goes into the path. */
bool show_pages(struct cli *cli, const char *path, const struct pages *pages,
                const char *const *titles, void (*add_row)(struct table *table, json_t *record),
                struct error *err);

/* The same for a list that is here already; --filter takes out of it what does not fit. */
bool show_records(struct cli *cli, json_t **list, const char *const *titles,
                  void (*add_row)(struct table *table, json_t *record), struct error *err);

/* POST what asks for a dry run, and say where the containers would go. */
bool show_plan(struct cli *cli, const char *path, json_t *spec, struct error *err);

/* The members `key` of all records of a list, one a line. */
void print_ids(json_t *list, const char *key);

/* Add "?name=value", or "&name=value" if there is a query already; the value is encoded. */
void add_query(struct strbuf *path, const char *name, const char *value);

/* Add each value of the options `names` (ends with NULL), which are the server's parameters, too.
 */
void add_options(struct strbuf *path, const struct given *given, const char *const *names);
/* Add the option `name`, if it is given, as seconds since 1970. Errors: BAD_FIELD, no time. */
bool add_time(struct strbuf *path, const struct given *given, const char *name, struct error *err);

/* Options of the commands, for the table. */
extern const struct cli_option adopt_options[], stats_options[], events_options[],
    events_verify_options[];
extern const struct cli_option help_options[], login_options[], containers_options[], run_options[],
    log_options[], engine_add_options[], engine_update_options[], engine_delete_options[];
extern const struct cli_option account_add_options[], passwd_options[], role_options[],
    token_add_options[], token_list_options[];
