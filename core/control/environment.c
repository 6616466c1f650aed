/* environment: see environment.h. */
#include "core/control/environment.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/policy_spec.h"
#include "core/store/events.h"

bool environment_open(const struct pool *pool, const char *container_id,
                      const unsigned char *sealed, size_t len, json_t **ret_environment,
                      struct error *err) {
    CLEANUP(mem_free_text) char *text = NULL;
    size_t text_len = 0;
    if (!sealed) {
        *ret_environment = json_object_new_object();
        return true;
    }
    if (!unseal(pool->key, container_id, sealed, len, &text, &text_len, err))
        return false;
    bool ok = json_parse_trusted(text, ret_environment);
    explicit_bzero(text, text_len);
    return ok || error_set(err, ERROR_INTERNAL, "A sealed environment is not JSON.");
}

static bool reveal_in_transaction(const struct intent_client *client, const char *prefix,
                                  struct container *container, json_t **ret_environment,
                                  struct error *err) {
    char message[80];
    if (!container_find(client->db, prefix, false, container, err))
        return false;
    snprintf(message, sizeof message, "id=%s", container->id);
    const struct event event = {.type = "reveal-environment",
                                .tag = "security",
                                .message = message,
                                .container_id = container->id,
                                .account = client->username,
                                .request_id = client->request_id};
    return environment_open(client->pool, container->id, container->environment,
                            container->environment_len, ret_environment, err) &&
           event_insert(client->db, &event, err) && db_commit(client->db, err);
}

bool environment_reveal(const struct intent_client *client, const char *prefix, char id[65],
                        json_t **ret_environment, struct error *err) {
    struct container container = {0};
    CLEANUP(json_put) json_t *environment = NULL;
    if (!policy_allows_option(client->role, client->grants, POLICY_REVEAL_ENVIRONMENT,
                              "environment", err))
        return false;
    bool ok = db_begin(client->db, err) &&
              reveal_in_transaction(client, prefix, &container, &environment, err);
    db_rollback(client->db);
    memcpy(id, container.id, sizeof container.id);
    container_release(&container);
    if (ok)
        *ret_environment = STEAL(environment);
    return ok;
}
