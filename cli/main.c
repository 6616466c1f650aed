/* main: berth, the command line: finds the command, runs it, makes an exit status of what came of
 * it. */
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/render.h"

enum { EXIT_PARTIAL = 7 };

/* Tables count columns and let characters through by the locale; only UTF-8 will do. */
static void setup_locale(void) {
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static bool read_globals(struct cli *cli, struct error *err) {
    const char *output = given_text(&cli->given, "output");
    cli->quiet = given_flag(&cli->given, "quiet");
    cli->no_headers = given_flag(&cli->given, "no-headers");
    if (!output || strcmp(output, "table") == 0)
        cli->output = OUTPUT_TABLE;
    else if (strcmp(output, "json") == 0)
        cli->output = OUTPUT_JSON;
    else
        return error_field(err, "output", "--output must be table or json, not %s.", output);
    return true;
}

static bool run(struct cli *cli, struct error *err) {
    const struct command *command = cli->given.command;
    if (!read_globals(cli, err))
        return false;
    if (given_flag(&cli->given, "version")) {
        puts("berth " PACKAGE_VERSION);
        return true;
    }
    if (!command || given_flag(&cli->given, "help")) {
        help_print(command);
        return true;
    }
    return (command->offline || api_open(&cli->api, err)) && command->run(cli, err);
}

int main(int argc, char **argv) {
    struct cli cli = {0};
    struct error err = {0};
    setup_locale();
    bool ok = given_parse(&cli.given, argc, argv, &err) && run(&cli, &err);
    if (ok)
        ok = render_flush(&err);
    if (!ok)
        cli_report(&cli, &err);
    api_close(cli.api);
    given_release(&cli.given);
    return !ok ? error_info(err.kind)->exit_code : cli.partial ? EXIT_PARTIAL : EXIT_SUCCESS;
}
