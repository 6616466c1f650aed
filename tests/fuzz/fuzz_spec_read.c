/* fuzz_spec_read: a foreign container as an engine tells of it: a line with its inspection, then
 * that of its image. An engine says what it likes. */
#include <string.h>

#include "core/control/policy_spec.h"
#include "core/control/spec.h"
#include "core/control/spec_read.h"
#include "tests/fuzz/fuzz.h"

static const struct spec_defaults defaults = {.memory_mb = 256};

static bool means_power(json_t *container) {
    json_t *host = json_get_object(container, "HostConfig");
    return json_get_bool(host, "Privileged", false) ||
           strcmp(json_get_text(host, "NetworkMode", ""), "host") == 0 ||
           strcmp(json_get_text(host, "PidMode", ""), "host") == 0 ||
           strcmp(json_get_text(host, "IpcMode", ""), "host") == 0;
}

static void check_policy(json_t *container) {
    CLEANUP(json_put) json_t *spec = NULL;
    struct error err = {0};
    const char *power = spec_read_policy(container, &spec);
    fuzz_check(power != NULL);
    if (spec && !*power && policy_allows_spec("x", "write /api", spec, &err))
        fuzz_check(!means_power(container));
    fuzz_check(!spec || json_object_object_length(json_get(spec, "environment")) == 0);
}

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    CLEANUP(mem_free_text) char *container_text = fuzz_line(&input);
    CLEANUP(mem_free_text) char *image_text = fuzz_rest(&input);
    CLEANUP(json_put) json_t *container = NULL;
    CLEANUP(json_put) json_t *image = NULL;
    CLEANUP(json_put) json_t *spec = NULL;
    struct spec_reading reading;
    struct error err = {0};
    if (!json_parse_trusted(container_text, &container))
        return;
    json_parse_trusted(image_text, &image);
    spec_read(container, image, &reading);
    if (reading.spec)
        spec_normalize(reading.spec, &defaults, &spec, &err);
    spec_reading_release(&reading);
    check_policy(container);
}

const struct fuzz_target fuzz_spec_read = {"spec_read", run};
