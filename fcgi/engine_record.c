/* engine_record: see engine_record.h. */
#include "fcgi/engine_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/crypto_cert.h"
#include "core/base/mem.h"
#include "core/control/engine_reach.h"
#include "sql/statements.h"

enum { CPUS_MAX = 4096, ADDR_MAX = 255, PEM_MAX = 64 << 10, PASSWORD_MAX = 8 << 10 };

#define OFFER_FIELDS                                                                               \
    {"cpus", FIELD_DECIMAL, false, 0, CPUS_MAX, NULL, "cores; 0 = detected"},                      \
        {"memory", FIELD_INT, false, 0, 1e9, NULL, "MB; 0 = detected"}, {                          \
        "labels", FIELD_TEXTS, false, 0, 64, NULL, "what containers may ask for"                   \
    }
#define ADDR_HELP "tcp://HOST:PORT, https://HOST:PORT or unix:///PATH"

static const struct json_field engine_fields[] = {
    {"id", FIELD_TEXT, false, 0, ENGINE_ID_MAX, NULL, "unique in the pool"},
    {"addr", FIELD_TEXT, true, 1, ADDR_MAX, NULL, ADDR_HELP},
    OFFER_FIELDS,
    {0},
};

static const struct json_field changed_fields[] = {
    {"id", FIELD_TEXT, false, 0, ENGINE_ID_MAX, NULL, "cannot be changed"},
    {"addr", FIELD_TEXT, false, 1, ADDR_MAX, NULL, ADDR_HELP},
    OFFER_FIELDS,
    {0},
};

static const struct json_field registry_fields[] = {
    {"server", FIELD_TEXT, true, 0, 255, NULL, "HOST or HOST:PORT; empty = no login"},
    {"username", FIELD_TEXT, false, 0, 255, NULL, "of the registry's account"},
    {"password", FIELD_TEXT, false, 0, PASSWORD_MAX, NULL, "never shown"},
    {0},
};

#define REACH_FIELDS                                                                               \
    {"ca_cert", FIELD_TEXT, false, 0, PEM_MAX, NULL, "vouches for the engine; PEM"},               \
        {"ssl_cert", FIELD_TEXT, false, 0, PEM_MAX, NULL, "client certificate; PEM"},              \
        {"ssl_key", FIELD_TEXT, false, 0, PEM_MAX, NULL, "its key, never shown; PEM"},             \
        {"registry_auth", FIELD_OBJECT, false, 0, 0, registry_fields, "login for pulls"}, {        \
        "health", FIELD_ANY_OBJECT, false, 0, 0, NULL, "ignored: it is looked at"                  \
    }

const struct json_field engine_add_fields[] = {
    {"id", FIELD_TEXT, false, 0, ENGINE_ID_MAX, NULL, "unique in the pool"},
    {"engine", FIELD_OBJECT, true, 0, 0, engine_fields, "where it is and what it offers"},
    REACH_FIELDS,
    {0},
};

const struct json_field engine_update_fields[] = {
    {"id", FIELD_TEXT, false, 0, ENGINE_ID_MAX, NULL, "cannot be changed"},
    {"engine", FIELD_OBJECT, false, 0, 0, changed_fields, "where it is and what it offers"},
    REACH_FIELDS,
    {0},
};

/* NULL leaves it, an empty text takes it away. */
static void put(char **text, const char *given) {
    if (!given)
        return;
    if (*text)
        explicit_bzero(*text, strlen(*text));
    mem_free_text(text);
    *text = *given ? mem_strdup(given) : NULL;
}

static bool apply_certificates(json_t *body, struct engine_access *access, struct error *err) {
    const char *cert = json_get_text(body, "ssl_cert", NULL);
    const char *key = json_get_text(body, "ssl_key", NULL);
    const char *ca = json_get_text(body, "ca_cert", NULL);
    struct cert_facts facts;
    if (!cert != !key || (cert && !*cert != !*key))
        return error_field(err, cert && *cert ? "ssl_key" : "ssl_cert",
                           "ssl_cert and ssl_key go together: give both.");
    if ((ca && *ca && !cert_check(ca, "ca_cert", &facts, err)) ||
        (cert && *cert &&
         (!cert_check(cert, "ssl_cert", &facts, err) ||
          !cert_key_check(key, cert, "ssl_key", err))))
        return false;
    put(&access->ca_cert, ca);
    put(&access->ssl_cert, cert);
    put(&access->ssl_key, key);
    return true;
}

