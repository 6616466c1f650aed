/* error: see error.h. */
#include "core/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/strbuf.h"

static const struct error_info infos[] = {[ERROR_NONE] = {"none", 500, 1, "Internal error"},
#define ERROR_ROW(symbol, code, status, exit_code, title)                                          \
    [ERROR_##symbol] = {code, status, exit_code, title},
                                          ERROR_KINDS(ERROR_ROW)
#undef ERROR_ROW
};

const struct error_info *error_info(enum error_kind kind) {
    if (kind <= ERROR_NONE || (size_t)kind >= sizeof infos / sizeof *infos)
        kind = ERROR_INTERNAL;
    return &infos[kind];
}

enum error_kind error_kind_of_code(const char *code) {
    for (size_t i = 1; i < sizeof infos / sizeof *infos; i++)
        if (strcmp(infos[i].code, code) == 0)
            return (enum error_kind)i;
    return ERROR_INTERNAL;
}

/* The error's own message may be among the arguments. */
static void set(struct error *err, enum error_kind kind, const char *format, va_list args) {
    char message[sizeof err->message];
    vsnprintf(message, sizeof message, format, args);
    utf8_clean(message);
    err->kind = kind;
    err->retry_after_s = 0;
    err->field[0] = '\0';
    memcpy(err->message, message, strlen(message) + 1);
}

bool error_set(struct error *err, enum error_kind kind, const char *format, ...) {
    va_list args;
    if (!err)
        return false;
    va_start(args, format);
    set(err, kind, format, args);
    va_end(args);
    return false;
}

bool error_field(struct error *err, const char *field, const char *format, ...) {
    va_list args;
    if (!err)
        return false;
    va_start(args, format);
    set(err, ERROR_BAD_FIELD, format, args);
    va_end(args);
    snprintf(err->field, sizeof err->field, "%s", field);
    return false;
}

bool error_wrap(struct error *err, const char *format, ...) {
    char context[sizeof err->message];
    char message[sizeof err->message];
    va_list args;
    if (!err)
        return false;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);
    memcpy(message, err->message, sizeof message);
    size_t room = sizeof err->message - 1;
    size_t used = strnlen(context, room);
    memcpy(err->message, context, used);
    snprintf(err->message + used, sizeof err->message - used, ": %s", message);
    utf8_clean(err->message);
    return false;
}
