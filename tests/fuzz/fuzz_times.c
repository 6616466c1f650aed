/* fuzz_times: points in time, durations and numbers as people write them. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/base/times.h"
#include "tests/fuzz/fuzz.h"

static void check_numbers(const char *text) {
    int64_t number;
    double decimal;
    char printed[32];
    bool flag;
    if (parse_int(text, INT64_MIN, INT64_MAX, &number)) {
        snprintf(printed, sizeof printed, "%lld", (long long)number);
        fuzz_check(strcmp(printed, text) == 0 || strcmp(text, "-0") == 0);
        fuzz_check(parse_int(text, number, number, &number));
        fuzz_check(!parse_int(text, number, INT64_MAX, &number) ||
                   !parse_int(text, INT64_MIN, number - (number > INT64_MIN), &number) ||
                   number == INT64_MIN);
    }
    if (parse_decimal(text, -1e300, 1e300, &decimal))
        fuzz_check(isfinite(decimal) && decimal == strtod(text, NULL));
    parse_bool(text, &flag);
}

static void check_hex(const char *text) {
    unsigned char bytes[32];
    char again[65];
    size_t len = strlen(text) / 2;
    if (len <= sizeof bytes && hex_decode(text, bytes, len)) {
        hex_encode(bytes, len, again);
        fuzz_check(strlen(again) == strlen(text) && (!hex_is(text) || strcmp(again, text) == 0));
    }
}

static void check_time(const char *text) {
    const struct timespec now = {1700000000, 5};
    struct timespec exact;
    int64_t seconds, again;
    char printed[40], ago[40];
    struct tm tm;
    bool ok = time_parse_exact(text, now, &exact);
    fuzz_check(ok == time_parse(text, now.tv_sec, &seconds));
    if (!ok)
        return;
    fuzz_check(exact.tv_sec == seconds && exact.tv_nsec >= 0 && exact.tv_nsec < 1000000000);
    time_ago(ago, sizeof ago, seconds, now.tv_sec);
    time_t time = seconds;
    if (seconds < 0 || seconds > 253402300799 || !gmtime_r(&time, &tm))
        return;
    strftime(printed, sizeof printed, "%Y-%m-%dT%H:%M:%SZ", &tm);
    fuzz_check(time_parse(printed, now.tv_sec, &again) && again == seconds);
}

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    CLEANUP(mem_free_text) char *text = fuzz_rest(&input);
    int64_t seconds;
    check_numbers(text);
    check_hex(text);
    check_time(text);
    if (duration_parse(text, &seconds))
        fuzz_check(seconds > 0);
}

const struct fuzz_target fuzz_times = {"times", run};
