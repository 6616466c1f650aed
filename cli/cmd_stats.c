/* cmd_stats: what containers use, once or each second. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/follow.h"
#include "cli/interrupt.h"
#include "cli/text.h"

const struct cli_option stats_options[] = {
    {.name = "follow", .letter = 'f', .help = "go on, a line a second for each, until Ctrl-C"},
    {0},
};

/* Docker takes two seconds for a sample, so that several are asked for at once. FOLLOWED_MAX: the
 * server has limits, too. LINE_MAX_BYTES: a longer line is no sample. */
enum { THREADS = 8, FOLLOWED_MAX = 32, LINE_MAX_BYTES = 64 << 10, CELL = 24 };

struct meter {
    struct board *board;
    char *id, *name;
    json_t *sample; /* NULL = none has come */
    struct error err;
    struct follow follow;
    struct strbuf line; /* what has come of it */
    char end[32];       /* the last mark, "" = none came yet */
    bool nonsense;
};

/* What the threads share. */
struct board {
    struct cli *cli;
    struct meter *meters;
    size_t count;
    atomic_size_t next; /* the first that no thread has taken */
    pthread_mutex_t lock;
    int failure; /* errno of the write that failed, 0 = none did */
};

static const char *bytes_text(json_t *sample, const char *key, char room[CELL]) {
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    int64_t bytes = json_get_int(sample, key, -1);
    double value = (double)bytes;
    size_t unit = 0;
    if (bytes < 0)
        return NULL;
    for (; value >= 999.5 && unit + 1 < ARRAY_LEN(units); unit++)
        value /= 1000;
    snprintf(room, CELL, unit == 0 || value >= 99.95 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return room;
}

static const char *megabytes_text(json_t *sample, const char *key, char room[CELL]) {
    double value = json_get_decimal(sample, key, -1);
    if (value < 0)
        return NULL;
    snprintf(room, CELL, value < 99.95 ? "%.1f MB" : "%.0f MB", value);
    return room;
}

static const char *percent_text(json_t *sample, const char *key, char room[CELL]) {
    double value = json_get_decimal(sample, key, -1);
    if (value < 0)
        return NULL;
    snprintf(room, CELL, "%.1f %%", value);
    return room;
}

enum { COLUMNS = 10 };
static const char *const titles[COLUMNS + 1] = {"ID",      "NAME",   "CPU",     "MEMORY",
                                                "LIMIT",   "NET IN", "NET OUT", "READ",
                                                "WRITTEN", "PIDS",   NULL};

struct row {
    char rooms[COLUMNS][CELL];
    const char *cells[COLUMNS];
};

static void fill_row(struct row *row, json_t *record) {
    static const char *const bytes[] = {"network_rx_bytes", "network_tx_bytes", "block_read_bytes",
                                        "block_write_bytes"};
    int64_t pids = json_get_int(record, "pids", -1);
    row->cells[0] = short_id(json_get_text(record, "id", NULL), row->rooms[0]);
    row->cells[1] = json_get_text(record, "name", NULL);
    row->cells[2] = percent_text(record, "cpu_percent", row->rooms[2]);
    row->cells[3] = megabytes_text(record, "memory_mb", row->rooms[3]);
    row->cells[4] = megabytes_text(record, "memory_limit_mb", row->rooms[4]);
    for (size_t i = 0; i < ARRAY_LEN(bytes); i++)
        row->cells[5 + i] = bytes_text(record, bytes[i], row->rooms[5 + i]);
    row->cells[9] = pids < 0 ? NULL : row->rooms[9];
    snprintf(row->rooms[9], CELL, "%" PRId64, pids);
}

static void add_row(struct table *table, json_t *record) {
    struct row row = {0};
    fill_row(&row, record);
    table_add(table, row.cells);
}

/* The sample with what it is of; the caller's. */
static json_t *record_of(const struct meter *meter, json_t *sample) {
    json_t *record = json_object_new_object();
    json_set_text(record, "id", meter->id);
    json_set_text(record, "name", meter->name);
    json_object_object_foreach(sample, key, value) {
        json_set(record, key, json_object_get(value));
    }
    return record;
}

/* Lines that come one by one have columns of a fixed width; what is wider takes its room. */
static void add_cells(struct strbuf *line, const char *const *cells) {
    static const int widths[COLUMNS] = {12, 16, 8, 8, 8, 8, 8, 8, 8, 0};
    for (size_t i = 0; i < COLUMNS; i++) {
        struct strbuf safe = {0};
        text_safe(&safe, cells[i] ? cells[i] : "-");
        strbuf_addf(line, "%-*s%s", widths[i], strbuf_text(&safe), i + 1 < COLUMNS ? "  " : "");
        strbuf_release(&safe);
    }
}

static bool print_sample(struct meter *meter, json_t *sample) {
    struct board *board = meter->board;
    CLEANUP(json_put) json_t *record = record_of(meter, sample);
    CLEANUP(strbuf_release) struct strbuf line = {0};
    struct row row = {0};
    fill_row(&row, record);
    if (board->cli->output == OUTPUT_JSON)
        text_safe_json(&line, json_print(record));
    else if (board->cli->quiet)
        text_safe(&line, meter->id);
    else
        add_cells(&line, row.cells);
    pthread_mutex_lock(&board->lock);
    errno = 0;
    if (puts(strbuf_text(&line)) < 0 || fflush(stdout) != 0)
        board->failure = errno ? errno : EIO;
    pthread_mutex_unlock(&board->lock);
    return board->failure == 0;
}

/* Of server-sent events only "data: " counts; others are names, ends and signs of life. */
static bool take_line(struct meter *meter, const char *text) {
    static const char data[] = "data: ";
    CLEANUP(json_put) json_t *sample = NULL;
    if (strncmp(text, data, strlen(data)) != 0)
        return true;
    meter->nonsense = !json_parse_trusted(text + strlen(data), &sample) ||
                      !json_object_is_type(sample, json_type_object);
    if (meter->nonsense)
        return false;
    const char *end = json_get_text(sample, "end", NULL);
    if (!end)
        return print_sample(meter, sample);
    snprintf(meter->end, sizeof meter->end, "%s", end);
    return true;
}

static bool stats_sink(void *context, const char *bytes, size_t len) {
    struct meter *meter = context;
    bool alive = follow_heard(&meter->follow, len);
    if (len == 0)
        return alive && meter->board->failure == 0;
    for (const char *newline; (newline = memchr(bytes, '\n', len));) {
        size_t used = (size_t)(newline - bytes);
        strbuf_add(&meter->line, bytes, used);
        bool ok = take_line(meter, strbuf_text(&meter->line));
        strbuf_clear(&meter->line);
        if (!ok)
            return false;
        bytes += used + 1;
        len -= used + 1;
    }
    strbuf_add(&meter->line, bytes, len);
    meter->nonsense |= meter->line.full;
    return !meter->nonsense;
}

static bool follow_once(struct api *api, struct meter *meter, const char *path, struct error *err) {
    struct api_request request = {.method = "GET",
                                  .path = path,
                                  .sink = stats_sink,
                                  .sink_context = meter};
    struct api_reply reply;
    meter->end[0] = '\0';
    strbuf_clear(&meter->line);
    if (api_call(api, &request, &reply, err)) {
        api_reply_release(&reply);
        return follow_judge("The samples", *meter->end ? meter->end : NULL, err);
    }
    if (meter->nonsense)
        return error_set(err, ERROR_INTERNAL, "The server's answer is no sample.");
    return false;
}

static bool follow_meter(struct api *api, struct meter *meter, const char *path,
                         struct error *err) {
    CLEANUP(strbuf_release) struct strbuf followed = {0};
    bool ok;
    strbuf_puts(&followed, path);
    add_query(&followed, "follow", "true");
    meter->line.max = LINE_MAX_BYTES;
    do
        ok = follow_once(api, meter, strbuf_text(&followed), err);
    while (!ok && !meter->nonsense && meter->board->failure == 0 &&
           follow_again(&meter->follow, meter->board->cli, err));
    return ok;
}

static bool read_meter(struct api *api, struct meter *meter, struct error *err) {
    CLEANUP(mem_free_text) char *path = api_path("/api/containers/", meter->id, "/stats");
    struct api_request request = {.method = "GET", .path = path};
    struct api_reply reply;
    if (given_flag(&meter->board->cli->given, "follow"))
        return follow_meter(api, meter, path, err);
    if (!api_call(api, &request, &reply, err))
        return false;
    meter->sample = STEAL(reply.doc);
    api_reply_release(&reply);
    return true;
}

/* One that fails is told at once: the others may go on for long. */
static void tell_failure(struct meter *meter) {
    struct board *board = meter->board;
    if (board->failure)
        return;
    if (board->count > 1)
        error_wrap(&meter->err, "%s", meter->name ? meter->name : meter->id);
    pthread_mutex_lock(&board->lock);
    if (board->count > 1)
        cli_report(board->cli, &meter->err);
    pthread_mutex_unlock(&board->lock);
}

static void *read_meters(void *context) {
    struct board *board = context;
    struct api *api = NULL;
    struct error trouble = {0};
    bool ok =
        api_open_again(board->cli->api, given_text(&board->cli->given, "context"), &api, &trouble);
    for (size_t i; (i = atomic_fetch_add(&board->next, 1)) < board->count;) {
        struct meter *meter = &board->meters[i];
        meter->err = trouble;
        if (!ok || !read_meter(api, meter, &meter->err))
            tell_failure(meter);
        else
            meter->err = (struct error){0}; /* of a try before the last one */
    }
    api_close(api);
    return NULL;
}

static bool run_threads(struct board *board, size_t count, struct error *err) {
    pthread_t threads[FOLLOWED_MAX];
    size_t begun = 0;
    while (begun < count && pthread_create(&threads[begun], NULL, read_meters, board) == 0)
        begun++;
    for (size_t i = 0; i < begun; i++)
        pthread_join(threads[i], NULL);
    return begun > 0 || error_set(err, ERROR_INTERNAL, "This machine is out of threads.");
}

static void add_meter(struct board *board, json_t *container) {
    struct meter *meter = &board->meters[board->count++];
    const char *name = json_get_text(container, "name", NULL);
    *meter = (struct meter){.board = board,
                            .id = mem_strdup(json_get_text(container, "id", "")),
                            .name = name ? mem_strdup(name) : NULL};
}

/* Those that are named, or all that run. */
static bool find_meters(struct board *board, struct error *err) {
    CLEANUP(json_put) json_t *list = NULL;
    struct pages pages = {.size_name = "limit", .size_max = 1000};
    size_t named = board->cli->given.argument_count;
    if (named == 0 &&
        !get_pages(board->cli, "/api/containers?all=false&summary=true", &pages, &list, err))
        return false;
    board->meters = mem_array(named + json_len(list) + 1, sizeof *board->meters);
    for (size_t i = 0; i < json_len(list); i++)
        add_meter(board, json_at(list, i));
    for (size_t i = 0; i < named; i++) {
        CLEANUP(json_put) json_t *container = NULL;
        CLEANUP(mem_free_text)
        char *path = api_path("/api/containers/", cli_argument(board->cli, i), "");
        if (!get_document(board->cli, path, &container, err))
            return false;
        add_meter(board, container);
    }
    return true;
}

/* With one its error is the caller's to report; with several each has been. */
static bool judge(struct board *board, struct error *err) {
    size_t failed = 0;
    if (board->failure)
        return render_failed(board->failure, err);
    for (size_t i = 0; i < board->count; i++)
        if (board->meters[i].err.kind != ERROR_NONE) {
            failed++;
            *err = board->meters[i].err;
        }
    board->cli->partial |= failed > 0 && failed < board->count;
    if (board->count == 1 || failed < board->count)
        return failed == 0 || board->count > 1;
    return failed == 0 || error_set(err, err->kind, "None of %zu could be read.", failed);
}

static bool print_once(struct board *board, struct error *err) {
    CLEANUP(json_put) json_t *list = json_object_new_array();
    for (size_t i = 0; i < board->count; i++)
        if (board->meters[i].sample)
            json_object_array_add(list, record_of(&board->meters[i], board->meters[i].sample));
    return show_records(board->cli, &list, titles, add_row, err) && judge(board, err);
}

static bool run_board(struct board *board, bool follow, struct error *err) {
    size_t threads = follow || board->count < THREADS ? board->count : THREADS;
    if (follow && board->count > FOLLOWED_MAX)
        return error_set(err, ERROR_BAD_REQUEST,
                         "%zu containers run; at most %d can be followed at once: name some.",
                         board->count, FOLLOWED_MAX);
    if (follow && board->cli->output == OUTPUT_TABLE && !board->cli->quiet &&
        !board->cli->no_headers) {
        CLEANUP(strbuf_release) struct strbuf line = {0};
        add_cells(&line, titles);
        puts(strbuf_text(&line));
    }
    if (board->count && !run_threads(board, threads, err))
        return false;
    return follow ? judge(board, err) : print_once(board, err);
}

bool cmd_stats(struct cli *cli, struct error *err) {
    bool follow = given_flag(&cli->given, "follow");
    struct board board = {.cli = cli, .lock = PTHREAD_MUTEX_INITIALIZER};
    if (follow)
        interrupt_quietly();
    bool ok = find_meters(&board, err) && run_board(&board, follow, err);
    if (follow)
        interrupt_end();
    for (size_t i = 0; i < board.count; i++) {
        struct meter *meter = &board.meters[i];
        json_put(&meter->sample);
        strbuf_release(&meter->line);
        free(meter->id);
        free(meter->name);
    }
    free(board.meters);
    return ok;
}
