/* callers: accounts and roles of the tests of authentication, and who has logged in as one of them.
 */
#pragma once

#include "core/control/auth.h"

/* The documents of the roles keeper and extra. */
#define KEEPER_DOC "{\"grants\":[{\"path\":\"/api/account\",\"access\":\"write\"}]}"
#define EVENTS_DOC "{\"grants\":[{\"path\":\"/api/events\",\"access\":\"read\"}]}"

/* Somebody who has logged in. */
struct caller {
    struct identity identity;
    struct token token;
    char text[TOKEN_TEXT_LEN + 1];
};

void caller_release(struct caller *caller); /* cleanup function */

/* Besides admin there are clare (a user), kim (of the role keeper) and dora (disabled); and the
 * role extra, which nobody has. */
void callers_set_up(void);
void callers_tear_down(void);
/* `name`: of the token; NULL = a session. */
void come_in(struct caller *caller, const char *username, const char *name);

/* The row of the statement token_find, perhaps none; the caller's. */
struct db_result *token_row(const struct token *token);
/* ERROR_NONE, and whose they are; or what auth_identify says. */
enum error_kind identify(const struct credentials *credentials, struct identity *ret_identity);
