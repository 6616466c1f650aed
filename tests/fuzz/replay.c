/* replay: every file of the corpus once through its target, as TAP: `replay CORPUS [TARGET]...`,
 * the folder of the corpora, and the targets if not all. A broken promise, or what a sanitizer
 * finds, ends the process after the name of the file. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/fuzz/fuzz.h"

enum { FILE_MAX_BYTES = 1 << 20 };

static bool replay_file(const struct fuzz_target *target, const char *path) {
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    uint8_t *read = mem_alloc(FILE_MAX_BYTES);
    size_t len = fread(read, 1, FILE_MAX_BYTES, file);
    fclose(file);
    /* A block of its exact size, so that reading beyond it is seen. */
    uint8_t *data = mem_alloc(len ? len : 1);
    memcpy(data, read, len);
    free(read);
    printf("# %s\n", path);
    fflush(stdout);
    target->run(data, len);
    free(data);
    return true;
}

/* A target without a single file has not been replayed. */
static bool replay(const struct fuzz_target *target, const char *corpus) {
    CLEANUP(mem_free_text) char *folder = mem_format("%s/%s", corpus, target->name);
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort), played = 0;
    bool ok = true;
    for (int i = 0; i < count; i++) {
        CLEANUP(mem_free_text) char *path = mem_format("%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            ok = replay_file(target, path) && ok;
            played++;
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return ok && played > 0;
}

int main(int argc, char **argv) {
    bool all_ok = argc >= 2;
    int number = 0;
    fuzz_setup();
    for (size_t i = 0; argc >= 2 && fuzz_targets[i]; i++) {
        bool wanted = argc == 2;
        for (int k = 2; k < argc; k++)
            wanted |= strcmp(argv[k], fuzz_targets[i]->name) == 0;
        if (!wanted)
            continue;
        bool ok = replay(fuzz_targets[i], argv[1]);
        printf("%s %d - corpus: %s\n", ok ? "ok" : "not ok", ++number, fuzz_targets[i]->name);
        fflush(stdout);
        all_ok &= ok;
    }
    printf("1..%d\n", number);
    return all_ok && number > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
