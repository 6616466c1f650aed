/* container_reach: see container_reach.h. */
#include "fcgi/container_reach.h"

#include "core/base/mem.h"
#include "core/control/intent.h"
#include "fcgi/worker.h"
#include "sql/statements.h"

/* One that is not the pool's. */
static bool reach_foreign(struct request *request, struct engine_access *access, char **docker_id,
                          struct error *err) {
    struct foreign foreign = {0};
    bool ok =
        foreign_find(request->db, request_param(request, "id"), &foreign, err) &&
        engine_open(request->db, &request->worker->pool, foreign.engine_id, access, NULL, err);
    *docker_id = STEAL(foreign.docker_id);
    foreign_release(&foreign);
    return ok;
}

bool container_reach(struct request *request, struct engine_access *ret_access,
                     char **ret_docker_id, struct error *err) {
    CLEANUP(db_result_free) struct db_result *row = NULL;
    struct container container = {0};
    bool ok =
        container_find(request->db, request_param(request, "id"), false, &container, err) &&
        db_run(request->db, &sql_container_engine, DB_PARAMS(DB_TEXT(container.id)), &row, err);
    container_release(&container);
    if (!ok)
        return err->kind == ERROR_NOT_FOUND &&
               reach_foreign(request, ret_access, ret_docker_id, err);
    if (db_rows(row) == 0)
        return error_set(err, ERROR_NOT_FOUND, "The container is on no engine.");
    if (!db_text(row, 0, "docker_id"))
        return error_set(err, ERROR_CONFLICT, "The container has not been created yet.");
    *ret_docker_id = mem_strdup(db_text(row, 0, "docker_id"));
    engine_access_load(ret_access, row, 0);
    return engine_access_open(ret_access, request->worker->pool.key, err);
}
