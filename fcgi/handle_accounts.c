/* handle_accounts: accounts, their passwords; the roles are a document route. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/base/password.h"
#include "core/control/password_rules.h"
#include "core/control/policy.h"
#include "core/control/throttle.h"
#include "core/store/accounts.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "sql/statements.h"

enum { NAME_BYTES_MAX = 64, TEXT_BYTES_MAX = 255 };

static const struct json_field add_fields[] = {
    {"id", FIELD_TEXT, false, 0, NAME_BYTES_MAX, NULL, "chosen by berth when empty"},
    {"username", FIELD_TEXT, true, 1, NAME_BYTES_MAX, NULL, "the name to log in with"},
    {"password", FIELD_TEXT, true, 1, PASSWORD_BYTES_MAX, NULL, "at least 8 bytes"},
    {"role", FIELD_TEXT, true, 1, NAME_BYTES_MAX, NULL, "a name of /api/roles, or {id, name}"},
    {0},
};

static const struct json_field role_fields[] = {
    {"id", FIELD_TEXT, false, 0, NAME_BYTES_MAX, NULL, "the role"},
    {"name", FIELD_TEXT, false, 0, NAME_BYTES_MAX, NULL, "the role"},
    {0},
};

static const struct json_field delete_fields[] = {
    {"id", FIELD_TEXT, false, 1, TEXT_BYTES_MAX, NULL, "of the account"},
    {"username", FIELD_TEXT, false, 1, TEXT_BYTES_MAX, NULL, "of the account"},
    {0},
};

static const struct json_field password_fields[] = {
    {"username", FIELD_TEXT, false, 1, TEXT_BYTES_MAX, NULL, "one's own when absent"},
    {"password", FIELD_TEXT, true, 1, PASSWORD_BYTES_MAX, NULL, "the new one, at least 8 bytes"},
    {"old_password", FIELD_TEXT, false, 1, PASSWORD_BYTES_MAX, NULL, "to change one's own"},
    {0},
};

static struct account_actor actor_of(const struct request *request) {
    return (struct account_actor){request->identity.username, request->id};
}

/* Names stand in headers, paths and log lines. */
static bool check_name(const char *field, const char *name, struct error *err) {
    for (const char *s = name; *s; s++)
        if (!isalnum((unsigned char)*s) && (s == name || !strchr("._@+-", *s)))
            return error_field(err, field,
                               "%s may have letters and digits of ASCII, and after the first of "
                               "them also . _ @ + -",
                               field);
    return true;
}

/* The ancestor's clients send the role as a record: put its name in place. */
static bool flatten_role(json_t *doc, struct error *err) {
    json_t *role = json_get_object(doc, "role");
    if (!role)
        return true;
    if (!json_check(role, role_fields, err))
        return error_wrap(err, "role");
    CLEANUP(mem_free_text)
    char *name = mem_strdup(json_get_text(role, "name", json_get_text(role, "id", "")));
    json_set_text(doc, "role", name);
    return true;
}

static bool parse_account(const struct request *request, json_t **ret_doc, struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL;
    if (!json_parse(request->body, request->body_len, &doc, err) ||
        (json_object_is_type(doc, json_type_object) && !flatten_role(doc, err)) ||
        !json_check(doc, add_fields, err) ||
        !check_name("username", json_get_text(doc, "username", ""), err) ||
        !check_name("id", json_get_text(doc, "id", ""), err) ||
        !password_acceptable(json_get_text(doc, "password", ""), json_get_text(doc, "username", ""),
                             err))
        return false;
    *ret_doc = STEAL(doc);
    return true;
}

enum request_result handle_account_add(struct request *request) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct error err = {0};
    char hash[PASSWORD_HASH_BYTES], made_id[33];
    const struct account_actor actor = actor_of(request);
    if (!parse_account(request, &doc, &err) ||
        !password_hash(json_get_text(doc, "password", ""), hash, &err))
        return respond_problem(request, &err);
    crypto_random_hex(made_id, 16);
    const char *id = json_get_text(doc, "id", "");
    const struct account account = {.id = *id ? id : made_id,
                                    .username = json_get_text(doc, "username", ""),
                                    .role = json_get_text(doc, "role", ""),
                                    .password_hash = hash};
    if (!account_insert(request->db, &account, &actor, &err))
        return respond_problem(request, &err);
    return respond_empty(request);
}

enum request_result handle_account_delete(struct request *request) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct error err = {0};
    const struct account_actor actor = actor_of(request);
    if (!request_json(request, delete_fields, &doc, &err))
        return respond_problem(request, &err);
    const char *id = json_get_text(doc, "id", NULL);
    const char *username = json_get_text(doc, "username", NULL);
    if (!id == !username) {
        error_field(&err, "username", "Give either id or username.");
        return respond_problem(request, &err);
    }
    if (!account_delete(request->db, id, username, &actor, &err))
        return respond_problem(request, &err);
    return respond_empty(request);
}

/* Who sits at somebody's open session must not be able to take the account over. */
static bool check_old_password(struct request *request, const char *old, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    const char *username = request->identity.username;
    bool match = false;
    if (!old)
        return error_field(err, "old_password", "old_password is needed to change one's own.");
    if (!throttle_check(request->db, request->address, username, err) ||
        !db_run(request->db, &sql_account_login, DB_PARAMS(DB_TEXT(username)), &row, err) ||
        !password_verify(db_rows(row) ? db_text(row, 0, "password_hash") : NULL, old, &match, err))
        return false;
    (match ? throttle_passed : throttle_failed)(request->db, request->address, username, NULL);
    if (match)
        return true;
    error_set(err, ERROR_FORBIDDEN, "old_password is not the account's password.");
    snprintf(err->field, sizeof err->field, "old_password");
    return false;
}

enum request_result handle_password_change(struct request *request) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct error err = {0};
    char hash[PASSWORD_HASH_BYTES];
    const struct account_actor actor = actor_of(request);
    const struct identity *self = &request->identity;
    if (!request_json(request, password_fields, &doc, &err))
        return respond_problem(request, &err);
    const char *username = json_get_text(doc, "username", self->username);
    const char *password = json_get_text(doc, "password", "");
    bool own = strcmp(username, self->username) == 0;
    if (!own && !policy_allows(self->grants, "/api/account", ACCESS_WRITE))
        error_set(&err, ERROR_FORBIDDEN, "Only an administrator changes the password of another.");
    else if ((!own ||
              check_old_password(request, json_get_text(doc, "old_password", NULL), &err)) &&
             password_acceptable(password, username, &err) && password_hash(password, hash, &err) &&
             account_set_password(request->db, username, hash, own ? self->token_id : NULL, &actor,
                                  &err))
        return respond_empty(request);
    return respond_problem(request, &err);
}
