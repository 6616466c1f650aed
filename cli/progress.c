/* progress: see progress.h. */
#include "cli/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR_MAX = 40, WIDTH_DEFAULT = 80 };

void progress_text(struct strbuf *buf, json_t *operation, int width) {
    int64_t total = json_get_int(operation, "total", 0), done = json_get_int(operation, "done", 0);
    int64_t failed = json_get_int(operation, "failed", 0);
    char words[160];
    if (total < 1)
        total = 1;
    int len = snprintf(words, sizeof words, " %lld of %lld", (long long)done, (long long)total);
    if (failed > 0)
        len +=
            snprintf(words + len, sizeof words - (size_t)len, ", %lld failed", (long long)failed);
    json_t *engine = json_at(json_get_array(operation, "waits_for"), 0);
    if (engine && len < (int)sizeof words)
        len += snprintf(words + len, sizeof words - (size_t)len, ", waiting for %.24s",
                        json_get_text(engine, "id", "an engine"));
    int bar = width - len - 3;
    if (bar > BAR_MAX)
        bar = BAR_MAX;
    int64_t filled = bar * (done + failed) / total;
    if (bar >= 5) {
        strbuf_putc(buf, '[');
        for (int i = 0; i < bar; i++)
            strbuf_putc(buf, i < filled ? '#' : '.');
        strbuf_putc(buf, ']');
    }
    strbuf_puts(buf, bar >= 5 ? words : words + 1);
}

void progress_show(struct progress *progress, json_t *operation) {
    struct winsize size = {0};
    struct strbuf text = {0};
    if (!progress->enabled)
        return;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        size.ws_col = WIDTH_DEFAULT;
    progress_text(&text, operation, size.ws_col);
    fprintf(stderr, "\r\033[K%s", strbuf_text(&text));
    fflush(stderr);
    strbuf_release(&text);
    progress->shown = true;
}

void progress_clear(struct progress *progress) {
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}
