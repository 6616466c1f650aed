/* times: see times.h. */
#include "core/base/times.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"

#define EPOCH_MAX INT64_C(253402300799) /* the last second of the year 9999 */

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

/* ".25" or nothing; returns what follows it, NULL when it is not of this form. */
static const char *parse_fraction(const char *text, long *ret_nanoseconds) {
    long unit = 100000000;
    *ret_nanoseconds = 0;
    if (*text != '.')
        return text;
    if (!isdigit((unsigned char)*++text))
        return NULL;
    for (; isdigit((unsigned char)*text); text++, unit /= 10)
        *ret_nanoseconds += (*text - '0') * unit;
    return text;
}

/* No later than what RFC 3339 can say: databases and Docker refuse what is far beyond. */
static bool parse_epoch(const char *text, struct timespec *ret_time) {
    CLEANUP(mem_free_text) char *whole = mem_strndup(text, strcspn(text, "."));
    const char *end = parse_fraction(text + strlen(whole), &ret_time->tv_nsec);
    return end && !*end && parse_int(whole, 0, EPOCH_MAX, &ret_time->tv_sec);
}

bool time_parse_exact(const char *text, struct timespec now, struct timespec *ret_time) {
    struct tm tm = {0};
    struct timespec time = {0};
    int64_t value;
    if (parse_epoch(text, &time)) {
        *ret_time = time;
        return true;
    }
    if (parse_age(text, &value)) {
        *ret_time = (struct timespec){now.tv_sec > value ? now.tv_sec - value : 0, now.tv_nsec};
        return true;
    }
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!end || !(end = parse_fraction(end, &time.tv_nsec)) || !parse_zone(end, &value))
        return false;
    time.tv_sec = timegm(&tm) - value;
    *ret_time = time;
    return true;
}

bool time_parse(const char *text, time_t now, int64_t *ret_seconds) {
    struct timespec time;
    if (!time_parse_exact(text, (struct timespec){.tv_sec = now}, &time))
        return false;
    *ret_seconds = time.tv_sec;
    return true;
}

bool duration_parse(const char *text, int64_t *ret_seconds) {
    int64_t seconds;
    if (!parse_int(text, 1, 1000000000, &seconds) && !parse_age(text, &seconds))
        return false;
    *ret_seconds = seconds;
    return seconds > 0;
}

void time_ago(char *text, size_t size, int64_t at, int64_t now) {
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{365 * 86400, "year"}, {30 * 86400, "month"}, {7 * 86400, "week"}, {86400, "day"},
                 {3600, "hour"},        {60, "minute"},        {1, "second"}};
    int64_t age = at > now ? at - now : now - at;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        int64_t n = age / units[i].seconds;
        if (n > 0) {
            snprintf(text, size, "%s%lld %s%s%s", at > now ? "in " : "", (long long)n,
                     units[i].name, n > 1 ? "s" : "", at > now ? "" : " ago");
            return;
        }
    }
    snprintf(text, size, "now");
}
