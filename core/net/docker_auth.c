/* docker_auth: the login that an engine is given for a registry. */
#include <string.h>

#include "core/base/base64.h"
#include "core/net/docker_call.h"

/* Docker's own registry has several names. */
static const char *canonical(const char *server) {
    return strcmp(server, "index.docker.io") == 0 || strcmp(server, "registry-1.docker.io") == 0
               ? "docker.io"
               : server;
}

char *docker_registry_auth(const struct docker_login *login, const char *image) {
    char registry[DOCKER_IMAGE_MAX];
    struct docker_image parts;
    if (!login->server || !login->username || !login->password ||
        !docker_image_split(image, &parts, NULL))
        return NULL;
    docker_image_registry(&parts, registry);
    if (strcmp(canonical(registry), canonical(login->server)) != 0)
        return NULL;
    CLEANUP(json_put) json_t *doc = json_object_new_object();
    json_set_text(doc, "username", login->username);
    json_set_text(doc, "password", login->password);
    json_set_text(doc, "serveraddress", login->server);
    const char *text = json_print(doc);
    return base64_encode(text, strlen(text), BASE64_URL); /* as Docker reads X-Registry-Auth */
}
