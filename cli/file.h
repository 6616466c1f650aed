/* file: the small private files of the CLI: configuration and token cache. */
#pragma once

#include "core/base/error.h"

/* Whole text of a file of at most 64 KB; *ret_text is the caller's, NULL when there is no such
 * file. */
bool file_read(const char *path, char **ret_text, struct error *err);

/* The same for a file that holds a secret: refused when others own it or may read it. */
bool file_read_private(const char *path, char **ret_text, struct error *err);

/* Replace the file at once (write aside, rename): mode 0600, missing directories made with 0700. */
bool file_write_private(const char *path, const char *text, struct error *err);

/* Wait until nobody else holds the lock that belongs to `path` (PATH.lock, made when missing, as
 * are directories); closing *ret_fd gives it back. */
bool file_lock(const char *path, int *ret_fd, struct error *err);
