/* test_http_tls: core/net/http: who vouches for the server, and for us. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/http.h"
#include "tests/fake/fake.h"
#include "tests/unit/unit.h"

static const struct fake_step ok[] = {{FAKE_ANSWER, "200 OK", "{}", 0}, {0}};
static const struct fake_answer answers[] = {{"POST /ok", ok}, {NULL, NULL}};

/* Two authorities, and what the first vouches for. */
struct certs {
    struct cert authority, other, server, elsewhere, client, stranger;
};

static void certs_make(struct certs *certs) {
    cert_make(&certs->authority, NULL, NULL);
    cert_make(&certs->other, NULL, NULL);
    cert_make(&certs->server, "IP:127.0.0.1", &certs->authority);
    cert_make(&certs->elsewhere, "IP:127.0.0.2,DNS:localhost", &certs->authority);
    cert_make(&certs->client, "DNS:client", &certs->authority);
    cert_make(&certs->stranger, "DNS:client", &certs->other);
}

static void certs_release(struct certs *certs) {
    cert_release(&certs->authority);
    cert_release(&certs->other);
    cert_release(&certs->server);
    cert_release(&certs->elsewhere);
    cert_release(&certs->client);
    cert_release(&certs->stranger);
}

static struct http_response response;
static struct error err;

/* "" when the call succeeds, else its message. */
static const char *call(struct http_client *client, struct fake *fake, const struct cert *authority,
                        const struct cert *own) {
    CLEANUP(mem_free_text) char *url = mem_format("https://127.0.0.1:%d/ok", fake_port(fake));
    struct http_request request = {.method = "POST",
                                   .url = url,
                                   .connect_timeout_ms = 20000,
                                   .timeout_ms = 30000,
                                   .ca_pem = authority ? authority->cert_pem : NULL,
                                   .cert_pem = own ? own->cert_pem : NULL,
                                   .key_pem = own ? own->key_pem : NULL};
    http_response_release(&response);
    err = (struct error){0};
    return http_call(client, &request, &response, &err) ? "" : err.message;
}

static void refused(const char *message, const char *words) {
    CU_ASSERT_PTR_NOT_NULL(strstr(message, words));
    if (!strstr(message, words))
        printf("# %s\n", message);
    CU_ASSERT_EQUAL(err.kind, ERROR_ENGINE);
    CU_ASSERT_FALSE(response.maybe_done);
}

static void test_server(void) {
    struct certs certs;
    certs_make(&certs);
    struct fake *fake = fake_new_tls(answers, &certs.server, NULL);
    struct fake *elsewhere = fake_new_tls(answers, &certs.elsewhere, NULL);
    struct http_client *client = http_client_new();
    refused(call(client, fake, NULL, NULL), "TLS with 127.0.0.1"); /* the system's authorities */
    refused(call(client, fake, &certs.other, NULL), "TLS with 127.0.0.1");
    refused(call(client, elsewhere, &certs.authority, NULL), "TLS with 127.0.0.1"); /* its name */
    CU_ASSERT_EQUAL(fake_requests(fake) + fake_requests(elsewhere), 0);
    CU_ASSERT_STRING_EQUAL(call(client, fake, &certs.authority, NULL), "");
    CU_ASSERT_STRING_EQUAL(call(client, fake, &certs.authority, NULL), "");
    CU_ASSERT_EQUAL(fake_requests(fake), 2);
    CU_ASSERT_EQUAL(fake_connections(fake), 3); /* one is kept and used again */
    refused(call(client, fake, &certs.other, NULL), "TLS with 127.0.0.1"); /* but not for others */
    http_response_release(&response);
    http_client_free(client);
    fake_free(fake);
    fake_free(elsewhere);
    certs_release(&certs);
}

static void test_client(void) {
    struct certs certs;
    certs_make(&certs);
    struct cert mixed = {certs.client.cert_pem, certs.stranger.key_pem};
    struct cert garbage = {certs.client.key_pem, certs.client.cert_pem};
    struct fake *fake = fake_new_tls(answers, &certs.server, &certs.authority);
    struct http_client *client = http_client_new();
    CU_ASSERT_STRING_EQUAL(call(client, fake, &certs.authority, &certs.client), "");
    CU_ASSERT_EQUAL(fake_connections(fake), 1);
    /* the connection that is kept belongs to another credential */
    refused(call(client, fake, &certs.authority, NULL), "refuses the client certificate");
    refused(call(client, fake, &certs.authority, &certs.stranger),
            "refuses the client certificate");
    refused(call(client, fake, &certs.authority, &garbage), "TLS with 127.0.0.1");
    http_client_free(client);
    client = http_client_new();
    refused(call(client, fake, &certs.authority, &mixed), "TLS with 127.0.0.1");
    CU_ASSERT_EQUAL(fake_requests(fake), 1);
    http_response_release(&response);
    http_client_free(client);
    fake_free(fake);
    certs_release(&certs);
}

static const struct unit_test tests[] = {
    {"the server's certificate is verified, authority and name", test_server},
    {"client certificates, and no connection shared between them", test_client},
    {0},
};

const struct unit_suite suite_http_tls = {"http tls", tests};
