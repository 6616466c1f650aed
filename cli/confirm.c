/* confirm: questions before something is destroyed, and --dry-run; see command.h. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/prompt.h"
#include "cli/render.h"

enum { NAMES_SHOWN = 8 };

bool confirm_matters(const struct cli *cli) {
    return given_flag(&cli->given, "dry-run") ||
           (!given_flag(&cli->given, "yes") && isatty(STDIN_FILENO) && isatty(STDERR_FILENO));
}

static bool decide(struct cli *cli, char *what, struct error *err) {
    if (given_flag(&cli->given, "dry-run")) {
        CLEANUP(mem_free_text) char *line = mem_format("Would %s.", what);
        render_line(line);
        return false;
    }
    if (!confirm_matters(cli))
        return true;
    what[0] = (char)toupper((unsigned char)what[0]);
    CLEANUP(mem_free_text) char *question = mem_format("%s?", what);
    return prompt_yes(question) || error_set(err, ERROR_INTERNAL, "Nothing was done.");
}

bool confirm(struct cli *cli, struct error *err, const char *format, ...) {
    CLEANUP(mem_free_text) char *what = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&what, format, arguments) < 0)
        abort();
    va_end(arguments);
    return decide(cli, what, err);
}

bool confirm_all(struct cli *cli, const char *verb, const char *noun, char *const *names,
                 size_t count, struct error *err) {
    struct strbuf what = {0};
    char room[ID_SHORT + 1];
    if (count == 1)
        strbuf_addf(&what, "%s %s %s", verb, noun, short_id(names[0], room));
    else
        strbuf_addf(&what, "%s %zu %ss: ", verb, count, noun);
    for (size_t i = 0; count > 1 && i < count && i < NAMES_SHOWN; i++)
        strbuf_addf(&what, "%s%s", i ? ", " : "", short_id(names[i], room));
    if (count > NAMES_SHOWN)
        strbuf_addf(&what, " and %zu more", count - NAMES_SHOWN);
    CLEANUP(mem_free_text) char *text = strbuf_steal(&what);
    return decide(cli, text, err);
}
