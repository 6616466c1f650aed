/* password: argon2id hashes; the only user of libsodium. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

enum { PASSWORD_HASH_BYTES = 128, PASSWORD_BYTES_MAX = 1024 };

/* Once per process, before any thread. `at_once`: how many hashes may run at the same time
 * (each takes 64 MiB and about 0.1 s); further ones wait up to 5 s, then ERROR_UNAVAILABLE. */
void password_setup(unsigned at_once);

/* argon2id, 64 MiB, 3 passes (RFC 9106; libsodium crypto_pwhash_str). */
bool password_hash(const char *password, char hash[PASSWORD_HASH_BYTES], struct error *err);

/* *ret_match tells whether it is the password of `hash`; with NULL a dummy hash is worked through,
 * so that an unknown name takes as long as a wrong password. */
bool password_verify(const char *hash, const char *password, bool *ret_match, struct error *err);

/* 20 random characters without look-alikes (about 114 bits). */
void password_random(char password[21]);
