/* join_usage: see join_usage.h. */
#include "keeper/join_usage.h"

#include <stdio.h>
#include <string.h>

#include "core/base/parse.h"

enum { TEXT_MAX = 64 << 10 };

/* The next number of a line. False: there is none. */
static bool next_number(const char **at, int64_t *ret_number) {
    char digits[20];
    *at += strspn(*at, " \t");
    size_t len = strspn(*at, "0123456789");
    if (len == 0 || len >= sizeof digits)
        return false;
    memcpy(digits, *at, len);
    digits[len] = '\0';
    *at += len;
    return parse_int(digits, 0, INT64_MAX, ret_number);
}

bool join_usage_ticks(const char *stat, struct cpu_ticks *ret_ticks) {
    enum { IDLE = 3, IOWAIT, KINDS = 8 }; /* proc(5); guests are in the first two already */
    struct cpu_ticks ticks = {0};
    int64_t number;
    int kind = 0;
    if (strncmp(stat, "cpu ", 4) != 0)
        return false;
    for (const char *at = stat + 4; kind < KINDS && next_number(&at, &number); kind++) {
        ticks.total += (uint64_t)number;
        if (kind != IDLE && kind != IOWAIT)
            ticks.busy += (uint64_t)number;
    }
    for (const char *at = stat; (at = strstr(at, "\ncpu")); at++)
        ticks.cpus++;
    *ret_ticks = ticks;
    return kind > IDLE && ticks.cpus > 0;
}

static bool find_kb(const char *meminfo, const char *name, int64_t *ret_kb) {
    const char *at = strstr(meminfo, name);
    if (!at)
        return false;
    at += strlen(name);
    return next_number(&at, ret_kb);
}

bool join_usage_memory(const char *meminfo, int64_t *ret_used_mb) {
    int64_t total_kb, available_kb;
    if (!find_kb(meminfo, "MemTotal:", &total_kb) ||
        !find_kb(meminfo, "MemAvailable:", &available_kb) || available_kb > total_kb)
        return false;
    *ret_used_mb = (total_kb - available_kb) / 1024;
    return true;
}

static bool read_text(const char *path, char text[TEXT_MAX]) {
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t len = fread(text, 1, TEXT_MAX - 1, file);
    text[len] = '\0';
    fclose(file);
    return len > 0;
}

bool join_usage_look(struct cpu_ticks *last, struct host_usage *ret_usage) {
    static char text[TEXT_MAX];
    const struct cpu_ticks before = *last;
    struct cpu_ticks now;
    int64_t used_mb;
    if (!read_text("/proc/stat", text) || !join_usage_ticks(text, &now) ||
        !read_text("/proc/meminfo", text) || !join_usage_memory(text, &used_mb))
        return false;
    *last = now;
    if (before.total == 0 || now.total <= before.total || now.busy < before.busy)
        return false;
    double share = (double)(now.busy - before.busy) / (double)(now.total - before.total);
    *ret_usage = (struct host_usage){.cpus = share * now.cpus, .memory_mb = used_mb};
    return true;
}
