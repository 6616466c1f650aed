/* join_agent: see join_agent.h. */
#include "keeper/join_agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/random.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "keeper/join_host.h"
#include "keeper/join_usage.h"

enum {
    RETRY_MIN_MS = 500,
    RETRY_MAX_MS = 15000,
    CLASH_RETRY_MS = 5000, /* another holds the key: it may run out */
    LOOK_MS = 30000,       /* from look to look at Docker and the routes */
    USAGE_MS = 10000,      /* from figure to figure of what is used, at least */
    REPEAT_LOG_MS = 300000,
    LEAVE_TTL_S = 120,
    LEAVE_WAIT_MS = 30000,
    LEAVE_POLL_MS = 300
};

struct agent {
    struct etcd *etcd;
    const struct join_options *options;
    const atomic_bool *stop;
    int stop_fd;
    char id[REGISTRATION_ID_MAX + 1];
    char *addr, *identity; /* as registered */
    struct strbuf value;   /* as registered; "" = Docker has not been seen yet */
    int64_t lease;         /* 0 = not registered */
    int64_t look_ms;
    int64_t retry_ms;
    int64_t usage_ms; /* when it is told next */
    struct cpu_ticks ticks;
    bool left;
    char told[1024]; /* what was logged last */
    int64_t told_ms;
};

/* A trouble is logged when it begins, changes, and now and then. */
static void tell(struct agent *agent, const char *text) {
    int64_t now = clock_ms();
    if (strcmp(agent->told, text) == 0 && now - agent->told_ms < REPEAT_LOG_MS)
        return;
    snprintf(agent->told, sizeof agent->told, "%s", text);
    agent->told_ms = now;
    log_line(LOG_WARNING, "%s", text);
}

static void pause_for(const struct agent *agent, int64_t ms) {
    for (int64_t end = clock_ms() + ms, now; !atomic_load(agent->stop) && (now = clock_ms()) < end;)
        http_client_poll(etcd_http(agent->etcd), agent->stop_fd, (int)(end - now));
}

/* Longer from failure to failure, and never in step with other hosts. */
static void back_off(struct agent *agent) {
    agent->retry_ms = agent->retry_ms ? 2 * agent->retry_ms : RETRY_MIN_MS;
    if (agent->retry_ms > RETRY_MAX_MS)
        agent->retry_ms = RETRY_MAX_MS;
    unsigned random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
        random = (unsigned)clock_ms();
    pause_for(agent, agent->retry_ms / 2 + random % (agent->retry_ms / 2 + 1));
}

/* See what this host is now. True: it can be registered. */
static bool look(struct agent *agent) {
    struct registration seen = {0};
    struct error err = {0};
    char id[REGISTRATION_ID_MAX + 1];
    CLEANUP(strbuf_release) struct strbuf value = {0};
    if (!join_host_look(agent->etcd, agent->options, &seen, id, &err)) {
        CLEANUP(mem_free_text)
        char *text =
            mem_format("%s%s", err.message,
                       agent->value.len ? " (the registration is kept alive as it was)" : "");
        tell(agent, text);
        return agent->value.len > 0;
    }
    registration_write(&value, &seen);
    if (strcmp(strbuf_text(&value), strbuf_text(&agent->value)) != 0 ||
        strcmp(id, agent->id) != 0) {
        strbuf_release(&agent->value);
        agent->value = (struct strbuf){0};
        strbuf_puts(&agent->value, strbuf_text(&value));
        free(agent->addr);
        free(agent->identity);
        agent->addr = STEAL(seen.addr);
        agent->identity = STEAL(seen.identity);
        snprintf(agent->id, sizeof agent->id, "%s", id);
        agent->lease = 0; /* what stands in etcd, under the old lease, is replaced or runs out */
    }
    agent->look_ms = clock_ms() + LOOK_MS;
    registration_release(&seen);
    return true;
}

/* What another key, or another's value of ours, means for us. */
static bool clashes(struct agent *agent, const struct etcd_pair *pair, bool own_key) {
    struct registration other = {0};
    CLEANUP(mem_free_text) char *text = NULL;
    if (!registration_read(pair->value, &other, NULL))
        return false; /* nonsense stands in nobody's way */
    bool same_identity = strcmp(other.identity, agent->identity) == 0;
    bool elsewhere = other.by == REGISTRATION_HOST && strcmp(other.addr, agent->addr) != 0;
    if (elsewhere && same_identity)
        text = mem_format("the host at %s is registered with the same Docker identity as this one "
                          "(%s): if this host is a clone, give its Docker an identity of its own "
                          "(%s); if its address has changed, wait until the old one runs out",
                          other.addr, agent->identity, join_host_mend(agent->identity));
    else if (elsewhere && own_key)
        text = mem_format("another host, at %s, is registered as %s: give this one another --id",
                          other.addr, agent->id);
    registration_release(&other);
    if (text)
        tell(agent, text);
    return text != NULL;
}

