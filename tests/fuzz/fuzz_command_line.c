/* fuzz_command_line: the words of a command line, one a line of the input. */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/spec_args.h"
#include "cli/suggest.h"
#include "core/base/mem.h"
#include "core/control/spec.h"
#include "tests/fuzz/fuzz.h"

enum { WORDS_MAX = 32 };

static void check_spec(const struct given *given) {
    CLEANUP(json_put) json_t *spec = NULL;
    struct error err = {0};
    if (!spec_of_options(given, &spec, &err))
        fuzz_check(err.kind == ERROR_BAD_FIELD && !spec);
}

static void check_suggestions(char *const *words, size_t count) {
    CLEANUP(strbuf_release) struct strbuf following = {0};
    if (count == 0)
        return;
    suggest_command(words, count);
    suggest_option(NULL, words[0]);
    suggest_following(&following, words[0]);
    size_t far = edit_distance(words[0], words[count - 1]);
    fuzz_check(far == edit_distance(words[count - 1], words[0]));
    fuzz_check(far == SIZE_MAX || (far == 0) == (strcmp(words[0], words[count - 1]) == 0));
}

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    char program[] = "berth", *words[WORDS_MAX + 1] = {program};
    int count = 1;
    struct given given = {0};
    struct error err = {0};
    while (input.left && count < WORDS_MAX)
        words[count++] = fuzz_line(&input);
    check_suggestions(words + 1, (size_t)count - 1);
    if (given_parse(&given, count, words, &err)) {
        if (given.command && strcmp(given.command->path, "run") == 0)
            check_spec(&given);
    } else {
        fuzz_check(err.kind != ERROR_NONE && err.message[0]);
    }
    given_release(&given);
    for (int i = 1; i < count; i++)
        free(words[i]);
}

const struct fuzz_target fuzz_command_line = {"command_line", run};
