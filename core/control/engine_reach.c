/* engine_reach: see engine_reach.h. */
#include "core/control/engine_reach.h"

#include <string.h>

#include "core/base/mem.h"
#include "sql/statements.h"

struct docker_engine engine_reach(const struct engine_access *access, const struct pool *pool) {
    return (struct docker_engine){.id = access->id,
                                  .addr = access->addr,
                                  .api_version = access->api_version,
                                  .ca_pem = access->ca_cert,
                                  .cert_pem = access->ssl_cert,
                                  .key_pem = access->ssl_key,
                                  .rules = &pool->config->engine_rules};
}

bool engine_open(struct db *db, const struct pool *pool, const char *id,
                 struct engine_access *access, char **ret_identity, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    *access = (struct engine_access){0};
    if (!db_run(db, &sql_engine_access, DB_PARAMS(DB_TEXT(id)), &rows, err))
        return false;
    if (db_rows(rows) == 0)
        return error_set(err, ERROR_NOT_FOUND, "There is no engine %s.", id);
    engine_access_load(access, rows, 0);
    engine_access_load_registry(access, rows, 0);
    if (ret_identity)
        *ret_identity = mem_strdup(db_text(rows, 0, "identity"));
    return engine_access_open(access, pool->key, err);
}

const char *engine_warning(const struct docker_engine *engine) {
    if (strncmp(engine->addr, "unix:", 5) == 0 || docker_is_encrypted(engine))
        return NULL;
    return "The connection is not encrypted: whoever is on the way to the engine controls it. Use "
           "https:// with certificates.";
}