/* Nobody else may stand for this host. *ret_revision: of what is behind our key now, 0 = nothing.
 */
static bool may_register(struct agent *agent, const char *key, const struct etcd_range *range,
                         int64_t *ret_revision) {
    *ret_revision = 0;
    for (size_t i = 0; i < range->count; i++) {
        const struct etcd_pair *pair = &range->pairs[i];
        bool own = strcmp(pair->key, key) == 0;
        if (own)
            *ret_revision = pair->mod_revision;
        if (clashes(agent, pair, own))
            return false;
    }
    return true;
}

static bool register_in(struct agent *agent, const char *key, struct error *err) {
    struct etcd_range range = {0};
    int64_t revision = 0, lease = 0;
    bool done = false;
    if (!etcd_range_prefix(agent->etcd, REGISTRATION_PREFIX, &range, err))
        return false;
    bool may = may_register(agent, key, &range, &revision);
    etcd_range_release(&range);
    if (!may) {
        pause_for(agent, CLASH_RETRY_MS);
        agent->look_ms = 0; /* it may have been mended */
        return true;
    }
    if (!etcd_lease_grant(agent->etcd, agent->options->ttl_s, &lease, err) ||
        !etcd_put_if(agent->etcd, key, revision, strbuf_text(&agent->value), lease, &done, err))
        return false;
    if (!done) /* somebody was faster: look again */
        return etcd_lease_revoke(agent->etcd, lease, err);
    agent->lease = lease;
    agent->told[0] = '\0';
    log_line(LOG_INFO, "registered as %s: %s", agent->id, strbuf_text(&agent->value));
    return true;
}

/* Is what we have put still there? */
static void check_own(struct agent *agent, const char *key, const struct etcd_range *range) {
    struct registration other = {0};
    if (range->count == 0) {
        log_line(LOG_WARNING, "the registration has gone from etcd: registering again");
        agent->lease = 0;
        return;
    }
    if (strcmp(range->pairs[0].value, strbuf_text(&agent->value)) == 0)
        return;
    agent->lease = 0;
    if (!registration_read(range->pairs[0].value, &other, NULL))
        return;
    agent->left = (other.by == REGISTRATION_LEAVE || other.by == REGISTRATION_LEFT) &&
                  strcmp(other.identity, agent->identity) == 0;
    registration_release(&other);
    log_line(LOG_WARNING,
             agent->left ? "this host leaves the pool (%s)"
                         : "%s was overwritten: registering again",
             key);
}

static bool keep(struct agent *agent, const char *key, struct error *err) {
    struct etcd_range range = {0};
    struct error own = {0};
    if (!etcd_lease_keep(agent->etcd, agent->lease, &own)) {
        if (own.kind != ERROR_NOT_FOUND) {
            *err = own;
            return false;
        }
        log_line(LOG_WARNING, "the registration has run out: registering again");
        agent->lease = 0;
        return true;
    }
    if (!etcd_range_key(agent->etcd, key, &range, err))
        return false;
    check_own(agent, key, &range);
    etcd_range_release(&range);
    return true;
}

/* Under the lease of the registration, so that no figure outlives it. It is not worth a retry. */
static void tell_usage(struct agent *agent) {
    struct host_usage usage;
    struct error err = {0};
    if (!agent->lease || clock_ms() < agent->usage_ms)
        return;
    agent->usage_ms = clock_ms() + USAGE_MS;
    if (!join_usage_look(&agent->ticks, &usage)) {
        agent->usage_ms = 0; /* the first look only begins to count */
        return;
    }
    CLEANUP(strbuf_release) struct strbuf value = {0};
    CLEANUP(mem_free_text) char *key = mem_format(USAGE_PREFIX "%s", agent->id);
    usage_write(&value, &usage);
    if (!etcd_put(agent->etcd, key, strbuf_text(&value), agent->lease, &err) &&
        err.kind != ERROR_NOT_FOUND)
        tell(agent, err.message);
}

