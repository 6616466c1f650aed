/* prefer: see prefer.h. */
#include "fcgi/prefer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/parse.h"

enum { WAIT_MAX_S = 86400, NUMBER_BYTES = 16 };

static const char *skip_space(const char *s) {
    return s + strspn(s, " \t");
}

/* The end of the preference at `s`: its comma, or the end; a comma in quotes is none. */
static const char *end_of(const char *s) {
    bool quoted = false;
    for (; *s && (quoted || *s != ','); s++) {
        if (quoted && *s == '\\' && s[1])
            s++;
        else if (*s == '"')
            quoted = !quoted;
    }
    return s;
}

static bool is_name(const char *s, size_t len, const char *name) {
    return strlen(name) == len && strncasecmp(s, name, len) == 0;
}

/* The whole number after `wait`, perhaps in quotes. */
static bool wait_value(const char *s, double *ret_wait_s) {
    char number[NUMBER_BYTES];
    int64_t value;
    s = skip_space(s);
    if (*s++ != '=')
        return false;
    s = skip_space(s);
    s += *s == '"';
    size_t len = strspn(s, "0123456789");
    if (len == 0 || len >= sizeof number || !strchr(" \t\";,", s[len]))
        return false;
    memcpy(number, s, len);
    number[len] = '\0';
    if (!parse_int(number, 0, WAIT_MAX_S, &value))
        return false;
    *ret_wait_s = (double)value;
    return true;
}

struct preference prefer_parse(const char *header) {
    struct preference preference = {.wait_s = -1};
    for (const char *s = header ? header : ""; *s;) {
        s = skip_space(s);
        const char *end = end_of(s);
        size_t len = strcspn(s, " \t=;,");
        if (is_name(s, len, "respond-async"))
            preference.async = true;
        else if (is_name(s, len, "wait") && preference.wait_s < 0)
            wait_value(s + len, &preference.wait_s);
        s = *end ? end + 1 : end;
    }
    return preference;
}

double prefer_wait_s(const struct preference *preference, double longest_s) {
    if (preference->wait_s >= 0)
        return preference->wait_s < longest_s ? preference->wait_s : longest_s;
    return preference->async ? 0 : longest_s;
}

void prefer_applied(const struct preference *preference, bool async, char *text, size_t room) {
    bool tell_async = async && preference->async;
    text[0] = '\0';
    if (preference->wait_s >= 0)
        snprintf(text, room, "%swait=%.0f", tell_async ? "respond-async, " : "",
                 preference->wait_s);
    else if (tell_async)
        snprintf(text, room, "respond-async");
}
