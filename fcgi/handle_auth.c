/* handle_auth: log in, log out; sessions of the console. */
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/password.h"
#include "core/control/throttle.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "fcgi/session_cookie.h"
#include "fcgi/worker.h"
#include "sql/statements.h"

enum { NAME_MAX_BYTES = 255 };

const struct json_field login_fields[] = {
    {"username", FIELD_TEXT, true, 1, NAME_MAX_BYTES, NULL, "the account's name"},
    {"password", FIELD_TEXT, true, 1, PASSWORD_BYTES_MAX, NULL, "its password"},
    {0},
};

/* An unknown name is not logged: people type passwords into the wrong field. */
static void note_login(const struct request *request, const char *username, bool known, bool ok) {
    struct strbuf members = {0};
    strbuf_addf(&members, "\"request_id\":\"%s\",\"account\":", request->id);
    strbuf_json(&members, known ? username : NULL);
    strbuf_puts(&members, ",\"address\":");
    strbuf_json(&members, request->address);
    log_members(ok ? LOG_INFO : LOG_WARNING, ok ? "login" : "login failed", &members);
    strbuf_release(&members);
}

/* The body's name and password are right: *ret_session is the caller's. */
static bool log_in(struct request *request, struct session *ret_session,
                   char user_agent[USER_AGENT_BYTES], struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL;
    bool known = false;
    if (!request_json(request, login_fields, &doc, err))
        return false;
    const char *username = json_get_text(doc, "username", "");
    request_user_agent(request, user_agent);
    if (!throttle_begin(request->db, request->address, username, err))
        return false;
    bool ok = auth_login(request->db, username, json_get_text(doc, "password", ""), user_agent,
                         request->worker->config->session_hours, ret_session, &known, err);
    bool decided = ok || err->kind == ERROR_UNAUTHENTICATED;
    (ok        ? throttle_passed
     : decided ? throttle_failed
               : throttle_cancel)(request->db, request->address, username, NULL);
    if (decided)
        note_login(request, username, known, ok);
    return ok;
}

enum request_result handle_login(struct request *request) {
    CLEANUP(auth_session_release) struct session session = {0};
    char user_agent[USER_AGENT_BYTES];
    struct error err = {0};
    if (!log_in(request, &session, user_agent, &err))
        return respond_problem(request, &err);
    json_t *doc = json_object_new_object();
    json_set_text(doc, "auth_token", session.token);
    json_set_text(doc, "user_agent", user_agent);
    json_set_text(doc, "expires_at", session.expires_at);
    return respond_document(request, 200, doc);
}

enum request_result handle_logout(struct request *request) {
    struct error err = {0};
    if (!token_delete(request->db, request->identity.token_id, &err))
        return respond_problem(request, &err);
    return respond_empty(request);
}

/* What the console knows of its session. */
static bool describe(struct request *request, const struct token *token, json_t **ret_doc,
                     struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    char csrf[CSRF_LEN + 1];
    if (!db_run(request->db, &sql_session_get, DB_PARAMS(DB_TEXT(token->id)), &rows, err))
        return false;
    if (db_rows(rows) == 0)
        return error_set(err, ERROR_UNAUTHENTICATED, "The session has just ended: log in again.");
    *ret_doc = db_json(rows, 0, "document");
    auth_csrf(token, csrf);
    json_set_text(*ret_doc, "csrf", csrf);
    return true;
}

enum request_result handle_session_begin(struct request *request) {
    CLEANUP(auth_session_release) struct session session = {0};
    char user_agent[USER_AGENT_BYTES];
    struct error err = {0};
    json_t *doc = NULL;
    /* Or another's page could log a browser in to an account of its own. */
    if (!session_cookie_own_origin(request, &err) || !log_in(request, &session, user_agent, &err))
        return respond_problem(request, &err);
    if (!describe(request, &session.key, &doc, &err))
        return respond_problem(request, &err);
    session_cookie_set(request, session.token, request->worker->config->session_hours);
    return respond_document(request, 200, doc);
}

enum request_result handle_session_get(struct request *request) {
    struct error err = {0};
    json_t *doc = NULL;
    if (!describe(request, &request->token, &doc, &err))
        return respond_problem(request, &err);
    return respond_document(request, 200, doc);
}

enum request_result handle_session_end(struct request *request) {
    struct error err = {0};
    if (!token_delete(request->db, request->identity.token_id, &err))
        return respond_problem(request, &err);
    session_cookie_clear(request);
    return respond_empty(request);
}
