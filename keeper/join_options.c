/* join_options: see join_options.h. */
#include "keeper/join_options.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/net/registration.h"

enum { USAGE = 2, VALUE_FIRST = UCHAR_MAX + 1 };

enum option_type { OPTION_TEXT, OPTION_LABEL, OPTION_CPUS, OPTION_MEMORY, OPTION_TTL, OPTION_FLAG };

/* One row an option: "etcd-ca" is BERTH_JOIN_ETCD_CA in the environment. */
struct join_option {
    const char *name;
    const char *value; /* what stands for it in help; NULL = a flag */
    enum option_type type;
    size_t offset; /* of a text */
    const char *help;
};

#define AT(member) offsetof(struct join_options, member)

static const struct join_option options_table[] = {
    {"etcd", "URLS", OPTION_TEXT, AT(etcd),
     "endpoints of the pool's etcd, http://HOST:PORT or https://HOST:PORT, separated by commas"},
    {"etcd-ca", "FILE", OPTION_TEXT, AT(etcd_ca), "PEM file that vouches for etcd"},
    {"etcd-cert", "FILE", OPTION_TEXT, AT(etcd_cert), "client certificate for etcd, PEM"},
    {"etcd-key", "FILE", OPTION_TEXT, AT(etcd_key), "its key, PEM"},
    {"id", "ID", OPTION_TEXT, AT(id), "name in the pool; else made from Docker's engine ID"},
    {"address", "ADDR", OPTION_TEXT, AT(address),
     "HOST, or tcp://HOST:PORT or https://HOST:PORT, where the pool reaches Docker; else the "
     "address that leads to etcd, with Docker's port 2375 or (TLS) 2376"},
    {"docker", "ADDR", OPTION_TEXT, AT(docker),
     "where this host itself reaches Docker; else unix:///var/run/docker.sock"},
    {"label", "LABEL", OPTION_LABEL, 0,
     "what containers may ask for; may be repeated (separated by spaces in the environment)"},
    {"cpus", "N", OPTION_CPUS, 0, "cores to offer; else all that Docker has"},
    {"memory", "MB", OPTION_MEMORY, 0, "memory to offer; else all that Docker has"},
    {"ttl", "SECONDS", OPTION_TTL, 0, "how long the registration outlives this program; else 10"},
    {"leave", NULL, OPTION_FLAG, 0,
     "ask the pool to forget this host, wait for it, and end; a running berth-join ends too"},
    {"help", NULL, OPTION_FLAG, 0, "show this"},
    {"version", NULL, OPTION_FLAG, 0, "show the version"},
};

enum { OPTIONS = ARRAY_LEN(options_table), LETTERS_MAX = 2 };

static void variable_of(const struct join_option *option, char name[40]) {
    snprintf(name, 40, "BERTH_JOIN_%s", option->name);
    for (char *at = name; *at; at++)
        *at = *at == '-' ? '_' : (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
}

static void print_help(void) {
    char variable[40];
    puts("usage: berth-join --etcd URLS [options]\n"
         "Registers this Docker host in the pool's etcd and keeps the registration alive.\n"
         "Signals: TERM ends it; the registration stays for --ttl seconds, and the pool goes on\n"
         "using the host as long as it answers: only --leave, or an administrator, takes it out.\n"
         "Labels, cores and memory are taken when the host joins; `berth eupdate` changes them.\n"
         "Needs nothing of the pool's but etcd; no password, no secret.\n");
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct join_option *option = &options_table[i];
        char name[40];
        snprintf(name, sizeof name, "%s%s%s", option->name, option->value ? " " : "",
                 option->value ? option->value : "");
        variable_of(option, variable);
        if (option->value)
            printf("      --%-18s %s\n      %20s (environment: %s)\n", name, option->help, "",
                   variable);
        else
            printf("      --%-18s %s\n", name, option->help);
    }
}

static bool add_label(struct join_options *options, const char *label, struct error *err) {
    if (!*label)
        return error_field(err, "label", "A label is not empty.");
    if (options->label_count == JOIN_LABELS_MAX)
        return error_field(err, "label", "At most %d labels.", JOIN_LABELS_MAX);
    options->labels[options->label_count++] = label;
    return true;
}

