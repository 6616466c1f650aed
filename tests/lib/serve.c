/* serve: see serve.h. */
#include "tests/lib/serve.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/parse.h"

static char *next_field(void) {
    char *field = NULL;
    size_t size = 0;
    if (getdelim(&field, &size, '\0', stdin) > 0)
        return field;
    free(field);
    return NULL;
}

bool serve_next(struct serve_question *ret_question) {
    int64_t count = 0;
    char *number = next_field();
    bool ok = number && parse_int(number, 1, SERVE_FIELDS_MAX, &count);
    free(number);
    *ret_question = (struct serve_question){.count = (int)count};
    for (int i = 0; ok && i < ret_question->count; i++)
        ok = (ret_question->fields[i] = next_field()) != NULL;
    if (!ok)
        serve_release(ret_question);
    return ok;
}

void serve_release(struct serve_question *question) {
    for (int i = 0; i < question->count; i++)
        free(question->fields[i]);
    *question = (struct serve_question){0};
}

static void write_text(FILE *out, const struct strbuf *text) {
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i])
            putc(text->data[i], out);
    putc('\0', out);
}

void serve_answer(char status, const struct strbuf *text) {
    const char *path = getenv("SERVE_FILE");
    FILE *file = path ? fopen(path, "we") : NULL;
    if (path && !file)
        exit(1);
    putchar(status);
    write_text(file ? file : stdout, text);
    if (file && fclose(file) != 0)
        exit(1);
    fflush(stdout);
}
