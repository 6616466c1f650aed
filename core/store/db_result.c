/* db_result: rows and columns of what a statement gave; see db.h. */
#include "core/store/db_result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"

void db_result_free(struct db_result **result) {
    if (!*result)
        return;
    PQclear((*result)->rows);
    free(*result);
    *result = NULL;
}

int db_rows(const struct db_result *result) {
    return PQntuples(result->rows);
}

int64_t db_changed(const struct db_result *result) {
    int64_t count = 0;
    return parse_int(PQcmdTuples(result->rows), 0, INT64_MAX, &count) ? count : 0;
}

static int column_of(const struct db_result *result, const char *column) {
    int number = PQfnumber(result->rows, column);
    if (number < 0) {
        fprintf(stderr, "no column %s\n", column);
        abort();
    }
    return number;
}

const char *db_text(const struct db_result *result, int row, const char *column) {
    int number = column_of(result, column);
    return PQgetisnull(result->rows, row, number) ? NULL : PQgetvalue(result->rows, row, number);
}

size_t db_text_len(const struct db_result *result, int row, const char *column) {
    return (size_t)PQgetlength(result->rows, row, column_of(result, column));
}

int64_t db_int64(const struct db_result *result, int row, const char *column, int64_t if_null) {
    const char *text = db_text(result, row, column);
    int64_t value = if_null;
    if (text && !parse_int(text, INT64_MIN, INT64_MAX, &value))
        abort(); /* the statement promised an integer */
    return value;
}

bool db_is_true(const struct db_result *result, int row, const char *column) {
    const char *text = db_text(result, row, column);
    return text && *text == 't';
}

json_t *db_json(const struct db_result *result, int row, const char *column) {
    const char *text = db_text(result, row, column);
    json_t *doc = NULL;
    if (text)
        json_parse_trusted(text, &doc);
    return doc;
}

unsigned char *db_bytes(const struct db_result *result, int row, const char *column,
                        size_t *ret_len) {
    const char *text = db_text(result, row, column);
    if (!text || strncmp(text, "\\x", 2) != 0)
        return NULL;
    size_t len = strlen(text + 2) / 2;
    unsigned char *bytes = mem_alloc(len + 1);
    hex_decode(text + 2, bytes, len);
    *ret_len = len;
    return bytes;
}
