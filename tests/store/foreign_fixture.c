/* foreign_fixture: see foreign_fixture.h. */
#include "tests/store/foreign_fixture.h"

#include "core/base/mem.h"
#include "keeper/observe.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

/* One line of Docker's list. `labels`: JSON text. */
void list_add(json_t *list, const char *docker_id, const char *name, const char *state,
              int64_t created, const char *labels) {
    CLEANUP(mem_free_text)
    char *text = mem_format(
        "{\"Id\":\"%s\",\"Names\":[\"/%s\"],\"Image\":\"web\",\"State\":\"%s\","
        "\"Status\":\"Up\",\"Created\":%lld,\"Labels\":%s,\"Ports\":[{\"IP\":\"\","
        "\"PrivatePort\":80,\"PublicPort\":8080,\"Type\":\"tcp\"},{\"PrivatePort\":81}]}",
        docker_id, name, state, (long long)created, labels);
    json_t *entry = NULL;
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(text, &entry));
    json_object_array_add(list, entry);
}

size_t observe_list(json_t *list) {
    struct observation observation;
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(observe_engine(scratch_keeper(), scratch_pool(), "e1", list, 0, GAP_NONE,
                                        &observation, &err));
    size_t obsolete = json_len(observation.obsolete);
    observation_release(&observation);
    return obsolete;
}

json_t *inspection_of(const char *docker_id, const char *name, const char *state, const char *host,
                      const char *labels) {
    CLEANUP(mem_free_text)
    char *text = mem_format(
        "{\"Id\":\"%s\",\"Name\":\"/%s\",\"Created\":\"2026-01-02T03:04:05.6Z\",\"State\":{\"Status\":\"%s\","
        "\"ExitCode\":3},\"Config\":{\"Image\":\"web\",\"Env\":[\"SECRET=canary\"],\"Labels\":%s},"
        "\"HostConfig\":{\"Memory\":104857600,\"NetworkMode\":\"default\"%s}}",
        docker_id, name, state, labels, host);
    json_t *inspection = NULL;
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(text, &inspection));
    return inspection;
}

/* Two of them on e1, F1 running and F2 exited, looked at by the keeper. */
void two_foreign(void) {
    struct error err = {0};
    CLEANUP(json_put) json_t *list = json_object_new_array();
    CLEANUP(json_put) json_t *first = inspection_of(F1, "one", "running", "", "{}");
    CLEANUP(json_put)
    json_t *second = inspection_of(F2, "two", "exited", ",\"Privileged\":true", "{}");
    scratch_reset();
    engine_add("e1", 4, 4096);
    list_add(list, F1, "one", "running", 1000, "{}");
    list_add(list, F2, "two", "exited", 2000, "{}");
    observe_list(list);
    CU_ASSERT_TRUE(observe_limits(scratch_keeper(), "e1", first, &err));
    CU_ASSERT_TRUE(observe_limits(scratch_keeper(), "e1", second, &err));
}
