/* fuzz_spec: from a client's JSON to Docker's request: the normal form is one, and nothing that the
 * role may not use comes out. */
#include <string.h>

#include "core/control/policy_spec.h"
#include "core/control/spec.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/forbidden.h"

static const struct spec_defaults defaults = {.memory_mb = 256};

static void check_normal_form(json_t *spec) {
    CLEANUP(json_put) json_t *again = NULL;
    CLEANUP(strbuf_release) struct strbuf group = {0}, group_again = {0};
    struct error err = {0};
    fuzz_check(spec_normalize(spec, &defaults, &again, &err));
    fuzz_check(strcmp(json_print(again), json_print(spec)) == 0);
    spec_group_text(&group, spec);
    spec_group_text(&group_again, again);
    fuzz_check(strcmp(strbuf_text(&group), strbuf_text(&group_again)) == 0);
    fuzz_check(spec_memory_mb(spec) > 0 && spec_cpu_milli(spec) >= 0);
    (void)spec_type(spec);
}

static void check_policy(json_t *spec) {
    static const char deployer[] = "write /api/containers\nread /api/engines";
    struct error err = {0};
    char member[64];
    const char *found = forbidden_in_request_of(spec, member);
    bool allowed = policy_allows_spec("deployer", deployer, spec, &err);
    fuzz_check(!(allowed && found));
    fuzz_check(allowed || (err.kind == ERROR_FORBIDDEN && err.field[0]));
    fuzz_check(policy_allows_spec("admin", "write /", spec, &err));
}

/* No value of the environment is seen. */
static void check_masked(json_t *spec) {
    CLEANUP(json_put) json_t *masked = spec_masked(spec);
    json_object_object_foreach(json_get(masked, "environment"), name, value) {
        (void)name;
        fuzz_check(strcmp(json_object_get_string(value), "***") == 0);
    }
}

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    CLEANUP(mem_free_text) char *text = fuzz_rest(&input);
    CLEANUP(json_put) json_t *body = NULL;
    CLEANUP(json_put) json_t *spec = NULL;
    struct error err = {0};
    if (!json_parse(text, size, &body, &err))
        return;
    if (!spec_normalize(body, &defaults, &spec, &err)) {
        fuzz_check(err.kind == ERROR_BAD_FIELD && !spec);
        return;
    }
    check_normal_form(spec);
    check_policy(spec);
    check_masked(spec);
}

const struct fuzz_target fuzz_spec = {"spec", run};
