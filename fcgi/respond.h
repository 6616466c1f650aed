/* respond: the answers. Each carries X-Request-Id and Cache-Control (no-store but for
 * response.cache_s); those that return
 * enum request_result return REQUEST_DONE, so that `return respond_...` reads well. */
#pragma once

#include "fcgi/request.h"

/* A further header of the answer, before it begins. A value with control characters aborts. */
void respond_header(struct request *request, const char *name, const char *value);

/* A whole body of JSON. */
enum request_result respond_json(struct request *request, int status, const char *text, size_t len);
/* The same from a document; takes it. */
enum request_result respond_document(struct request *request, int status, json_t *doc);

/* 200 with a whole body of another type than JSON. */
enum request_result respond_text(struct request *request, const char *type, const char *text,
                                 size_t len);

/* Of the status: "Not Found". */
const char *respond_reason(int status);
/* Statuses that berth answers with have numbers from 0 on, every other one RESPOND_STATUSES; and
 * back: 0 = any other. */
enum { RESPOND_STATUSES = 18 };
size_t respond_status_number(int status);
int respond_status_at(size_t number);

/* 204. */
enum request_result respond_empty(struct request *request);

/* application/problem+json (RFC 7807): title, status, detail, code, request_id, and field where
 * there is one. Retry-After from err->retry_after_s. The words of ERROR_INTERNAL go to the log
 * only. After a streamed answer has begun nothing is sent. */
enum request_result respond_problem(struct request *request, const struct error *err);
/* The same with more members: JSON text such as `"engines":[...]`, or NULL. */
enum request_result respond_problem_members(struct request *request, const struct error *err,
                                            const struct strbuf *members);

/* A streamed answer: unknown length, passed on by nginx as it comes. false = the client has left.
 */
bool respond_begin(struct request *request, int status, const char *content_type);
bool respond_write(struct request *request, const void *bytes, size_t len);
bool respond_flush(struct request *request);
