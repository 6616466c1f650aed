/* escape: see escape.h. */
#include "fcgi/escape.h"

#include <stdint.h>
#include <string.h>

bool escape_is_unreserved(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~", c));
}

static int digit(char c, bool upper_only) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (!upper_only && c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

int escape_byte(const char *digits, bool upper_only) {
    int high = digit(digits[0], upper_only);
    int low = high < 0 ? -1 : digit(digits[1], upper_only);
    return low < 0 ? -1 : high * 16 + low;
}

/* Length of the sequence at `s`, 0 when it is malformed; *ret_code is its code point. */
static size_t sequence(const unsigned char *s, size_t left, uint32_t *ret_code) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = s[0] < 0x80             ? 1
                 : (s[0] & 0xe0) == 0xc0 ? 2
                 : (s[0] & 0xf0) == 0xe0 ? 3
                 : (s[0] & 0xf8) == 0xf0 ? 4
                                         : 0;
    if (len == 0 || len > left)
        return 0;
    uint32_t code = len == 1 ? s[0] : s[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3f);
    }
    *ret_code = code;
    bool bad = code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
    return bad ? 0 : len;
}

bool escape_is_text(const char *bytes, size_t len) {
    const unsigned char *s = (const unsigned char *)bytes;
    for (size_t i = 0, step; i < len; i += step) {
        uint32_t code = 0;
        step = sequence(s + i, len - i, &code);
        if (step == 0 || code < 0x20 || (code >= 0x7f && code <= 0x9f))
            return false;
    }
    return true;
}
