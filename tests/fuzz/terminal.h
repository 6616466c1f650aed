/* terminal: what may reach a terminal, told apart without the code that sees to it. */
#pragma once

#include <stddef.h>

/* Promise: `text` is UTF-8 without control characters, but for those in `allowed`, and without
 * bidirectional controls and line separators. */
void terminal_check(const char *text, size_t len, const char *allowed);
