/* discovery: see discovery.h. */
#include "keeper/discovery.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/net/etcd_mirror.h"
#include "core/store/lease.h"
#include "keeper/registrar.h"
#include "sql/statements.h"

enum {
    RESYNC_MS = 30000,
    AGAIN_MS = 2000,
    AGAIN_MAX_MS = 16000,
    SOON_MS = 500,
    POLL_MS = 500,
    STANDBY_MS = 200,
    USAGE_MS = 10000 /* from look to look at what the hosts use */
};

/* A key that is there, or was. */
struct host {
    struct host *next;
    char *id;
    bool fresh;       /* its key has just changed */
    bool settled;     /* what was there last was the word of an engine, or of the pool about it */
    int64_t lease;    /* under which that was; 0 = none */
    int64_t due_ms;   /* when it is judged next */
    int64_t again_ms; /* how long it waited for this judgement */
};

struct discovery {
    const struct discovery_options *options;
    struct etcd *etcd;
    struct etcd_mirror *mirror;
    struct registrar registrar;
    struct host *hosts;
    bool publish; /* what the pool knows is to be told to etcd */
    int64_t publish_ms;
    int64_t usage_ms;
};

static struct host *find(struct discovery *discovery, const char *id) {
    for (struct host *host = discovery->hosts; host; host = host->next)
        if (strcmp(host->id, id) == 0)
            return host;
    struct host *host = mem_alloc(sizeof *host);
    host->id = mem_strdup(id);
    host->next = discovery->hosts;
    discovery->hosts = host;
    return host;
}

static void on_changed(void *context, const struct etcd_pair *pair, bool gone) {
    struct host *host = find(context, pair->key + strlen(REGISTRATION_PREFIX));
    host->fresh = true;
    if (gone)
        host->lease = pair->lease;
    else
        host->settled = false;
    host->due_ms = host->again_ms = 0;
}

/* Rows of hosts whose keys went while nobody looked. */
static bool prune(struct discovery *discovery, struct error *err) {
    CLEANUP(strbuf_release) struct strbuf ids = {0};
    for (size_t i = 0; i < etcd_mirror_count(discovery->mirror); i++) {
        const char *id = etcd_mirror_at(discovery->mirror, i)->key + strlen(REGISTRATION_PREFIX);
        if (registration_id_valid(id)) /* nothing in it needs quoting */
            strbuf_addf(&ids, "%c%s", ids.len ? ',' : '{', id);
    }
    strbuf_puts(&ids, ids.len ? "}" : "{}");
    return db_run(discovery->registrar.db, &sql_registration_prune,
                  DB_PARAMS(DB_TEXT(strbuf_text(&ids))), NULL, err);
}

/* The database may have changed meanwhile too: everybody is judged again. What etcd itself has lost
 * says nothing about an engine. */
static void on_synced(void *context, bool anew) {
    struct discovery *discovery = context;
    struct error err = {0};
    for (struct host *host = discovery->hosts; host; host = host->next) {
        host->due_ms = 0;
        host->settled = host->settled && !anew;
    }
    if (!prune(discovery, &err))
        log_line(LOG_WARNING, "registrations: %s", err.message);
    if (!anew)
        return;
    log_line(LOG_INFO, "etcd: %zu hosts are registered", etcd_mirror_count(discovery->mirror));
    discovery->publish = true;
    discovery->publish_ms = 0;
}

static void on_lost(void *context, const struct error *why) {
    (void)context;
    log_line(LOG_WARNING, "%s; the engines of the pool go on as they are", why->message);
}

static void read_engine(const struct db_result *rows, int row, struct registration *engine) {
    *engine = (struct registration){.addr = mem_strdup(db_text(rows, row, "addr")),
                                    .identity = mem_strdup(db_text(rows, row, "identity")),
                                    .version = mem_strdup(db_text(rows, row, "version")),
                                    .memory_mb = db_int64(rows, row, "memory_mb", 0),
                                    .labels = db_json(rows, row, "labels"),
                                    .by = REGISTRATION_POOL};
    parse_decimal(db_text(rows, row, "cpus"), 0, INT32_MAX, &engine->cpus);
}

/* Tell etcd of the engines that it does not know: without a lease, for the pool does not stand for
 * their lives; a host that registers writes over it. */
