/* cheap: preloaded into the programs by tests/api/stack.sh: new passwords are hashed at the least
 * cost that there is, for most tests are about other things. A hash carries its cost, so that what
 * checks it is cheap, too. */
#include <dlfcn.h>
#include <sodium.h>
#include <stdlib.h>

typedef int hash_function(char *, const char *, unsigned long long, unsigned long long, size_t,
                          int);

int crypto_pwhash_str_alg(char out[crypto_pwhash_STRBYTES], const char *passwd,
                          unsigned long long passwdlen, unsigned long long opslimit,
                          size_t memlimit, int alg) {
    union {
        void *symbol;
        hash_function *call;
    } real = {.symbol = dlsym(RTLD_NEXT, "crypto_pwhash_str_alg")};
    (void)opslimit;
    (void)memlimit;
    if (!real.symbol)
        abort();
    return real.call(out, passwd, passwdlen, crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN,
                     alg);
}
