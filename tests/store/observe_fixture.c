/* observe_fixture: see observe_fixture.h. */
#include "tests/store/observe_fixture.h"

#include <stdio.h>

#include "tests/store/scratch.h"
#include "tests/unit/unit.h"

void add_entry(json_t *list, const char *docker_id, const char *state, const char *status,
               const char *pool, const char *id, const char *generation) {
    json_t *entry = json_object_new_object(), *labels = json_object_new_object();
    json_t *names = json_object_new_array();
    json_object_array_add(names, json_object_new_string("/some-name"));
    json_set_text(entry, "Id", docker_id);
    json_set(entry, "Names", names);
    json_set_text(entry, "Image", "web");
    json_set_text(entry, "State", state);
    json_set_text(entry, "Status", status);
    if (pool)
        json_set_text(labels, "berth.pool", pool);
    if (id)
        json_set_text(labels, "berth.container", id);
    if (generation)
        json_set_text(labels, "berth.generation", generation);
    json_set(entry, "Labels", labels);
    json_object_array_add(list, entry);
}

void add_ours(json_t *list, const char *id, const char *state, const char *status) {
    char docker_id[65];
    snprintf(docker_id, sizeof docker_id, "d%.63s", id); /* as work_off() settles it */
    add_entry(list, docker_id, state, status, scratch_pool()->id, id, "1");
}

void observe(const char *engine_id, json_t *list, double age_s, enum gap gap,
             struct observation *ret) {
    struct error err = {0};
    bool ok =
        observe_engine(scratch_keeper(), scratch_pool(), engine_id, list, age_s, gap, ret, &err);
    if (!ok)
        printf("# %s\n", err.message);
    CU_ASSERT_TRUE_FATAL(ok);
    CU_ASSERT_FALSE(db_in_transaction(scratch_keeper()));
}

void one_running(char ids[1][65]) {
    scratch_reset();
    engine_add("e1", 2, 4096);
    run_ids("{\"name\":\"web\",\"cpus\":1,\"memory\":100}", 1, ids);
    work_off(scratch_worker(), "running");
}