static bool publish(struct discovery *discovery, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    bool ok = db_run(discovery->registrar.db, &sql_engine_publish, NULL, 0, &rows, err), done;
    for (int i = 0; ok && i < db_rows(rows); i++) {
        CLEANUP(registration_release) struct registration engine = {0};
        CLEANUP(strbuf_release) struct strbuf value = {0};
        CLEANUP(mem_free_text)
        char *key = mem_format(REGISTRATION_PREFIX "%s", db_text(rows, i, "id"));
        if (etcd_mirror_find(discovery->mirror, key))
            continue;
        read_engine(rows, i, &engine);
        registration_write(&value, &engine);
        ok = etcd_put_if(discovery->etcd, key, 0, strbuf_text(&value), 0, &done, err);
    }
    return ok;
}

/* The host learns that the pool has let it go; under its own lease, so that the word goes too. */
static bool answer_leaver(struct discovery *discovery, const struct etcd_pair *pair,
                          struct error *err) {
    CLEANUP(registration_release) struct registration left = {0};
    CLEANUP(strbuf_release) struct strbuf value = {0};
    bool done;
    if (!registration_read(pair->value, &left, err))
        return true;
    left.by = REGISTRATION_LEFT;
    registration_write(&value, &left);
    return etcd_put_if(discovery->etcd, pair->key, pair->mod_revision, strbuf_text(&value),
                       pair->lease, &done, err);
}

/* What the host's key is worth now; when it is to be looked at again. */
static int64_t judge_host(struct discovery *discovery, struct host *host,
                          const struct etcd_pair *pair) {
    struct error err = {0};
    bool ok = true;
    enum verdict verdict = registrar_judge(&discovery->registrar, host->id, pair->value);
    host->settled = verdict == VERDICT_SETTLED;
    switch (verdict) {
    case VERDICT_WAITING:
        host->again_ms = host->again_ms ? 2 * host->again_ms : AGAIN_MS;
        if (host->again_ms > AGAIN_MAX_MS)
            host->again_ms = AGAIN_MAX_MS;
        return clock_ms() + host->again_ms;
    case VERDICT_FAILED:
        return clock_ms() + SOON_MS;
    case VERDICT_STRAY:
        ok = etcd_delete_if(discovery->etcd, pair->key, pair->mod_revision, &err);
        break;
    case VERDICT_LEFT:
        ok = answer_leaver(discovery, pair, &err);
        break;
    case VERDICT_SETTLED:
        break;
    }
    if (!ok)
        log_line(LOG_WARNING, "%s", err.message);
    return ok ? INT64_MAX : clock_ms() + AGAIN_MS;
}

/* The key is gone. While its lease lives, or if it had none, somebody has deleted it. False: to be
 * tried again. */
static bool miss(struct discovery *discovery, const struct host *host) {
    struct error err = {0};
    bool deleted = true;
    if (!host->settled)
        return registrar_forget(&discovery->registrar, host->id);
    if (host->lease && !etcd_lease_lives(discovery->etcd, host->lease, &deleted, &err)) {
        log_line(LOG_WARNING, "%s", err.message);
        return false;
    }
    return registrar_miss(&discovery->registrar, host->id, deleted);
}

/* False: the host is no more. */
static bool judge_or_forget(struct discovery *discovery, struct host *host) {
    CLEANUP(mem_free_text) char *key = mem_format(REGISTRATION_PREFIX "%s", host->id);
    const struct etcd_pair *pair = etcd_mirror_find(discovery->mirror, key);
    host->fresh = false;
    if (pair)
        host->due_ms = judge_host(discovery, host, pair);
    else if (!miss(discovery, host))
        host->due_ms = clock_ms() + SOON_MS;
    else
        return false;
    return true;
}

/* Whoever is new first; of the others, who may be silent, only one before etcd is asked again. */
static void judge_due(struct discovery *discovery) {
    struct host **chosen = NULL;
    for (struct host **at = &discovery->hosts; *at; at = &(*at)->next) {
        if (clock_ms() < (*at)->due_ms || (chosen && !(*at)->fresh))
            continue;
        chosen = at;
        if ((*at)->fresh)
            break;
    }
    struct host *host = chosen ? *chosen : NULL;
    if (!host || judge_or_forget(discovery, host))
        return;
    *chosen = host->next;
    free(host->id);
    free(host);
}

