/* handle_auth: log in, log out. */
#include <stdio.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/password.h"
#include "core/control/throttle.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "fcgi/worker.h"

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

static enum request_result respond_session(struct request *request, const struct session *session,
                                           const char *user_agent) {
    json_t *doc = json_object_new_object();
    json_set_text(doc, "auth_token", session->token);
    json_set_text(doc, "user_agent", user_agent);
    json_set_text(doc, "expires_at", session->expires_at);
    return respond_document(request, 200, doc);
}

enum request_result handle_login(struct request *request) {
    CLEANUP(json_put) json_t *doc = NULL;
    CLEANUP(auth_session_release) struct session session = {0};
    char user_agent[USER_AGENT_BYTES];
    struct error err = {0};
    bool known = false;
    if (!request_json(request, login_fields, &doc, &err))
        return respond_problem(request, &err);
    const char *username = json_get_text(doc, "username", "");
    request_user_agent(request, user_agent);
    if (!throttle_begin(request->db, request->address, username, &err))
        return respond_problem(request, &err);
    bool ok = auth_login(request->db, username, json_get_text(doc, "password", ""), user_agent,
                         request->worker->config->session_hours, &session, &known, &err);
    bool decided = ok || err.kind == ERROR_UNAUTHENTICATED;
    (ok        ? throttle_passed
     : decided ? throttle_failed
               : throttle_cancel)(request->db, request->address, username, NULL);
    if (decided)
        note_login(request, username, known, ok);
    return ok ? respond_session(request, &session, user_agent) : respond_problem(request, &err);
}

enum request_result handle_logout(struct request *request) {
    struct error err = {0};
    if (!token_delete(request->db, request->identity.token_id, &err))
        return respond_problem(request, &err);
    return respond_empty(request);
}
