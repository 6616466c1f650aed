/* sql: queries on one kept connection, asked as serve.h has it: a directory with PostgreSQL's
 * socket, and a text that is sent and printed as psql -XAtq -c does it. A transaction does not
 * outlive its question, and a connection that has ended is made again. */
#include <libpq-fe.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "tests/lib/serve.h"

static PGconn *connection;
static char *connected_to;

static void disconnect(void) {
    PQfinish(connection);
    free(connected_to);
    connection = NULL;
    connected_to = NULL;
}

/* Notices are for people. */
static void ignore(void *unused, const char *message) {
    (void)unused;
    (void)message;
}

/* Whether the server is still there shows when its socket is read to the end: it may say first why
 * it goes. */
static bool is_there(void) {
    struct pollfd server = {.fd = PQsocket(connection), .events = POLLIN};
    while (poll(&server, 1, 0) > 0)
        if (!PQconsumeInput(connection))
            return false;
    return PQstatus(connection) == CONNECTION_OK;
}

static bool connect_to(const char *directory) {
    if (connection && (strcmp(directory, connected_to) != 0 || !is_there()))
        disconnect();
    if (connection)
        return true;
    const char *names[] = {"host", "user", "dbname", "application_name", NULL};
    const char *values[] = {directory, "postgres", "berth", "psql", NULL};
    connection = PQconnectdbParams(names, values, 0);
    connected_to = strdup(directory);
    PQsetNoticeProcessor(connection, ignore, NULL);
    return PQstatus(connection) == CONNECTION_OK;
}

static void add_rows(struct strbuf *out, const PGresult *result) {
    for (int row = 0; row < PQntuples(result); row++) {
        for (int column = 0; column < PQnfields(result); column++) {
            if (column > 0)
                strbuf_putc(out, '|');
            strbuf_puts(out, PQgetvalue(result, row, column));
        }
        strbuf_putc(out, '\n');
    }
}

/* What one statement gave, added to `out`, or what was wrong. */
static bool take(const PGresult *result, struct strbuf *out) {
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY) {
        add_rows(out, result);
        return true;
    }
    strbuf_clear(out);
    if (status == PGRES_FATAL_ERROR)
        strbuf_puts(out, PQresultErrorMessage(result));
    else
        strbuf_addf(out, "sql: %s is not for this program\n", PQresStatus(status));
    return false;
}

/* All results of the text, or what was wrong in it; after that nothing of it is done. */
static bool query(const char *text, struct strbuf *out) {
    bool ok = PQsendQuery(connection, text);
    if (!ok)
        strbuf_puts(out, PQerrorMessage(connection));
    for (PGresult *result; ok && (result = PQgetResult(connection)); PQclear(result))
        ok = take(result, out);
    if (!ok || PQtransactionStatus(connection) != PQTRANS_IDLE)
        disconnect();
    return ok;
}

int main(void) {
    struct serve_question question;
    while (serve_next(&question)) {
        struct strbuf out = {0};
        bool ok = false;
        if (question.count != 2)
            strbuf_puts(&out, "sql: asked with other than two fields\n");
        else if (!connect_to(question.fields[0]))
            strbuf_puts(&out, PQerrorMessage(connection));
        else
            ok = query(question.fields[1], &out);
        serve_answer(ok ? '0' : '1', &out);
        strbuf_release(&out);
        serve_release(&question);
    }
    disconnect();
    return 0;
}
