/* handle_operations: answers that stem from an operation, shared by all routes that begin one. */
#pragma once

#include "core/control/intent.h"
#include "fcgi/request.h"

/* Fill `client` for the intents of this request: account, idempotency key, what a repeated key must
 * match. */
void operation_client(struct request *request, struct intent_client *client,
                      struct strbuf *request_text);

/* BAD_FIELD: the request's Idempotency-Key is none. */
bool operation_check_key(const struct request *request, struct error *err);

/* After an intent: wake the executor, and wait for the operation without a thread, as long as the
 * client prefers (RFC 7240: respond-async, wait=N; 50 s at most); then 202 with the operation. */
enum request_result operation_begin(struct request *request, const struct intent_result *result);

/* The refusal of an intent, with the reason of each engine where nothing had room; releases
 * `result`. */
enum request_result operation_refused(struct request *request, struct intent_result *result,
                                      const struct error *err);

/* `resume` of these routes. */
enum request_result operation_resume(struct request *request);

struct operation; /* as loaded for an answer */
typedef enum request_result operation_respond(struct request *request,
                                              const struct operation *operation);

/* Load the operation and answer with it; or first wait as operation_begin does: then `resume` has
 * to answer. */
enum request_result operation_answer(struct request *request, const char *operation_id,
                                     operation_respond *respond);
enum request_result operation_wait(struct request *request, const char *operation_id,
                                   operation_respond *respond);

operation_respond operation_respond_whole;     /* 200 with its document */
operation_respond operation_respond_cancelled; /* the same, or 202 while it is being undone */
operation_respond operation_respond_ended;     /* 409: it cannot be cancelled any more */

/* The id of the operation whose id begins with the route's parameter `id`. *ret_id is the caller's.
 * NOT_FOUND, AMBIGUOUS. */
bool operation_find(const struct request *request, char **ret_id, struct error *err);

/* Append the operation's document with its items and its result. NOT_FOUND. */
bool operation_document(struct db *db, const char *id, struct strbuf *buf, struct error *err);

/* Append the JSON of a row of the view operation_item_states. */
void operation_print_item(struct strbuf *buf, const struct db_result *rows, int row);