/* Milliseconds until something is due. */
static int wait_ms(const struct discovery *discovery) {
    int64_t now = clock_ms(), next = now + POLL_MS;
    for (const struct host *host = discovery->hosts; host; host = host->next)
        if (host->due_ms < next)
            next = host->due_ms;
    if (discovery->publish && discovery->publish_ms < next)
        next = discovery->publish_ms;
    return next > now ? (int)(next - now) : 0;
}

static void publish_if_due(struct discovery *discovery) {
    struct error err = {0};
    if (!discovery->publish || clock_ms() < discovery->publish_ms)
        return;
    discovery->publish = !publish(discovery, &err);
    if (discovery->publish)
        log_line(LOG_WARNING, "the pool's engines cannot be told to etcd: %s", err.message);
    discovery->publish_ms = clock_ms() + AGAIN_MS;
}

/* What the hosts say that they use, by one question and one statement for all: figures need no
 * watch. */
static bool take_usage(struct discovery *discovery, struct error *err) {
    CLEANUP(etcd_range_release) struct etcd_range range = {0};
    CLEANUP(json_put) json_t *list = json_object_new_array();
    if (!etcd_range_prefix(discovery->etcd, USAGE_PREFIX, &range, err))
        return false;
    for (size_t i = 0; i < range.count; i++) {
        struct host_usage usage;
        if (!usage_read(range.pairs[i].value, &usage))
            continue;
        json_t *one = json_object_new_object();
        json_set_text(one, "id", range.pairs[i].key + strlen(USAGE_PREFIX));
        json_set_decimal(one, "cpus", usage.cpus);
        json_set_int(one, "memory", usage.memory_mb);
        json_object_array_add(list, one);
    }
    return json_len(list) == 0 || db_run(discovery->registrar.db, &sql_engine_usage,
                                         DB_PARAMS(DB_TEXT(json_print(list))), NULL, err);
}

static void take_usage_if_due(struct discovery *discovery) {
    struct error err = {0};
    if (clock_ms() < discovery->usage_ms)
        return;
    discovery->usage_ms = clock_ms() + USAGE_MS;
    if (!take_usage(discovery, &err))
        log_line(LOG_DEBUG, "what the hosts use: %s", err.message);
}

static void release(struct discovery *discovery) {
    for (struct host *host = discovery->hosts, *next; host; host = next) {
        next = host->next;
        free(host->id);
        free(host);
    }
    etcd_mirror_free(discovery->mirror);
}

/* For as long as this keeper leads in this epoch: with a mirror of its own, which shows anew what
 * is registered. */
static void lead(const struct discovery_options *options, struct etcd *etcd, struct db *db,
                 int64_t epoch) {
    struct discovery discovery = {.options = options, .etcd = etcd};
    const struct etcd_mirror_options mirror_options = {.prefix = REGISTRATION_PREFIX,
                                                       .resync_ms = RESYNC_MS,
                                                       .changed = on_changed,
                                                       .synced = on_synced,
                                                       .lost = on_lost,
                                                       .context = &discovery};
    discovery.mirror = etcd_mirror_new(etcd, &mirror_options);
    discovery.registrar =
        (struct registrar){.pool = options->pool, .db = db, .client = etcd_http(etcd)};
    lease_fence(db, epoch);
    while (!atomic_load(options->stop) && leader_epoch(options->leader) == epoch) {
        etcd_mirror_poll(discovery.mirror, options->stop_fd, wait_ms(&discovery));
        judge_due(&discovery);
        publish_if_due(&discovery);
        take_usage_if_due(&discovery);
    }
    lease_fence(db, 0);
    release(&discovery);
}

bool discovery_run(const struct discovery_options *options, struct error *err) {
    const struct config *config = options->pool->config;
    const struct etcd_options etcd_options = {.endpoints = config->etcd_endpoints,
                                              .ca_file = config->etcd_ca_file,
                                              .cert_file = config->etcd_cert_file,
                                              .key_file = config->etcd_key_file};
    struct pollfd stop = {.fd = options->stop_fd, .events = POLLIN};
    struct etcd *etcd = NULL;
    if (!etcd_new(&etcd_options, &etcd, err))
        return false;
    struct db *db = db_new(options->conninfo, "berth-discovery");
    while (!atomic_load(options->stop)) {
        int64_t epoch = leader_epoch(options->leader);
        if (epoch)
            lead(options, etcd, db, epoch);
        else
            poll(&stop, 1, STANDBY_MS);
    }
    etcd_free(etcd);
    db_free(db);
    return true;
}
