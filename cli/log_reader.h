/* log_reader: takes a log apart that comes in frames (see fcgi/handle_logs.c), over as many
 * connections as it takes: what was printed already is dropped, by the time that each line begins
 * with. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/strbuf.h"

/* Docker's times have a fixed width, so that they compare as text. */
enum { LOG_STAMP = 30, LOG_STREAMS = 2 };

/* A line of `stream` (1 = standard output, 2 = standard error), or the server's own words (3).
 * false ends the feed. */
typedef bool log_print(void *context, int stream, const char *bytes, size_t len);

struct log_stream {
    char last[LOG_STAMP + 1]; /* time of the line that was printed last, "" = none was */
    unsigned same;            /* lines with that time */
    unsigned skip;            /* of those, how many have yet to come again */
    bool catching_up;         /* after log_reader_again, until something new comes */
    bool dropped;             /* the last line: what follows without a time belongs to it */
};

/* Zero-initialise, then set what is on top. */
struct log_reader {
    bool stamped;     /* each line begins with its time */
    bool show_stamps; /* and is printed with it */
    log_print *print;
    void *context;

    bool ended; /* the last mark has come, and `end` is what it says: "done", "drain" ... */
    char end[256];

    unsigned char header[8];
    size_t have; /* bytes of header */
    size_t left; /* bytes of the frame still to come */
    struct strbuf frame;
    char first[LOG_STAMP + 1];
    struct log_stream streams[LOG_STREAMS];
};

void log_reader_release(struct log_reader *reader);

/* false: `print` has refused, or these are no frames. */
bool log_reader_feed(struct log_reader *reader, const char *bytes, size_t len);

/* A new connection begins; what was not whole on the old one is forgotten. */
void log_reader_again(struct log_reader *reader);

/* From when on to ask again: a little before the last line, because the two streams' lines may have
 * been written down in another order than that of their times. "" = nothing was printed. */
void log_reader_since(const struct log_reader *reader, char since[32]);
