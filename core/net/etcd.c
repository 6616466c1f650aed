/* etcd: see etcd.h. */
#include "core/net/etcd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/base64.h"
#include "core/base/mem.h"

enum {
    CONNECT_TIMEOUT_MS = 2000,
    CALL_TIMEOUT_MS = 4000,
    RANGE_MAX = 64 << 20,
    PEM_MAX = 256 << 10,
    ENDPOINT_MAX = 300
};

struct etcd {
    struct http_client *client;
    char *endpoints[ETCD_ENDPOINTS_MAX]; /* without a '/' at the end */
    size_t count, current;
    char *ca, *cert, *key; /* PEM, or NULL */
};

static bool read_pem(const char *name, const char *path, char **ret_text, struct error *err) {
    if (!path || !*path)
        return true;
    FILE *file = fopen(path, "re");
    if (!file)
        return error_field(err, name, "Cannot read %s: %s.", path, strerror(errno));
    CLEANUP(strbuf_release) struct strbuf text = STRBUF_MAX(PEM_MAX);
    char piece[4096];
    for (size_t len; (len = fread(piece, 1, sizeof piece, file)) > 0;)
        strbuf_add(&text, piece, len);
    bool ok = !ferror(file) && !text.full && strstr(strbuf_text(&text), "-----BEGIN ");
    fclose(file);
    if (!ok)
        return error_field(err, name, "%s is no PEM file.", path);
    *ret_text = strbuf_steal(&text);
    return true;
}

/* What is behind "http://" or "https://"; "" when it begins otherwise. */
static const char *authority_of(const char *endpoint) {
    return strncmp(endpoint, "http://", 7) == 0    ? endpoint + 7
           : strncmp(endpoint, "https://", 8) == 0 ? endpoint + 8
                                                   : "";
}

static bool add_endpoint(struct etcd *etcd, const char *text, size_t len, struct error *err) {
    while (len && text[len - 1] == '/')
        len--;
    CLEANUP(mem_free_text) char *endpoint = mem_strndup(text, len);
    const char *authority = authority_of(endpoint);
    if (len > ENDPOINT_MAX || !*authority || strpbrk(authority, "/?#@"))
        return error_field(err, "endpoints",
                           "'%.*s' is no endpoint: use http://HOST:PORT or https://HOST:PORT.",
                           (int)(len > ENDPOINT_MAX ? ENDPOINT_MAX : len), text);
    if (etcd->count == ETCD_ENDPOINTS_MAX)
        return error_field(err, "endpoints", "At most %d endpoints of etcd.", ETCD_ENDPOINTS_MAX);
    etcd->endpoints[etcd->count++] = STEAL(endpoint);
    return true;
}

static bool add_endpoints(struct etcd *etcd, const char *text, struct error *err) {
    static const char between[] = " ,";
    for (text += strspn(text, between); *text; text += strspn(text, between)) {
        size_t len = strcspn(text, between);
        if (!add_endpoint(etcd, text, len, err))
            return false;
        text += len;
    }
    return etcd->count > 0 || error_field(err, "endpoints", "No endpoint of etcd is given.");
}

bool etcd_new(const struct etcd_options *options, struct etcd **ret_etcd, struct error *err) {
    struct etcd *etcd = mem_alloc(sizeof *etcd);
    etcd->client = http_client_new();
    bool ok = add_endpoints(etcd, options->endpoints, err) &&
              read_pem("ca_file", options->ca_file, &etcd->ca, err) &&
              read_pem("cert_file", options->cert_file, &etcd->cert, err) &&
              read_pem("key_file", options->key_file, &etcd->key, err);
    if (ok && !etcd->cert != !etcd->key)
        ok = error_field(err, etcd->cert ? "key_file" : "cert_file",
                         "Certificate and key go together: give both.");
    if (!ok) {
        etcd_free(etcd);
        return false;
    }
    *ret_etcd = etcd;
    return true;
}

void etcd_free(struct etcd *etcd) {
    if (!etcd)
        return;
    http_client_free(etcd->client);
    for (size_t i = 0; i < etcd->count; i++)
        free(etcd->endpoints[i]);
    free(etcd->ca);
    free(etcd->cert);
    if (etcd->key)
        explicit_bzero(etcd->key, strlen(etcd->key));
    free(etcd->key);
    free(etcd);
}

struct http_client *etcd_http(struct etcd *etcd) {
    return etcd->client;
}

void etcd_next_endpoint(struct etcd *etcd) {
    etcd->current = (etcd->current + 1) % etcd->count;
}

