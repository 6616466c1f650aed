/* openapi: see openapi.h. */
#include "fcgi/openapi.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/handle_operations.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"
#include "fcgi/routes.h"

enum { CACHE_S = 300 };

static json_t *text_schema(void) {
    json_t *schema = json_object_new_object();
    json_set_text(schema, "type", "string");
    return schema;
}

static json_t *reference(const char *kind, const char *name) {
    CLEANUP(strbuf_release) struct strbuf path = {0};
    json_t *doc = json_object_new_object();
    strbuf_addf(&path, "#/components/%s/%s", kind, name);
    json_set_text(doc, "$ref", strbuf_text(&path));
    return doc;
}

/* "get_api_containers_id_logs". */
static void set_operation_id(json_t *operation, const struct route *route) {
    CLEANUP(strbuf_release) struct strbuf id = {0};
    for (const char *s = route->method; *s; s++)
        strbuf_putc(&id, (char)tolower((unsigned char)*s));
    for (const char *s = route->pattern; *s; s++)
        if (*s != '{' && *s != '}')
            strbuf_putc(&id, isalnum((unsigned char)*s) ? *s : '_');
    json_set_text(operation, "operationId", strbuf_text(&id));
}

/* "containers" of "/api/containers/{id}". */
static void set_tag(json_t *operation, const char *pattern) {
    static const char api[] = "/api/";
    const char *noun = pattern + (strncmp(pattern, api, strlen(api)) == 0 ? strlen(api) : 1);
    json_t *tags = json_object_new_array();
    json_object_array_add(tags, json_object_new_string_len(noun, (int)strcspn(noun, "/")));
    json_set(operation, "tags", tags);
}

static json_t *parameter(const char *name, const char *in, json_t *schema) {
    json_t *doc = json_object_new_object();
    json_set_text(doc, "name", name);
    json_set_text(doc, "in", in);
    json_set(doc, "schema", schema);
    return doc;
}

static void add_path_parameters(json_t *list, const char *pattern) {
    for (const char *s = strchr(pattern, '{'); s; s = strchr(s, '{')) {
        CLEANUP(strbuf_release) struct strbuf name = {0};
        strbuf_add(&name, s + 1, strcspn(s + 1, "}"));
        json_t *doc = parameter(strbuf_text(&name), "path", text_schema());
        json_set_bool(doc, "required", true);
        json_object_array_add(list, doc);
        s++;
    }
}

static void add_query_parameter(json_t *list, const char *pattern, const char *name) {
    const struct param *param = param_find(pattern, name);
    if (!param)
        abort(); /* tests know that each name has its row */
    json_t *doc = parameter(name, "query", openapi_param_schema(param));
    json_set_text(doc, "description", param->help);
    if (param->type == PARAM_BOOL)
        json_set_bool(doc, "allowEmptyValue", true);
    json_object_array_add(list, doc);
}

/* Headers that change how a request is answered. */
static void add_headers(json_t *list, const struct route *route) {
    bool begins = route->resume == operation_resume;
    if (begins)
        json_object_array_add(list, reference("parameters", "idempotency_key"));
    if (begins || route->resume == resume_operation_cancel)
        json_object_array_add(list, reference("parameters", "prefer"));
}

static void set_parameters(json_t *operation, const struct route *route) {
    json_t *list = json_object_new_array();
    add_path_parameters(list, route->pattern);
    for (size_t i = 0; i < ROUTE_QUERY_MAX && route->query[i]; i++)
        add_query_parameter(list, route->pattern, route->query[i]);
    add_headers(list, route);
    if (json_len(list) > 0)
        json_set(operation, "parameters", list);
    else
        json_put(&list);
}

static void set_body(json_t *operation, const struct json_field *fields) {
    json_t *body = json_object_new_object(), *content = json_object_new_object(),
           *media = json_object_new_object();
    json_set(media, "schema", openapi_fields_schema(fields));
    json_set(content, "application/json", media);
    json_set_bool(body, "required", true);
    json_set(body, "content", content);
    json_set(operation, "requestBody", body);
}

