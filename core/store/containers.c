/* containers: see containers.h. */
#include "core/store/containers.h"

#include <string.h>

/* The row's document without its closing brace: the members that change follow. */
static void print_doc(struct strbuf *buf, const struct db_result *rows, int row) {
    strbuf_add(buf, db_text(rows, row, "doc_text"), db_text_len(rows, row, "doc_text") - 1);
}

/* A column that is a plain word or number, or NULL. */
static void print_word(struct strbuf *buf, const struct db_result *rows, int row,
                       const char *member, const char *column, const char *quote) {
    const char *text = db_text(rows, row, column);
    strbuf_puts(buf, member);
    strbuf_puts(buf, text ? quote : "");
    strbuf_puts(buf, text ? text : "null");
    strbuf_puts(buf, text ? quote : "");
}

void container_print(struct strbuf *buf, const struct db_result *rows, int row) {
    print_doc(buf, rows, row);
    print_word(buf, rows, row, ",\"state\":", "state", "\"");
    print_word(buf, rows, row, ",\"desired\":", "desired", "\"");
    print_word(buf, rows, row, ",\"engine\":", "engine_text", "");
    print_word(buf, rows, row, ",\"engine_status\":", "engine_status", "\"");
    print_word(buf, rows, row, ",\"docker_id\":", "docker_id", "\"");
    print_word(buf, rows, row, ",\"exit_code\":", "exit_code", "");
    print_word(buf, rows, row, ",\"generation\":", "generation", "");
    print_word(buf, rows, row, ",\"group\":", "group_hash", "\"");
    strbuf_puts(buf, ",\"error\":");
    strbuf_json(buf, db_text(rows, row, "error"));
    strbuf_puts(buf, ",\"managed\":true}");
}

void container_print_list(struct strbuf *buf, const struct db_result *rows) {
    strbuf_putc(buf, '[');
    for (int i = 0; i < db_rows(rows); i++) {
        if (i)
            strbuf_putc(buf, ',');
        container_print(buf, rows, i);
    }
    strbuf_putc(buf, ']');
}
