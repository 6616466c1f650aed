/* fake: an HTTP server that answers by script: whole, garbage, huge, endless, cut off or slow. It
 * runs in threads of the test's own process. */
#pragma once

#include <stddef.h>

#include "tests/fake/cert.h"

enum fake_kind {
    FAKE_END,     /* of the script: the connection waits for the next request */
    FAKE_ANSWER,  /* "HTTP/1.1 TEXT", Content-Length, then `body` */
    FAKE_SEND,    /* `text` as it is, `count` times (0 = once) */
    FAKE_BYTES,   /* `count` bytes of `text`, which may have NULs */
    FAKE_ENDLESS, /* `text` again and again until the client leaves */
    FAKE_PAUSE,   /* `count` ms */
    FAKE_MEET,    /* until `count` requests are in work at once, 10 s at most */
    FAKE_HANG,    /* nothing until the client leaves */
    FAKE_CLOSE,
    FAKE_RESET, /* close with a TCP reset */
    FAKE_DEAF   /* close the listening socket: later connections are refused */
};

struct fake_step {
    enum fake_kind kind;
    const char *text, *body;
    size_t count;
};

/* What to do with a request whose text begins with `request`; the first that fits, else a 404. */
struct fake_answer {
    const char *request; /* NULL ends the list */
    const struct fake_step *steps;
};

struct fake;

/* On `unix_path`, or on a free port of 127.0.0.1 where that is NULL. `answers` are borrowed for
 * good. */
struct fake *fake_new(const struct fake_answer *answers, const char *unix_path);
/* On a free port of 127.0.0.1 with TLS; see wire_context_new. */
struct fake *fake_new_tls(const struct fake_answer *answers, const struct cert *cert,
                          const struct cert *authority);
/* Closes all connections and waits for its threads. */
void fake_free(struct fake *fake);

int fake_port(const struct fake *fake);
unsigned fake_connections(struct fake *fake); /* accepted so far */
unsigned fake_requests(struct fake *fake);    /* whole requests read so far */
unsigned
fake_at_once_max(struct fake *fake); /* requests in work at the same time, the most so far */
/* The request read last, cut to fit. */
void fake_last_request(struct fake *fake, char *text, size_t size);