static bool apply_registry(json_t *body, struct engine_access *access, struct error *err) {
    static const char of_host[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]";
    json_t *login = json_get_object(body, "registry_auth");
    const char *server = json_get_text(login, "server", "");
    const char *username = json_get_text(login, "username", "");
    const char *password = json_get_text(login, "password", "");
    if (!login)
        return true;
    if (server[strspn(server, of_host)])
        return error_field(err, "registry_auth.server",
                           "registry_auth.server is HOST or HOST:PORT, as in an image's name.");
    if (*server && (!*username || !*password))
        return error_field(err, *username ? "registry_auth.password" : "registry_auth.username",
                           "registry_auth needs user name and password.");
    put(&access->registry_server, server);
    put(&access->registry_username, *server ? username : "");
    put(&access->registry_password, *server ? password : "");
    return true;
}

static bool check_whole(const struct engine_access *access, const struct pool *pool,
                        struct error *err) {
    struct docker_engine engine = engine_reach(access, pool);
    if (!docker_addr_check(engine.addr, err))
        return false;
    if ((engine.ca_pem || engine.cert_pem) && !docker_is_encrypted(&engine))
        return error_field(err, engine.cert_pem ? "ssl_cert" : "ca_cert",
                           "Certificates are for https:// and tcp:// addresses, not for %s.",
                           engine.addr);
    return docker_addr_allowed(&engine, err);
}

bool engine_record_apply(json_t *body, const struct pool *pool, struct engine_access *access,
                         struct error *err) {
    put(&access->addr, json_get_text(json_get_object(body, "engine"), "addr", NULL));
    if (!apply_certificates(body, access, err) || !apply_registry(body, access, err))
        return false;
    if (check_whole(access, pool, err))
        return true;
    if (strcmp(err->field, "addr") == 0) /* elsewhere an address stands alone */
        snprintf(err->field, sizeof err->field, "engine.addr");
    return false;
}

bool engine_record_may_move(json_t *body, const struct engine_access *stored,
                            const struct engine_access *moved, struct error *err) {
    if (strcmp(stored->addr, moved->addr) == 0)
        return true;
    if (stored->ssl_key && !json_get(body, "ssl_key"))
        return error_field(
            err, "ssl_key",
            "The engine's address changes: give ssl_cert and ssl_key again, or empty "
            "ones for none; a key is never sent to a new address unasked.");
    if (stored->registry_server && !json_get(body, "registry_auth"))
        return error_field(err, "registry_auth",
                           "The engine's address changes: give registry_auth again, or one with an "
                           "empty server for none; a password is never sent to a new address "
                           "unasked.");
    return true;
}

static json_t *labels_of(json_t *engine) {
    json_t *labels = json_object_new_array(), *given = json_get_array(engine, "labels");
    for (size_t i = 0; i < json_len(given); i++)
        if (*json_object_get_string(json_at(given, i)))
            json_object_array_add(labels, json_object_get(json_at(given, i)));
    return labels;
}

/* What goes into the document, what leaves it, and the same for its inner record and what was given
 * by hand. */
struct change {
    json_t *doc, *engine, *given;
    struct strbuf gone; /* text of an array of SQL */
};

static void change_release(struct change *change) {
    json_put(&change->doc);
    json_put(&change->engine);
    json_put(&change->given);
    strbuf_release(&change->gone);
}

static void take_out(struct change *change, const char *name) {
    strbuf_addf(&change->gone, "%c%s", change->gone.len ? ',' : '{', name);
}

/* A member that follows from the whole: there or not. */
static void set_or_take_out(struct change *change, const char *name, json_t *value) {
    if (value)
        json_set(change->doc, name, value);
    else
        take_out(change, name);
}

static json_t *expiry_of(const char *pem) {
    struct cert_facts facts = {0};
    char text[32];
    struct tm tm;
    if (!pem || (!cert_check(pem, "", &facts, NULL) && facts.not_after == 0))
        return NULL;
    time_t when = (time_t)facts.not_after;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &tm));
    return json_object_new_string(text);
}

static json_t *login_of(const struct engine_access *access) {
    if (!access->registry_server)
        return NULL;
    json_t *login = json_object_new_object();
    json_set_text(login, "server", access->registry_server);
    json_set_text(login, "username", access->registry_username);
    return login;
}

