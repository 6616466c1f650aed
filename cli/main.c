/* main: berth, the command line: finds the command, runs it, makes an exit status of what came of
 * it. */
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/complete.h"
#include "cli/render.h"
#include "core/base/times.h"

enum { EXIT_PARTIAL = 7, EXIT_TIMEOUT = 124 /* as timeout(1) */, EXIT_INTERRUPTED = 130 };

/* Tables count columns and let characters through by the locale; only UTF-8 will do. */
static void setup_locale(void) {
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static void read_globals(struct cli *cli) {
    const char *output = given_text(&cli->given, "output");
    const char *form = output ? output : "table";
    cli->output = strcmp(form, "json") == 0 ? OUTPUT_JSON : OUTPUT_TABLE;
    cli->wide = strcmp(form, "wide") == 0;
    cli->quiet = given_flag(&cli->given, "quiet") || strcmp(form, "name") == 0;
    cli->no_headers = given_flag(&cli->given, "no-headers");
    render_setup(cli);
}

static bool open_api(struct cli *cli, struct error *err) {
    const char *timeout = given_text(&cli->given, "timeout");
    int64_t seconds = 0;
    if (timeout && !duration_parse(timeout, &seconds))
        return error_field(err, "timeout", "--timeout must be as in 30s, 5m or 1h, not %s.",
                           timeout);
    if (!api_open(&cli->api, given_text(&cli->given, "context"), err))
        return false;
    api_limit(cli->api, seconds);
    return true;
}

static bool run(struct cli *cli, struct error *err) {
    const struct command *command = cli->given.command;
    read_globals(cli);
    if (given_flag(&cli->given, "version"))
        return cmd_version(cli, err);
    if (!command || given_flag(&cli->given, "help")) {
        if (command || given_flag(&cli->given, "help"))
            help_print(command);
        else
            help_print_short();
        return true;
    }
    return (command->offline || open_api(cli, err)) && given_expand(&cli->given, err) &&
           command->run(cli, err);
}

static int exit_code(const struct cli *cli, bool ok, const struct error *err) {
    if (cli->interrupted)
        return EXIT_INTERRUPTED;
    if (ok)
        return cli->partial ? EXIT_PARTIAL : EXIT_SUCCESS;
    return api_timed_out(cli->api) ? EXIT_TIMEOUT : error_info(err->kind)->exit_code;
}

int main(int argc, char **argv) {
    struct cli cli = {0};
    struct error err = {0};
    char **words;
    size_t count;
    setup_locale();
    if (complete_asked(argc, argv, &words, &count)) {
        complete_print(words, count);
        free(words);
        return EXIT_SUCCESS;
    }
    bool ok = given_parse(&cli.given, argc, argv, &err) && run(&cli, &err);
    /* A command that had nothing more to do: see confirm(). */
    ok = ok || err.kind == ERROR_NONE;
    if (ok)
        ok = render_flush(&err);
    if (!ok)
        cli_report(&cli, &err);
    int code = exit_code(&cli, ok, &err);
    api_close(cli.api);
    given_release(&cli.given);
    return code;
}