void etcd_endpoint(const struct etcd *etcd, char *host, size_t size, char port[6]) {
    const char *endpoint = etcd->endpoints[etcd->current];
    const char *text = authority_of(endpoint);
    const char *end = *text == '[' ? strchr(text, ']') : strchr(text, ':');
    const char *colon = strrchr(text, ':');
    text += *text == '[';
    if (!end)
        end = text + strlen(text);
    snprintf(host, size, "%.*s", (int)(end - text), text);
    snprintf(port, 6, "%.5s",
             colon && colon >= end ? colon + 1
             : endpoint[4] == 's'  ? "443"
                                   : "80");
}

static struct http_request request_of(const struct etcd *etcd, const char *url,
                                      const char *const *headers, const char *body) {
    return (struct http_request){.method = "POST",
                                 .url = url,
                                 .headers = headers,
                                 .body = body,
                                 .body_len = strlen(body),
                                 .connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                 .timeout_ms = CALL_TIMEOUT_MS,
                                 .response_max = RANGE_MAX,
                                 .ca_pem = etcd->ca,
                                 .cert_pem = etcd->cert,
                                 .key_pem = etcd->key};
}

static const char *const json_headers[] = {"Content-Type: application/json", NULL};

/* A refusal that another endpoint might not give: this one has no leader, or is not etcd. */
static bool is_local(long status) {
    return status >= 500 || status == 404 || status == 408 || status == 429;
}

/* One call to one endpoint. *ret_next: another endpoint may do better. */
static bool call_endpoint(struct etcd *etcd, const char *path, const char *body, json_t **ret_doc,
                          bool *ret_next, struct error *err) {
    const char *endpoint = etcd->endpoints[etcd->current];
    CLEANUP(mem_free_text) char *url = mem_format("%s/v3/%s", endpoint, path);
    CLEANUP(http_response_release) struct http_response response = {0};
    CLEANUP(json_put) json_t *doc = NULL;
    struct http_request request = request_of(etcd, url, json_headers, body);
    char words[200];
    *ret_next = true;
    if (!http_call(etcd->client, &request, &response, err)) {
        err->kind = ERROR_UNAVAILABLE;
        return error_wrap(err, "etcd");
    }
    const char *text = strbuf_text(&response.body);
    if (!json_parse_trusted(text, &doc) || !json_object_is_type(doc, json_type_object))
        return error_set(err, ERROR_UNAVAILABLE,
                         "etcd: %s answers with HTTP status %ld, not as etcd does", endpoint,
                         response.status);
    if (response.status == 200) {
        *ret_doc = STEAL(doc);
        return true;
    }
    etcd_read_error(doc, words, sizeof words);
    bool lease_gone = strstr(words, "requested lease not found") != NULL;
    *ret_next = !lease_gone && is_local(response.status);
    return error_set(err,
                     lease_gone  ? ERROR_NOT_FOUND
                     : *ret_next ? ERROR_UNAVAILABLE
                                 : ERROR_REFUSED,
                     "etcd: %s: %s", endpoint, words);
}

static bool call(struct etcd *etcd, const char *path, json_t *body, json_t **ret_doc,
                 struct error *err) {
    struct error last = {0};
    bool next = true;
    for (size_t i = 0; i < etcd->count && next; i++) {
        last = (struct error){0};
        if (call_endpoint(etcd, path, json_print(body), ret_doc, &next, &last))
            return true;
        if (next)
            etcd_next_endpoint(etcd);
    }
    if (err)
        *err = last;
    return false;
}

/* The same for text. */
static void set_base64(json_t *doc, const char *name, const char *text) {
    CLEANUP(mem_free_text) char *encoded = base64_encode(text, strlen(text), BASE64_STANDARD);
    json_set_text(doc, name, encoded);
}

/* 64-bit integers are text in etcd's JSON. */
static void set_int(json_t *doc, const char *name, int64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    json_set_text(doc, name, text);
}

/* The keys that begin with `prefix` end before it with its last byte raised. */
static void set_prefix(json_t *doc, const char *prefix) {
    char end[ETCD_PREFIX_MAX];
    snprintf(end, sizeof end, "%s", prefix);
    end[strlen(end) - 1]++;
    set_base64(doc, "key", prefix);
    set_base64(doc, "range_end", end);
}

bool etcd_lease_grant(struct etcd *etcd, int64_t ttl_s, int64_t *ret_lease, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    CLEANUP(json_put) json_t *doc = NULL;
    int64_t lease = 0;
    set_int(body, "TTL", ttl_s);
    if (!call(etcd, "lease/grant", body, &doc, err))
        return false;
    if (!etcd_read_int(doc, "ID", &lease) || lease == 0)
        return error_set(err, ERROR_UNAVAILABLE, "etcd: the answer to a grant names no lease");
    *ret_lease = lease;
    return true;
}