static bool take(struct join_options *options, const struct join_option *option, const char *value,
                 struct error *err) {
    char *at = (char *)options + option->offset;
    switch (option->type) {
    case OPTION_TEXT:
        *(const char **)(void *)at = value;
        return true;
    case OPTION_LABEL:
        return add_label(options, value, err);
    case OPTION_CPUS:
        return parse_decimal(value, 0, 4096, &options->cpus) ||
               error_field(err, "cpus", "--cpus is a number from 0 to 4096, not '%s'.", value);
    case OPTION_MEMORY:
        return parse_int(value, 0, 1000000000, &options->memory_mb) ||
               error_field(err, "memory", "--memory is a number of MB, not '%s'.", value);
    case OPTION_TTL:
        return parse_int(value, JOIN_TTL_MIN_S, JOIN_TTL_MAX_S, &options->ttl_s) ||
               error_field(err, "ttl", "--ttl is from %d to %d seconds, not '%s'.", JOIN_TTL_MIN_S,
                           JOIN_TTL_MAX_S, value);
    case OPTION_FLAG:
        break;
    }
    options->leave = true; /* the other flags are not taken */
    return true;
}

/* Labels of the environment are apart by spaces; they live as long as the process. */
static bool take_environment(struct join_options *options, struct error *err) {
    char variable[40];
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct join_option *option = &options_table[i];
        variable_of(option, variable);
        char *value = option->value ? getenv(variable) : NULL;
        if (!value || !*value)
            continue;
        if (option->type != OPTION_LABEL) {
            if (!take(options, option, value, err))
                return error_wrap(err, "%s (environment)", variable);
            continue;
        }
        char *rest = NULL;
        for (char *label = strtok_r(value, " ", &rest); label; label = strtok_r(NULL, " ", &rest))
            if (!add_label(options, label, err))
                return error_wrap(err, "%s (environment)", variable);
    }
    return true;
}

static bool take_arguments(int argc, char **argv, struct join_options *options,
                           const char **ret_show, struct error *err) {
    struct option longs[OPTIONS + 1] = {0};
    for (size_t i = 0; i < OPTIONS; i++)
        longs[i] =
            (struct option){.name = options_table[i].name,
                            .has_arg = options_table[i].value ? required_argument : no_argument,
                            .val = VALUE_FIRST + (int)i};
    for (int c; (c = getopt_long(argc, argv, "hv", longs, NULL)) != -1;) {
        const struct join_option *option =
            c >= VALUE_FIRST ? &options_table[c - VALUE_FIRST] : NULL;
        if (c == '?')
            return error_set(err, ERROR_BAD_FIELD, "Try berth-join --help.");
        if (c == 'h' || c == 'v')
            *ret_show = c == 'h' ? "help" : "version";
        else if (option && option->type == OPTION_FLAG && strcmp(option->name, "leave") != 0)
            *ret_show = option->name;
        else if (option && !take(options, option, optarg, err))
            return false;
    }
    return optind == argc ||
           error_set(err, ERROR_BAD_FIELD, "'%s' is not expected here.", argv[optind]);
}

static bool check(const struct join_options *options, struct error *err) {
    if (!*options->etcd)
        return error_field(err, "etcd",
                           "Where is the pool's etcd? Give --etcd http://HOST:2379 (or "
                           "BERTH_JOIN_ETCD).");
    return !*options->id || registration_id_valid(options->id) ||
           error_field(err, "id",
                       "--id is 1 to %d letters, digits, '_', '.' and '-', beginning with a letter "
                       "or digit.",
                       REGISTRATION_ID_MAX);
}

bool join_options_read(int argc, char **argv, struct join_options *options, int *ret_status) {
    struct error err = {0};
    const char *show = NULL;
    *options = (struct join_options){.etcd = "",
                                     .etcd_ca = "",
                                     .etcd_cert = "",
                                     .etcd_key = "",
                                     .id = "",
                                     .address = "",
                                     .docker = "unix:///var/run/docker.sock",
                                     .ttl_s = 10};
    *ret_status = USAGE;
    bool ok = take_environment(options, &err) && take_arguments(argc, argv, options, &show, &err) &&
              (show || check(options, &err));
    if (!ok) {
        fprintf(stderr, "berth-join: %s\n", err.message);
        return false;
    }
    *ret_status = EXIT_SUCCESS;
    if (!show)
        return true;
    if (strcmp(show, "help") == 0)
        print_help();
    else
        puts("berth-join " PACKAGE_VERSION);
    return false;
}
