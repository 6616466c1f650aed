/* libfuzzer: the entrances of LLVM's libFuzzer; FUZZ_TARGET in the environment names the target. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    const char *name = getenv("FUZZ_TARGET");
    (void)argc, (void)argv;
    target = name ? fuzz_target_find(name) : NULL;
    if (!target) {
        fprintf(stderr, "fuzz: FUZZ_TARGET must name one of these:");
        for (size_t i = 0; fuzz_targets[i]; i++)
            fprintf(stderr, " %s", fuzz_targets[i]->name);
        fputc('\n', stderr);
        exit(2);
    }
    fuzz_setup();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    target->run(data, size);
    return 0;
}
