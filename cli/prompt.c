/* prompt: see prompt.h. */
#include "cli/prompt.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/base/mem.h"

enum { LINE_BYTES_MAX = 4096 };

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
