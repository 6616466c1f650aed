/* progress: a bar on standard error for an operation under way. */
#pragma once

#include "core/base/json.h"

struct progress {
    bool enabled;
    bool shown; /* there is something to wipe off */
};

/* Draw what the operation's document says; nothing unless enabled. */
void progress_show(struct progress *progress, json_t *operation);
void progress_clear(struct progress *progress);

/* The bar without its line control, `width` columns at most: "[####......] 4 of 10, 1 failed". */
void progress_text(struct strbuf *buf, json_t *operation, int width);
