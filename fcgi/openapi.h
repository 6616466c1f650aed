/* openapi: the description of the API (OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.0): paths
 * and what they take are made of the tables that requests are checked against; what they answer
 * with is in fcgi/openapi_base.json. */
#pragma once

#include <stdio.h>

#include "core/base/json.h"
#include "fcgi/params.h"

/* What does not come of tables; fcgi/openapi_base.json, embedded. */
extern const char openapi_base[];

/* The whole document, made once a process; the caller borrows it. */
const struct strbuf *openapi_text(void);

/* The same with a line end. */
void openapi_print(FILE *out);

/* JSON schemas (the caller's) of a query parameter, and of a body that json_check allows. */
json_t *openapi_param_schema(const struct param *param);
json_t *openapi_fields_schema(const struct json_field *fields);
