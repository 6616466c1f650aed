/* password: see password.h. */
#include "core/base/password.h"

#include <semaphore.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OPS = 3, MEMORY = 64 << 20, WAIT_S = 5 };

static sem_t slots;
static char dummy_hash[PASSWORD_HASH_BYTES];

static bool enter(struct error *err) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_S;
    if (sem_clockwait(&slots, CLOCK_MONOTONIC, &until) == 0)
        return true;
    error_set(err, ERROR_UNAVAILABLE, "Too many log-ins at once; try again in a moment.");
    err->retry_after_s = WAIT_S;
    return false;
}

void password_setup(unsigned at_once) {
    if (sodium_init() < 0 || sem_init(&slots, 0, at_once) != 0)
        abort();
    /* The hash of nothing in particular, in the same cost class; made here, once. */
    if (crypto_pwhash_str_alg(dummy_hash, "", 0, OPS, MEMORY, crypto_pwhash_ALG_ARGON2ID13) != 0)
        abort();
}

bool password_hash(const char *password, char hash[PASSWORD_HASH_BYTES], struct error *err) {
    if (!enter(err))
        return false;
    int failed = crypto_pwhash_str_alg(hash, password, strlen(password), OPS, MEMORY,
                                       crypto_pwhash_ALG_ARGON2ID13);
    sem_post(&slots);
    if (failed)
        return error_set(err, ERROR_UNAVAILABLE, "Not enough memory to hash a password.");
    return true;
}

bool password_verify(const char *hash, const char *password, bool *ret_match, struct error *err) {
    if (!enter(err))
        return false;
    int differs = crypto_pwhash_str_verify(hash ? hash : dummy_hash, password, strlen(password));
    sem_post(&slots);
    *ret_match = hash && !differs;
    return true;
}

void password_random(char password[21]) {
    static const char letters[] = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    for (int i = 0; i < 20; i++)
        password[i] = letters[randombytes_uniform(sizeof letters - 1)];
    password[20] = '\0';
}
