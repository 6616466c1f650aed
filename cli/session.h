/* session: where the server is and who asks: from the environment, else from what `berth login` has
 * stored. A stored token is only ever used for the URL that it came from. */
#pragma once

#include <stdbool.h>

#include "core/base/error.h"

enum token_origin {
    TOKEN_NONE,
    TOKEN_GIVEN,  /* BERTH_TOKEN: used as it is */
    TOKEN_CACHED, /* BERTH_USERNAME and BERTH_PASSWORD_FILE: renewed when it is refused */
    TOKEN_STORED, /* of `berth login` */
};

enum { SESSION_URLS_MAX = 16 };

struct session {
    char *context; /* its name among those that `berth login` has stored; never NULL */
    char *url;     /* the address in use, without a slash at its end; NULL = none is known */
    char *urls[SESSION_URLS_MAX]; /* all addresses of the server, `url` among them */
    size_t url_count;
    char *cacert;        /* path of a PEM file, NULL = the system's */
    char *username;      /* NULL = unknown */
    char *password_file; /* NULL = none; only with TOKEN_CACHED */
    char *token;         /* NULL = none (yet) */
    enum token_origin origin;
    char *cache_path; /* only with TOKEN_CACHED */
};

/* Which context: `context` (--context; the environment's address and account do not count then),
 * else BERTH_CONTEXT, else the current one, else "default". BERTH_URL (several: separated by spaces
 * or commas), BERTH_CACERT, BERTH_TOKEN, BERTH_USERNAME with BERTH_PASSWORD_FILE are put before
 * what the context says. `url` is NULL when none is known; that is no error. */
bool session_load(struct session *session, const char *context, struct error *err);
void session_release(struct session *session);

/* Take over new addresses, put into their normal form: https:// where no scheme is given, no slash
 * at the end. Plain http:// is for loopback addresses only, because a token would go out in clear.
 */
bool session_set_urls(struct session *session, const char *const *urls, size_t count,
                      struct error *err);
/* The same for one. */
bool session_set_url(struct session *session, const char *url, struct error *err);

/* Go over to the next address; false when there is one only. */
bool session_next_url(struct session *session);

/* The text of password_file without its line end; the caller's. */
bool session_password(const struct session *session, char **ret_password, struct error *err);

/* Take over a new token and keep it where its origin says; a stored one makes its context the
 * current one. `expires_at` may be NULL. A cache that cannot be written is no error. */
bool session_keep(struct session *session, const char *token, const char *expires_at,
                  struct error *err);
/* The reverse: the context stays, without its token. */
bool session_forget(struct session *session, struct error *err);
