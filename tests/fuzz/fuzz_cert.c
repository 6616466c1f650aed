/* fuzz_cert: certificates and keys that somebody hands in; the input is both at once. */
#include <string.h>

#include "core/base/crypto_cert.h"
#include "core/base/mem.h"
#include "tests/fuzz/fuzz.h"

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    CLEANUP(mem_free_text) char *pem = fuzz_rest(&input);
    struct cert_facts facts = {0};
    struct error err = {0};
    if (cert_check(pem, "ca", &facts, &err))
        fuzz_check(facts.not_after > 0 && memchr(facts.subject, '\0', sizeof facts.subject));
    else
        fuzz_check(err.kind == ERROR_BAD_FIELD);
    err = (struct error){0};
    fuzz_check(cert_key_check(pem, pem, "key", &err) || err.kind == ERROR_BAD_FIELD);
}

const struct fuzz_target fuzz_cert = {"cert", run};
