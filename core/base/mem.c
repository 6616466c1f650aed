/* mem: see mem.h. */
#include "core/base/mem.h"

#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *checked(void *block) {
    if (!block) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return block;
}

void *mem_alloc(size_t size) {
    return checked(calloc(1, size ? size : 1));
}

void *mem_array(size_t count, size_t size) {
    return checked(calloc(count ? count : 1, size ? size : 1));
}

void *mem_resize(void *block, size_t count, size_t size) {
    return checked(reallocarray(block, count ? count : 1, size ? size : 1));
}

char *mem_strdup(const char *text) {
    return text ? checked(strdup(text)) : NULL;
}

char *mem_strndup(const char *text, size_t len) {
    return checked(strndup(text, len));
}

char *mem_format(const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    return checked(text);
}

void mem_free_text(char **text) {
    free(*text);
    *text = NULL;
}

bool mem_shared(size_t size, void **ret_memory, struct error *err) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return error_set(err, ERROR_INTERNAL, "No shared memory: %s.", strerror(errno));
    *ret_memory = memory;
    return true;
}

void mem_give_back(void) {
    malloc_trim(0);
}
