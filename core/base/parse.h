/* parse: strict conversions; the whole text must match, nothing is guessed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal integer min..max, optional '-', no sign '+', no spaces, no leading zeros. */
bool parse_int(const char *text, int64_t min, int64_t max, int64_t *ret_value);

/* Finite decimal number min..max: digits, optional fraction, no exponent, at most 32 characters. */
bool parse_decimal(const char *text, double min, double max, double *ret_value);

/* "true"/"1" and "false"/"0". */
bool parse_bool(const char *text, bool *ret_value);

/* Lower-case hex; `hex` must have room for 2 * len + 1 bytes. */
void hex_encode(const void *bytes, size_t len, char *hex);
/* Exactly `len` bytes from 2 * len hex digits of either case. */
bool hex_decode(const char *hex, void *bytes, size_t len);
/* 1 or more lower-case hex digits and nothing else. */
bool hex_is(const char *text);
