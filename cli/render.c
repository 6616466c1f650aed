/* render: see render.h. */
#include "cli/render.h"

#include <errno.h>
#include <libsmartcols.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/fit.h"
#include "cli/text.h"
#include "core/base/parse.h"
#include "core/base/times.h"

enum { COLUMNS_MAX = 16, GAP = 2, ID_LEN = 64 };

struct table {
    struct libscols_table *scols;
    const char *titles[COLUMNS_MAX]; /* NULL = a column that is left out */
    size_t columns;
    bool headers;
};

static struct {
    bool whole;  /* nothing shortened or folded */
    size_t room; /* columns of the terminal that tables are to fit, 0 = they need not */
    bool colors;
} style;

static size_t terminal_width(void) {
    struct winsize size = {0};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void render_setup(const struct cli *cli) {
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    bool terminal = isatty(STDOUT_FILENO), plain = no_color && *no_color;
    style.whole = cli->wide || given_flag(&cli->given, "no-trunc");
    style.room = terminal && !style.whole ? terminal_width() : 0;
    style.colors = terminal && !plain && !given_flag(&cli->given, "no-color") && term &&
                   strcmp(term, "dumb") != 0;
}

struct table *table_new(const struct cli *cli, const char *const *titles) {
    struct table *table = mem_alloc(sizeof *table);
    table->scols = scols_new_table();
    if (!table->scols)
        abort();
    /* It would fold within words; and what it cuts off cannot be copied: see table_fit(). */
    scols_table_set_termforce(table->scols, SCOLS_TERMFORCE_NEVER);
    scols_table_enable_colors(table->scols, style.colors);
    table->headers = !cli->no_headers;
    scols_table_enable_noheadings(table->scols, cli->no_headers);
    scols_table_set_column_separator(table->scols, "  ");
    for (size_t i = 0; titles[i]; table->columns = ++i) {
        bool extra = titles[i][0] == '+';
        if (i == COLUMNS_MAX)
            abort();
        table->titles[i] = extra && !cli->wide ? NULL : titles[i] + extra;
        if (table->titles[i] && !scols_table_new_column(table->scols, table->titles[i], 0, 0))
            abort();
    }
    return table;
}

/* Colours say only what wants to be seen: what runs, what waits, what is broken. */
static const char *color_of(const char *title, const char *text) {
    static const struct {
        const char *word, *color;
    } colors[] = {
        {"running", "green"},  {"up", "green"},          {"done", "green"},
        {"pending", "yellow"}, {"degraded", "yellow"},   {"suspect", "yellow"},
        {"partial", "yellow"}, {"restarting", "yellow"}, {"creating", "yellow"},
        {"down", "red"},       {"failed", "red"},        {"dead", "red"},
        {"lost", "red"},       {"quarantined", "red"},   {"unknown", "red"},
    };
    if (strcmp(title, "STATE") != 0 && strcmp(title, "STATUS") != 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(colors); i++)
        if (strcmp(text, colors[i].word) == 0)
            return colors[i].color;
    return NULL;
}

void table_add(struct table *table, const char *const *cells) {
    struct libscols_line *line = scols_table_new_line(table->scols, NULL);
    size_t n = 0;
    if (!line)
        abort();
    for (size_t i = 0; i < table->columns; i++) {
        struct strbuf cell = {0};
        if (!table->titles[i])
            continue;
        text_safe(&cell, cells[i] && *cells[i] ? cells[i] : "-");
        const char *color = style.colors ? color_of(table->titles[i], strbuf_text(&cell)) : NULL;
        if (color)
            scols_cell_set_color(scols_line_get_cell(line, n), color);
        if (scols_line_refer_data(line, n++, strbuf_steal(&cell)) != 0)
            abort();
    }
}

static const char *cell_text(const struct table *table, size_t line, size_t column) {
    return scols_cell_get_data(
        scols_line_get_cell(scols_table_get_line(table->scols, line), column));
}

static void measure(const struct table *table, size_t column, struct fit_column *ret_column) {
    *ret_column = (struct fit_column){.blank = true};
    ret_column->title =
        scols_cell_get_data(scols_column_get_header(scols_table_get_column(table->scols, column)));
    ret_column->width = table->headers ? text_width(ret_column->title) : 0;
    for (size_t i = 0; i < scols_table_get_nlines(table->scols); i++) {
        const char *text = cell_text(table, i, column);
        size_t width = text_width(text);
        if (width > ret_column->width)
            ret_column->width = width;
        ret_column->blank = ret_column->blank && strcmp(text, "-") == 0;
    }
}

static void apply(struct table *table, size_t column, const struct fit_column *fit) {
    struct libscols_column *shown = scols_table_get_column(table->scols, column);
    bool folds = fit_folds(fit->title);
    scols_column_set_flags(shown,
                           (fit->hidden ? SCOLS_FL_HIDDEN : 0) | (folds ? SCOLS_FL_WRAP : 0));
    if (folds) {
        scols_column_set_safechars(shown, "\n");
        scols_column_set_wrapfunc(shown, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
    }
    for (size_t i = 0; i < scols_table_get_nlines(table->scols); i++) {
        struct strbuf text = {0};
        fit_text(&text, fit->title, cell_text(table, i, column), fit->width);
        if (scols_line_refer_data(scols_table_get_line(table->scols, i), column,
                                  strbuf_steal(&text)) != 0)
            abort();
    }
}

static void table_fit(struct table *table) {
    struct fit_column columns[COLUMNS_MAX];
    size_t count = scols_table_get_ncols(table->scols);
    for (size_t i = 0; i < count; i++)
        measure(table, i, &columns[i]);
    fit_columns(columns, count, style.room, GAP);
    for (size_t i = 0; i < count; i++)
        apply(table, i, &columns[i]);
}

void table_print(struct table *table) {
    /* libsmartcols prints nothing at all without lines. */
    const char *gap = "";
    if (table->headers && scols_table_get_nlines(table->scols) == 0) {
        for (size_t i = 0; i < table->columns; i++, gap = "  ")
            if (table->titles[i])
                printf("%s%s", gap, table->titles[i]);
        putchar('\n');
    }
    if (style.room)
        table_fit(table);
    scols_print_table(table->scols);
    scols_unref_table(table->scols);
    free(table);
}

void short_ids(struct strbuf *buf, const char *text) {
    static const char hex_digits[] = "0123456789abcdef";
    char room[ID_SHORT + 1];
    while (text && *text) {
        size_t len = strspn(text, hex_digits), others = strcspn(text + len, hex_digits);
        CLEANUP(mem_free_text) char *word = mem_format("%.*s", (int)len, text);
        strbuf_puts(buf, len == ID_LEN && style.room ? short_id(word, room) : word);
        strbuf_add(buf, text + len, others);
        text += len + others;
    }
}

const char *short_id(const char *id, char *room) {
    if (!id || style.whole || strlen(id) <= ID_SHORT || !hex_is(id))
        return id;
    snprintf(room, ID_SHORT + 1, "%.*s", ID_SHORT, id);
    return room;
}

const char *memory_text(int64_t mb, char *room) {
    if (mb < 1024)
        snprintf(room, MEMORY_ROOM, "%lld MB", (long long)mb);
    else
        snprintf(room, MEMORY_ROOM, "%.*f GB", mb % 1024 ? 1 : 0, (double)mb / 1024);
    return room;
}

const char *count_text(int64_t count, char *room) {
    char digits[24], *out = room;
    snprintf(digits, sizeof digits, "%lld", (long long)count);
    for (const char *digit = digits; *digit; digit++) {
        size_t left = strlen(digit);
        *out++ = *digit;
        if (*digit != '-' && left > 1 && left % 3 == 1)
            *out++ = ',';
    }
    *out = '\0';
    return room;
}

const char *ago_text(const char *time_text, char *room) {
    int64_t at;
    if (!time_text || style.whole || !time_parse(time_text, 0, &at))
        return time_text;
    time_ago(room, AGO_ROOM, at, (int64_t)time(NULL));
    return room;
}

static void port_text(struct strbuf *buf, json_t *port) {
    const char *ip = json_get_text(port, "host_ip", "");
    bool all = !*ip || strcmp(ip, "0.0.0.0") == 0 || strcmp(ip, "::") == 0;
    int64_t host_port = json_get_int(port, "port", 0);
    if (host_port > 0 && !all)
        strbuf_addf(buf, strchr(ip, ':') ? "[%s]:" : "%s:", ip);
    if (host_port > 0)
        strbuf_addf(buf, "%lld->", (long long)host_port);
    strbuf_addf(buf, "%lld/%s", (long long)json_get_int(port, "container_port", 0),
                json_get_text(port, "proto", "tcp"));
}

void ports_text(struct strbuf *buf, json_t *ports) {
    for (size_t i = 0; i < json_len(ports); i++) {
        if (i)
            strbuf_putc(buf, ',');
        port_text(buf, json_at(ports, i));
    }
}

static bool is_array_of_texts(json_t *value) {
    if (!json_object_is_type(value, json_type_array))
        return false;
    for (size_t i = 0; i < json_len(value); i++)
        if (!json_object_is_type(json_at(value, i), json_type_string))
            return false;
    return true;
}

static void value_text(struct strbuf *buf, const char *key, json_t *value) {
    if (json_object_is_type(value, json_type_string)) {
        strbuf_puts(buf, json_object_get_string(value));
    } else if (is_array_of_texts(value)) {
        for (size_t i = 0; i < json_len(value); i++)
            strbuf_addf(buf, "%s%s", i ? ", " : "", json_object_get_string(json_at(value, i)));
    } else if (json_object_is_type(value, json_type_array) && strstr(key, "ports")) {
        ports_text(buf, value);
    } else if (value) {
        strbuf_puts(buf, json_print(value));
    }
}

static void add_fields(struct table *table, const char *prefix, json_t *doc) {
    json_object_object_foreach(doc, key, value) {
        CLEANUP(mem_free_text) char *name = mem_format("%s%s", prefix, key);
        if (json_object_is_type(value, json_type_object) && json_object_object_length(value) > 0) {
            CLEANUP(mem_free_text) char *deeper = mem_format("%s.", name);
            add_fields(table, deeper, value);
            continue;
        }
        struct strbuf text = {0};
        if (!json_object_is_type(value, json_type_object))
            value_text(&text, key, value);
        table_add(table, (const char *[]){name, strbuf_text(&text)});
        strbuf_release(&text);
    }
}

void render_record(const struct cli *cli, json_t *doc) {
    struct table *table = table_new(cli, (const char *const[]){"FIELD", "VALUE", NULL});
    if (json_object_is_type(doc, json_type_object))
        add_fields(table, "", doc);
    table_print(table);
}

void render_json(json_t *doc) {
    struct strbuf buf = {0};
    text_safe_json(&buf, json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PRETTY |
                                                                 JSON_C_TO_STRING_SPACED |
                                                                 JSON_C_TO_STRING_NOSLASHESCAPE));
    puts(strbuf_text(&buf));
    strbuf_release(&buf);
}

void render_line(const char *text) {
    struct strbuf buf = {0};
    text_safe(&buf, text);
    puts(strbuf_text(&buf));
    strbuf_release(&buf);
}

bool render_failed(int error_number, struct error *err) {
    if (error_number == EPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    return error_set(err, ERROR_INTERNAL, "Cannot write the output: %s.",
                     strerror(error_number ? error_number : EIO));
}

bool render_flush(struct error *err) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    return render_failed(errno, err);
}
