/* mem: allocation that cannot fail, and ownership helpers. Out of memory aborts: the master
 * respawns a worker, and every size that a client controls has a limit of its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

void *mem_alloc(size_t size);               /* zeroed */
void *mem_array(size_t count, size_t size); /* zeroed; overflow of the product aborts */
void *mem_resize(void *block, size_t count, size_t size);
char *mem_strdup(const char *text); /* NULL gives NULL */
char *mem_strndup(const char *text, size_t len);
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Zeroed memory of `size` bytes (> 0) that processes forked later share; never freed. */
bool mem_shared(size_t size, void **ret_memory, struct error *err);

/* Gives free memory of all threads back to the system (malloc_trim(3)). Takes up to milliseconds:
 * for the end of a crowd, not for each request. */
void mem_give_back(void);

/* Cleanup functions for locals: `CLEANUP(mem_free_text) char *name = NULL;`. */
void mem_free_text(char **text);

#define CLEANUP(function) __attribute__((cleanup(function)))

/* Give up an owned pointer: the cleanup of the local then finds NULL. */
#define STEAL(pointer)                                                                             \
    __extension__({                                                                                \
        __typeof__(pointer) stolen_ = (pointer);                                                   \
        (pointer) = NULL;                                                                          \
        stolen_;                                                                                   \
    })

#define ARRAY_LEN(array) (sizeof(array) / sizeof *(array))