/* One round; how long to wait before the next one is its own matter. */
static void go_round(struct agent *agent) {
    struct error err = {0};
    if (clock_ms() >= agent->look_ms && !look(agent)) {
        back_off(agent);
        return;
    }
    CLEANUP(mem_free_text) char *key = mem_format(REGISTRATION_PREFIX "%s", agent->id);
    bool ok = agent->lease ? keep(agent, key, &err) : register_in(agent, key, &err);
    if (!ok) {
        tell(agent, err.message);
        back_off(agent);
        return;
    }
    if (agent->retry_ms && agent->lease)
        log_line(LOG_INFO, "etcd answers; the registration of %s is alive", agent->id);
    agent->retry_ms = 0;
    tell_usage(agent);
    if (agent->lease)
        pause_for(agent, agent->options->ttl_s * 1000 / 3);
}

enum join_end join_agent_run(struct etcd *etcd, const struct join_options *options,
                             const atomic_bool *stop, int stop_fd) {
    struct agent agent = {.etcd = etcd, .options = options, .stop = stop, .stop_fd = stop_fd};
    while (!atomic_load(stop) && !agent.left)
        go_round(&agent);
    free(agent.addr);
    free(agent.identity);
    strbuf_release(&agent.value);
    if (agent.left)
        return JOIN_LEFT;
    return agent.lease ? JOIN_STOPPED : JOIN_UNREGISTERED;
}

/* The id without Docker, whose absence is no reason to stay: --id, then. */
static bool leaving_id(struct etcd *etcd, const struct join_options *options,
                       char id[REGISTRATION_ID_MAX + 1], struct error *err) {
    struct registration seen = {0};
    snprintf(id, REGISTRATION_ID_MAX + 1, "%s", options->id);
    if (*id)
        return true;
    if (!join_host_look(etcd, options, &seen, id, err))
        return error_wrap(err, "give --id, or let Docker tell who this is");
    registration_release(&seen);
    return true;
}

/* *ret_value: what is there, with another word of who wrote it. */
static bool leaving_value(const struct etcd_range *range, struct strbuf *value, struct error *err) {
    struct registration present = {0};
    if (range->count == 0)
        return error_set(err, ERROR_NOT_FOUND, "this host is not registered");
    if (!registration_read(range->pairs[0].value, &present, err))
        return false;
    present.by = REGISTRATION_LEAVE;
    registration_write(value, &present);
    registration_release(&present);
    return true;
}

/* The pool answers by changing the key again, or taking it away. */
static bool wait_until_left(struct etcd *etcd, const char *key, const char *value,
                            struct error *err) {
    for (int64_t end = clock_ms() + LEAVE_WAIT_MS; clock_ms() < end;) {
        struct etcd_range range = {0};
        if (!etcd_range_key(etcd, key, &range, err))
            return false;
        bool left = range.count == 0 || strcmp(range.pairs[0].value, value) != 0;
        etcd_range_release(&range);
        if (left)
            return true;
        http_client_poll(etcd_http(etcd), -1, LEAVE_POLL_MS);
    }
    return error_set(err, ERROR_CONFLICT,
                     "the pool has not forgotten this host: destroy the containers that it has "
                     "here first (berth containers), or take it out with berth edelete; if no "
                     "keeper runs, try again when one does");
}

bool join_agent_leave(struct etcd *etcd, const struct join_options *options, struct error *err) {
    struct etcd_range range = {0};
    CLEANUP(strbuf_release) struct strbuf value = {0};
    char id[REGISTRATION_ID_MAX + 1];
    int64_t lease = 0;
    bool done = false;
    if (!leaving_id(etcd, options, id, err))
        return false;
    CLEANUP(mem_free_text) char *key = mem_format(REGISTRATION_PREFIX "%s", id);
    if (!etcd_range_key(etcd, key, &range, err))
        return false;
    int64_t revision = range.count ? range.pairs[0].mod_revision : 0;
    bool ok = leaving_value(&range, &value, err);
    etcd_range_release(&range);
    ok = ok && etcd_lease_grant(etcd, LEAVE_TTL_S, &lease, err) &&
         etcd_put_if(etcd, key, revision, strbuf_text(&value), lease, &done, err);
    if (ok && !done)
        ok = error_set(err, ERROR_CONFLICT, "the registration has just changed: try again");
    return ok && wait_until_left(etcd, key, strbuf_text(&value), err);
}
