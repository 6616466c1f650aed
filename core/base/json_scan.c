/* json_scan: checks that bytes are one RFC 8259 document within limits, before json-c, which
 * forgives much, sees them. */
#include "core/base/json_scan.h"

#include <stdbool.h>
#include <string.h>

struct scan {
    const char *s, *end;
    int depth;
    size_t keys;
    const char *problem;
};

static bool fail(struct scan *scan, const char *problem) {
    if (!scan->problem)
        scan->problem = problem;
    return false;
}

static void skip_space(struct scan *scan) {
    while (scan->s < scan->end && strchr(" \t\r\n", *scan->s) && *scan->s)
        scan->s++;
}

static bool eat(struct scan *scan, char c) {
    if (scan->s < scan->end && *scan->s == c) {
        scan->s++;
        return true;
    }
    return false;
}

static bool scan_escape(struct scan *scan) {
    static const char hex[] = "0123456789abcdefABCDEF";
    if (scan->s >= scan->end || !*scan->s || !strchr("\"\\/bfnrtu", *scan->s))
        return fail(scan, "a string has an unknown escape");
    if (*scan->s++ != 'u')
        return true;
    for (int i = 0; i < 4; i++)
        if (scan->s + i >= scan->end || !scan->s[i] || !strchr(hex, scan->s[i]))
            return fail(scan, "a string has a broken \\u escape");
    if (memcmp(scan->s, "0000", 4) == 0)
        return fail(scan, "a string holds \\u0000");
    scan->s += 4;
    return true;
}

static bool scan_string(struct scan *scan) {
    if (!eat(scan, '"'))
        return fail(scan, "a string is expected");
    while (scan->s < scan->end) {
        unsigned char c = (unsigned char)*scan->s++;
        if (c == '"')
            return true;
        if (c < 0x20)
            return fail(scan, "a string holds a control character");
        if (c == '\\' && !scan_escape(scan))
            return false;
    }
    return fail(scan, "a string does not end");
}

static size_t scan_digits(struct scan *scan) {
    size_t n = 0;
    while (scan->s < scan->end && *scan->s >= '0' && *scan->s <= '9') {
        scan->s++;
        n++;
    }
    return n;
}

static bool scan_number(struct scan *scan) {
    const char *start = scan->s;
    eat(scan, '-');
    const char *digits = scan->s;
    size_t n = scan_digits(scan);
    if (n == 0 || (n > 1 && *digits == '0'))
        return fail(scan, "a value is not JSON");
    if (eat(scan, '.') && scan_digits(scan) == 0)
        return fail(scan, "a number has no digits after its point");
    if (scan->s < scan->end && (*scan->s == 'e' || *scan->s == 'E')) {
        scan->s++;
        if (!eat(scan, '+'))
            eat(scan, '-');
        if (scan_digits(scan) == 0)
            return fail(scan, "a number has an empty exponent");
    }
    if (scan->s - start > JSON_SCAN_NUMBER_MAX)
        return fail(scan, "a number is too long");
    return true;
}

static bool scan_word(struct scan *scan, const char *word) {
    size_t len = strlen(word);
    if ((size_t)(scan->end - scan->s) < len || memcmp(scan->s, word, len) != 0)
        return fail(scan, "a value is not JSON");
    scan->s += len;
    return true;
}

static bool scan_value(struct scan *scan);

static bool scan_members(struct scan *scan, char close, bool keyed) {
    scan->s++;
    skip_space(scan);
    if (eat(scan, close))
        return true;
    do {
        skip_space(scan);
        if (keyed) {
            if (++scan->keys > JSON_SCAN_KEYS_MAX)
                return fail(scan, "there are too many keys");
            if (!scan_string(scan))
                return false;
            skip_space(scan);
            if (!eat(scan, ':'))
                return fail(scan, "a ':' is expected after a key");
        }
        if (!scan_value(scan))
            return false;
        skip_space(scan);
    } while (eat(scan, ','));
    return eat(scan, close) || fail(scan, "an object or array does not end");
}

static bool scan_value(struct scan *scan) {
    bool ok;
    skip_space(scan);
    if (scan->s >= scan->end)
        return fail(scan, "the document ends too early");
    if (++scan->depth > JSON_SCAN_DEPTH_MAX)
        return fail(scan, "the nesting is too deep");
    switch (*scan->s) {
    case '{':
        ok = scan_members(scan, '}', true);
        break;
    case '[':
        ok = scan_members(scan, ']', false);
        break;
    case '"':
        ok = scan_string(scan);
        break;
    case 't':
        ok = scan_word(scan, "true");
        break;
    case 'f':
        ok = scan_word(scan, "false");
        break;
    case 'n':
        ok = scan_word(scan, "null");
        break;
    default:
        ok = scan_number(scan);
    }
    scan->depth--;
    return ok;
}

const char *json_scan(const char *text, size_t len, size_t *ret_keys) {
    struct scan scan = {.s = text, .end = text + len};
    if (!scan_value(&scan))
        return scan.problem;
    skip_space(&scan);
    if (scan.s != scan.end)
        return "something follows the document";
    *ret_keys = scan.keys;
    return NULL;
}
