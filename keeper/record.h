/* record: what the heartbeat and the streams of the engines tell, written into the database. */
#pragma once

#include "core/base/json.h"
#include "core/store/db.h"
#include "keeper/heartbeat.h"

/* The verdict on an engine, whose state was `was`; a change of it leaves an event. */
bool record_verdict(struct db *db, const struct heartbeat_report *report, const char *was,
                    struct error *err);

/* Docker's events into the history, none twice, with the place where the stream goes on; or that
 * some are missing. *ret_inspect: an array of the Docker ids of containers whose inspection says
 * more than before; the caller's. */
bool record_stream(struct db *db, const struct stream_batch *batch, json_t **ret_inspect,
                   struct error *err);
