/* docker_auth: the login that an engine is given for a registry. */
#include <string.h>

#include "core/net/docker_call.h"

/* "URL and filename safe", with padding (RFC 4648, section 5), as Docker reads X-Registry-Auth. */
static char *base64url(const char *text, size_t len) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *at = (const unsigned char *)text;
    char *out = mem_alloc((len + 2) / 3 * 4 + 1), *to = out;
    for (size_t i = 0; i < len; i += 3) {
        unsigned long group = (unsigned long)at[i] << 16;
        group |= i + 1 < len ? (unsigned long)at[i + 1] << 8 : 0;
        group |= i + 2 < len ? at[i + 2] : 0;
        *to++ = digits[group >> 18];
        *to++ = digits[group >> 12 & 63];
        *to++ = i + 1 < len ? digits[group >> 6 & 63] : '=';
        *to++ = i + 2 < len ? digits[group & 63] : '=';
    }
    return out;
}

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
    return base64url(text, strlen(text));
}
