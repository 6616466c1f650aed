/* spec_names: the small grammars inside an image specification; see spec_names.h. */
#include "core/control/spec_names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/mem.h"
#include "core/base/parse.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Not isalnum(): the locale has no say here. */
static bool is_alnum(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_image_reference(const char *text) {
    bool starts = true; /* a component of the path */
    if (!*text)
        return false;
    for (const char *s = text; *s; s++) {
        if (starts && !is_alnum(*s) && !(*s == '[' && s == text))
            return false;
        if (!is_alnum(*s) && !strchr("._-/:@[]", *s))
            return false;
        starts = *s == '/';
    }
    return !starts;
}

bool is_docker_name(const char *text) {
    size_t len = strlen(text);
    if (len == 0 || len > 128 || !is_alnum(text[0]))
        return false;
    for (; *text; text++)
        if (!is_alnum(*text) && !strchr("_.-", *text))
            return false;
    return true;
}

bool is_container_name(const char *text) {
    return is_docker_name(text) && text[1];
}

bool is_host_name(const char *text) {
    if (!*text || strlen(text) > 64)
        return false;
    for (;;) {
        size_t len = strcspn(text, ".");
        if (len == 0 || len > 63 || text[0] == '-' || text[len - 1] == '-')
            return false;
        for (size_t i = 0; i < len; i++)
            if (!is_alnum(text[i]) && text[i] != '-')
                return false;
        if (!text[len])
            return true;
        text += len + 1;
    }
}

/* What would make a terminal or a reader see something else than is there: C0, DEL, C1, and the
 * bidirectional marks and separators of U+200E to U+2069 (UTF-8 is checked by then). */
static bool has_control(const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    for (; *s; s++)
        if (*s < 0x20 || *s == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0) ||
            (s[0] == 0xe2 &&
             ((s[1] == 0x80 && (s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae))) ||
              (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9))))
            return true;
    return false;
}

bool is_variable_name(const char *text) {
    return *text && !strchr(text, '=') && !has_control(text);
}

bool is_label(const char *text, size_t bytes_max) {
    return strlen(text) <= bytes_max && !has_control(text);
}

static bool read_core(const char **text, int *ret_core) {
    int core = 0;
    const char *s = *text;
    for (; is_digit(*s) && s - *text < 4; s++)
        core = core * 10 + (*s - '0');
    if (s == *text || is_digit(*s))
        return false;
    *text = s;
    *ret_core = core;
    return true;
}

bool is_cpuset(const char *text) {
    for (;;) {
        int first, last;
        if (!read_core(&text, &first))
            return false;
        if (*text == '-') {
            text++;
            if (!read_core(&text, &last) || last < first)
                return false;
        }
        if (!*text)
            return true;
        if (*text++ != ',')
            return false;
    }
}

bool canonical_proto(const char *text, char proto[8]) {
    static const char *const known[] = {"tcp", "udp", "sctp"};
    if (!*text)
        text = "tcp";
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcasecmp(text, known[i]) == 0) {
            snprintf(proto, 8, "%s", known[i]);
            return true;
        }
    }
    return false;
}

bool canonical_ip(const char *text, char *ip) {
    unsigned char address[16];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    if (!*text) {
        ip[0] = '\0';
        return true;
    }
    return inet_pton(family, text, address) == 1 && inet_ntop(family, address, ip, 46);
}

/* Copy an absolute path of `len` bytes without its trailing slash; the root gives "". */
static bool read_path(const char *text, size_t len, char path[VOLUME_PATH_MAX]) {
    while (len > 0 && text[len - 1] == '/')
        len--;
    if (text[0] != '/' || len >= VOLUME_PATH_MAX)
        return false;
    memcpy(path, text, len);
    path[len] = '\0';
    if (has_control(path))
        return false;
    for (const char *s = path; *s;) {
        size_t part = strcspn(++s, "/");
        if (part == 0 || (part == 1 && s[0] == '.') || (part == 2 && s[0] == '.' && s[1] == '.'))
            return false;
        s += part;
    }
    return true;
}

bool is_absolute_path(const char *text) {
    char path[VOLUME_PATH_MAX];
    return read_path(text, strlen(text), path);
}

static bool read_source(const char *text, size_t len, char source[VOLUME_PATH_MAX]) {
    if (len == 0 || len >= VOLUME_PATH_MAX)
        return false;
    if (text[0] == '/') {
        if (!read_path(text, len, source))
            return false;
        if (!*source)
            memcpy(source, "/", 2);
        return true;
    }
    memcpy(source, text, len);
    source[len] = '\0';
    return is_container_name(source);
}

bool volume_parse(const char *text, struct volume *volume) {
    size_t first = strcspn(text, ":");
    *volume = (struct volume){0};
    if (text[first]) {
        if (!read_source(text, first, volume->source))
            return false;
        text += first + 1;
        first = strcspn(text, ":");
        volume->read_only = strcmp(text + first, ":ro") == 0;
        if (text[first] && !volume->read_only && strcmp(text + first, ":rw") != 0)
            return false;
    }
    return read_path(text, first, volume->target) && *volume->target;
}

void volume_print(struct strbuf *buf, const struct volume *volume) {
    if (*volume->source)
        strbuf_addf(buf, "%s:", volume->source);
    strbuf_puts(buf, volume->target);
    if (volume->read_only)
        strbuf_puts(buf, ":ro");
}
