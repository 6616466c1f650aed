/* config: see config.h. */
#include "core/base/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"

enum { VARIABLE_MAX = 80 };

enum config_type { CONFIG_TEXT, CONFIG_INT, CONFIG_DECIMAL, CONFIG_BOOL };

struct config_key {
    const char *name;
    enum config_type type;
    size_t offset;
    const char *fallback; /* as in the file */
    double min, max;
    const char *help;
};

#define AT(member) offsetof(struct config, member)

static const struct config_key config_keys[] = {
    {"worker_database", CONFIG_TEXT, AT(worker_database), "dbname=berth user=berth_worker", 0, 0,
     "libpq connection string of the workers"},
    {"keeper_database", CONFIG_TEXT, AT(keeper_database), "dbname=berth user=berth_keeper", 0, 0,
     "libpq connection string of the keeper"},
    {"migrate_database", CONFIG_TEXT, AT(migrate_database), "dbname=berth user=postgres", 0, 0,
     "libpq connection string of berth-migrate"},
    {"worker_socket", CONFIG_TEXT, AT(worker_socket), "/run/berth/worker.sock", 0, 0,
     "FastCGI socket, mode 0660"},
    {"socket_group", CONFIG_TEXT, AT(socket_group), "", 0, 0, "group of the FastCGI socket"},
    {"master_key_file", CONFIG_TEXT, AT(master_key_file), "/etc/berth/master.key", 0, 0,
     "64 hex digits, mode 0600"},
    {"restore_mark_file", CONFIG_TEXT, AT(restore_mark_file), "", 0, 0,
     "file outside the database by which berth finds that the database was restored, and does "
     "nothing unasked then; written by the keeper, read by the workers; empty = none"},
    {"log_level", CONFIG_TEXT, AT(log_level), "info", 0, 0, "debug, info, warning or error"},
    {"worker_processes", CONFIG_INT, AT(worker_processes), "2", 1, 64, "worker processes"},
    {"worker_threads", CONFIG_INT, AT(worker_threads), "4", 1, 256, "quick threads of each"},
    {"slow_threads", CONFIG_INT, AT(slow_threads), "8", 1, 1024,
     "threads of each that wait for engines (adding one) or hash passwords"},
    {"stream_followers", CONFIG_INT, AT(stream_followers), "1000", 1, 100000,
     "streamed answers (logs, live events) of each process at once"},
    {"stream_followers_account", CONFIG_INT, AT(stream_followers_account), "500", 1, 100000,
     "of them those of one account"},
    {"operation_wait_s", CONFIG_INT, AT(operation_wait_s), "50", 1, 55,
     "seconds until a waiting request is answered 202"},
    {"drain_grace_s", CONFIG_INT, AT(drain_grace_s), "5", 0, 300,
     "seconds a draining worker outlives its last request; more than nginx's upstream "
     "keepalive_timeout"},
    {"session_hours", CONFIG_INT, AT(session_hours), "12", 1, 2160, "life of a session"},
    {"default_memory_mb", CONFIG_INT, AT(default_memory_mb), "256", 6, 1048576,
     "memory of a container that names none, MB"},
    {"port_first", CONFIG_INT, AT(port_first), "20000", 1024, 65535, "first host port to choose"},
    {"port_last", CONFIG_INT, AT(port_last), "29999", 1024, 65535, "last host port to choose"},
    {"engine_concurrency", CONFIG_INT, AT(engine_concurrency), "0", 0, 1024,
     "calls at once to one engine; 0 = twice its cores"},
    {"place_attempts", CONFIG_INT, AT(place_attempts), "3", 1, 16,
     "engines tried for one container"},
    {"image_copy_mb", CONFIG_INT, AT(image_copy_mb), "16384", 0, 1048576,
     "largest image that is copied from another engine when no registry gives it, MB; 0 = none is"},
    {"image_copy_stall_s", CONFIG_INT, AT(image_copy_stall_s), "120", 1, 3600,
     "seconds without a byte after which such a copy is given up"},
    {"keeper_interval_ms", CONFIG_INT, AT(keeper_interval_ms), "2000", 100, 60000,
     "milliseconds between two looks at each engine"},
    {"heartbeat_interval_ms", CONFIG_INT, AT(heartbeat_interval_ms), "1000", 100, 60000,
     "milliseconds between two echoes and pings to each engine; silent for about 2.5 times that it "
     "gets no containers, for 4 to 5 times it is down"},
    {"events_keep_months", CONFIG_INT, AT(events_keep_months), "13", 0, 1200,
     "months that the history is kept; 0 = for ever"},
    {"weight_cpu", CONFIG_DECIMAL, AT(weight_cpu), "65", 0, 1000, "weight of CPU in the score"},
    {"weight_memory", CONFIG_DECIMAL, AT(weight_memory), "35", 0, 1000,
     "weight of memory in the score"},
    {"overcommit", CONFIG_DECIMAL, AT(overcommit), "1", 0.1, 100,
     "how much of an engine may be reserved"},
    {"etcd_endpoints", CONFIG_TEXT, AT(etcd_endpoints), "", 0, 0,
     "where hosts register: http://HOST:PORT or https://HOST:PORT, several separated by spaces; "
     "empty = engines are added by hand only"},
    {"etcd_ca_file", CONFIG_TEXT, AT(etcd_ca_file), "", 0, 0,
     "PEM file that vouches for etcd; empty = the system's authorities"},
    {"etcd_cert_file", CONFIG_TEXT, AT(etcd_cert_file), "", 0, 0,
     "client certificate for etcd, PEM; empty = none"},
    {"etcd_key_file", CONFIG_TEXT, AT(etcd_key_file), "", 0, 0, "its key, PEM"},
    {"engine_admit_networks", CONFIG_TEXT, AT(engine_admit_networks), "", 0, 0,
     "networks whose hosts become engines when they register, as in 10.1.0.0/16; others wait for "
     "berth approve"},
    {"engine_allow_loopback", CONFIG_BOOL, AT(engine_rules.allow_loopback), "no", 0, 0,
     "may engines be on this machine itself, over TCP: yes or no"},
    {"engine_networks_allowed", CONFIG_TEXT, AT(engine_networks_allowed), "", 0, 0,
     "networks of link-local, loopback and other special addresses that engines may have"},
    {"engine_plain_networks", CONFIG_TEXT, AT(engine_plain_networks), "", 0, 0,
     "networks for engines over plain TCP, besides the private ones (RFC 1918, fc00::/7)"},
    {"engine_unix_sockets", CONFIG_TEXT, AT(engine_unix_sockets), "", 0, 0,
     "paths of unix sockets that engines may have, separated by spaces"},
};

