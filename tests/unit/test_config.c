/* Where the configuration comes from, and what wins: file, environment, command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/daemon.h"
#include "core/base/mem.h"
#include "tests/unit/unit.h"

static char path[] = "/tmp/berth-config-XXXXXX";

static void write_file(const char *text) {
    memset(path + sizeof path - 7, 'X', 6);
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void forget(void) {
    unsetenv("BERTH_WORKER_THREADS");
    unsetenv("BERTH_OVERCOMMIT");
    unlink(path);
}

/* What loading says, "" when it is content. */
static const char *load(struct config *config) {
    static char message[256];
    struct error err = {0};
    bool ok = config_load(config, path, &err);
    snprintf(message, sizeof message, "%s", ok ? "" : err.message);
    return message;
}

static void precedence(void) {
    struct config config;
    struct error err = {0};
    write_file("worker_threads = 5\nslow_threads = 3\n");
    CU_ASSERT_STRING_EQUAL(load(&config), "");
    CU_ASSERT_EQUAL(config.worker_threads, 5);
    CU_ASSERT_EQUAL(config.slow_threads, 3);
    CU_ASSERT_EQUAL(config.worker_processes, 2);
    config_release(&config);
    setenv("BERTH_WORKER_THREADS", "6", 1);
    CU_ASSERT_STRING_EQUAL(load(&config), "");
    CU_ASSERT_EQUAL(config.worker_threads, 6);
    config_release(&config);
    CU_ASSERT(config_override("worker_threads", "7", &err));
    CU_ASSERT_STRING_EQUAL(load(&config), "");
    CU_ASSERT_EQUAL(config.worker_threads, 7);
    config_release(&config);
    CU_ASSERT(!config_override("worker_thread", "7", &err));
    CU_ASSERT_STRING_EQUAL(err.field, "worker_thread");
    forget();
}

static void refusals(void) {
    struct config config;
    write_file("overcommit = 1\n");
    setenv("BERTH_OVERCOMMIT", "12abc", 1);
    const char *message = load(&config);
    CU_ASSERT_PTR_NOT_NULL(strstr(message, "BERTH_OVERCOMMIT"));
    CU_ASSERT_PTR_NOT_NULL(strstr(message, "12abc"));
    config_release(&config);
    forget();
    write_file("overcommit = 1\novercommit = 2\n");
    message = load(&config);
    CU_ASSERT_PTR_NOT_NULL(strstr(message, "line 2"));
    config_release(&config);
    forget();
}

/* What --print-config shows can be used as a file, and says the same. */
static void printed(void) {
    CLEANUP(mem_free_text) char *first = NULL;
    CLEANUP(mem_free_text) char *second = NULL;
    struct config config;
    size_t size = 0;
    write_file("worker_threads = 5\novercommit = 1.5\nlog_level = debug\n");
    CU_ASSERT_STRING_EQUAL(load(&config), "");
    FILE *out = open_memstream(&first, &size);
    config_print(&config, out);
    fclose(out);
    config_release(&config);
    forget();
    CU_ASSERT_PTR_NOT_NULL(strstr(first, "\nworker_threads = 5\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(first, "\n#slow_threads = "));
    write_file(first);
    CU_ASSERT_STRING_EQUAL(load(&config), "");
    out = open_memstream(&second, &size);
    config_print(&config, out);
    fclose(out);
    config_release(&config);
    CU_ASSERT_STRING_EQUAL(first, second);
    forget();
}

/* daemon_begin on "berth-test --config PATH" and the words of `rest`. */
static bool begin(char *rest, struct config *config, int *ret_status) {
    static const struct daemon_option none[] = {{0}};
    static const struct daemon daemon = {"berth-test", "", false, none};
    const char *config_path = NULL;
    char program[] = "berth-test", option[] = "--config";
    char *argv[8] = {program, option, path};
    int argc = 3;
    for (char *word; (word = strsep(&rest, " "));)
        argv[argc++] = word;
    optind = 0;
    return daemon_begin(&daemon, argc, argv, config, &config_path, ret_status);
}

static void command_line(void) {
    struct config config;
    int status = -1;
    char eight[] = "--set worker_threads=8", check[] = "--check-config";
    char wrong[] = "--set worker_threads=x";
    write_file("worker_threads = 5\n");
    CU_ASSERT(begin(eight, &config, &status));
    CU_ASSERT_EQUAL(config.worker_threads, 8);
    config_release(&config);
    CU_ASSERT(!begin(check, &config, &status));
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT(!begin(wrong, &config, &status));
    CU_ASSERT_EQUAL(status, 1);
    forget();
}

static const struct unit_test tests[] = {
    {"file, then environment, then --set", precedence},
    {"what is refused names its place", refusals},
    {"the printed form is a configuration file", printed},
    {"the daemons' command line", command_line},
    {0},
};

const struct unit_suite suite_config = {"config", tests};
