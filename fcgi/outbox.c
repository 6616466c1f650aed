/* outbox: see outbox.h. */
#include "fcgi/outbox.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* PIECE_MAX: of a record's content; KEEP_MAX: room that an empty outbox keeps. */
enum { HEADER = 8, PIECE_MAX = 32 << 10, KEEP_MAX = 4 << 10 };
enum { FCGI_VERSION = 1, END_REQUEST = 3, OUTPUT = 6, GET_VALUES_RESULT = 10 };

void outbox_release(struct outbox *outbox) {
    strbuf_release(&outbox->bytes);
    outbox->sent = 0;
    outbox->may_grow = false;
}

static void put_header(struct outbox *outbox, int type, unsigned id, size_t len) {
    const unsigned char header[HEADER] = {FCGI_VERSION,
                                          (unsigned char)type,
                                          (unsigned char)(id >> 8),
                                          (unsigned char)id,
                                          (unsigned char)(len >> 8),
                                          (unsigned char)len,
                                          0,
                                          0};
    strbuf_add(&outbox->bytes, header, sizeof header);
}

static size_t open_len(const struct outbox *outbox) {
    return outbox->bytes.len - outbox->open - HEADER;
}

static void grow(struct outbox *outbox, const void *bytes, size_t len) {
    strbuf_add(&outbox->bytes, bytes, len);
    size_t content = open_len(outbox);
    outbox->bytes.data[outbox->open + 4] = (char)(content >> 8);
    outbox->bytes.data[outbox->open + 5] = (char)content;
}

void outbox_put(struct outbox *outbox, const void *bytes, size_t len) {
    for (const char *at = bytes; len;) {
        if (!outbox->may_grow || open_len(outbox) >= PIECE_MAX) {
            outbox->open = outbox->bytes.len;
            outbox->may_grow = true;
            put_header(outbox, OUTPUT, outbox->request_id, 0);
        }
        size_t room = PIECE_MAX - open_len(outbox), piece = len < room ? len : room;
        grow(outbox, at, piece);
        at += piece;
        len -= piece;
    }
}

void outbox_end(struct outbox *outbox) {
    static const unsigned char request_complete[8] = {0};
    outbox->may_grow = false;
    put_header(outbox, OUTPUT, outbox->request_id, 0);
    put_header(outbox, END_REQUEST, outbox->request_id, sizeof request_complete);
    strbuf_add(&outbox->bytes, request_complete, sizeof request_complete);
    /* An empty management record: nginx keeps no connection on which something follows the end of a
     * request, so it cannot use this one between our last word and our close. */
    put_header(outbox, GET_VALUES_RESULT, 0, 0);
}

size_t outbox_waiting(const struct outbox *outbox) {
    return outbox->bytes.len - outbox->sent;
}

/* Make room of what has left. */
static void compact(struct outbox *outbox) {
    size_t waiting = outbox_waiting(outbox);
    if (waiting == 0) {
        if (outbox->bytes.cap > KEEP_MAX)
            strbuf_release(&outbox->bytes);
        else
            strbuf_clear(&outbox->bytes);
        outbox->may_grow = false;
    } else if (outbox->sent >= waiting) {
        memmove(outbox->bytes.data, outbox->bytes.data + outbox->sent, waiting);
        outbox->bytes.len = waiting;
        outbox->open -= outbox->may_grow ? outbox->sent : 0;
    } else {
        return;
    }
    outbox->sent = 0;
}

bool outbox_send(struct outbox *outbox, int fd) {
    while (outbox_waiting(outbox)) {
        ssize_t count = send(fd, outbox->bytes.data + outbox->sent, outbox_waiting(outbox),
                             MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (count < 0)
            return false;
        outbox->sent += (size_t)count;
        if (outbox->sent > outbox->open) /* the length of a record that has begun to leave stands */
            outbox->may_grow = false;
    }
    compact(outbox);
    return true;
}
