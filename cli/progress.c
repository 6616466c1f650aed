/* progress: see progress.h. */
#include "cli/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/text.h"

enum { BAR_MAX = 40, WIDTH_DEFAULT = 80, ENGINE_ID_ROOM = 25 };

/* " 4 of 10, 1 failed, waiting for e1" */
static void add_words(struct strbuf *words, json_t *operation, int64_t done, int64_t failed,
                      int64_t total) {
    strbuf_addf(words, " %lld of %lld", (long long)done, (long long)total);
    if (failed > 0)
        strbuf_addf(words, ", %lld failed", (long long)failed);
    json_t *engine = json_at(json_get_array(operation, "waits_for"), 0);
    if (engine) {
        char id[ENGINE_ID_ROOM];
        snprintf(id, sizeof id, "%s", json_get_text(engine, "id", "an engine"));
        strbuf_puts(words, ", waiting for ");
        text_safe(words, id);
    }
}

void progress_text(struct strbuf *buf, json_t *operation, int width) {
    int64_t total = json_get_int(operation, "total", 0), done = json_get_int(operation, "done", 0);
    int64_t failed = json_get_int(operation, "failed", 0);
    CLEANUP(strbuf_release) struct strbuf words = {0};
    if (total < 1)
        total = 1;
    add_words(&words, operation, done, failed, total);
    int bar = words.len < (size_t)width ? width - (int)words.len - 3 : 0;
    if (bar > BAR_MAX)
        bar = BAR_MAX;
    double filled = bar * ((double)done + (double)failed) / (double)total;
    if (bar >= 5) {
        strbuf_putc(buf, '[');
        for (int i = 0; i < bar; i++)
            strbuf_putc(buf, i + 1 <= filled ? '#' : '.');
        strbuf_putc(buf, ']');
    }
    strbuf_puts(buf, strbuf_text(&words) + (bar >= 5 ? 0 : 1));
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
