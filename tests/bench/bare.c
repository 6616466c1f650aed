/* bare: what the worker's own acceptor can do at most: a constant answer (/hello), and one prepared
 * select of a ready document (everything else), without authentication, routes or a log. With the
 * processes and threads that the configuration gives the worker. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/config.h"
#include "core/base/mem.h"
#include "core/store/db.h"
#include "fcgi/acceptor.h"
#include "fcgi/chain.h"
#include "fcgi/fcgx.h"
#include "fcgi/socket.h"
#include "fcgi/worker.h"

static const struct sql_statement bare_select = {.name = "bare_select",
                                                 .text =
                                                     "SELECT document FROM documents WHERE id = $1",
                                                 .params = 1};

static void answer(struct fcgx *fcgx, const char *type, const char *text, size_t len) {
    char head[128];
    int head_len =
        snprintf(head, sizeof head, "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n", type, len);
    fcgx_write(fcgx, head, (size_t)head_len);
    fcgx_write(fcgx, text, len);
}

static void answer_document(struct fcgx *fcgx, struct db *db) {
    static const char missing[] = "Status: 500 No document\r\n\r\n";
    struct db_result *rows = NULL;
    struct error err = {0};
    if (db_run(db, &bare_select, DB_PARAMS(DB_TEXT("document")), &rows, &err) && db_rows(rows) == 1)
        answer(fcgx, "application/json", db_text(rows, 0, "document"),
               db_text_len(rows, 0, "document"));
    else
        fcgx_write(fcgx, missing, sizeof missing - 1);
    db_result_free(&rows);
}

/* In place of the worker's own chain: the acceptor calls these. */
void chain_begin(struct worker *worker, struct db *db, int fd) {
    struct fcgx *fcgx = fcgx_begin(fd);
    if (!fcgx) {
        acceptor_give_back(worker->acceptor, -1);
        return;
    }
    const char *uri = fcgx_param(fcgx, "REQUEST_URI");
    if (uri && strcmp(uri, "/hello") == 0)
        answer(fcgx, "text/plain", "hello world\n", 12);
    else
        answer_document(fcgx, db);
    acceptor_give_back(worker->acceptor, fcgx_finish(fcgx, true));
}

void chain_resume(struct request *request, struct db *db) {
    (void)request, (void)db; /* nothing is ever parked here */
}

static void serve(struct config *config, int listen_fd) {
    struct worker worker = {.config = config};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    fcgx_setup();
    signal(SIGPIPE, SIG_IGN);
    worker.ready = ready_new();
    acceptor_new(&worker, listen_fd, (unsigned)config->worker_threads);
    for (;;)
        pause();
}

int main(int argc, char **argv) {
    struct config config;
    struct error err = {0};
    sigset_t end;
    int number, listen_fd = -1;
    if (argc != 4) {
        fputs("usage: bare BERTH.CONF SOCKET CONNINFO\n", stderr);
        return 2;
    }
    if (config_load(&config, argv[1], &err))
        listen_fd = socket_listen(argv[2], config.socket_group, &err);
    if (listen_fd < 0) {
        fprintf(stderr, "bare: %s\n", err.message);
        return 1;
    }
    config.worker_database = argv[3];
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGINT);
    sigprocmask(SIG_BLOCK, &end, NULL);
    for (int64_t i = 0; i < config.worker_processes; i++)
        if (fork() == 0)
            serve(&config, listen_fd);
    sigwait(&end, &number);
    return 0; /* the kernel ends the children with us */
}
