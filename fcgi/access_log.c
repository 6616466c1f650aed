/* access_log: see access_log.h. */
#include "fcgi/access_log.h"

#include "core/base/log.h"
#include "fcgi/request.h"
#include "fcgi/routes.h"

static void add_text(struct strbuf *members, const char *name, const char *value) {
    if (!value || !*value)
        return;
    strbuf_addf(members, ",\"%s\":", name);
    strbuf_json(members, value);
}

void access_log(const struct request *request, int64_t took_us) {
    const struct response *response = &request->response;
    struct strbuf members = {0};
    strbuf_addf(&members,
                "\"request_id\":\"%s\",\"status\":%d,\"duration_ms\":%lld.%03d,\"bytes\":%llu",
                request->id, response->status, (long long)(took_us / 1000), (int)(took_us % 1000),
                (unsigned long long)response->bytes);
    add_text(&members, "method", request->method);
    add_text(&members, "path", request->path.text);
    add_text(&members, "route", request->route ? request->route->pattern : NULL);
    add_text(&members, "account", request->identity.username);
    add_text(&members, "address", request->address);
    add_text(&members, "code", response->code);
    add_text(&members, "trouble", response->trouble);
    if (response->failed)
        strbuf_puts(&members, ",\"client_left\":true");
    log_members(response->status == 500  ? LOG_ERROR
                : response->status > 500 ? LOG_WARNING
                                         : LOG_INFO,
                "request", &members);
    strbuf_release(&members);
}