static bool assign(struct config *config, const struct config_key *key, const char *value,
                   struct error *err) {
    char *at = (char *)config + key->offset;
    if (key->type == CONFIG_TEXT) {
        char **text = (char **)(void *)at;
        free(*text);
        *text = mem_strdup(value);
        return true;
    }
    if (key->type == CONFIG_BOOL) {
        *(bool *)at = strcmp(value, "yes") == 0;
        return *(bool *)at || strcmp(value, "no") == 0 ||
               error_field(err, key->name, "%s must be yes or no (%s), not '%s'.", key->name,
                           key->help, value);
    }
    if (key->type == CONFIG_INT
            ? parse_int(value, (int64_t)key->min, (int64_t)key->max, (int64_t *)(void *)at)
            : parse_decimal(value, key->min, key->max, (double *)(void *)at))
        return true;
    return error_field(err, key->name, "%s must be from %g to %g (%s), not '%s'.", key->name,
                       key->min, key->max, key->help, value);
}

static const struct config_key *find_key(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(config_keys); i++)
        if (strcmp(config_keys[i].name, name) == 0)
            return &config_keys[i];
    return NULL;
}

static char *trim(char *text) {
    text += strspn(text, " \t");
    size_t len = strlen(text);
    while (len && strchr(" \t\r\n", text[len - 1]))
        text[--len] = '\0';
    return text;
}

static bool load_line(struct config *config, char *line, bool *seen, struct error *err) {
    char *name = trim(line);
    char *equals = strchr(name, '=');
    if (*name == '\0' || *name == '#')
        return true;
    if (!equals)
        return error_set(err, ERROR_BAD_FIELD, "'key = value' is expected, not '%s'.", name);
    *equals = '\0';
    name = trim(name);
    const struct config_key *key = find_key(name);
    if (!key)
        return error_field(err, name, "'%s' is not a known key.", name);
    if (seen[key - config_keys])
        return error_field(err, name, "'%s' stands twice.", name);
    seen[key - config_keys] = true;
    return assign(config, key, trim(equals + 1), err);
}

