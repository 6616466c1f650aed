/* log: one JSON line per event on standard error. Library code never logs; programs do, at the top.
 */
#pragma once

#include "core/base/strbuf.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* `component` (a literal, e.g. "worker") stands in every line. Lines below `level` are dropped. */
void log_setup(const char *component, enum log_level level);

/* {"time","level","component","pid","message"}; never pass secrets. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with more members: `members` is JSON text such as `"status":200,"path":"/x"`. */
void log_members(enum log_level level, const char *message, const struct strbuf *members);
