/* log: see log.h. */
#include "core/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *log_component = "berth";
static enum log_level log_least = LOG_INFO;

void log_setup(const char *component, enum log_level level) {
    log_component = component;
    log_least = level;
}

/* The date of `now`; the second's text is kept, because a busy process writes thousands of lines in
 * one. */
static const char *date_of(time_t now) {
    static _Thread_local time_t kept;
    static _Thread_local char text[32];
    struct tm utc;
    if (now != kept) {
        gmtime_r(&now, &utc);
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
        kept = now;
    }
    return text;
}

void log_members(enum log_level level, const char *message, const struct strbuf *members) {
    static const char *const names[] = {"debug", "info", "warning", "error"};
    struct strbuf line = STRBUF_MAX(16384);
    struct timespec now;
    if (level < log_least)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    strbuf_addf(&line, "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"component\":\"%s\",\"pid\":%d,",
                date_of(now.tv_sec), now.tv_nsec / 1000000, names[level], log_component,
                (int)getpid());
    strbuf_puts(&line, "\"message\":");
    strbuf_json(&line, message);
    if (members && members->len) {
        strbuf_putc(&line, ',');
        strbuf_add(&line, members->data, members->len);
    }
    strbuf_puts(&line, "}\n");
    /* One write, so that lines of several processes never mix (at most PIPE_BUF on a pipe). */
    if (!line.full && write(STDERR_FILENO, line.data, line.len) < 0) {
        /* Nowhere to tell it. */
    }
    strbuf_release(&line);
}

void log_line(enum log_level level, const char *format, ...) {
    char message[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    log_members(level, message, NULL);
}