/* A stream is a text; of what its lines are OpenAPI 3.1 has no word. */
static json_t *media_of(const struct answer *answer) {
    json_t *media = json_object_new_object();
    json_set(media, "schema", answer->type ? text_schema() : reference("schemas", answer->schema));
    if (answer->type && answer->schema)
        json_set(media, "x-line-schema", reference("schemas", answer->schema));
    return media;
}

static void add_answer(json_t *responses, const struct answer *answer) {
    CLEANUP(strbuf_release) struct strbuf status = {0};
    strbuf_addf(&status, "%d", answer->status);
    json_t *response = json_get_object(responses, strbuf_text(&status));
    if (!response) {
        response = json_object_new_object();
        json_set_text(response, "description", respond_reason(answer->status));
        json_set(responses, strbuf_text(&status), response);
    }
    if (!answer->schema && !answer->type)
        return;
    json_t *content = json_get_object(response, "content");
    if (!content) {
        content = json_object_new_object();
        json_set(response, "content", content);
    }
    json_set(content, answer->type ? answer->type : "application/json", media_of(answer));
}

static void set_responses(json_t *operation, const struct route *route) {
    const struct {
        const char *status;
        bool told;
    } refusals[] = {
        {"400", true},
        {"401", route->need != AUTH_NONE},
        {"403", route->need != AUTH_NONE},
        {"404", strchr(route->pattern, '{') != NULL},
        {"409", route->need == AUTH_WRITE},
        {"413", route->body_max > 0},
        {"default", true},
    };
    json_t *responses = json_object_new_object();
    for (size_t i = 0; i < ROUTE_ANSWERS_MAX && route->answers[i].status; i++)
        add_answer(responses, &route->answers[i]);
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
        if (refusals[i].told)
            json_set(responses, refusals[i].status, reference("responses", "problem"));
    json_set(operation, "responses", responses);
}

static json_t *operation_of(const struct route *route) {
    json_t *operation = json_object_new_object();
    json_set_text(operation, "summary", route->summary);
    set_operation_id(operation, route);
    set_tag(operation, route->pattern);
    json_set_text(operation, "x-need", auth_need_word(route->need));
    if (route->need == AUTH_NONE)
        json_set(operation, "security", json_object_new_array());
    set_parameters(operation, route);
    if (route->fields)
        set_body(operation, route->fields);
    set_responses(operation, route);
    return operation;
}

static json_t *paths_of_routes(void) {
    json_t *paths = json_object_new_object();
    const struct route *route;
    for (size_t i = 0; (route = route_at(i)); i++) {
        CLEANUP(strbuf_release) struct strbuf method = {0};
        json_t *path = json_get_object(paths, route->pattern);
        if (!path) {
            path = json_object_new_object();
            json_set(paths, route->pattern, path);
        }
        for (const char *s = route->method; *s; s++)
            strbuf_putc(&method, (char)tolower((unsigned char)*s));
        json_set(path, strbuf_text(&method), operation_of(route));
    }
    return paths;
}

static struct strbuf document;

static void make_document(void) {
    CLEANUP(json_put) json_t *doc = NULL;
    if (!json_parse_trusted(openapi_base, &doc))
        abort(); /* it is part of the program */
    json_set_text(json_get_object(doc, "info"), "version", PACKAGE_VERSION);
    json_set(doc, "paths", paths_of_routes());
    strbuf_puts(&document, json_print(doc));
}

const struct strbuf *openapi_text(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_document);
    return &document;
}

void openapi_print(FILE *out) {
    fprintf(out, "%s\n", openapi_text()->data);
}

enum request_result handle_openapi(struct request *request) {
    const struct strbuf *text = openapi_text();
    request->response.cache_s = CACHE_S;
    return respond_json(request, 200, text->data, text->len);
}
