/* handle_accounts: accounts and their passwords. */
#include <stdio.h>
#include <string.h>

#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/base/password.h"
#include "core/control/administer.h"
#include "core/control/password_rules.h"
#include "core/control/policy.h"
#include "core/control/throttle.h"
#include "fcgi/handle_accounts.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "sql/statements.h"

enum { TEXT_BYTES_MAX = 255 };

static const struct json_field role_fields[] = {
    {"id", FIELD_TEXT, false, 0, NAME_BYTES_MAX, NULL, "the role"},
    {"name", FIELD_TEXT, false, 0, NAME_BYTES_MAX, NULL, "the role"},
    {0},
};

const struct json_field account_add_fields[] = {
    {"id", FIELD_TEXT, false, 0, NAME_BYTES_MAX, NULL, "chosen by berth when empty"},
    {"username", FIELD_TEXT, true, 1, NAME_BYTES_MAX, NULL, "the name to log in with"},
    {"password", FIELD_TEXT, true, 1, PASSWORD_BYTES_MAX, NULL, "at least 8 bytes"},
    {"role", FIELD_TEXT, true, 1, NAME_BYTES_MAX, role_fields,
     "a name of /api/roles, or {id, name}"},
    {0},
};

const struct json_field account_role_fields[] = {
    {"role", FIELD_TEXT, true, 1, NAME_BYTES_MAX, role_fields,
     "a name of /api/roles, or {id, name}"},
    {0},
};

const struct json_field account_delete_fields[] = {
    {"id", FIELD_TEXT, false, 1, TEXT_BYTES_MAX, NULL, "of the account"},
    {"username", FIELD_TEXT, false, 1, TEXT_BYTES_MAX, NULL, "of the account"},
    {0},
};

const struct json_field password_fields[] = {
    {"username", FIELD_TEXT, false, 1, TEXT_BYTES_MAX, NULL, "one's own when absent"},
    {"password", FIELD_TEXT, true, 1, PASSWORD_BYTES_MAX, NULL, "the new one, at least 8 bytes"},
    {"old_password", FIELD_TEXT, false, 1, PASSWORD_BYTES_MAX, NULL, "to change one's own"},
    {0},
};

struct administrator administrator_of(const struct request *request) {
    return (struct administrator){&request->identity, request->id};
}

/* ASCII, whatever the locale. */
bool check_name(const char *field, const char *name, struct error *err) {
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (const char *s = name; *s; s++)
        if (!strchr(first, *s) && (s == name || !strchr("._@+-", *s)))
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

/* A body with a role in it. */
static bool read_body(const struct request *request, const struct json_field *fields,
                      json_t **ret_doc, struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL;
    if (!json_parse(request->body, request->body_len, &doc, err) ||
        (json_object_is_type(doc, json_type_object) && !flatten_role(doc, err)) ||
        !json_check(doc, fields, err))
        return false;
    *ret_doc = STEAL(doc);
    return true;
}

static bool read_account(const struct request *request, json_t **ret_doc, struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL;
    if (!read_body(request, account_add_fields, &doc, err) ||
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
    const struct administrator who = administrator_of(request);
    if (!read_account(request, &doc, &err) ||
        !password_hash(json_get_text(doc, "password", ""), hash, &err))
        return respond_problem(request, &err);
    crypto_random_hex(made_id, 16);
    const char *id = json_get_text(doc, "id", "");
    const struct account account = {.id = *id ? id : made_id,
                                    .username = json_get_text(doc, "username", ""),
                                    .role = json_get_text(doc, "role", ""),
                                    .password_hash = hash};
    if (!administer_add(request->db, &account, &who, &err))
        return respond_problem(request, &err);
    return respond_empty(request);
}

enum request_result handle_account_delete(struct request *request) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct error err = {0};
    const struct administrator who = administrator_of(request);
    if (!request_json(request, account_delete_fields, &doc, &err))
        return respond_problem(request, &err);
    const char *id = json_get_text(doc, "id", NULL);
    const char *username = json_get_text(doc, "username", NULL);
    if (!id == !username) {
        error_field(&err, "username", "Give either id or username.");
        return respond_problem(request, &err);
    }
    if (!administer_delete(request->db, id, username, &who, &err))
        return respond_problem(request, &err);
    return respond_empty(request);
}

/* Something that is done to the account that the path names, which needs no more than that. */
static enum request_result change(struct request *request,
                                  bool (*administer)(struct db *db, const char *name,
                                                     const struct administrator *who,
                                                     struct error *err)) {
    struct error err = {0};
    const struct administrator who = administrator_of(request);
    if (!administer(request->db, request_param(request, "name"), &who, &err))
        return respond_problem(request, &err);
    return respond_empty(request);
}

enum request_result handle_account_disable(struct request *request) {
    return change(request, administer_disable);
}

enum request_result handle_account_enable(struct request *request) {
    return change(request, administer_enable);
}

enum request_result handle_account_role(struct request *request) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct error err = {0};
    const struct administrator who = administrator_of(request);
    if (!read_body(request, account_role_fields, &doc, &err) ||
        !administer_role(request->db, request_param(request, "name"),
                         json_get_text(doc, "role", ""), &who, &err))
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
    if (!throttle_begin(request->db, request->address, username, err))
        return false;
    if (!db_run(request->db, &sql_account_login, DB_PARAMS(DB_TEXT(username)), &row, err) ||
        !password_verify(db_rows(row) ? db_text(row, 0, "password_hash") : NULL, old, &match,
                         err)) {
        throttle_cancel(request->db, request->address, username, NULL);
        return false;
    }
    if (match)
        return throttle_passed(request->db, request->address, username, err);
    throttle_failed(request->db, request->address, username, NULL);
    error_set(err, ERROR_FORBIDDEN, "old_password is not the account's password.");
    snprintf(err->field, sizeof err->field, "old_password");
    return false;
}

enum request_result handle_password_change(struct request *request) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct error err = {0};
    char hash[PASSWORD_HASH_BYTES];
    const struct administrator who = administrator_of(request);
    const struct identity *self = &request->identity;
    if (!request_json(request, password_fields, &doc, &err))
        return respond_problem(request, &err);
    const char *username = json_get_text(doc, "username", self->username);
    const char *password = json_get_text(doc, "password", "");
    bool own = strcmp(username, self->username) == 0;
    if (self->service)
        error_set(&err, ERROR_FORBIDDEN, "A service token changes no password: log in for that.");
    else if (!own && !policy_allows(self->grants, "/api/account", ACCESS_WRITE))
        error_set(&err, ERROR_FORBIDDEN, "Only an administrator changes the password of another.");
    else if ((!own ||
              check_old_password(request, json_get_text(doc, "old_password", NULL), &err)) &&
             password_acceptable(password, username, &err) && password_hash(password, hash, &err) &&
             administer_password(request->db, username, hash, &who, &err))
        return respond_empty(request);
    return respond_problem(request, &err);
}
