/* handle_roles: roles of one's own. */
#include <string.h>

#include "core/base/mem.h"
#include "core/control/policy_spec.h"
#include "fcgi/handle_accounts.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "fcgi/routes.h"

enum { GRANTS_MAX = 64 };

static const struct json_field grant_fields[] = {
    {"path", FIELD_TEXT, true, 1, PATH_BYTES_MAX, NULL, "it and everything below it"},
    {"access", FIELD_TEXT, true, 1, 5, NULL, "read, or write (which includes read)"},
    {0},
};

const struct json_field role_add_fields[] = {
    {"name", FIELD_TEXT, true, 1, NAME_BYTES_MAX, NULL, "of the role"},
    {"grants", FIELD_OBJECTS, true, 0, GRANTS_MAX, grant_fields, "paths that the role may use"},
    {"options", FIELD_TEXTS, false, 0, GRANTS_MAX, NULL, "what else it may do, of policy_options"},
    {0},
};

/* A path that no route is at or below is a mistake that would grant nothing. */
static bool check_path(const char *text, struct error *err) {
    struct path path = {0};
    bool ok = path_parse(&path, text, strlen(text), err);
    if (ok && strcmp(path.text, "/") != 0 && !route_is_below(&path))
        ok = error_set(err, ERROR_BAD_FIELD, "The API has nothing at %s or below it.", text);
    path_release(&path);
    return ok;
}

static bool check_grant(json_t *grants, size_t i, struct error *err) {
    json_t *grant = json_at(grants, i);
    const char *path = json_get_text(grant, "path", "");
    const char *access = json_get_text(grant, "access", "");
    CLEANUP(mem_free_text) char *field = mem_format("grants[%zu]", i);
    if (strcmp(access, "read") != 0 && strcmp(access, "write") != 0)
        return error_field(err, field, "%s: access must be read or write.", field);
    if (!check_path(path, err))
        return error_field(err, field, "%s: %s", field, err->message);
    for (size_t k = 0; k < i; k++)
        if (strcmp(json_get_text(json_at(grants, k), "path", ""), path) == 0)
            return error_field(err, field, "%s: %s has a grant already.", field, path);
    return true;
}

static bool check_option(json_t *options, size_t i, struct error *err) {
    const char *name = json_object_get_string(json_at(options, i));
    CLEANUP(mem_free_text) char *field = mem_format("options[%zu]", i);
    if (!policy_option_find(name))
        return error_field(err, field, "%s: there is no option %s.", field, name);
    for (size_t k = 0; k < i; k++)
        if (strcmp(json_object_get_string(json_at(options, k)), name) == 0)
            return error_field(err, field, "%s: %s stands there already.", field, name);
    return true;
}

static bool check_rights(json_t *grants, json_t *options, struct error *err) {
    for (size_t i = 0; i < json_len(grants); i++)
        if (!check_grant(grants, i, err))
            return false;
    for (size_t i = 0; i < json_len(options); i++)
        if (!check_option(options, i, err))
            return false;
    return true;
}

/* Make the role's document of the body. */
static bool read_role(struct request *request, const struct json_field *fields, const char *name,
                      json_t **ret_doc, struct error *err) {
    CLEANUP(json_put) json_t *body = NULL;
    if (!request_json(request, fields, &body, err))
        return false;
    if (!name)
        name = json_get_text(body, "name", "");
    json_t *grants = json_get_array(body, "grants"), *options = json_get_array(body, "options");
    if (!check_name("name", name, err) || !check_rights(grants, options, err))
        return false;
    *ret_doc = json_object_new_object();
    json_set_text(*ret_doc, "id", name);
    json_set_text(*ret_doc, "name", name);
    json_set(*ret_doc, "grants", json_copy(grants));
    json_set(*ret_doc, "options", options ? json_copy(options) : json_object_new_array());
    return true;
}

static enum request_result respond_role(struct request *request, int status, json_t **doc) {
    json_set_bool(*doc, "builtin", false);
    return respond_document(request, status, STEAL(*doc));
}

enum request_result handle_role_add(struct request *request) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct error err = {0};
    const struct administrator who = administrator_of(request);
    if (!read_role(request, role_add_fields, NULL, &doc, &err) ||
        !administer_role_add(request->db, json_get_text(doc, "name", ""), json_print(doc), &who,
                             &err))
        return respond_problem(request, &err);
    return respond_role(request, 201, &doc);
}

enum request_result handle_role_set(struct request *request) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct error err = {0};
    const struct administrator who = administrator_of(request);
    const char *name = request_param(request, "name");
    if (!read_role(request, &role_add_fields[1], name, &doc, &err) ||
        !administer_role_set(request->db, name, json_print(doc), &who, &err))
        return respond_problem(request, &err);
    return respond_role(request, 200, &doc);
}

enum request_result handle_role_delete(struct request *request) {
    struct error err = {0};
    const struct administrator who = administrator_of(request);
    if (!administer_role_delete(request->db, request_param(request, "name"), &who, &err))
        return respond_problem(request, &err);
    return respond_empty(request);
}
