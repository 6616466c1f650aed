/* handle_environment: the variables of a container, in clear. */
#include "core/control/environment.h"
#include "fcgi/handle_operations.h"
#include "fcgi/handlers.h"
#include "fcgi/respond.h"

enum request_result handle_container_environment(struct request *request) {
    CLEANUP(strbuf_release) struct strbuf text = {0};
    struct intent_client client;
    struct error err = {0};
    json_t *environment = NULL;
    char id[65];
    operation_client(request, &client, &text);
    if (!environment_reveal(&client, request_param(request, "id"), id, &environment, &err))
        return respond_problem(request, &err);
    json_t *doc = json_object_new_object();
    json_set_text(doc, "id", id);
    json_set(doc, "environment", environment);
    return respond_document(request, 200, doc);
}
