/* test_password: hashes, and what becomes of them when the machine cannot. The functions that
 * password.c asks stand before those of the C library and of libsodium, and fail when told to. */
#include <dlfcn.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/password.h"
#include "tests/unit/unit.h"

enum { AT_ONCE = 2, ENDED_BY_ABORT = 3 };

static const char *failing; /* the function that fails; NULL = none */

static bool fails(const char *name) {
    return failing && strcmp(failing, name) == 0;
}

static void *next(const char *name) {
    void *symbol = dlsym(RTLD_NEXT, name);
    if (!symbol)
        abort();
    return symbol;
}
/* The function behind ours, of the same type. */
#define NEXT(name) ((__typeof__(name) *)next(#name))

int sodium_init(void);
int crypto_pwhash_str_alg(char *out, const char *password, unsigned long long len,
                          unsigned long long ops, size_t memory, int algorithm);

int sodium_init(void) {
    return fails("sodium_init") ? -1 : NEXT(sodium_init)();
}
int crypto_pwhash_str_alg(char *out, const char *password, unsigned long long len,
                          unsigned long long ops, size_t memory, int algorithm) {
    return fails("crypto_pwhash_str_alg")
               ? -1
               : NEXT(crypto_pwhash_str_alg)(out, password, len, ops, memory, algorithm);
}
int sem_init(sem_t *sem, int shared, unsigned value) {
    return fails("sem_init") ? -1 : NEXT(sem_init)(sem, shared, value);
}
int sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict until) {
    if (!fails("sem_clockwait"))
        return NEXT(sem_clockwait)(sem, clock, until);
    errno = ETIMEDOUT;
    return -1;
}

static void test_verify(void) {
    char hash[PASSWORD_HASH_BYTES], again[PASSWORD_HASH_BYTES];
    struct error err = {0};
    bool match = false;
    password_setup(AT_ONCE);
    CU_ASSERT_TRUE_FATAL(password_hash("correct horse", hash, &err));
    CU_ASSERT_TRUE_FATAL(password_hash("correct horse", again, &err));
    CU_ASSERT_STRING_NOT_EQUAL(hash, again);
    CU_ASSERT_PTR_EQUAL(strstr(hash, "$argon2id$v=19$m=65536,t=3,p=1$"), hash);
    CU_ASSERT_TRUE(password_verify(hash, "correct horse", &match, &err) && match);
    CU_ASSERT_TRUE(password_verify(hash, "correct hors", &match, &err) && !match);
    CU_ASSERT_TRUE(password_verify(hash, "", &match, &err) && !match);
    CU_ASSERT_TRUE(password_verify("", "correct horse", &match, &err) && !match);
    CU_ASSERT_TRUE(password_verify(NULL, "correct horse", &match, &err) && !match);
    /* Nor is there a password that fits an unknown name. */
    CU_ASSERT_TRUE(password_verify(NULL, "", &match, &err) && !match);
    CU_ASSERT_EQUAL(err.kind, ERROR_NONE);
}

static void refused(bool ok, const struct error *err, int retry_after_s) {
    CU_ASSERT_FALSE(ok);
    CU_ASSERT_EQUAL(err->kind, ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(err->retry_after_s, retry_after_s);
}

static void test_failures(void) {
    char hash[PASSWORD_HASH_BYTES];
    bool match = false;
    struct error busy = {0}, verify = {0}, full = {0}, err = {0};
    password_setup(AT_ONCE);
    failing = "sem_clockwait";
    refused(password_hash("correct horse", hash, &busy), &busy, 5);
    refused(password_verify(NULL, "correct horse", &match, &verify), &verify, 5);
    failing = "crypto_pwhash_str_alg";
    for (int i = 0; i <= AT_ONCE; i++) { /* and each gives its place back */
        full = (struct error){0};
        refused(password_hash("correct horse", hash, &full), &full, 0);
    }
    failing = NULL;
    CU_ASSERT_TRUE(password_hash("correct horse", hash, &err));
}

/* A signal would lose what coverage has counted. */
void abort(void) {
    if (failing)
        exit(ENDED_BY_ABORT);
    raise(SIGABRT);
    _exit(ENDED_BY_ABORT);
}

/* A process that could not hash does not come up. */
static void test_setup(void) {
    static const char *const functions[] = {"sodium_init", "sem_init", "crypto_pwhash_str_alg"};
    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        int status = 0;
        fflush(NULL); /* what is in the buffers is printed once */
        pid_t child = fork();
        if (child == 0) {
            failing = functions[i];
            password_setup(AT_ONCE);
            exit(EXIT_SUCCESS);
        }
        CU_ASSERT_EQUAL_FATAL(waitpid(child, &status, 0), child);
        CU_ASSERT_TRUE(WIFEXITED(status));
        CU_ASSERT_EQUAL(WEXITSTATUS(status), ENDED_BY_ABORT);
    }
}

static void test_random(void) {
    char one[21], other[21];
    password_random(one);
    password_random(other);
    CU_ASSERT_EQUAL(strlen(one), sizeof one - 1);
    CU_ASSERT_STRING_NOT_EQUAL(one, other);
    CU_ASSERT_EQUAL(strspn(one, "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"), 20);
}

static const struct unit_test tests[] = {
    {"a hash fits its password only", test_verify},
    {"no place, no memory: said, and nothing kept", test_failures},
    {"no hashes, no process", test_setup},
    {"random passwords", test_random},
    {0},
};

const struct unit_suite suite_password = {"password", tests};
