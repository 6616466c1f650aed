/* wire: a plain or TLS socket of the fake server. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tests/fake/cert.h"

struct wire {
    int fd;
    void *ssl; /* NULL: plain */
};

/* What a server needs for TLS; `authority` (may be NULL) must vouch for its clients. */
void *wire_context_new(const struct cert *cert, const struct cert *authority);
void wire_context_free(void *context);

/* Take over `fd`; with a context TLS is agreed first: false when the client and we cannot. */
bool wire_open(struct wire *wire, int fd, void *context);
bool wire_send(struct wire *wire, const char *bytes, size_t len);
ssize_t wire_recv(struct wire *wire, char *bytes, size_t len);
/* Leaves closing the descriptor to the caller. */
void wire_close(struct wire *wire);
