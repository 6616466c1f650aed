/* auth_cache: see auth_cache.h. */
#include "core/control/auth_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/parse.h"

enum { SLOTS = 256 };

struct entry {
    struct token token;
    struct identity identity;
    int64_t version;
    int64_t expires_ms; /* monotonic; 0 = empty */
};

struct auth_cache {
    pthread_mutex_t lock;
    struct entry
        entries[SLOTS]; /* by the first byte of the token's id: a newcomer takes the place */
};

struct auth_cache *auth_cache_new(void) {
    struct auth_cache *cache = mem_alloc(sizeof *cache);
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

void auth_cache_free(struct auth_cache *cache) {
    if (!cache)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        identity_release(&cache->entries[i].identity);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

static struct identity copy(const struct identity *identity) {
    struct identity twin = {.account_id = mem_strdup(identity->account_id),
                            .username = mem_strdup(identity->username),
                            .role = mem_strdup(identity->role),
                            .grants = mem_strdup(identity->grants),
                            .service = identity->service};
    memcpy(twin.token_id, identity->token_id, sizeof twin.token_id);
    return twin;
}

static struct entry *slot_of(struct auth_cache *cache, const struct token *token) {
    char first[3] = {token->id[0], token->id[1], '\0'};
    unsigned char byte = 0;
    hex_decode(first, &byte, 1);
    return &cache->entries[byte];
}

static bool is_for(const struct entry *entry, const struct credentials *credentials) {
    const struct token *token = &credentials->token;
    return entry->expires_ms > clock_ms() && strcmp(entry->token.id, token->id) == 0 &&
           crypto_equal(entry->token.digest, token->digest, sizeof token->digest) &&
           (!credentials->username || strcmp(credentials->username, entry->identity.username) == 0);
}

bool auth_cache_find(struct auth_cache *cache, const struct credentials *credentials,
                     struct identity *ret_identity, int64_t *ret_version) {
    pthread_mutex_lock(&cache->lock);
    const struct entry *entry = slot_of(cache, &credentials->token);
    bool found = is_for(entry, credentials);
    if (found) {
        *ret_identity = copy(&entry->identity);
        *ret_version = entry->version;
    }
    pthread_mutex_unlock(&cache->lock);
    return found;
}

void auth_cache_keep(struct auth_cache *cache, const struct credentials *credentials,
                     const struct identity *identity, const struct db_result *rows) {
    pthread_mutex_lock(&cache->lock);
    struct entry *entry = slot_of(cache, &credentials->token);
    identity_release(&entry->identity);
    *entry = (struct entry){.token = credentials->token,
                            .identity = copy(identity),
                            .version = db_int64(rows, 0, "auth_version", 0),
                            .expires_ms = clock_ms() + db_int64(rows, 0, "seconds_left", 0) * 1000};
    pthread_mutex_unlock(&cache->lock);
}
