/* cursor: places in a list, as clients hand them back: opaque words, and the headers that give
 * them. */
#pragma once

#include "fcgi/request.h"

enum { CURSOR_BYTES = 40 };

/* A place is two numbers; `letter` names the kind of list. */
void cursor_print(char text[CURSOR_BYTES], char letter, uint64_t first, uint64_t second);

/* false: `text` is no such cursor. */
bool cursor_read(const char *text, char letter, uint64_t *ret_first, uint64_t *ret_second);

/* The parameter `name` of the query. false with ERROR_BAD_FIELD: it is no such cursor. */
bool cursor_parse(const struct request *request, const char *name, char letter, uint64_t *ret_first,
                  uint64_t *ret_second, struct error *err);

/* X-Next-Cursor, and Link with rel="next" (RFC 8288): the same request from there on, the parameter
 * `name` being the cursor. */
void cursor_respond(struct request *request, const char *name, const char *cursor);
