/* render: what commands print on standard output: tables, fields of one record, ids, JSON; all of
 * it safe for a terminal. The only user of libsmartcols. */
#pragma once

#include "cli/command.h"

enum { ID_SHORT = 12 };

struct table;

/* `titles` ends with NULL and is borrowed until the table is printed. */
struct table *table_new(const struct cli *cli, const char *const *titles);
/* One text per column; NULL gives "-". Copied. */
void table_add(struct table *table, const char *const *cells);
/* Print it, titles even without lines, nothing ever cut off. Frees it. */
void table_print(struct table *table);

/* A record as two columns, FIELD and VALUE: objects within it as "engine.addr", arrays of texts
 * joined by commas, anything deeper as JSON. */
void render_record(const struct cli *cli, json_t *doc);

/* A document, indented, keys in the server's order. */
void render_json(json_t *doc);

/* One line, for -q and messages. */
void render_line(const char *text);

/* Shortened for tables; the rest of a text that is no id stays as it is. `room`: ID_SHORT + 1
 * bytes; NULL gives NULL. */
const char *short_id(const char *id, char *room);

/* "10.0.0.1:8080->80/tcp,8081->81/tcp" of an array of ports. */
void ports_text(struct strbuf *buf, json_t *ports);

/* Has what was printed arrived? ERROR_INTERNAL when not (disk full). A reader that has left ends
 * the process as it would any other, by SIGPIPE. */
bool render_flush(struct error *err);
/* The same after a write that failed with `error_number`. */
bool render_failed(int error_number, struct error *err);