/* 0 means: as detected, which the keeper writes when it looks next. */
static void change_offer(struct change *change, json_t *engine) {
    if (json_get(engine, "cpus")) {
        double cpus = json_get_decimal(engine, "cpus", 0);
        if (cpus > 0)
            json_set_decimal(change->engine, "cpus", cpus);
        json_set(change->given, "cpus",
                 cpus > 0 ? json_object_get(json_get(engine, "cpus")) : NULL);
    }
    if (json_get(engine, "memory")) {
        int64_t memory = json_get_int(engine, "memory", 0);
        if (memory > 0)
            json_set_int(change->engine, "memory", memory);
        json_set(change->given, "memory",
                 memory > 0 ? json_object_get(json_get(engine, "memory")) : NULL);
    }
    if (json_get(engine, "labels"))
        json_set(change->engine, "labels", labels_of(engine));
}

static void change_make(struct change *change, json_t *body, const struct pool *pool,
                        const struct engine_access *access) {
    struct docker_engine engine = engine_reach(access, pool);
    const char *warning = engine_warning(&engine);
    *change = (struct change){.doc = json_object_new_object(),
                              .engine = json_object_new_object(),
                              .given = json_object_new_object()};
    json_set_text(change->engine, "addr", access->addr);
    change_offer(change, json_get_object(body, "engine"));
    json_set_bool(change->doc, "tls", docker_is_encrypted(&engine));
    set_or_take_out(change, "warning", warning ? json_object_new_string(warning) : NULL);
    set_or_take_out(change, "ca_cert_expires", expiry_of(access->ca_cert));
    set_or_take_out(change, "ssl_cert_expires", expiry_of(access->ssl_cert));
    set_or_take_out(change, "registry_auth", login_of(access));
    if (!access->ca_cert)
        take_out(change, "ca_cert");
    if (!access->ssl_cert)
        take_out(change, "ssl_cert");
    strbuf_puts(&change->gone, change->gone.len ? "}" : "{}");
}

/* Of the secrets only those that the body gives are sealed anew. */
static struct sealed sealed_of(const struct pool *pool, const char *id, const char *purpose,
                               const char *secret, bool given) {
    struct sealed sealed = {0};
    if (given && secret)
        engine_seal(pool->key, id, purpose, secret, &sealed);
    return sealed;
}

void engine_record_explain_conflict(struct error *err) {
    const char *field = strstr(err->field, "addr")       ? "engine.addr"
                        : strstr(err->field, "identity") ? "identity"
                                                         : "id";
    error_set(err, ERROR_CONFLICT, "An engine with this %s is in the pool already.",
              strcmp(field, "identity") == 0 ? "Docker identity" : field);
    snprintf(err->field, sizeof err->field, "%s", field);
}

bool engine_record_write(struct db *db, const struct pool *pool, json_t *body,
                         const struct engine_access *access, const char *addr,
                         struct db_result **ret_row, struct error *err) {
    CLEANUP(change_release) struct change change;
    struct sealed key = sealed_of(pool, access->id, ENGINE_SSL_KEY, access->ssl_key,
                                  json_get(body, "ssl_key") != NULL);
    struct sealed password =
        sealed_of(pool, access->id, ENGINE_REGISTRY_PASSWORD, access->registry_password,
                  json_get(body, "registry_auth") != NULL);
    change_make(&change, body, pool, access);
    bool ok =
        db_run(db, &sql_engine_update,
               DB_PARAMS(DB_TEXT(access->id), DB_TEXT(addr), DB_TEXT(json_print(change.doc)),
                         DB_TEXT(json_print(change.engine)), DB_TEXT(json_print(change.given)),
                         DB_TEXT(strbuf_text(&change.gone)), DB_TEXT(access->ca_cert),
                         DB_TEXT(access->ssl_cert), DB_BYTES(key.bytes, key.len),
                         DB_BYTES(password.bytes, password.len)),
               ret_row, err);
    free(key.bytes);
    free(password.bytes);
    if (!ok && err->kind == ERROR_CONFLICT)
        engine_record_explain_conflict(err);
    if (ok && db_rows(*ret_row) == 0)
        ok = error_set(err, ERROR_CONFLICT,
                       "The engine was changed or removed meanwhile: look at it and try again.");
    return ok;
}
