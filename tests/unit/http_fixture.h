/* http_fixture: a misbehaving server and a client, for the tests of core/net/http. */
#pragma once

#include "core/net/http.h"
#include "tests/fake/fake.h"

extern const struct fake_answer fixture_answers[]; /* "GET /hang", "POST /close" ... */

/* A fake, a client and the last answer. */
struct fixture {
    struct fake *fake;
    struct http_client *client;
    struct http_response response;
    struct error err;
    char last[4096];
};

void fixture_init(struct fixture *f);
void fixture_release(struct fixture *f);

/* With time-outs of 2 and 5 s. */
struct http_request fixture_request(const char *method, const char *url);

/* Call and keep the answer in the fixture; `more` (may be NULL) is what the request has besides. */
bool fixture_call_url(struct fixture *f, const struct http_request *request);
bool fixture_call(struct fixture *f, const char *method, const char *path,
                  const struct http_request *more);

/* The call fails with `kind`, and the message names the peer, not the path. */
void fixture_fails(struct fixture *f, const char *method, const char *path,
                   const struct http_request *more, enum error_kind kind, bool maybe_done);

/* Does the request that came last have `part` in it, in whatever case? */
bool fixture_has(const struct fixture *f, const char *part);

/* Callbacks: count the whole answers with status 200; keep the failure. */
void fixture_on_count(void *context, const struct http_response *response,
                      const struct error *failure);
void fixture_on_failure(void *context, const struct http_response *response,
                        const struct error *failure);
