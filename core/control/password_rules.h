/* password_rules: which new passwords are accepted. */
#pragma once

#include <stdbool.h>

#include "core/base/error.h"

enum { PASSWORD_BYTES_MIN = 8 };

/* ERROR_BAD_FIELD (field "password"): shorter than PASSWORD_BYTES_MIN bytes or longer than
 * PASSWORD_BYTES_MAX, or among those that are guessed first: a common word, a name of ours or the
 * user name with digits and signs around it or letters replaced by look-alikes, a short piece
 * repeated, a run of neighbours on the keyboard or in the alphabet, digits alone. */
bool password_acceptable(const char *password, const char *username, struct error *err);
