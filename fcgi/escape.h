/* escape: percent-decoding (RFC 3986, section 2.1) and UTF-8, both strict. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A-Z a-z 0-9 - . _ ~: never needs an escape (RFC 3986, section 2.3). */
bool escape_is_unreserved(unsigned char c);

/* The byte that the two hex digits at `digits` stand for, or -1. `upper_only`: only 0-9 A-F. */
int escape_byte(const char *digits, bool upper_only);

/* Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates) without control characters
 * (below U+0020, and U+007F to U+009F)? */
bool escape_is_text(const char *bytes, size_t len);
