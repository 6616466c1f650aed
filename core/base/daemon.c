/* daemon: see daemon.h. */
#include "core/base/daemon.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/crypto.h"
#include "core/base/mem.h"

enum { OPTIONS_MAX = 16, USAGE = 2 };

struct given {
    const char *config_path;
    bool check, print, help, version;
    void (*show)(FILE *out);
};

static const char default_path[] = SYSCONFDIR "/berth/berth.conf";

static void help_option(FILE *out, const struct daemon_option *option) {
    char name[40];
    snprintf(name, sizeof name, "%s%s%s", option->name, option->value ? " " : "",
             option->value ? option->value : "");
    if (option->letter)
        fprintf(out, "  -%c, --%-24s %s\n", option->letter, name, option->help);
    else
        fprintf(out, "      --%-24s %s\n", name, option->help);
}

static void print_help(FILE *out, const struct daemon *daemon, const struct daemon_option *common) {
    fprintf(out, "usage: %s [--config FILE] [options]\n%s\n", daemon->name, daemon->summary);
    for (const struct daemon_option *option = daemon->options; option->name; option++)
        help_option(out, option);
    for (const struct daemon_option *option = common; option->name; option++)
        help_option(out, option);
}

/* --set: by way of the environment, see the header. */
static bool set_key(const char *text, struct error *err) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return error_set(err, ERROR_BAD_FIELD, "--set takes KEY=VALUE, not '%s'.", text);
    CLEANUP(mem_free_text) char *key = mem_format("%.*s", (int)(equals - text), text);
    return config_override(key, equals + 1, err);
}

/* What getopt_long returns for option number `i`. */
static int value_of(const struct daemon_option *option, int i) {
    return option->letter ? option->letter : UCHAR_MAX + 1 + i;
}

/* The table that getopt_long wants, and the string of letters. */
static void describe(const struct daemon_option *const *options, int count, struct option *longs,
                     char *letters) {
    for (int i = 0; i < count; i++) {
        const struct daemon_option *option = options[i];
        longs[i] = (struct option){.name = option->name,
                                   .has_arg = option->value ? required_argument : no_argument,
                                   .val = value_of(option, i)};
        if (option->letter)
            *letters++ = option->letter;
        if (option->letter && option->value)
            *letters++ = ':';
    }
    *letters = '\0';
}

static bool take(const struct daemon *daemon, const struct daemon_option *option,
                 struct given *given) {
    struct error err = {0};
    if (option->show)
        given->show = option->show;
    else if (option->text)
        *option->text = optarg;
    else if (option->flag)
        *option->flag = true;
    else if (!set_key(optarg, &err))
        return fprintf(stderr, "%s: %s\n", daemon->name, err.message), false;
    return true;
}

static bool parse(const struct daemon *daemon, const struct daemon_option *common, int argc,
                  char **argv, struct given *given) {
    const struct daemon_option *options[OPTIONS_MAX];
    struct option longs[OPTIONS_MAX + 1] = {0};
    char letters[2 * OPTIONS_MAX + 1];
    int count = 0;
    for (const struct daemon_option *option = daemon->options; option->name; option++)
        options[count++] = option;
    for (const struct daemon_option *option = common; option->name; option++)
        options[count++] = option;
    describe(options, count, longs, letters);
    for (int c; (c = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        int i = 0;
        while (i < count && value_of(options[i], i) != c)
            i++;
        if (i == count || !take(daemon, options[i], given))
            return false;
    }
    if (optind == argc)
        return true;
    fprintf(stderr, "%s: '%s' is not expected here.\n", daemon->name, argv[optind]);
    return false;
}

static bool load(const struct daemon *daemon, const struct given *given, struct config *config,
                 struct error *err) {
    struct seal_key key;
    return config_load(config, given->config_path, err) &&
           (!given->check || !daemon->seals || seal_key_load(&key, config->master_key_file, err));
}

bool daemon_begin(const struct daemon *daemon, int argc, char **argv, struct config *config,
                  const char **ret_config_path, int *ret_status) {
    struct given given = {.config_path = default_path};
    struct error err = {0};
    const struct daemon_option common[] = {
        {.name = "config",
         .letter = 'c',
         .value = "FILE",
         .help = "lines of `key = value`",
         .text = &given.config_path},
        {.name = "set",
         .value = "KEY=VALUE",
         .help = "one key; wins over the environment (BERTH_KEY), and that over FILE"},
        {.name = "check-config", .help = "check the configuration, and end", .flag = &given.check},
        {.name = "print-config",
         .help = "show every key with its meaning and value, and end",
         .flag = &given.print},
        {.name = "help", .letter = 'h', .help = "show this", .flag = &given.help},
        {.name = "version", .letter = 'v', .help = "show the version", .flag = &given.version},
        {0},
    };
    *ret_status = USAGE;
    if (!parse(daemon, common, argc, argv, &given)) {
        fprintf(stderr, "Try %s --help.\n", daemon->name);
        return false;
    }
    *ret_status = EXIT_SUCCESS;
    if (given.help)
        print_help(stdout, daemon, common);
    else if (given.show)
        given.show(stdout);
    else if (given.version)
        printf("%s " PACKAGE_VERSION "\n", daemon->name);
    else if (!load(daemon, &given, config, &err)) {
        fprintf(stderr, "%s: %s\n", daemon->name, err.message);
        *ret_status = EXIT_FAILURE;
        config_release(config);
    } else if (given.print || given.check) {
        if (given.print)
            config_print(config, stdout);
        config_release(config);
    } else {
        *ret_config_path = given.config_path;
        return true;
    }
    return false;
}
