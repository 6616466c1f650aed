/* containers: see containers.h. */
#include "core/store/containers.h"

static void print_text(struct strbuf *buf, const struct db_result *rows, int row,
                       const char *column) {
    strbuf_add(buf, db_text(rows, row, column), db_text_len(rows, row, column));
}

void container_print(struct strbuf *buf, const struct db_result *rows, int row) {
    print_text(buf, rows, row, "body");
    if (db_text(rows, row, "tail"))
        print_text(buf, rows, row, "tail");
    else
        strbuf_puts(buf, ",\"engine\":null,\"engine_status\":null");
    strbuf_puts(buf, ",\"error\":");
    strbuf_json(buf, db_text(rows, row, "error"));
    strbuf_putc(buf, '}');
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
