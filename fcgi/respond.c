/* respond: see respond.h. */
#include "fcgi/respond.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "fcgi/fcgx.h"

static const struct {
    int status;
    const char *reason;
} reasons[RESPOND_STATUSES + 1] = {{200, "OK"},
                                   {201, "Created"},
                                   {202, "Accepted"},
                                   {204, "No Content"},
                                   {207, "Multi-Status"},
                                   {400, "Bad Request"},
                                   {401, "Unauthorized"},
                                   {403, "Forbidden"},
                                   {404, "Not Found"},
                                   {405, "Method Not Allowed"},
                                   {409, "Conflict"},
                                   {413, "Content Too Large"},
                                   {422, "Unprocessable Content"},
                                   {429, "Too Many Requests"},
                                   {500, "Internal Server Error"},
                                   {502, "Bad Gateway"},
                                   {503, "Service Unavailable"},
                                   {504, "Gateway Timeout"},
                                   {0, "Other"}};

size_t respond_status_number(int status) {
    size_t i = 0;
    while (i < RESPOND_STATUSES && reasons[i].status != status)
        i++;
    return i;
}

int respond_status_at(size_t number) {
    return reasons[number].status;
}

const char *respond_reason(int status) {
    return reasons[respond_status_number(status)].reason;
}

void respond_header(struct request *request, const char *name, const char *value) {
    for (const char *s = value; *s; s++)
        if (iscntrl((unsigned char)*s))
            abort(); /* would split the answer: the caller must have checked it */
    strbuf_addf(&request->response.headers, "%s: %s\r\n", name, value);
}

static bool send_bytes(struct request *request, const char *bytes, size_t len) {
    if (!request->response.failed && !fcgx_write(request->fcgx, bytes, len))
        request->response.failed = true;
    return !request->response.failed;
}

/* `len` < 0: not known. */
static bool send_head(struct request *request, int status, const char *type, int64_t len) {
    struct strbuf head = {0};
    request->response.status = status;
    strbuf_addf(&head, "Status: %d %s\r\n", status, respond_reason(status));
    if (type)
        strbuf_addf(&head, "Content-Type: %s\r\n", type);
    if (len >= 0)
        strbuf_addf(&head, "Content-Length: %lld\r\n", (long long)len);
    strbuf_addf(&head, "X-Request-Id: %s\r\nCache-Control: ", request->id);
    if (request->response.cache_s > 0)
        strbuf_addf(&head, "max-age=%d\r\n", request->response.cache_s);
    else
        strbuf_puts(&head, "no-store\r\n");
    strbuf_puts(&head, strbuf_text(&request->response.headers));
    strbuf_puts(&head, "\r\n");
    bool ok = send_bytes(request, head.data, head.len);
    strbuf_release(&head);
    return ok;
}

static enum request_result send_whole(struct request *request, int status, const char *type,
                                      const char *text, size_t len) {
    if (send_head(request, status, type, (int64_t)len) && send_bytes(request, text, len))
        request->response.bytes = len;
    return REQUEST_DONE;
}

enum request_result respond_text(struct request *request, const char *type, const char *text,
                                 size_t len) {
    return send_whole(request, 200, type, text, len);
}

enum request_result respond_json(struct request *request, int status, const char *text,
                                 size_t len) {
    return send_whole(request, status, "application/json", text, len);
}

enum request_result respond_document(struct request *request, int status, json_t *doc) {
    const char *text = json_print(doc);
    respond_json(request, status, text, strlen(text));
    json_put(&doc);
    return REQUEST_DONE;
}

enum request_result respond_empty(struct request *request) {
    send_head(request, 204, NULL, -1);
    return REQUEST_DONE;
}

enum request_result respond_problem(struct request *request, const struct error *err) {
    return respond_problem_members(request, err, NULL);
}

enum request_result respond_problem_members(struct request *request, const struct error *err,
                                            const struct strbuf *members) {
    const struct error_info *info = error_info(err->kind);
    struct strbuf text = {0};
    char number[24];
    bool hidden = info->status == 500;
    request->response.code = info->code;
    if (info->status >= 500) {
        free(request->response.trouble);
        request->response.trouble = mem_strdup(err->message);
    }
    if (request->response.status)
        return REQUEST_DONE;
    strbuf_addf(&text, "{\"title\":\"%s\",\"status\":%d,\"detail\":", info->title, info->status);
    strbuf_json(&text,
                hidden ? "An error inside berth; its log has the request id." : err->message);
    strbuf_addf(&text, ",\"code\":\"%s\",\"request_id\":\"%s\"", info->code, request->id);
    if (err->field[0] && !hidden) {
        strbuf_puts(&text, ",\"field\":");
        strbuf_json(&text, err->field);
    }
    if (members && members->len) {
        strbuf_putc(&text, ',');
        strbuf_add(&text, members->data, members->len);
    }
    strbuf_putc(&text, '}');
    if (info->status == 401)
        respond_header(request, "WWW-Authenticate", "Bearer realm=\"berth\"");
    if (err->retry_after_s > 0) {
        snprintf(number, sizeof number, "%d", err->retry_after_s);
        respond_header(request, "Retry-After", number);
    }
    send_whole(request, info->status, "application/problem+json", text.data, text.len);
    strbuf_release(&text);
    return REQUEST_DONE;
}

bool respond_begin(struct request *request, int status, const char *content_type) {
    respond_header(request, "X-Accel-Buffering", "no");
    return send_head(request, status, content_type, -1) && respond_flush(request);
}

bool respond_write(struct request *request, const void *bytes, size_t len) {
    if (send_bytes(request, bytes, len))
        request->response.bytes += len;
    return !request->response.failed;
}

bool respond_flush(struct request *request) {
    if (!request->response.failed && !fcgx_flush(request->fcgx))
        request->response.failed = true;
    return !request->response.failed;
}
