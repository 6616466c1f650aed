/* parse: see parse.h. */
#include "core/base/parse.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool parse_int(const char *text, int64_t min, int64_t max, int64_t *ret_value) {
    const char *digits = text + (*text == '-');
    size_t len = strspn(digits, "0123456789");
    if (len == 0 || len > 19 || digits[len] != '\0' || (digits[0] == '0' && len > 1))
        return false;
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (errno == ERANGE || value < min || value > max)
        return false;
    *ret_value = value;
    return true;
}

bool parse_decimal(const char *text, double min, double max, double *ret_value) {
    const char *s = text + (*text == '-');
    if (strlen(text) > 32 || !is_digit(*s))
        return false;
    s += strspn(s, "0123456789");
    if (*s == '.') {
        s++;
        if (!is_digit(*s))
            return false;
        s += strspn(s, "0123456789");
    }
    if (*s != '\0')
        return false;
    double value = strtod(text, NULL);
    if (!isfinite(value) || value < min || value > max)
        return false;
    *ret_value = value;
    return true;
}

bool parse_bool(const char *text, bool *ret_value) {
    if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
        *ret_value = true;
    else if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
        *ret_value = false;
    else
        return false;
    return true;
}

void hex_encode(const void *bytes, size_t len, char *hex) {
    static const char digits[] = "0123456789abcdef";
    const unsigned char *s = bytes;
    for (size_t i = 0; i < len; i++) {
        *hex++ = digits[s[i] >> 4];
        *hex++ = digits[s[i] & 15];
    }
    *hex = '\0';
}

static int hex_value(char c) {
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hex_decode(const char *hex, void *bytes, size_t len) {
    unsigned char *out = bytes;
    if (strlen(hex) != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = hex_value(hex[2 * i]);
        int low = hex_value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

bool hex_is(const char *text) {
    return *text && text[strspn(text, "0123456789abcdef")] == '\0';
}
