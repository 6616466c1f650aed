/* crypto_cert: looks at certificates and keys (PEM, RFC 7468) that somebody hands in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"

struct cert_facts {
    char subject[256]; /* "CN=docker client", RFC 2253 */
    int64_t not_after; /* seconds since 1970; of several the latest */
};

/* `pem` holds one or more certificates, of which at least one has not expired. BAD_FIELD, naming
 * `field`, otherwise; `facts` are filled for what has expired, too. */
bool cert_check(const char *pem, const char *field, struct cert_facts *facts, struct error *err);

/* `key_pem` is a private key without a password, and that of the first certificate in `cert_pem`.
 * BAD_FIELD, naming `field`, otherwise; the key's text is in no message. */
bool cert_key_check(const char *key_pem, const char *cert_pem, const char *field,
                    struct error *err);
