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

struct session {
    char *url;           /* without a slash at its end */
    char *cacert;        /* path of a PEM file, NULL = the system's */
    char *username;      /* NULL = unknown */
    char *password_file; /* NULL = none; only with TOKEN_CACHED */
    char *token;         /* NULL = none (yet) */
    enum token_origin origin;
    char *config_path; /* of `berth login` */
    char *cache_path;  /* only with TOKEN_CACHED */
};

/* BERTH_URL, BERTH_CACERT, BERTH_TOKEN, BERTH_USERNAME, BERTH_PASSWORD_FILE, BERTH_CONFIG,
 * XDG_CONFIG_HOME, XDG_CACHE_HOME, HOME. `url` is NULL when none is known; that is no error. */
bool session_load(struct session *session, struct error *err);
void session_release(struct session *session);

/* Take over a new URL, put into its normal form: https:// where no scheme is given, no slash at the
 * end. Plain http:// is for loopback addresses only, because a token would go out in clear. */
bool session_set_url(struct session *session, const char *url, struct error *err);

/* The text of password_file without its line end; the caller's. */
bool session_password(const struct session *session, char **ret_password, struct error *err);

/* Take over a new token and keep it where its origin says. `expires_at` may be NULL. A cache that
 * cannot be written is no error. */
bool session_keep(struct session *session, const char *token, const char *expires_at,
                  struct error *err);
/* The reverse. */
void session_forget(struct session *session);
