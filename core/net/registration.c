/* registration: see registration.h. */
#include "core/net/registration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/parse.h"
#include "core/net/docker.h"

enum { ADDR_MAX = 255, WORD_MAX = 127, CPUS_MAX = 4096, LABEL_MAX = 255 };

static const char *const by_words[] = {
    [REGISTRATION_HOST] = "join",
    [REGISTRATION_POOL] = "pool",
    [REGISTRATION_LEAVE] = "leave",
    [REGISTRATION_LEFT] = "left",
};

static const struct json_field fields[] = {
    {"addr", FIELD_TEXT, true, 1, ADDR_MAX, NULL, "tcp://HOST:PORT or https://HOST:PORT"},
    {"identity", FIELD_TEXT, false, 0, WORD_MAX, NULL, "Docker's engine ID"},
    {"version", FIELD_TEXT, false, 0, WORD_MAX, NULL, "of Docker"},
    {"cpus", FIELD_DECIMAL, false, 0, CPUS_MAX, NULL, "cores"},
    {"memory", FIELD_INT, false, 0, 1e9, NULL, "MB"},
    {"labels", FIELD_TEXTS, false, 0, REGISTRATION_LABELS_MAX, NULL, "what containers may ask for"},
    {"by", FIELD_TEXT, false, 0, 16, NULL, "join, pool, leave or left"},
    {0},
};

static const struct json_field usage_fields[] = {
    {"cpus", FIELD_DECIMAL, true, 0, CPUS_MAX, NULL, "cores"},
    {"memory", FIELD_INT, true, 0, 1e9, NULL, "MB"},
    {0},
};

void registration_release(struct registration *registration) {
    free(registration->addr);
    free(registration->identity);
    free(registration->version);
    json_put(&registration->labels);
    *registration = (struct registration){0};
}

bool registration_id_valid(const char *id) {
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t len = strlen(id);
    return len > 0 && len <= REGISTRATION_ID_MAX && strchr(first, *id) && strspn(id, rest) == len;
}

void registration_id_of(const char *identity, char id[17]) {
    size_t len = 0;
    for (; *identity && len < 16; identity++)
        if (*identity != ':' && *identity != '-')
            id[len++] = (char)(*identity >= 'A' && *identity <= 'Z' ? *identity + 32 : *identity);
    id[len] = '\0';
}

static bool read_by(const char *word, enum registration_by *ret_by, struct error *err) {
    for (size_t i = 0; i < ARRAY_LEN(by_words); i++)
        if (strcmp(word, by_words[i]) == 0) {
            *ret_by = (enum registration_by)i;
            return true;
        }
    return error_field(err, "by", "by is join, pool, leave or left.");
}

static bool is_label(const char *text) {
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return false;
    return len > 0 && len <= LABEL_MAX;
}

static bool check_labels(json_t *labels, struct error *err) {
    for (size_t i = 0; i < json_len(labels); i++) {
        if (!is_label(json_object_get_string(json_at(labels, i))))
            return error_field(err, "labels",
                               "A label is 1 to %d bytes without control characters.", LABEL_MAX);
    }
    return true;
}

static bool read_json(const char *value, struct registration *registration, struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL;
    if (!json_parse(value, strlen(value), &doc, err) || !json_check(doc, fields, err) ||
        !read_by(json_get_text(doc, "by", by_words[REGISTRATION_HOST]), &registration->by, err) ||
        !check_labels(json_get_array(doc, "labels"), err))
        return false;
    registration->addr = mem_strdup(json_get_text(doc, "addr", ""));
    registration->identity = mem_strdup(json_get_text(doc, "identity", ""));
    registration->version = mem_strdup(json_get_text(doc, "version", ""));
    registration->cpus = json_get_decimal(doc, "cpus", 0);
    registration->memory_mb = json_get_int(doc, "memory", 0);
    registration->labels = json_get_array(doc, "labels")
                               ? json_object_get(json_get_array(doc, "labels"))
                               : json_object_new_array();
    return true;
}

/* "10.0.0.1:2375-2-2048": from behind, for a host name may have a '-' in it. */
static bool read_text(const char *value, struct registration *registration, struct error *err) {
    char text[ADDR_MAX + 1];
    double cpus = 0;
    int64_t memory_mb = 0;
    if (strlen(value) >= sizeof text)
        return error_field(err, "addr", "The value is longer than any address.");
    snprintf(text, sizeof text, "%s", value);
    char *colon = strrchr(text, ':'), *dash = colon ? strchr(colon, '-') : NULL;
    char *second = dash ? strchr(dash + 1, '-') : NULL;
    if (dash) {
        *dash = '\0';
        if (second)
            *second = '\0';
        if (!second || !parse_decimal(dash + 1, 0, CPUS_MAX, &cpus) ||
            !parse_int(second + 1, 0, 1000000000, &memory_mb))
            return error_field(err, "addr",
                               "The value is neither JSON nor IP:PORT-CPUS-MEMORY_MB.");
    }
    registration->addr = mem_format("tcp://%s", text);
    registration->identity = mem_strdup("");
    registration->version = mem_strdup("");
    registration->cpus = cpus;
    registration->memory_mb = memory_mb;
    registration->labels = json_object_new_array();
    return true;
}

bool registration_read(const char *value, struct registration *ret_registration,
                       struct error *err) {
    struct registration registration = {0};
    if (strlen(value) > REGISTRATION_VALUE_MAX)
        return error_field(err, "value", "The value is longer than %d bytes.",
                           REGISTRATION_VALUE_MAX);
    bool ok = (*value == '{' ? read_json(value, &registration, err)
                             : read_text(value, &registration, err)) &&
              docker_addr_check(registration.addr, err);
    if (ok && strncmp(registration.addr, "unix:", 5) == 0)
        ok = error_field(err, "addr",
                         "A registration names an address that the pool can reach, not a socket.");
    if (!ok) {
        registration_release(&registration);
        return false;
    }
    *ret_registration = registration;
    return true;
}

void registration_write(struct strbuf *value, const struct registration *registration) {
    CLEANUP(json_put) json_t *doc = json_object_new_object();
    json_set_text(doc, "addr", registration->addr);
    json_set_decimal(doc, "cpus", registration->cpus);
    json_set_int(doc, "memory", registration->memory_mb);
    json_set(doc, "labels",
             registration->labels ? json_object_get(registration->labels)
                                  : json_object_new_array());
    json_set_text(doc, "identity", registration->identity);
    json_set_text(doc, "version", registration->version);
    json_set_text(doc, "by", by_words[registration->by]);
    strbuf_puts(value, json_print(doc));
}

void usage_write(struct strbuf *value, const struct host_usage *usage) {
    strbuf_addf(value, "{\"cpus\":%.2f,\"memory\":%lld}", usage->cpus, (long long)usage->memory_mb);
}

bool usage_read(const char *value, struct host_usage *ret_usage) {
    CLEANUP(json_put) json_t *doc = NULL;
    if (!json_parse(value, strlen(value), &doc, NULL) || !json_check(doc, usage_fields, NULL))
        return false;
    *ret_usage = (struct host_usage){.cpus = json_get_decimal(doc, "cpus", 0),
                                     .memory_mb = json_get_int(doc, "memory", 0)};
    return true;
}
