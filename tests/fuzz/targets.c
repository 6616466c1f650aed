/* targets: all fuzz targets, and what they share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/http.h"
#include "tests/fuzz/fuzz.h"

const struct fuzz_target *const fuzz_targets[] = {
    &fuzz_address,   &fuzz_cert,          &fuzz_command_line,
    &fuzz_config,    &fuzz_docker_answer, &fuzz_docker_events,
    &fuzz_etcd,      &fuzz_filter,        &fuzz_frames,
    &fuzz_headers,   &fuzz_icmp,          &fuzz_json,
    &fuzz_names,     &fuzz_path,          &fuzz_policy,
    &fuzz_query,     &fuzz_render,        &fuzz_spec,
    &fuzz_spec_read, &fuzz_times,         NULL,
};

const struct fuzz_target *fuzz_target_find(const char *name) {
    for (size_t i = 0; fuzz_targets[i]; i++)
        if (strcmp(fuzz_targets[i]->name, name) == 0)
            return fuzz_targets[i];
    return NULL;
}

void fuzz_setup(void) {
    http_setup();
}

static char *take(struct fuzz_input *input, size_t len) {
    char *text = mem_alloc(len + 1);
    if (len)
        memcpy(text, input->at, len);
    input->at += len;
    input->left -= len;
    return text;
}

char *fuzz_line(struct fuzz_input *input) {
    const uint8_t *end = input->left ? memchr(input->at, '\n', input->left) : NULL;
    char *line = take(input, end ? (size_t)(end - input->at) : input->left);
    if (end) {
        input->at++;
        input->left--;
    }
    return line;
}

char *fuzz_rest(struct fuzz_input *input) {
    return take(input, input->left);
}

unsigned fuzz_byte(struct fuzz_input *input) {
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->at++;
}

void fuzz_require(bool holds, const char *promise) {
    if (holds)
        return;
    fprintf(stderr, "fuzz: a promise is broken: %s\n", promise);
    abort();
}
