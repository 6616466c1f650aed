/* handle_tokens: the sessions and the named service tokens of an account. */
#include <string.h>

#include "core/base/mem.h"
#include "core/control/policy.h"
#include "fcgi/document.h"
#include "fcgi/handle_accounts.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "sql/statements.h"

enum { DAYS_DEFAULT = 30 };

const struct json_field token_add_fields[] = {
    {"name", FIELD_TEXT, true, 1, NAME_BYTES_MAX, NULL, "what it is for; once an account"},
    {"days", FIELD_INT, false, 1, SERVICE_DAYS_MAX, NULL, "until it ends; 30 by default"},
    {"account", FIELD_TEXT, false, 1, NAME_BYTES_MAX, NULL, "whose it is to be: one's own"},
    {0},
};

/* The id of the account whose tokens are asked for. What is at stake is nobody's secret, but not
 * everybody's business: without the right to read accounts there are only one's own. */
static bool find_account(struct request *request, struct db_result **ret_row, const char **ret_id,
                         struct error *err) {
    const char *name = query_find(&request->query, "account");
    *ret_id = request->identity.account_id;
    if (!policy_allows(request->identity.grants, "/api/account", ACCESS_READ))
        return !name || strcmp(name, request->identity.username) == 0 ||
               error_set(err, ERROR_FORBIDDEN, "Only who may read accounts sees others' tokens.");
    *ret_id = NULL;
    if (!name)
        return true;
    if (!db_run(request->db, &sql_account_login, DB_PARAMS(DB_TEXT(name)), ret_row, err))
        return false;
    if (db_rows(*ret_row) == 0)
        return error_set(err, ERROR_NOT_FOUND, "There is no account %s.", name);
    *ret_id = db_text(*ret_row, 0, "id");
    return true;
}

enum request_result handle_token_list(struct request *request) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    struct error err = {0};
    const char *account_id = NULL;
    if (find_account(request, &row, &account_id, &err) &&
        db_run(request->db, &sql_token_list,
               DB_PARAMS(DB_TEXT(account_id), DB_TEXT(request->identity.token_id)),
               &request->document, &err))
        return document_respond(request);
    return respond_problem(request, &err);
}

enum request_result handle_token_add(struct request *request) {
    CLEANUP(json_put) json_t *body = NULL;
    struct service_token token;
    struct error err = {0};
    char user_agent[USER_AGENT_BYTES];
    const struct administrator who = administrator_of(request);
    if (!request_json(request, token_add_fields, &body, &err))
        return respond_problem(request, &err);
    const char *name = json_get_text(body, "name", "");
    const char *account = json_get_text(body, "account", request->identity.username);
    request_user_agent(request, user_agent);
    if (!check_name("name", name, &err) ||
        !administer_token_add(request->db, account, name, json_get_int(body, "days", DAYS_DEFAULT),
                              user_agent, &who, &token, &err))
        return respond_problem(request, &err);
    json_t *doc = json_object_new_object();
    json_set_text(doc, "id", token.id);
    json_set_text(doc, "name", name);
    json_set_text(doc, "account", account);
    json_set_text(doc, "auth_token", token.text);
    json_set_text(doc, "expires_at", token.expires_at);
    return respond_document(request, 201, doc);
}

enum request_result handle_token_delete(struct request *request) {
    struct error err = {0};
    const struct administrator who = administrator_of(request);
    if (!administer_token_delete(request->db, request_param(request, "id"), &who, &err))
        return respond_problem(request, &err);
    return respond_empty(request);
}
