/* fuzz_config: the configuration file: what was read and printed reads the same again. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/config.h"
#include "core/base/mem.h"
#include "tests/fuzz/fuzz.h"

static bool load(struct config *config, const void *bytes, size_t size, struct error *err) {
    char path[64];
    int fd = memfd_create("berth.conf", MFD_CLOEXEC);
    fuzz_check(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    bool ok = config_load(config, path, err);
    close(fd);
    return ok;
}

static char *print(const struct config *config) {
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    config_print(config, out);
    fclose(out);
    return text;
}

static void run(const uint8_t *data, size_t size) {
    struct config config, again;
    struct error err = {0};
    if (!load(&config, data, size, &err)) {
        fuzz_check(err.kind == ERROR_BAD_FIELD && err.message[0]);
        config_release(&config);
        return;
    }
    CLEANUP(mem_free_text) char *text = print(&config);
    bool ok = load(&again, text, strlen(text), &err);
    fuzz_check(ok);
    CLEANUP(mem_free_text) char *twice = print(&again);
    fuzz_check(strcmp(text, twice) == 0);
    fuzz_check(strcmp(config.worker_database, again.worker_database) == 0);
    fuzz_check(config.weight_cpu == again.weight_cpu && config.overcommit == again.overcommit);
    fuzz_check(config.port_first <= config.port_last);
    config_release(&again);
    config_release(&config);
}

const struct fuzz_target fuzz_config = {"config", run};
