/* engines: see engines.h. */
#include "core/store/engines.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

static char *context_of(const char *id, const char *purpose) {
    return mem_format("engine/%s/%s", id, purpose);
}

void engine_seal(const struct seal_key *key, const char *id, const char *purpose,
                 const char *secret, struct sealed *ret_sealed) {
    CLEANUP(mem_free_text) char *context = context_of(id, purpose);
    seal(key, context, secret, strlen(secret), &ret_sealed->bytes, &ret_sealed->len);
}

static char *copy(const struct db_result *rows, int row, const char *column) {
    return mem_strdup(db_text(rows, row, column));
}

void engine_access_load(struct engine_access *access, const struct db_result *rows, int row) {
    *access = (struct engine_access){.id = copy(rows, row, "engine_id"),
                                     .addr = copy(rows, row, "addr"),
                                     .api_version = copy(rows, row, "api_version"),
                                     .ca_cert = copy(rows, row, "ca_cert"),
                                     .ssl_cert = copy(rows, row, "ssl_cert")};
    access->sealed_key.bytes = db_bytes(rows, row, "ssl_key", &access->sealed_key.len);
}

void engine_access_load_registry(struct engine_access *access, const struct db_result *rows,
                                 int row) {
    access->registry_server = copy(rows, row, "registry_server");
    access->registry_username = copy(rows, row, "registry_username");
    access->sealed_password.bytes =
        db_bytes(rows, row, "registry_password", &access->sealed_password.len);
}

static bool open_secret(const struct engine_access *access, const struct seal_key *key,
                        const char *purpose, const struct sealed *sealed, char **secret,
                        struct error *err) {
    CLEANUP(mem_free_text) char *context = context_of(access->id, purpose);
    size_t len = 0;
    return !sealed->bytes || *secret ||
           unseal(key, context, sealed->bytes, sealed->len, secret, &len, err) ||
           error_wrap(err, "engine %s, %s", access->id, purpose);
}

bool engine_access_open(struct engine_access *access, const struct seal_key *key,
                        struct error *err) {
    return open_secret(access, key, ENGINE_SSL_KEY, &access->sealed_key, &access->ssl_key, err) &&
           open_secret(access, key, ENGINE_REGISTRY_PASSWORD, &access->sealed_password,
                       &access->registry_password, err);
}

static bool same_text(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool engine_access_same(const struct engine_access *a, const struct engine_access *b) {
    return same_text(a->addr, b->addr) && same_text(a->ca_cert, b->ca_cert) &&
           same_text(a->ssl_cert, b->ssl_cert) && a->sealed_key.len == b->sealed_key.len &&
           (a->sealed_key.len == 0 ||
            memcmp(a->sealed_key.bytes, b->sealed_key.bytes, a->sealed_key.len) == 0);
}

static void wipe(char **secret) {
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    mem_free_text(secret);
}

void engine_access_release(struct engine_access *access) {
    char **texts[] = {&access->id,
                      &access->addr,
                      &access->api_version,
                      &access->ca_cert,
                      &access->ssl_cert,
                      &access->registry_server,
                      &access->registry_username};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        mem_free_text(texts[i]);
    free(access->sealed_key.bytes);
    free(access->sealed_password.bytes);
    access->sealed_key = access->sealed_password = (struct sealed){0};
    wipe(&access->ssl_key);
    wipe(&access->registry_password);
}