bool etcd_lease_keep(struct etcd *etcd, int64_t lease, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    CLEANUP(json_put) json_t *doc = NULL;
    int64_t ttl_s = 0;
    set_int(body, "ID", lease);
    if (!call(etcd, "lease/keepalive", body, &doc, err))
        return false;
    etcd_read_int(json_get_object(doc, "result"), "TTL", &ttl_s); /* 0 is left out */
    return ttl_s > 0 || error_set(err, ERROR_NOT_FOUND, "etcd: the lease has run out");
}

bool etcd_lease_lives(struct etcd *etcd, int64_t lease, bool *ret_lives, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    CLEANUP(json_put) json_t *doc = NULL;
    int64_t ttl_s = 0;
    set_int(body, "ID", lease);
    if (!call(etcd, "lease/timetolive", body, &doc, err))
        return false;
    etcd_read_int(doc, "TTL", &ttl_s); /* -1: there is none */
    *ret_lives = ttl_s > 0;
    return true;
}

bool etcd_lease_revoke(struct etcd *etcd, int64_t lease, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    CLEANUP(json_put) json_t *doc = NULL;
    struct error own = {0};
    set_int(body, "ID", lease);
    if (call(etcd, "lease/revoke", body, &doc, &own) || own.kind == ERROR_NOT_FOUND)
        return true;
    if (err)
        *err = own;
    return false;
}

/* A transaction of one operation on `key`, which takes over `operation`. */
static bool change_if(struct etcd *etcd, const char *key, int64_t expected, const char *name,
                      json_t *operation, bool *ret_done, struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    CLEANUP(json_put) json_t *doc = NULL;
    json_t *compare = json_object_new_array(), *success = json_object_new_array();
    json_t *equal = json_object_new_object(), *step = json_object_new_object();
    set_base64(equal, "key", key);
    json_set_text(equal, "target", "MOD");
    json_set_text(equal, "result", "EQUAL");
    set_int(equal, "mod_revision", expected);
    json_object_array_add(compare, equal);
    set_base64(operation, "key", key);
    json_set(step, name, operation);
    json_object_array_add(success, step);
    json_set(body, "compare", compare);
    json_set(body, "success", success);
    if (!call(etcd, "kv/txn", body, &doc, err))
        return false;
    *ret_done = json_get_bool(doc, "succeeded", false);
    return true;
}

bool etcd_put_if(struct etcd *etcd, const char *key, int64_t expected, const char *value,
                 int64_t lease, bool *ret_done, struct error *err) {
    json_t *put = json_object_new_object();
    set_base64(put, "value", value);
    if (lease)
        set_int(put, "lease", lease);
    return change_if(etcd, key, expected, "request_put", put, ret_done, err);
}

bool etcd_put(struct etcd *etcd, const char *key, const char *value, int64_t lease,
              struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    CLEANUP(json_put) json_t *doc = NULL;
    set_base64(body, "key", key);
    set_base64(body, "value", value);
    set_int(body, "lease", lease);
    return call(etcd, "kv/put", body, &doc, err);
}

bool etcd_delete_if(struct etcd *etcd, const char *key, int64_t expected, struct error *err) {
    bool done = false;
    return change_if(etcd, key, expected, "request_delete_range", json_object_new_object(), &done,
                     err);
}

static bool range(struct etcd *etcd, json_t *body, struct etcd_range *ret_range,
                  struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL;
    return call(etcd, "kv/range", body, &doc, err) && etcd_read_range(doc, ret_range, err);
}

bool etcd_range_prefix(struct etcd *etcd, const char *prefix, struct etcd_range *ret_range,
                       struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    set_prefix(body, prefix);
    return range(etcd, body, ret_range, err);
}

bool etcd_range_key(struct etcd *etcd, const char *key, struct etcd_range *ret_range,
                    struct error *err) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    set_base64(body, "key", key);
    return range(etcd, body, ret_range, err);
}

struct transfer *etcd_watch(struct etcd *etcd, const char *prefix, int64_t revision,
                            http_sink *sink, http_done *done, void *context) {
    CLEANUP(json_put) json_t *body = json_object_new_object();
    CLEANUP(mem_free_text)
    char *url = mem_format("%s/v3/watch", etcd->endpoints[etcd->current]);
    json_t *create = json_object_new_object();
    set_prefix(create, prefix);
    set_int(create, "start_revision", revision);
    json_set(body, "create_request", create);
    struct http_request request = request_of(etcd, url, json_headers, json_print(body));
    request.timeout_ms = 0;
    request.sink = sink;
    request.sink_context = context;
    return http_start(etcd->client, &request, done, context);
}
