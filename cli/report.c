/* report: tells an error on standard error; see command.h. */
#include <stdio.h>

#include "cli/api.h"
#include "cli/command.h"
#include "cli/text.h"

void cli_report(struct cli *cli, const struct error *err) {
    struct strbuf line = {0};
    json_t *engines = json_get_array(api_problem(cli->api), "engines");
    fflush(stdout);
    text_safe(&line, err->message);
    if (*err->field) {
        strbuf_puts(&line, " [");
        text_safe(&line, err->field);
        strbuf_putc(&line, ']');
    }
    strbuf_putc(&line, '\n');
    for (size_t i = 0; err->kind == ERROR_NO_CAPACITY && i < json_len(engines); i++) {
        strbuf_puts(&line, "  ");
        text_safe(&line, json_get_text(json_at(engines, i), "id", "?"));
        strbuf_puts(&line, ": ");
        text_safe(&line, json_get_text(json_at(engines, i), "reason", "?"));
        strbuf_putc(&line, '\n');
    }
    fprintf(stderr, "berth: %s", strbuf_text(&line));
    strbuf_release(&line);
}
