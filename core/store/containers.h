/* containers: rows of containers as clients see them. */
#pragma once

#include "core/base/strbuf.h"
#include "core/store/db.h"

/* Append the JSON document of a row of the view container_documents (spec.md section 2, record
 * container). */
void container_print(struct strbuf *buf, const struct db_result *rows, int row);

/* The same of all rows, as an array. */
void container_print_list(struct strbuf *buf, const struct db_result *rows);
