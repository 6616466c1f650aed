/* engines: what a row of engines says about how to reach it; its secrets are sealed in the row and
 * open in memory only, for the one that calls. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/crypto.h"
#include "core/store/db.h"

struct sealed {
    unsigned char *bytes; /* NULL = none */
    size_t len;
};

/* An engine's address and credentials; texts are its own, NULL = none. The secrets among them are
 * there once it has been opened. */
struct engine_access {
    char *id, *addr, *api_version; /* never NULL */
    char *ca_cert, *ssl_cert, *ssl_key;
    char *registry_server, *registry_username, *registry_password;
    struct sealed sealed_key, sealed_password;
};

/* From the columns engine_id, addr, api_version, ca_cert, ssl_cert and ssl_key. */
void engine_access_load(struct engine_access *access, const struct db_result *rows, int row);
/* And from registry_server, registry_username, registry_password. */
void engine_access_load_registry(struct engine_access *access, const struct db_result *rows,
                                 int row);
/* Open the secrets. ERROR_INTERNAL: one was not sealed for this engine, or with another key. */
bool engine_access_open(struct engine_access *access, const struct seal_key *key,
                        struct error *err);
/* Loaded from equal rows, registry apart? */
bool engine_access_same(const struct engine_access *a, const struct engine_access *b);
/* The secrets are wiped. Harmless twice. */
void engine_access_release(struct engine_access *access);

/* What a secret of an engine is for: a part of what its seal is bound to. */
#define ENGINE_SSL_KEY "ssl_key"
#define ENGINE_REGISTRY_PASSWORD "registry_password"

/* Seal a secret for the row of engine `id`; its bytes are the caller's. */
void engine_seal(const struct seal_key *key, const char *id, const char *purpose,
                 const char *secret, struct sealed *ret_sealed);