/* "worker_threads" -> "BERTH_WORKER_THREADS". */
static void variable_of(const char *key, char *variable, size_t size) {
    snprintf(variable, size, "BERTH_%s", key);
    for (char *at = variable; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
}

bool config_override(const char *key, const char *value, struct error *err) {
    char variable[VARIABLE_MAX];
    if (!find_key(key))
        return error_field(err, key, "'%s' is not a known key.", key);
    variable_of(key, variable, sizeof variable);
    return setenv(variable, value, 1) == 0 ||
           error_set(err, ERROR_BAD_FIELD, "%s cannot be set: %m.", key);
}

static bool load_environment(struct config *config, struct error *err) {
    char variable[VARIABLE_MAX];
    for (size_t i = 0; i < ARRAY_LEN(config_keys); i++) {
        variable_of(config_keys[i].name, variable, sizeof variable);
        const char *value = getenv(variable);
        if (value && !assign(config, &config_keys[i], value, err))
            return error_wrap(err, "%s (environment, or --set)", variable);
    }
    return true;
}

static bool load_file(struct config *config, const char *path, struct error *err) {
    bool seen[ARRAY_LEN(config_keys)] = {0};
    char *line = NULL;
    size_t room = 0;
    int number = 0;
    bool ok = true;
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, ERROR_BAD_FIELD, "Cannot read the configuration file %s: %m.", path);
    while (ok && getline(&line, &room, file) >= 0) {
        number++;
        ok = load_line(config, line, seen, err) || error_wrap(err, "%s, line %d", path, number);
    }
    free(line);
    fclose(file);
    return ok;
}

/* What follows from several keys, or from the text of one. */
static bool check(struct config *config, struct error *err) {
    if (config->port_first > config->port_last)
        return error_field(err, "port_last", "port_last must not be below port_first.");
    config->engine_rules.unix_sockets = config->engine_unix_sockets;
    return network_list_parse(&config->admit_networks, config->engine_admit_networks,
                              "engine_admit_networks", err) &&
           network_list_parse(&config->engine_rules.allowed, config->engine_networks_allowed,
                              "engine_networks_allowed", err) &&
           network_list_parse(&config->engine_rules.plain, config->engine_plain_networks,
                              "engine_plain_networks", err);
}

bool config_load(struct config *config, const char *path, struct error *err) {
    *config = (struct config){0};
    for (size_t i = 0; i < ARRAY_LEN(config_keys); i++)
        assign(config, &config_keys[i], config_keys[i].fallback, NULL);
    return load_file(config, path, err) && load_environment(config, err) && check(config, err);
}

void config_release(struct config *config) {
    for (size_t i = 0; i < ARRAY_LEN(config_keys); i++)
        if (config_keys[i].type == CONFIG_TEXT)
            mem_free_text((char **)(void *)((char *)config + config_keys[i].offset));
}

/* As few digits as read the same again; never an exponent, which parse_decimal would refuse. */
static char *decimal_text(double value) {
    enum { DIGITS_MAX = 30 };
    char *text = mem_format("%.0f", value);
    for (int digits = 1; digits <= DIGITS_MAX && strtod(text, NULL) != value; digits++) {
        free(text);
        text = mem_format("%.*f", digits, value);
    }
    return text;
}

static char *value_text(const struct config *config, const struct config_key *key) {
    const char *at = (const char *)config + key->offset;
    if (key->type == CONFIG_TEXT)
        return mem_strdup(*(char *const *)(const void *)at);
    if (key->type == CONFIG_BOOL)
        return mem_strdup(*(const bool *)at ? "yes" : "no");
    if (key->type == CONFIG_INT)
        return mem_format("%lld", (long long)*(const int64_t *)(const void *)at);
    return decimal_text(*(const double *)(const void *)at);
}

void config_print(const struct config *config, FILE *out) {
    fputs("# berth: every key, with its meaning; those behind a '#' have their default value.\n",
          out);
    for (size_t i = 0; i < ARRAY_LEN(config_keys); i++) {
        const struct config_key *key = &config_keys[i];
        CLEANUP(mem_free_text) char *value = value_text(config, key);
        fprintf(out, "\n# %s", key->help);
        if (key->type == CONFIG_INT || key->type == CONFIG_DECIMAL)
            fprintf(out, " (%g to %g)", key->min, key->max);
        fprintf(out, "\n%s%s = %s\n", strcmp(value, key->fallback) == 0 ? "#" : "", key->name,
                value);
    }
}
