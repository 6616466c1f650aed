/* terminal: see terminal.h. */
#include "tests/fuzz/terminal.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

void terminal_check(const char *text, size_t len, const char *allowed) {
    static const char *const harmful[] = {
        "\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b",
        "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069",
    };
    fuzz_check(strlen(text) == len && utf8_is_valid(text, len));
    for (const char *c = text; *c; c++) {
        fuzz_check((unsigned char)*c >= 0x20 || strchr(allowed, *c));
        fuzz_check(*c != 0x7f);
        /* C1: U+0080 to U+009F. */
        fuzz_check(!(c[0] == '\xc2' && (unsigned char)c[1] < 0xa0));
    }
    for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++)
        fuzz_check(!strstr(text, harmful[i]));
}
