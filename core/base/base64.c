/* base64: see base64.h. */
#include "core/base/base64.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

static const char *const alphabets[] = {
    [BASE64_STANDARD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    [BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

char *base64_encode(const void *bytes, size_t len, enum base64_alphabet alphabet) {
    const char *digits = alphabets[alphabet];
    const unsigned char *at = bytes;
    char *out = mem_alloc((len + 2) / 3 * 4 + 1), *to = out;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t group = (uint32_t)at[i] << 16;
        group |= i + 1 < len ? (uint32_t)at[i + 1] << 8 : 0;
        group |= i + 2 < len ? at[i + 2] : 0;
        *to++ = digits[group >> 18];
        *to++ = digits[group >> 12 & 63];
        *to++ = i + 1 < len ? digits[group >> 6 & 63] : '=';
        *to++ = i + 2 < len ? digits[group & 63] : '=';
    }
    return out;
}

/* The value of a digit; 64 = none. */
static uint32_t value_of(char digit) {
    const char *found = digit ? strchr(alphabets[BASE64_STANDARD], digit) : NULL;
    return found ? (uint32_t)(found - alphabets[BASE64_STANDARD]) : 64;
}

/* Four digits, of which the last `pads` are padding. The bits that no byte takes must be 0. */
static bool read_group(const char *text, size_t pads, char *to) {
    uint32_t group = 0;
    for (size_t i = 0; i < 4; i++) {
        uint32_t value = i < 4 - pads ? value_of(text[i]) : 0;
        if (value > 63)
            return false;
        group = group << 6 | value;
    }
    to[0] = (char)(group >> 16);
    if (pads < 2)
        to[1] = (char)(group >> 8 & 0xff);
    if (pads < 1)
        to[2] = (char)(group & 0xff);
    return pads == 0 || (pads == 1 ? group & 0xff : group & 0xffff) == 0;
}

bool base64_decode(const char *text, char **ret_bytes, size_t *ret_len) {
    size_t len = strlen(text), pads = 0;
    if (len % 4)
        return false;
    if (len && text[len - 1] == '=')
        pads = text[len - 2] == '=' ? 2 : 1;
    char *bytes = mem_alloc(len / 4 * 3 + 1);
    for (size_t i = 0; i < len; i += 4)
        if (!read_group(text + i, i + 4 == len ? pads : 0, bytes + i / 4 * 3)) {
            free(bytes);
            return false;
        }
    *ret_len = len / 4 * 3 - pads;
    bytes[*ret_len] = '\0';
    *ret_bytes = bytes;
    return true;
}
