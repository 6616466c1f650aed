/* json_scan: is this one RFC 8259 document within limits? */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { JSON_SCAN_DEPTH_MAX = 32, JSON_SCAN_KEYS_MAX = 10000, JSON_SCAN_NUMBER_MAX = 32 };

/* NULL when it is, and the number of keys in all its objects; else what is wrong, as a phrase.
 * UTF-8 is checked before. */
const char *json_scan(const char *text, size_t len, size_t *ret_keys);
