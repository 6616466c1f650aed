/* cmd_session: log in and out. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/prompt.h"
#include "cli/render.h"
#include "cli/session.h"

const struct cli_option login_options[] = {
    {.name = "url", .value = "URL", .help = "the server, as in https://berth.example:8443"},
    {.name = "username", .letter = 'u', .value = "NAME", .help = "the account"},
    {.name = "password-stdin", .help = "read the password from standard input"},
    {.name = "cacert",
     .value = "FILE",
     .complete = COMPLETE_FILE,
     .help = "certificate that vouches for the server, PEM"},
    {0},
};

/* The addresses as arguments, by --url, else asked for; with --password-stdin the known ones. */
static bool ask_url(struct session *session, const struct given *given, struct error *err) {
    CLEANUP(mem_free_text) char *answer = NULL;
    const char *url = given_text(given, "url");
    if (given->argument_count > 0)
        return session_set_urls(session, (const char *const *)given->arguments,
                                given->argument_count, err);
    if (!url && session->url && given_flag(given, "password-stdin"))
        return true;
    if (!url) {
        if (!prompt_line("URL", session->url, "a URL", &answer, err))
            return false;
        if (session->url && strcmp(answer, session->url) == 0)
            return true;
        url = answer;
    }
    return session_set_url(session, url, err);
}

static bool ask_username(struct session *session, const struct given *given, struct error *err) {
    const char *username = given_text(given, "username");
    char *answer = NULL;
    if (!username && given_flag(given, "password-stdin"))
        username = session->username;
    if (username)
        answer = mem_strdup(username);
    else if (!prompt_line("Name", session->username, "--username", &answer, err))
        return false;
    free(session->username);
    session->username = answer;
    return true;
}

/* Stored whole, since the next command may run elsewhere. */
static bool set_cacert(struct session *session, const struct given *given, struct error *err) {
    const char *path = given_text(given, "cacert");
    if (!path)
        path = session->cacert;
    if (!path)
        return true;
    char *whole = realpath(path, NULL);
    if (!whole)
        return error_field(err, "cacert", "There is no file %s.", path);
    free(session->cacert);
    session->cacert = whole;
    return true;
}

bool cmd_login(struct cli *cli, struct error *err) {
    struct session *session = api_session(cli->api);
    CLEANUP(mem_free_text) char *password = NULL;
    bool piped = given_flag(&cli->given, "password-stdin");
    if (!ask_url(session, &cli->given, err) || !ask_username(session, &cli->given, err) ||
        !set_cacert(session, &cli->given, err))
        return false;
    if (!(piped ? read_line(&password, err)
                : prompt_hidden("Password", "--password-stdin", &password, err)))
        return false;
    session->origin = TOKEN_STORED;
    bool ok = api_login(cli->api, password, err);
    explicit_bzero(password, strlen(password));
    if (!ok)
        return false;
    CLEANUP(mem_free_text)
    char *message = mem_format("Logged in at %s as %s, context %s.", session->url,
                               session->username, session->context);
    if (!cli->quiet)
        render_line(message);
    return true;
}

bool cmd_logout(struct cli *cli, struct error *err) {
    struct session *session = api_session(cli->api);
    struct api_request request = {.method = "POST", .path = "/auth/logout"};
    struct api_reply reply;
    if (!session->token)
        return true; /* nobody is logged in */
    /* The token of an expired session is dead already. */
    enum token_origin origin = session->origin;
    session->origin = TOKEN_GIVEN;
    bool ok = api_call(cli->api, &request, &reply, err);
    session->origin = origin;
    if (ok)
        api_reply_release(&reply);
    else if (err->kind != ERROR_UNAUTHENTICATED)
        return false;
    return session_forget(session, err);
}
