/* base64: bytes as text (RFC 4648), with padding. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The standard alphabet (section 4), or the one for URLs and file names (section 5). */
enum base64_alphabet { BASE64_STANDARD, BASE64_URL };

/* The caller's. */
char *base64_encode(const void *bytes, size_t len, enum base64_alphabet alphabet);

/* Text in the standard alphabet: *ret_bytes, with a NUL behind it, is the caller's. False, and
 * nothing set, for anything that base64_encode would not have written. */
bool base64_decode(const char *text, char **ret_bytes, size_t *ret_len);
