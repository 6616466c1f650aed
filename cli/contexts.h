/* contexts: what `berth login` has stored: under each name the addresses of a server, the
 * certificate that vouches for it, the account and its token. One file of JSON:
 *   {"current": "prod", "contexts": {"prod": {"urls": [...], "cacert": ..., "username": ...,
 *    "token": ..., "expires_at": ...}}} */
#pragma once

#include "core/base/error.h"
#include "core/base/json.h"

enum { CONTEXT_NAME_MAX = 64 };

/* BERTH_CONFIG, else config.json in XDG_CONFIG_HOME/berth or ~/.config/berth; NULL without a home.
 * The caller's. */
char *contexts_path(void);

/* "$XDG/berth/NAME" or "~/FALLBACK/berth/NAME"; NULL without a home. The caller's. */
char *home_path(const char *xdg, const char *fallback, const char *name);

/* The value of a variable of the environment; an empty one is none. */
const char *environment(const char *name);

/* The whole document, without contexts when there is no file. Refused when others may read the
 * file (FORBIDDEN) or when it is damaged (INTERNAL). */
bool contexts_load(json_t **ret_doc, struct error *err);

/* Read, change, write at once; two that do so at the same time lose nothing. `change` may refuse;
 * nothing is written then. */
typedef bool contexts_change_fn(json_t *doc, void *context, struct error *err);
bool contexts_change(contexts_change_fn *change, void *context, struct error *err);

/* Borrowed from `doc`. */
const char *contexts_current(json_t *doc); /* NULL = none */
json_t *contexts_get(json_t *doc, const char *name);

/* 1 to CONTEXT_NAME_MAX letters, digits, '.', '_' and '-', a letter or digit first. */
bool context_name_check(const char *name, struct error *err);
