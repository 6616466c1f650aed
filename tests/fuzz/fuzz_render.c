/* fuzz_render: what the command line shows of a server's answers: nothing that a terminal would
 * obey. The input is the server's JSON, or just a text. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/fit.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "cli/text.h"
#include "core/base/mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/terminal.h"

static void check_texts(const char *text) {
    CLEANUP(strbuf_release) struct strbuf line = {0}, json = {0}, again = {0};
    text_safe(&line, text);
    terminal_check(strbuf_text(&line), line.len, "");
    text_safe(&again, strbuf_text(&line));
    fuzz_check(strcmp(strbuf_text(&line), strbuf_text(&again)) == 0);
    text_safe_json(&json, text);
    terminal_check(strbuf_text(&json), json.len, "\n");
}

/* What fits a terminal is still harmless; folded it says the same. */
static void check_fit(const char *text) {
    CLEANUP(strbuf_release) struct strbuf line = {0};
    text_safe(&line, text);
    for (size_t width = 1; width < 100; width += 33) {
        CLEANUP(strbuf_release) struct strbuf shortened = {0}, folded = {0};
        fit_text(&shortened, "NAME", strbuf_text(&line), width);
        fit_text(&folded, "NOTE", strbuf_text(&line), width);
        terminal_check(strbuf_text(&shortened), shortened.len, "");
        terminal_check(strbuf_text(&folded), folded.len, "\n");
        const char *was = strbuf_text(&line);
        for (const char *is = strbuf_text(&folded); *is; is++) {
            was += *was == ' ' && *is == '\n';
            was += *is != '\n' ? 1 : 0;
            fuzz_check(*is == '\n' || was[-1] == *is);
        }
        fuzz_check(!*was || (was[0] == ' ' && !was[1]));
    }
}

/* What was JSON says the same afterwards. */
static void check_meaning(const char *text) {
    CLEANUP(strbuf_release) struct strbuf safe = {0};
    CLEANUP(json_put) json_t *before = NULL, *after = NULL;
    struct error err = {0};
    if (!json_parse(text, strlen(text), &before, &err))
        return;
    text_safe_json(&safe, json_print(before));
    fuzz_check(json_parse_trusted(strbuf_text(&safe), &after) && json_object_equal(before, after));
}

static void check_columns(json_t *doc) {
    CLEANUP(strbuf_release) struct strbuf ports = {0}, bar = {0};
    char room[COUNT_ROOM], ago[AGO_ROOM], id[ID_SHORT + 1];
    ports_text(&ports, json_get(doc, "bind_ports"));
    memory_text(json_get_int(doc, "memory", 0), room);
    count_text(json_get_int(doc, "total", 0), room);
    ago_text(json_get_text(doc, "created", NULL), ago);
    short_id(json_get_text(doc, "id", NULL), id);
    for (int width = 0; width < 200; width += 40)
        progress_text(&bar, doc, width);
    terminal_check(strbuf_text(&bar), bar.len, "");
}

/* All that it prints goes to `out`, which stands in for standard output. */
static void render(FILE *out, const char *text, json_t *doc) {
    static const struct cli cli = {.wide = true};
    FILE *was = stdout;
    stdout = out;
    render_line(text);
    if (doc) {
        render_json(doc);
        render_record(&cli, doc);
    }
    stdout = was;
}

static void check_printed(const char *text, json_t *doc) {
    char *printed = NULL;
    size_t len;
    FILE *out = open_memstream(&printed, &len);
    render(out, text, doc);
    fclose(out);
    terminal_check(printed, len, "\n");
    free(printed);
}

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    CLEANUP(mem_free_text) char *text = fuzz_rest(&input);
    CLEANUP(json_put) json_t *doc = NULL;
    struct error err = {0};
    json_parse_trusted(text, &doc);
    check_texts(text);
    check_fit(text);
    check_printed(text, doc);
    if (!json_object_is_type(doc, json_type_object))
        return;
    check_meaning(text);
    check_columns(doc);
    api_error_of_problem(doc, 500, &err);
    fuzz_check(err.kind != ERROR_NONE);
}

const struct fuzz_target fuzz_render = {"render", run};
