/* prompt: see prompt.h. */
#include "cli/prompt.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "cli/text.h"
#include "core/base/mem.h"
#include "core/base/strbuf.h"

enum { LINE_BYTES_MAX = 4096, INPUT_BYTES_MAX = 1 << 20 };

bool read_line(char **ret_line, struct error *err) {
    char line[LINE_BYTES_MAX];
    if (!fgets(line, sizeof line, stdin))
        return error_set(err, ERROR_BAD_REQUEST, "There is nothing on standard input.");
    size_t len = strcspn(line, "\r\n");
    if (len == sizeof line - 1)
        return error_set(err, ERROR_BAD_REQUEST, "The line on standard input is too long.");
    line[len] = '\0';
    *ret_line = mem_strdup(line);
    explicit_bzero(line, sizeof line);
    return true;
}

bool read_all_input(char **ret_text, struct error *err) {
    struct strbuf text = STRBUF_MAX(INPUT_BYTES_MAX);
    char piece[8192];
    size_t len;
    if (isatty(STDIN_FILENO))
        return error_set(err, ERROR_BAD_REQUEST, "- reads from a file or pipe, not a terminal.");
    while ((len = fread(piece, 1, sizeof piece, stdin)) > 0)
        strbuf_add(&text, piece, len);
    bool ok = !text.full && !ferror(stdin);
    if (ok)
        *ret_text = strbuf_steal(&text);
    else
        error_set(err, ERROR_BAD_REQUEST, "Standard input %s.",
                  text.full ? "is longer than 1 MB" : "cannot be read");
    strbuf_release(&text);
    return ok;
}

bool prompt_yes(const char *question) {
    CLEANUP(mem_free_text) char *answer = NULL;
    struct strbuf safe = {0};
    text_safe(&safe, question);
    fprintf(stderr, "%s [y/N] ", strbuf_text(&safe));
    strbuf_release(&safe);
    return read_line(&answer, NULL) && answer &&
           (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0);
}

static bool need_terminal(const char *option, struct error *err) {
    return isatty(STDIN_FILENO) ||
           error_set(err, ERROR_BAD_REQUEST, "Standard input is no terminal to ask on: give %s.",
                     option);
}

bool prompt_line(const char *question, const char *fallback, const char *option, char **ret_answer,
                 struct error *err) {
    CLEANUP(mem_free_text) char *line = NULL;
    if (!need_terminal(option, err))
        return false;
    if (fallback)
        fprintf(stderr, "%s [%s]: ", question, fallback);
    else
        fprintf(stderr, "%s: ", question);
    if (!read_line(&line, err))
        return false;
    if (!*line && !fallback)
        return error_set(err, ERROR_BAD_REQUEST, "No answer was given.");
    *ret_answer = *line ? STEAL(line) : mem_strdup(fallback);
    return true;
}

/* The terminal as it was, for whoever interrupts us. */
static struct termios before;

static void on_signal(int signal) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    _exit(128 + signal);
}

bool prompt_hidden(const char *question, const char *option, char **ret_answer, struct error *err) {
    struct sigaction action = {.sa_handler = on_signal}, old_interrupt, old_terminate;
    if (!need_terminal(option, err))
        return false;
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return error_set(err, ERROR_INTERNAL, "The terminal cannot hide a password.");
    struct termios hidden = before;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    sigaction(SIGINT, &action, &old_interrupt);
    sigaction(SIGTERM, &action, &old_terminate);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    fprintf(stderr, "%s: ", question);
    bool ok = read_line(ret_answer, err);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    sigaction(SIGINT, &old_interrupt, NULL);
    sigaction(SIGTERM, &old_terminate, NULL);
    fputc('\n', stderr);
    return ok;
}
