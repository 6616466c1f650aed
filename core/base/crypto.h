/* crypto: random bytes, digests, sealing; the only user of OpenSSL. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

enum { SHA256_BYTES = 32, SEAL_KEY_BYTES = 32, SEAL_OVERHEAD = 1 + 12 + 16 };

/* Cryptographically strong; aborts when the system has none. */
void crypto_random(void *bytes, size_t len);
void crypto_random_hex(char *hex, size_t bytes); /* room for 2 * bytes + 1 */

void crypto_sha256(const void *bytes, size_t len, unsigned char digest[SHA256_BYTES]);
void crypto_hmac_sha256(const unsigned char key[SEAL_KEY_BYTES], const void *bytes, size_t len,
                        unsigned char digest[SHA256_BYTES]);

/* Equal? In a time that depends on `len` alone. */
bool crypto_equal(const void *a, const void *b, size_t len);

/* The pool's master key: 64 hex digits in a file that only its owner may read, or in a credential
 * of systemd's (systemd.exec(5), LoadCredential). */
struct seal_key {
    unsigned char bytes[SEAL_KEY_BYTES];
};
bool seal_key_load(struct seal_key *key, const char *path, struct error *err);

/* AES-256-GCM (NIST SP 800-38D): version byte, 96-bit random nonce, ciphertext, 128-bit tag.
 * `context` is associated data that binds the secret to its place, e.g. a container's id.
 * *ret_sealed (len + SEAL_OVERHEAD bytes) is the caller's to free. */
void seal(const struct seal_key *key, const char *context, const void *plain, size_t len,
          unsigned char **ret_sealed, size_t *ret_len);

/* The reverse; the plain text gets a NUL behind it. ERROR_INTERNAL when key, context or bytes are
 * not those of seal(). */
bool unseal(const struct seal_key *key, const char *context, const unsigned char *sealed,
            size_t len, char **ret_plain, size_t *ret_len, struct error *err);
