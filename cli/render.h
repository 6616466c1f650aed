/* render: what commands print on standard output: tables, fields of one record, ids, JSON; all of
 * it safe for a terminal. The only user of libsmartcols. */
#pragma once

#include "cli/command.h"

enum { ID_SHORT = 12, MEMORY_ROOM = 24, COUNT_ROOM = 32, AGO_ROOM = 32 };

struct table;

/* How all that follows looks: by the options, NO_COLOR, and whether standard output is a terminal;
 * whole, with nothing shortened, where --no-trunc or -o wide says so. */
void render_setup(const struct cli *cli);

/* `titles` ends with NULL and is borrowed until the table is printed; a column whose title begins
 * with '+' is shown with -o wide only. What does not fit a terminal is folded, shortened or left
 * out (fit.h); nothing is where standard output is none. */
struct table *table_new(const struct cli *cli, const char *const *titles);
/* One text per column; NULL gives "-". Copied. */
void table_add(struct table *table, const char *const *cells);
/* Print it, titles even without lines. Frees it. */
void table_print(struct table *table);

/* A record as two columns, FIELD and VALUE: objects within it as "engine.addr", arrays of texts
 * joined by commas, anything deeper as JSON. */
void render_record(const struct cli *cli, json_t *doc);

/* A document, indented, keys in the server's order. */
void render_json(json_t *doc);

/* One line, for -q and messages. */
void render_line(const char *text);

/* Shortened for tables, unless whole; a text that is no id stays as it is. `room`:
 * ID_SHORT + 1 bytes; NULL gives NULL. */
const char *short_id(const char *id, char *room);

/* A message with its ids shortened, where a terminal's width is short of room. */
void short_ids(struct strbuf *buf, const char *text);

/* "256 MB", "1.5 GB"; `room`: MEMORY_ROOM bytes. */
const char *memory_text(int64_t mb, char *room);

/* "12,345"; `room`: COUNT_ROOM bytes. */
const char *count_text(int64_t count, char *room);

/* "3 minutes ago" of RFC 3339, for tables; the text itself when it is none, or
 * whole. `room`: AGO_ROOM bytes; NULL gives NULL. */
const char *ago_text(const char *time_text, char *room);

/* "10.0.0.1:8080->80/tcp,8081->81/tcp" of an array of ports. */
void ports_text(struct strbuf *buf, json_t *ports);

/* Has what was printed arrived? ERROR_INTERNAL when not (disk full). A reader that has left ends
 * the process as it would any other, by SIGPIPE. */
bool render_flush(struct error *err);
/* The same after a write that failed with `error_number`. */
bool render_failed(int error_number, struct error *err);
