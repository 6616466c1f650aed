/* heartbeat_queue: what the heartbeat found, until it is written down: every change of an engine's
 * state in order, and the latest figures; bounded, however long nobody can write. */
#pragma once

#include "keeper/heartbeat.h"

struct heartbeat_queue;

struct heartbeat_queue *heartbeat_queue_new(void);
void heartbeat_queue_free(struct heartbeat_queue *queue);
int heartbeat_queue_fd(const struct heartbeat_queue *queue);

/* A report without a change of state takes the place of the engine's last one that waits; so does
 * one that is the 32nd of an engine to wait. */
void heartbeat_queue_put(struct heartbeat_queue *queue, const struct heartbeat_report *report);
/* The oldest one; false: there is none. */
bool heartbeat_queue_next(struct heartbeat_queue *queue, struct heartbeat_report *ret_report);
/* Nothing happens if the report has been replaced since. */
void heartbeat_queue_done(struct heartbeat_queue *queue, int64_t number);
/* Does one of this engine wait? */
bool heartbeat_queue_has(struct heartbeat_queue *queue, const char *engine_id);
