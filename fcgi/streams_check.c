/* streams_check: are those who read a stream still allowed to? Their tokens are looked up together,
 * each once, as often as it takes to end a stream within 5 s of its token. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "fcgi/routes.h"
#include "fcgi/streams_private.h"
#include "sql/statements.h"

enum { CHECK_MS = 2000 };

struct client_token {
    char id[TOKEN_ID_LEN + 1];
    bool known;   /* else the database was away, and it counts as good */
    char *grants; /* NULL = the token has ended */
};

struct token_check {
    struct lookup lookup;
    struct streams *streams;
    size_t count;
    struct client_token tokens[];
};

static void run(struct lookup *lookup, struct db *db) {
    struct token_check *check = (struct token_check *)lookup;
    struct error err = {0};
    for (size_t i = 0; i < check->count && err.kind == ERROR_NONE; i++) {
        CLEANUP(db_result_free) struct db_result *rows = NULL;
        struct client_token *token = &check->tokens[i];
        token->known = db_run(db, &sql_token_find, DB_PARAMS(DB_TEXT(token->id)), &rows, &err);
        if (token->known && db_rows(rows) == 1)
            token->grants = mem_strdup(db_text(rows, 0, "grants"));
    }
}

static bool may_go_on(const struct request *request, const struct client_token *token) {
    if (!token->known)
        return true;
    return token->grants && route_allows(request->route, token->grants, request->path.text);
}

static void done(struct lookup *lookup) {
    struct token_check *check = (struct token_check *)lookup;
    for (size_t i = 0; i < check->count; i++) {
        const struct client_token *token = &check->tokens[i];
        for (struct stream *s = check->streams->first; s; s = s->next)
            if (strcmp(s->request->identity.token_id, token->id) == 0 &&
                !may_go_on(s->request, token))
                stream_end(s, STREAM_REVOKED);
        free(token->grants);
    }
    check->streams->checking = NULL;
    free(check);
}

static void add_token(struct token_check *check, const struct request *request) {
    if (request->route->need == AUTH_NONE)
        return;
    for (size_t i = 0; i < check->count; i++)
        if (strcmp(check->tokens[i].id, request->identity.token_id) == 0)
            return;
    memcpy(check->tokens[check->count++].id, request->identity.token_id,
           sizeof request->identity.token_id);
}

void streams_check(struct streams *streams, int64_t now_ms) {
    if (streams->count == 0 || streams->checking || now_ms - streams->check_ms < CHECK_MS)
        return;
    struct token_check *check =
        mem_alloc(sizeof *check + streams->count * sizeof(struct client_token));
    check->lookup = (struct lookup){.run = run, .done = done};
    check->streams = streams;
    for (const struct stream *s = streams->first; s; s = s->next)
        add_token(check, s->request);
    streams->check_ms = now_ms;
    streams->checking = check;
    lookups_submit(streams->lookups, &check->lookup);
}
