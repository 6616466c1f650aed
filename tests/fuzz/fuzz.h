/* fuzz: what the fuzz targets share. A target takes any bytes as if they came from outside, and
 * aborts (fuzz_check) when a promise of the code is broken; the sanitizers see to the rest. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/strbuf.h"

struct fuzz_target {
    const char *name; /* also of its folder below tests/fuzz/corpus */
    void (*run)(const uint8_t *data, size_t size);
};

/* One a file; listed in targets.c. */
extern const struct fuzz_target fuzz_address;
extern const struct fuzz_target fuzz_cert;
extern const struct fuzz_target fuzz_command_line;
extern const struct fuzz_target fuzz_config;
extern const struct fuzz_target fuzz_docker_answer;
extern const struct fuzz_target fuzz_docker_events;
extern const struct fuzz_target fuzz_etcd;
extern const struct fuzz_target fuzz_filter;
extern const struct fuzz_target fuzz_frames;
extern const struct fuzz_target fuzz_headers;
extern const struct fuzz_target fuzz_icmp;
extern const struct fuzz_target fuzz_json;
extern const struct fuzz_target fuzz_names;
extern const struct fuzz_target fuzz_path;
extern const struct fuzz_target fuzz_policy;
extern const struct fuzz_target fuzz_query;
extern const struct fuzz_target fuzz_render;
extern const struct fuzz_target fuzz_spec;
extern const struct fuzz_target fuzz_spec_read;
extern const struct fuzz_target fuzz_times;

extern const struct fuzz_target *const fuzz_targets[]; /* ends with NULL */
const struct fuzz_target *fuzz_target_find(const char *name);

/* Once per process, before the first run. */
void fuzz_setup(void);

/* What has not been taken of an input yet. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};
/* Each is the caller's, in a block of exactly its size, so that reading beyond it is seen. A NUL
 * byte within ends the text early, as it does in the code. */
char *fuzz_line(struct fuzz_input *input); /* up to the next line feed, without it */
char *fuzz_rest(struct fuzz_input *input);
unsigned fuzz_byte(struct fuzz_input *input); /* 0 at the end */

/* `promise` is told when it does not hold. */
#define fuzz_check(promise) fuzz_require(promise, __FILE__ ":" #promise)
void fuzz_require(bool holds, const char *promise);
