/* outbox: what a FastCGI connection has yet to be sent, as records (FastCGI Specification 1.0,
 * section 3.3), without ever waiting for the peer. Small pieces grow into one record. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/strbuf.h"

struct outbox {
    uint16_t request_id; /* FastCGI's */
    struct strbuf bytes; /* records; the first `sent` bytes have left */
    size_t sent;
    size_t open; /* where the record begins that may still grow; meaningful if may_grow */
    bool may_grow;
};

void outbox_release(struct outbox *outbox);

/* Append output. The caller keeps outbox_waiting() bounded. */
void outbox_put(struct outbox *outbox, const void *bytes, size_t len);

/* Append the end of the answer, and something that keeps nginx from using the connection again. */
void outbox_end(struct outbox *outbox);

/* Bytes that have not left yet. */
size_t outbox_waiting(const struct outbox *outbox);

/* Send what the socket takes at once. false: the peer has gone. */
bool outbox_send(struct outbox *outbox, int fd);
