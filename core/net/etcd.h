/* etcd: a client of etcd's v3 API by way of its JSON gateway (/v3/...), over core/net/http. One
 * client belongs to one thread. Several endpoints are tried in turn, from the one that answered
 * last. Every call is waited for, a few seconds for each endpoint at most; a watch (etcd_mirror.h)
 * goes on meanwhile.
 * Errors: UNAVAILABLE: no endpoint answers as etcd does (the message tells of the last one tried);
 * NOT_FOUND: the lease is gone; REFUSED: etcd's own words. */
#pragma once

#include "core/net/etcd_answer.h"
#include "core/net/http.h"

enum { ETCD_ENDPOINTS_MAX = 8, ETCD_PREFIX_MAX = 128 };

struct etcd_options {
    const char *endpoints; /* "http://HOST:PORT https://...", separated by spaces or commas */
    /* PEM files of TLS; NULL or "" = the system's authorities, no client certificate */
    const char *ca_file, *cert_file, *key_file;
};

struct etcd;

/* Copies what it is given, and reads the files. BAD_FIELD, naming the option by its name here. */
bool etcd_new(const struct etcd_options *options, struct etcd **ret_etcd, struct error *err);
void etcd_free(struct etcd *etcd);

/* The client that the calls are made on: for others of the same thread. */
struct http_client *etcd_http(struct etcd *etcd);

/* Host of the endpoint that is used now, without brackets, and its port: for finding the local
 * address that leads there. */
void etcd_endpoint(const struct etcd *etcd, char *host, size_t size, char port[6]);

bool etcd_lease_grant(struct etcd *etcd, int64_t ttl_s, int64_t *ret_lease, struct error *err);
/* Prolong it. NOT_FOUND: it has run out. */
bool etcd_lease_keep(struct etcd *etcd, int64_t lease, struct error *err);
/* Has it not run out? */
bool etcd_lease_lives(struct etcd *etcd, int64_t lease, bool *ret_lives, struct error *err);
/* Its keys go at once. One that is gone already is as good. */
bool etcd_lease_revoke(struct etcd *etcd, int64_t lease, struct error *err);

/* Put `value` behind `key`, under `lease` (0 = for good), if the key's mod_revision is `expected`
 * (0: there is no such key) still; *ret_done tells. */
bool etcd_put_if(struct etcd *etcd, const char *key, int64_t expected, const char *value,
                 int64_t lease, bool *ret_done, struct error *err);
/* Put `value` behind `key`, under `lease`, whatever stands there. */
bool etcd_put(struct etcd *etcd, const char *key, const char *value, int64_t lease,
              struct error *err);
/* Delete `key` if its mod_revision is `expected` still. */
bool etcd_delete_if(struct etcd *etcd, const char *key, int64_t expected, struct error *err);

/* The keys that begin with `prefix`; or the one key `key`, a range of one or none. In the order of
 * their bytes. */
bool etcd_range_prefix(struct etcd *etcd, const char *prefix, struct etcd_range *ret_range,
                       struct error *err);
bool etcd_range_key(struct etcd *etcd, const char *key, struct etcd_range *ret_range,
                    struct error *err);

/* Begin to watch `prefix` on the endpoint that is used now, from `revision` on. Each line of the
 * answer goes to `sink` in pieces, see http_sink; `done` is called at its end, which is always a
 * failure of a kind. */
struct transfer *etcd_watch(struct etcd *etcd, const char *prefix, int64_t revision,
                            http_sink *sink, http_done *done, void *context);

/* Let the next call begin with the next endpoint: this one is no good. */
void etcd_next_endpoint(struct etcd *etcd);
