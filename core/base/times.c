/* times: see times.h. */
#include "core/base/times.h"

#include <stddef.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"

static bool parse_age(const char *text, int64_t *ret_seconds) {
    static const struct {
        char letter;
        int seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    size_t len = strlen(text);
    int64_t number;
    for (size_t i = 0; len > 1 && i < ARRAY_LEN(units); i++) {
        CLEANUP(mem_free_text) char *digits = mem_strndup(text, len - 1);
        if (text[len - 1] == units[i].letter && parse_int(digits, 0, 1000000000, &number)) {
            *ret_seconds = number * units[i].seconds;
            return true;
        }
    }
    return false;
}

/* "Z", "+01:00", "-0530" or nothing: seconds east of Greenwich. */
static bool parse_zone(const char *text, int64_t *ret_seconds) {
    char digits[5] = "";
    int64_t value;
    *ret_seconds = 0;
    if (!*text || strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
        return true;
    size_t len = strlen(text);
    if ((text[0] != '+' && text[0] != '-') || !(len == 5 || (len == 6 && text[3] == ':')))
        return false;
    digits[0] = '1'; /* parse_int takes no leading zeros */
    memcpy(digits + 1, text + 1, 2);
    if (!parse_int(digits, 100, 114, &value))
        return false;
    *ret_seconds = (value - 100) * 3600;
    memcpy(digits + 1, text + len - 2, 2);
    if (!parse_int(digits, 100, 159, &value))
        return false;
    *ret_seconds += (value - 100) * 60;
    if (text[0] == '-')
        *ret_seconds = -*ret_seconds;
    return true;
}

bool time_parse(const char *text, time_t now, int64_t *ret_seconds) {
    struct tm tm = {0};
    int64_t value;
    if (parse_int(text, 0, INT64_MAX, ret_seconds))
        return true;
    if (parse_age(text, &value)) {
        *ret_seconds = now > value ? now - value : 0;
        return true;
    }
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!end)
        return false;
    if (*end == '.')
        end += 1 + strspn(end + 1, "0123456789");
    if (!parse_zone(end, &value))
        return false;
    *ret_seconds = timegm(&tm) - value;
    return true;
}
