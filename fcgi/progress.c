/* progress: see progress.h. */
#include "fcgi/progress.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "fcgi/handle_operations.h"
#include "sql/statements.h"

/* Streams look once a second, each at a time of its own, and at once when something has ended. */
enum { OLD_MS = 400 };

struct item {
    char *json;
    uint64_t change; /* when it changed, by the board's count */
};

/* One operation, for all who watch it. */
struct watched {
    char *id;
    unsigned watchers;
    bool loaded;
    struct item *items; /* in the operation's order */
    size_t count;
    char *result; /* its document, once it has finished */
    struct watched *next;
};

struct progress_board {
    pthread_mutex_t asking; /* one asks the database; the others wait for what it brings */
    pthread_mutex_t lock;   /* of all below; held briefly */
    struct watched *first;
    uint64_t changes;
    int64_t asked_ms;
};

struct progress_watch {
    struct progress_board *board;
    struct watched *watched;
    uint64_t told; /* changes up to this one */
};

struct progress_board *progress_board_new(void) {
    struct progress_board *board = mem_alloc(sizeof *board);
    pthread_mutex_init(&board->asking, NULL);
    pthread_mutex_init(&board->lock, NULL);
    return board;
}

void progress_board_free(struct progress_board *board) {
    if (!board)
        return;
    pthread_mutex_destroy(&board->asking);
    pthread_mutex_destroy(&board->lock);
    free(board);
}

/* Called with the lock held. */
static struct watched *find(struct progress_board *board, const char *id) {
    struct watched *watched = board->first;
    while (watched && strcmp(watched->id, id) != 0)
        watched = watched->next;
    return watched;
}

struct progress_watch *progress_watch_new(struct progress_board *board, const char *operation_id) {
    struct progress_watch *watch = mem_alloc(sizeof *watch);
    pthread_mutex_lock(&board->lock);
    struct watched *watched = find(board, operation_id);
    if (!watched) {
        watched = mem_alloc(sizeof *watched);
        watched->id = mem_strdup(operation_id);
        watched->next = board->first;
        board->first = watched;
    }
    watched->watchers++;
    pthread_mutex_unlock(&board->lock);
    watch->board = board;
    watch->watched = watched;
    return watch;
}

static void watched_free(struct watched *watched) {
    for (size_t i = 0; i < watched->count; i++)
        free(watched->items[i].json);
    free(watched->items);
    free(watched->result);
    free(watched->id);
    free(watched);
}

void progress_watch_free(struct progress_watch *watch) {
    struct progress_board *board = watch->board;
    struct watched *watched = watch->watched;
    pthread_mutex_lock(&board->lock);
    bool last = --watched->watchers == 0;
    if (last) {
        struct watched **at = &board->first;
        while (*at != watched)
            at = &(*at)->next;
        *at = watched->next;
    }
    pthread_mutex_unlock(&board->lock);
    if (last)
        watched_free(watched);
    free(watch);
}

/* Those under way, as Postgres array text; false: there are none. */
static bool unfinished(struct progress_board *board, struct strbuf *array) {
    pthread_mutex_lock(&board->lock);
    for (const struct watched *watched = board->first; watched; watched = watched->next)
        if (!watched->result)
            strbuf_addf(array, "%c\"%s\"", array->len ? ',' : '{', watched->id);
    pthread_mutex_unlock(&board->lock);
    if (array->len == 0)
        return false;
    strbuf_putc(array, '}');
    return true;
}

/* Called with the lock held: item `i` of the operation is as in `row`. */
static void take_item(struct progress_board *board, struct watched *watched, size_t i,
                      const struct db_result *rows, int row) {
    struct strbuf json = {0};
    operation_print_item(&json, rows, row);
    if (i >= watched->count) {
        watched->items = mem_resize(watched->items, i + 1, sizeof *watched->items);
        watched->items[i] = (struct item){0};
        watched->count = i + 1;
    }
    struct item *item = &watched->items[i];
    if (item->json && strcmp(item->json, strbuf_text(&json)) == 0) {
        strbuf_release(&json);
        return;
    }
    free(item->json);
    item->json = strbuf_steal(&json);
    item->change = ++board->changes;
}

/* The rows from `row` on that are of one operation; returns the first of the next. */
static int take_operation(struct progress_board *board, const struct db_result *rows, int row) {
    const char *id = db_text(rows, row, "operation_id");
    pthread_mutex_lock(&board->lock);
    struct watched *watched = find(board, id);
    for (size_t i = 0; row < db_rows(rows) && strcmp(db_text(rows, row, "operation_id"), id) == 0;
         row++)
        if (watched && db_text(rows, row, "container_id"))
            take_item(board, watched, i++, rows, row);
    if (watched)
        watched->loaded = true;
    pthread_mutex_unlock(&board->lock);
    return row;
}

/* It has finished: what came of it. */
static void take_result(struct progress_board *board, struct db *db, const char *id) {
    struct strbuf document = {0};
    struct error err = {0};
    bool ok = operation_document(db, id, &document, &err);
    char *text = strbuf_steal(&document);
    pthread_mutex_lock(&board->lock);
    struct watched *watched = find(board, id);
    if (ok && watched && !watched->result)
        watched->result = STEAL(text);
    pthread_mutex_unlock(&board->lock);
    free(text);
}

/* Ask for all that are under way. */
static void ask(struct progress_board *board, struct db *db) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    CLEANUP(strbuf_release) struct strbuf ids = {0};
    struct error err = {0};
    if (!unfinished(board, &ids) ||
        !db_run(db, &sql_operation_progress, DB_PARAMS(DB_TEXT(strbuf_text(&ids))), &rows, &err))
        return;
    for (int row = 0; row < db_rows(rows);) {
        int first = row;
        row = take_operation(board, rows, row);
        if (db_is_true(rows, first, "finished"))
            take_result(board, db, db_text(rows, first, "operation_id"));
    }
}

static void ask_if_old(struct progress_watch *watch, struct db *db) {
    struct progress_board *board = watch->board;
    pthread_mutex_lock(&board->asking);
    pthread_mutex_lock(&board->lock);
    bool old = !watch->watched->result &&
               (!watch->watched->loaded || clock_ms() - board->asked_ms >= OLD_MS);
    if (old)
        board->asked_ms = clock_ms();
    pthread_mutex_unlock(&board->lock);
    if (old)
        ask(board, db);
    pthread_mutex_unlock(&board->asking);
}

bool progress_watch_look(struct progress_watch *watch, struct db *db, progress_tell *tell,
                         void *context) {
    struct progress_board *board = watch->board;
    const struct watched *watched = watch->watched;
    ask_if_old(watch, db);
    pthread_mutex_lock(&board->lock);
    for (size_t i = 0; i < watched->count; i++)
        if (watched->items[i].change > watch->told)
            tell(context, "item", watched->items[i].json);
    watch->told = board->changes;
    bool finished = watched->result != NULL;
    if (finished)
        tell(context, "finished", watched->result);
    pthread_mutex_unlock(&board->lock);
    return finished;
}
