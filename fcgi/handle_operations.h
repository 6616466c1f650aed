/* handle_operations: answers that stem from an operation, shared by all routes that begin one. */
#pragma once

#include "core/control/intent.h"
#include "fcgi/request.h"

/* Fill `client` for the intents of this request: account, idempotency key, what a repeated key must
 * match. */
void operation_client(struct request *request, struct intent_client *client,
                      struct strbuf *request_text);

/* After an intent: wake the executor, and wait for the operation without a thread; or 202 at once
 * when the client prefers so (RFC 7240, respond-async). */
enum request_result operation_begin(struct request *request, const struct intent_result *result);

/* The refusal of an intent, with the reason of each engine where nothing had room; releases
 * `result`. */
enum request_result operation_refused(struct request *request, struct intent_result *result,
                                      const struct error *err);

/* `resume` of these routes. */
enum request_result operation_resume(struct request *request);
