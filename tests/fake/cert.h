/* cert: certificates made on the spot, for tests of TLS. */
#pragma once

struct cert {
    char *cert_pem, *key_pem;
};

/* A certificate for `san` ("IP:127.0.0.1", "DNS:x"), valid for an hour, signed by `issuer`; NULL
 * gives an authority that signs itself. */
void cert_make(struct cert *cert, const char *san, const struct cert *issuer);
void cert_release(struct cert *cert);
