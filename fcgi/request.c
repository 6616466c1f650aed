/* request: see request.h. */
#include "fcgi/request.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "fcgi/escape.h"
#include "fcgi/fcgx.h"
#include "fcgi/routes.h"

const char *request_param(const struct request *request, const char *name) {
    size_t len = strlen(name), number = 0;
    for (const char *s = request->route->pattern; (s = strchr(s, '{')); number++) {
        s++;
        if (strncmp(s, name, len) == 0 && s[len] == '}')
            return request->params[number];
    }
    abort(); /* handler and route table disagree */
}

const char *request_keep(struct request *request, char *text) {
    if (request->kept_count == REQUEST_KEPT_MAX)
        abort(); /* more than any handler has parameters */
    return request->kept[request->kept_count++] = text;
}

const char *request_header(const struct request *request, const char *name) {
    char param[64];
    int len = snprintf(param, sizeof param, "HTTP_%s", name);
    if (len >= (int)sizeof param)
        abort(); /* names are literals */
    for (char *s = param; *s; s++)
        *s = *s == '-' ? '_' : (char)toupper((unsigned char)*s);
    return fcgx_param(request->fcgx, param);
}

void request_user_agent(const struct request *request, char user_agent[USER_AGENT_BYTES]) {
    const char *given = request_header(request, "User-Agent");
    snprintf(user_agent, USER_AGENT_BYTES, "%s", given ? given : "");
    if (!escape_is_text(user_agent, strlen(user_agent)))
        *user_agent = '\0';
}

bool request_json(const struct request *request, const struct json_field *fields, json_t **ret_doc,
                  struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL;
    if (request->body_len == 0)
        return error_set(err, ERROR_BAD_JSON, "A JSON object is needed as the body.");
    if (!json_parse(request->body, request->body_len, &doc, err) || !json_check(doc, fields, err))
        return false;
    *ret_doc = STEAL(doc);
    return true;
}

enum request_result request_park(struct request *request, const char *operation_id,
                                 int64_t wait_ms) {
    free(request->operation_id);
    request->operation_id = mem_strdup(operation_id);
    request->deadline_ms = clock_ms() + wait_ms;
    return REQUEST_PARK;
}
